"""ComboData: tables and rows in, loaders out."""

import pytorch_lightning as pl
import torch

from combo_dl.data.batch import ComboBatch
from combo_dl.data.loader import EvalLoader, TrainLoader
from combo_dl.data.study_tensors import StudyTensors

Parts = list[tuple[StudyTensors, torch.Tensor]]


class ComboData(pl.LightningDataModule):
    """Loaders of the training and validation rows of one member."""

    def __init__(
        self,
        *,
        train: Parts,
        validation: Parts,
        batch_size: int,
        seed: int,
        shares: list[float] | None = None,
    ) -> None:
        super().__init__()
        self.train_parts, self.validation_parts = train, validation
        self.shares = shares
        self.batch_size, self.seed = batch_size, seed

    def train_dataloader(self) -> TrainLoader:
        """Batches whose order depends on the seed and the epoch alone."""
        return TrainLoader(
            self.train_parts,
            shares=self.shares,
            batch_size=self.batch_size,
            seed=self.seed,
            epoch=self._epoch,
            share=self._share,
        )

    def val_dataloader(self) -> EvalLoader | list:
        """Validation rows in order, all of them in every process; none in a refit."""
        if not self.validation_parts:
            return []
        return EvalLoader(self.validation_parts, batch_size=8 * self.batch_size)

    def transfer_batch_to_device(
        self, batch: ComboBatch, device: torch.device, dataloader_idx: int
    ) -> ComboBatch:
        """The frozen batch on ``device``."""
        return batch if device == batch.row.device else batch.to(device)

    def _share(self) -> tuple[int, int]:
        return (
            (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)
        )

    def _epoch(self) -> int:
        return 0 if self.trainer is None else self.trainer.current_epoch

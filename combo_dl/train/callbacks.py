"""Callbacks: seeding, averaged weights, the search for the number of epochs, progress."""

from collections.abc import Callable
from pathlib import Path

import pytorch_lightning as pl
import torch

from combo_dl.train.module import ComboModule

Report = Callable[[int, float], bool]


class SeedEveryEpoch(pl.Callback):
    """Dropout is a function of (seed, epoch) alone, so that a resumed run repeats exactly.

    The state of the random generator would be restored too early otherwise: building the network
    and the loaders draws from it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: object, batch_idx: int
    ) -> None:
        """Seed before the first batch of an epoch."""
        if batch_idx == 0:
            # Processes that share a batch hide other parts of it.
            own = trainer.global_rank * 7_919
            torch.manual_seed(self.seed * 1_000_003 + trainer.current_epoch + own)


class AveragedWeights(pl.Callback):
    """Exponential moving average of the weights, used in validation and kept at the end.

    The decay rises as (1 + step) / (10 + step) up to ``decay``, so that a short fit is not held by
    its start (as in TensorFlow's ExponentialMovingAverage; Polyak and Juditsky 1992).
    """

    def __init__(self, decay: float) -> None:
        self.decay, self.step = decay, 0
        self.average: list[torch.Tensor] = []
        self._live: list[torch.Tensor] = []

    def on_fit_start(self, trainer: pl.Trainer, pl_module: ComboModule) -> None:  # type: ignore[override]
        """Start from the weights as they are, unless a checkpoint brought an average."""
        weights = self._weights(pl_module)
        if self.average:
            self.average = [a.to(w.device) for a, w in zip(self.average, weights, strict=True)]
        else:
            self.average = [w.detach().clone() for w in weights]

    def on_train_batch_end(  # type: ignore[override]
        self,
        trainer: pl.Trainer,
        pl_module: ComboModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Move the average towards the weights."""
        self.step += 1
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self._weights(pl_module), 1.0 - decay)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: ComboModule) -> None:  # type: ignore[override]
        """Validate with the average."""
        self._live = [w.detach().clone() for w in self._weights(pl_module)]
        self._copy(self.average, pl_module)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: ComboModule) -> None:  # type: ignore[override]
        """Go on with the live weights."""
        self._copy(self._live, pl_module)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: ComboModule) -> None:  # type: ignore[override]
        """Keep the average."""
        self._copy(self.average, pl_module)

    def state_dict(self) -> dict:
        """What a checkpoint keeps."""
        return {"step": self.step, "average": self.average}

    def load_state_dict(self, state_dict: dict) -> None:
        """What a checkpoint brings."""
        self.step, self.average = state_dict["step"], state_dict["average"]

    @staticmethod
    def _weights(pl_module: ComboModule) -> list[torch.Tensor]:
        return list(pl_module.net.parameters())

    def _copy(self, source: list[torch.Tensor], pl_module: ComboModule) -> None:
        with torch.no_grad():
            torch._foreach_copy_(self._weights(pl_module), source)


class EpochSearch(pl.Callback):
    """Finds the epoch with the least validation error, stops when it is long past, keeps its
    weights.

    Stands before AveragedWeights in the list of callbacks: it reads the weights that validated.

    errors: the validation error of each epoch so far.  best_parts: ``val_error`` and its part of
    each endpoint at the best of them.  report: told each of them; True = give up
    (the trial is pruned).
    """

    def __init__(self, *, patience: int, report: Report | None) -> None:
        self.patience, self.report = patience, report
        self.errors: list[float] = []
        self.best: dict[str, torch.Tensor] = {}
        self.best_parts: dict[str, float] = {}
        self.pruned = False

    @property
    def best_epoch(self) -> int:
        """Number of epochs (from 1) after which the error was least."""
        return 1 + min(range(len(self.errors)), key=self.errors.__getitem__)

    @property
    def over(self) -> bool:
        """Whether the least error is long past."""
        return bool(self.errors) and len(self.errors) - self.best_epoch >= self.patience

    def on_validation_end(self, trainer: pl.Trainer, pl_module: ComboModule) -> None:  # type: ignore[override]
        """Note the error; remember the (averaged) weights when it is the least so far."""
        error = float(trainer.callback_metrics["val_error"])
        self.errors.append(error)
        epoch = len(self.errors)
        if self.best_epoch == epoch:
            self.best = {k: v.detach().clone() for k, v in pl_module.net.state_dict().items()}
            found = trainer.callback_metrics.items()
            self.best_parts = {k: float(v) for k, v in found if k.startswith("val_error")}
        told = trainer.is_global_zero and self.report is not None and self.report(epoch, error)
        # One process is asked, all do what it was told.
        if trainer.strategy.broadcast(told):
            self.pruned = True
        if self.pruned or self.over:
            trainer.should_stop = True

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Of several processes, which end with the fit, leave behind what the first one found."""
        if trainer.world_size > 1 and trainer.is_global_zero:
            torch.save(self.state_dict() | {"pruned": self.pruned}, self.left_behind(trainer))

    def take_over(self, trainer: pl.Trainer) -> None:
        """Read and remove what ``on_fit_end`` left behind, where there is any."""
        path = self.left_behind(trainer)
        if path.is_file():
            kept = torch.load(path, map_location="cpu", weights_only=True)
            self.load_state_dict(kept)
            self.pruned = bool(kept["pruned"])
            path.unlink()

    @staticmethod
    def left_behind(trainer: pl.Trainer) -> Path:
        """The file between the processes of a fit and the one that started them."""
        return Path(trainer.default_root_dir) / ".search-of-processes.pt"

    def state_dict(self) -> dict:
        """What a checkpoint keeps."""
        return {"errors": self.errors, "best": self.best, "best_parts": self.best_parts}

    def load_state_dict(self, state_dict: dict) -> None:
        """What a checkpoint brings."""
        self.errors, self.best = list(state_dict["errors"]), dict(state_dict["best"])
        self.best_parts = dict(state_dict["best_parts"])


class EpochProgress(pl.Callback):
    """Tells ``tell(epoch, epochs, error)`` at the end of each epoch; error is None in a refit."""

    def __init__(self, tell: Callable[[int, int, float | None], None]) -> None:
        self.tell = tell

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the epoch."""
        found = trainer.callback_metrics.get("val_error")
        error = None if found is None else float(found)
        self.tell(trainer.current_epoch + 1, int(trainer.max_epochs or 0), error)

"""ComboModule: one step, one validation, one optimiser. The network knows nothing of Lightning."""

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from combo_dl.data.batch import ComboBatch
from combo_dl.data.world import WorldTensors
from combo_dl.nn.head.joined import outcomes_observed
from combo_dl.nn.network import ComboNet
from combo_dl.train.settings import FitSettings


class ComboModule(pl.LightningModule):
    """Fits ``net`` on batches of studies, {study: the world of its drugs} being ``worlds``; logs
    ``train_loss`` and, on validation, ``val_error``.

    val_error: mean over endpoints (by their weights) of the squared error in standardised units
    (1 = as good as the training mean), rows by their weights.
    """

    def __init__(
        self,
        *,
        net: ComboNet,
        worlds: dict[str, WorldTensors],
        objective: torch.nn.Module,
        fit: FitSettings,
        steps_per_epoch: int,
    ) -> None:
        super().__init__()
        self.net, self.worlds, self.objective = net, worlds, objective
        self.fit_settings, self.steps_per_epoch = fit, steps_per_epoch
        self._errors: dict[str, list[tuple[Tensor, Tensor]]] = {}
        self._losses: list[Tensor] = []

    def on_fit_start(self) -> None:
        """Move the drugs to where the network is."""
        self.worlds = {name: world.to(self.device) for name, world in self.worlds.items()}

    def training_step(self, batch: ComboBatch, batch_idx: int) -> Tensor:
        """Loss of a batch."""
        # What the study has no labels of need not be said of its rows.
        params = self.net(self.worlds[batch.study], batch, endpoints=batch.labels)
        loss = self.objective(self.net, params, batch)
        self._losses.append(loss.total.detach())
        return loss.total

    def on_train_epoch_end(self) -> None:
        """Log the mean loss once an epoch: logging each step costs more than a small step."""
        self.log("train_loss", torch.stack(self._losses).mean())
        self._losses = []

    def validation_step(self, batch: ComboBatch, batch_idx: int) -> None:
        """Collect squared errors."""
        params = self.net(self.worlds[batch.study], batch, endpoints=batch.labels)
        for name, label in batch.labels.items():
            head, observed = self.net.heads[name], batch.observed[name]
            error = head.error(params[name], label, observed)  # type: ignore[operator]
            weight = outcomes_observed(head, observed) * batch.weight[:, None]
            self._errors.setdefault(name, []).append(((error * weight).sum(), weight.sum()))

    def on_validation_epoch_end(self) -> None:
        """Log ``val_error`` and its part of each endpoint."""
        total, share = torch.zeros((), device=self.device), 0.0
        for name, sums in self._errors.items():
            error, seen = (torch.stack(column).sum() for column in zip(*sums, strict=True))
            part = error / seen.clamp(min=1e-12)
            self.log(f"val_error_{name}", part)
            total = total + self.net.endpoints[name].weight * part
            share += self.net.endpoints[name].weight
        self.log("val_error", total / max(share, 1e-12))
        self._errors = {}

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW (decay on matrices only) with a linear warm-up and a constant rate after it.

        The rate does not depend on the number of epochs, so that the epochs found by a search mean
        the same in a refit; averaged weights do what a falling rate would.
        """
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        vectors = [p for p in self.net.parameters() if p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": self.fit_settings.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.fit_settings.lr)
        warm_up = max(1.0, self.fit_settings.warm_up_epochs * self.steps_per_epoch)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, (step + 1) / warm_up)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

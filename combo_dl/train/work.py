"""Work: what all members of a training share, and where each of them lies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.train.prepare import DrugWorld
from combo_dl.train.settings import TrainSettings


@dataclass(frozen=True, kw_only=True)
class Work:
    """What all members of a training share."""

    settings: TrainSettings
    studies: list[Study]
    world: DrugWorld
    folds: list[Fold]

    def columns(self) -> dict[str, tuple[str, ...]]:
        """{endpoint: its label columns}."""
        return {name: e.columns for name, e in self.settings.endpoints.items()}

    def endpoint_of(self, column: str) -> Endpoint:
        """The endpoint that a label column belongs to."""
        return next(e for e in self.settings.endpoints.values() if column in e.columns)

    def fitted_rows(self, fold: int) -> np.ndarray:
        """int64[n] rows that the kept networks of a fold were fitted on."""
        rows = self.folds[fold]
        return rows.train if self.settings.fit.refits else rows.search

    def folder(self, fold: int, seed: int) -> Path:
        """Where a member lies."""
        return self._fold_folder(fold) / f"seed{seed}"

    def companion_folder(self, fold: int) -> Path:
        """Where the kernel ridge of a fold lies."""
        return self._fold_folder(fold) / "kernel"

    def _fold_folder(self, fold: int) -> Path:
        return self.settings.out / "members" / self.folds[fold].name

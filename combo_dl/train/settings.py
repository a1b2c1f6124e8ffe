"""TrainSettings: everything that one training is told, in plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.study import Study
from combo_dl.data.splits import Split
from combo_dl.kernels.average import KernelSettings
from combo_dl.nn.build import NetworkSpec

# Seeds of members are small multiples of it, and must fit the generators of 64 bits.
MAX_SEED = 2**31
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How a network is fitted.

    max_epochs: most epochs of a search, and the epochs of a fit without one.  patience: epochs
    without improvement before a search stops.  average_decay: decay of the averaged weights a step.
    warm_up_epochs: epochs of rising learning rate.  search: "first" (the first seed of a fold finds
    the number of epochs), "each" (every seed does), "none".  refit: fit again on all training rows
    for the epochs found; else the searched network is kept.  checkpoint_epochs: a run that is
    killed loses at most so many epochs.  workers: members fitted at once, each in a process of its
    own.  calibrators: networks of a fold that forecast validation rows they never saw, the searched
    one among them; from two on, what averaging saves is known, and intervals are the narrower.
    """

    max_epochs: int
    patience: int
    batch_size: int
    lr: float
    weight_decay: float
    warm_up_epochs: float
    average_decay: float
    clip: float
    search: str
    refit: bool
    checkpoint_epochs: int
    workers: int
    calibrators: int
    accelerator: str
    devices: int
    precision: str
    strategy: str

    @property
    def refits(self) -> bool:
        """Whether the networks that are kept were fitted on all training rows."""
        return self.refit or self.search == "none"

    def validate(self) -> "FitSettings":
        """Itself. Raises ConfigError."""
        self._check_kinds()
        if self.search not in ("first", "each", "none"):
            raise ConfigError(f"trainer.search is {self.search!r}; expected first, each or none")
        for name in (
            "max_epochs",
            "patience",
            "batch_size",
            "checkpoint_epochs",
            "workers",
            "calibrators",
        ):
            if getattr(self, name) < 1:
                raise ConfigError(f"trainer.{name} is {getattr(self, name)}; expected 1 or more")
        for name in ("weight_decay", "warm_up_epochs", "clip"):
            if not 0 <= getattr(self, name) < inf:
                raise ConfigError(f"trainer.{name} is {getattr(self, name)}; expected 0 or more")
        self._check_devices()
        if not 0 < self.lr < 1 or not 0 <= self.average_decay < 1:
            raise ConfigError(
                f"trainer.lr is {self.lr}, average_decay {self.average_decay}; "
                "expected lr in (0, 1), decay in [0, 1)"
            )
        return self

    def _check_devices(self) -> None:
        if self.devices < 1:
            raise ConfigError(f"trainer.devices is {self.devices}; expected 1 or more")
        # The others run the whole program again in each process, which would write files twice.
        joint = self.strategy.startswith(("ddp_fork", "ddp_spawn"))
        if self.devices > 1 and not joint:
            raise ConfigError(
                f"trainer.devices is {self.devices} with strategy={self.strategy}; expected a "
                "strategy that starts with ddp_fork or ddp_spawn, as trainer=ddp has it"
            )
        if self.devices > 1 and self.workers > 1:
            raise ConfigError(
                f"trainer.devices is {self.devices} and trainer.workers {self.workers}; fit "
                "several members at once, or one member in several processes, not both"
            )

    def _check_kinds(self) -> None:
        for field_ in fields(self):
            value, kind = getattr(self, field_.name), field_.type
            whole = kind is float and type(value) is int
            if type(value) is not kind and not whole:
                wanted = _KINDS[kind]  # type: ignore[index]
                raise ConfigError(f"trainer.{field_.name} is {value!r}; expected {wanted}")


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training: members are folds x seeds.

    folds: "all", "none" (train on every row) or numbers such as "0,2".  seeds: members a fold.
    string_edges: Parquet of gene pairs for target–target relations, or None.  gene_edges: the same
    for what fields of genes say beside targets.  interactions: reads
    the study whose pairs are known interactions for drug–drug relations, or None.  max_fields:
    profile blocks with more fields are reduced to that many components.  scores_from: result
    folders of the same settings on held-out folds, whose scores a bundle trained on every row may
    report.
    drugs: a user's own table of drugs, whose facts come before the catalogue's.  kernel: how the
    kernel ridge beside the networks is chosen, None = networks alone.  calibrate_from: result
    folders of the same settings on held-out folds, whose test rows calibrate a bundle trained on
    every row.  calibrate_days_from: folders in their place for mean days, such as of held-out
    cohorts: a cohort errs as one, of which folds of single patients know nothing.  shares: {study:
    share of its batches that an epoch shows, in (0, 1]}, 1 by default: a study whose best epoch
    comes early is shown in smaller parts.  config: the resolved configuration, kept beside the
    results.
    """

    out: Path
    folds: str
    seeds: int
    seed: int
    split: Split
    network: NetworkSpec
    objective: dict[str, object]
    fit: FitSettings
    max_fields: int
    string_edges: Path | None = None
    gene_edges: Path | None = None
    interactions: Callable[[], Study] | None = None
    tensorboard: bool = False
    scores_from: tuple[Path, ...] = ()
    drugs: Path | None = None
    kernel: KernelSettings | None = None
    calibrate_from: tuple[Path, ...] = ()
    calibrate_days_from: tuple[Path, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    config: dict = field(default_factory=dict)

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """The endpoints that are trained."""
        return self.network.endpoints

    def validate(self) -> "TrainSettings":
        """Itself. Raises ConfigError."""
        self.fit.validate()
        if self.kernel is not None:
            self.kernel.validate()
        if self.seeds < 1:
            raise ConfigError(f"seeds is {self.seeds}; expected 1 or more")
        if not 0 <= self.seed < MAX_SEED:
            raise ConfigError(f"seed is {self.seed}; expected a number from 0 to {MAX_SEED - 1}")
        if type(self.max_fields) is not int or self.max_fields < 1:
            raise ConfigError(
                f"profile.max_fields is {self.max_fields!r}; expected a whole number of 1 or more"
            )
        for name, share in self.shares.items():
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
                raise ConfigError(f"shares.{name} is {share!r}; expected a number in (0, 1]")
        if not self.endpoints:
            raise ConfigError("no endpoint is chosen; say endpoint=[synergy_loewe] or another")
        return self

"""The verb ``train``."""

from collections.abc import Collection, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from omegaconf import DictConfig, ListConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.pruning import on_validation
from combo_dl.cli.tables import show_scores
from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

if TYPE_CHECKING:
    from combo_dl.core.study import Study
    from combo_dl.kernels.average import KernelSettings
    from combo_dl.nn.build import NetworkSpec
    from combo_dl.train.run import TrainResult
    from combo_dl.train.settings import TrainSettings

T = TypeVar("T")
_BESIDE_RELATION = ("string_edges", "interactions")
_BESIDE_GENES = "edges"
_SHOWN = ("model", "fold", "endpoint", "mse", "pearson", "auroc", "uno_c", "harrell_c", "ibs")


def train(cfg: DictConfig) -> float | None:
    """Train as the settings say; the validation loss, or None when the trial was pruned."""
    result = fit(cfg)
    if result.value is None:
        print(f"stopped early: {result.folder} (pruned)")
        return None
    if result.scores:
        show_scores(brief(result.scores))
    for bundle in result.bundles:
        print(f"bundle written to {bundle}")
    return result.value


def objective_values(
    result: "TrainResult", names: Sequence[str]
) -> float | tuple[float, ...] | None:
    """What a search is told of a training; None when it was pruned. Raises ConfigError."""
    if result.value is None:
        return None
    for name in names:
        if name not in result.objectives:
            raise ConfigError(f"optimise has {name!r}; {hint(name, result.objectives)}")
    values = tuple(result.objectives[name] for name in names)
    return values[0] if len(values) == 1 else values


def check_objectives(names: Sequence[str], endpoints: Collection[str]) -> None:
    """Raise ConfigError, before anything is fitted, on a name that no training returns."""
    if not names:
        raise ConfigError("optimise is empty; name what is minimised, such as [val_error]")
    known = ["val_error", "weights", *(f"val_error_{name}" for name in endpoints)]
    for name in names:
        if name not in known:
            raise ConfigError(f"optimise has {name!r}; {hint(name, known)}")


def brief(scores: list[dict]) -> list[dict]:
    """The columns of a table of scores that fit a terminal; the files have them all."""
    return [{key: row[key] for key in _SHOWN if key in row} for row in scores]


def fit(cfg: DictConfig) -> "TrainResult":
    """Train as the settings say. Raises ComboError."""
    from combo_dl.train.run import train as run

    # Settings first: they are checked in no time, studies may take a minute to read.
    settings = settings_of(cfg)
    check_objectives(cfg.optimise, settings.endpoints)
    return run(settings, studies_of(cfg), on_validation=on_validation(cfg.trial))


def studies_of(cfg: DictConfig) -> "list[Study]":
    """The studies named under ``data``. Raises ConfigError when there is none."""
    from hydra.utils import instantiate

    if not cfg.data:
        raise ConfigError("no data: name at least one study, data=[NAME]")
    return [instantiate(cfg.data[name]) for name in cfg.data]


def settings_of(cfg: DictConfig) -> "TrainSettings":
    """What the train room is given: plain values, the split as an object. Raises ConfigError."""
    from hydra.utils import instantiate

    from combo_dl.train.settings import FitSettings, TrainSettings

    relation = plain(cfg.relation)
    edges, interactions = (relation.get(key) for key in _BESIDE_RELATION)
    gene_edges = plain(cfg.genes).get(_BESIDE_GENES)
    if gene_edges is not None and not isinstance(gene_edges, str):
        raise ConfigError(f"genes.edges is {gene_edges!r}; expected a file, or null")
    return TrainSettings(
        out=Path(cfg.out),
        folds=folds_of(cfg.folds),
        seeds=cfg.seeds,
        seed=cfg.seed,
        split=instantiate(cfg.split),
        network=network_of(cfg),
        objective=plain(cfg.objective),
        fit=made(FitSettings, {**plain(cfg.callbacks), **plain(cfg.trainer)}, where="trainer"),
        max_fields=needed(plain(cfg.profile), "max_fields", where="profile"),
        string_edges=None if edges is None else Path(edges),
        gene_edges=None if gene_edges is None else Path(gene_edges),
        # Read when the drugs are known: settings are checked in no time, a study is not.
        interactions=None if interactions is None else instantiate(interactions, _partial_=True),
        tensorboard=bool(needed(plain(cfg.logger), "tensorboard", where="logger")),
        scores_from=_folders(cfg.scores_from),
        drugs=None if cfg.drugs is None else Path(cfg.drugs),
        kernel=kernel_of(cfg),
        shares=_shares(cfg.shares),
        calibrate_from=_folders(plain(cfg.calibrate_from)),
        calibrate_days_from=_folders(plain(cfg.calibrate_days_from)),
        config=record_of(cfg),
    ).validate()


def _folders(found: Any) -> tuple[Path, ...]:
    """One folder or a list of them."""
    named = [found] if isinstance(found, str) else found or []
    return tuple(Path(str(folder)) for folder in named)


def _shares(found: Any) -> dict:
    if found is not None and not isinstance(found, DictConfig):
        raise ConfigError(f"shares is {found!r}; say shares={{STUDY: 0.1}}, or null for all rows")
    return {} if found is None else plain(found)


def network_of(cfg: DictConfig) -> "NetworkSpec":
    """Parts of the network; keys that concern the data beside them are left out."""
    from combo_dl.nn.build import NetworkSpec

    relation, profile = plain(cfg.relation), plain(cfg.profile)
    return NetworkSpec(
        model=plain(cfg.model),
        molecule=plain(cfg.molecule),
        relation={k: value for k, value in relation.items() if k not in _BESIDE_RELATION},
        profile={key: value for key, value in profile.items() if key != "max_fields"},
        fusion=plain(cfg.fusion),
        head=plain(cfg.head),
        response=plain(cfg.response),
        genes={key: value for key, value in plain(cfg.genes).items() if key != _BESIDE_GENES},
        # An endpoint that is null is one that an experiment names and the user leaves out.
        endpoints={
            n: Endpoint.from_json(n, raw)
            for n, raw in plain(cfg.endpoint).items()
            if raw is not None
        },
    )


def kernel_of(cfg: DictConfig) -> "KernelSettings | None":
    """How the kernel ridge is chosen; None where none is drawn. Raises ConfigError."""
    from combo_dl.kernels.average import KernelSettings

    found = made(KernelSettings, plain(cfg.kernel), where="kernel")
    return None if found.drawn == 0 else found


def made(kind: type[T], values: dict[str, Any], *, where: str) -> T:
    """A dataclass of ``kind``. Raises ConfigError on a setting it lacks or that it needs."""
    known = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise ConfigError(f"unknown setting {where + '.' + key!r}; {hint(key, known)}")
    for f in fields(kind):  # type: ignore[arg-type]
        if f.default is MISSING and f.default_factory is MISSING:
            needed(values, f.name, where=where)
    return kind(**values)


def needed(values: dict[str, Any], key: str, *, where: str) -> Any:
    """``values[key]``. Raises ConfigError when it is not there."""
    if key not in values:
        raise ConfigError(f"{where}.{key} must be given; the group {where} lacks it")
    return values[key]


def folds_of(folds: Any) -> str:
    """``folds`` as text: all, none, or numbers with commas between."""
    return ",".join(map(str, folds)) if isinstance(folds, ListConfig) else str(folds)


def record_of(cfg: DictConfig) -> dict[str, Any]:
    """The settings to keep beside the results.

    Without the trial: which search asked for a training does not change what it computes.
    """
    return {key: value for key, value in plain(cfg).items() if key != "trial"}

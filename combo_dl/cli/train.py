"""The verb ``train``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.pruning import on_validation
from combo_dl.core.errors import ConfigError

if TYPE_CHECKING:
    from combo_dl.core.study import Study
    from combo_dl.train.run import TrainResult
    from combo_dl.train.settings import TrainSettings

_PARTS = ("molecule", "relation", "profile", "fusion", "head")


def train(cfg: DictConfig) -> float | None:
    """Train as the settings say; the validation loss, or None when the trial was pruned."""
    result = fit(cfg)
    if result.value is not None:
        print(f"done: {result.folder} (validation loss {result.value:.6g})")
    return result.value


def fit(cfg: DictConfig) -> "TrainResult":
    """Train as the settings say. Raises ComboError."""
    from combo_dl.train.run import train as run

    return run(settings_of(cfg), studies_of(cfg), on_validation=on_validation(cfg.trial))


def studies_of(cfg: DictConfig) -> "list[Study]":
    """The studies named under ``data``. Raises ConfigError when there is none."""
    from hydra.utils import instantiate

    if not cfg.data:
        raise ConfigError("no data: name at least one study, data=[NAME]")
    return [instantiate(cfg.data[name]) for name in cfg.data]


def settings_of(cfg: DictConfig) -> "TrainSettings":
    """What the train room is given: plain containers, and the split as an object."""
    from hydra.utils import instantiate

    from combo_dl.train.settings import TrainSettings

    return TrainSettings(
        out=Path(cfg.out),
        folds=folds_of(cfg.folds),
        seeds=cfg.seeds,
        seed=cfg.seed,
        split=instantiate(cfg.split),
        endpoints=plain(cfg.endpoint),
        model=model_of(cfg),
        objective=plain(cfg.objective),
        trainer=plain(cfg.trainer),
        callbacks=plain(cfg.callbacks),
        logger=plain(cfg.logger),
        config=record_of(cfg),
    )


def model_of(cfg: DictConfig) -> dict[str, Any]:
    """Knobs of the model with its parts below them."""
    return {**plain(cfg.model), **{part: plain(cfg[part]) for part in _PARTS}}


def folds_of(folds: Any) -> str:
    """``folds`` as text: all, none, or numbers with commas between."""
    return ",".join(map(str, folds)) if isinstance(folds, ListConfig) else str(folds)


def record_of(cfg: DictConfig) -> dict[str, Any]:
    """The settings to keep beside the results.

    Without the trial: which search asked for a training does not change what it computes.
    """
    return {key: value for key, value in plain(cfg).items() if key != "trial"}

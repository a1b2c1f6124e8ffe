"""A trial of a search, seen from its job: report each validation, hear whether to stop."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from combo_dl.cli.trial_store import PRUNER_ATTRIBUTE, open_storage, optuna_or_error
from combo_dl.core.errors import ConfigError

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

OnValidation = Callable[[int, float], bool]


class TrialSettings(Protocol):
    """Where the trial lives: storage address, study name, and the storage's id of the trial."""

    storage: str | None
    study: str | None
    id: int | None


def on_validation(settings: TrialSettings) -> OnValidation | None:
    """What training calls with ``(step, value)`` after a validation; True says: stop, pruned.

    None where there is no trial or its search does not prune. Raises ConfigError on half a trial.
    """
    given = (settings.storage, settings.study, settings.id)
    if all(part is None for part in given):
        return None
    if settings.storage is None or settings.study is None or settings.id is None:
        raise ConfigError(
            f"trial.storage, trial.study, trial.id are {given}; "
            "a sweep sets all three, without one leave all of them null"
        )
    return _callback(settings.storage, study_name=settings.study, trial_id=settings.id)


def _callback(storage: str, *, study_name: str, trial_id: int) -> OnValidation | None:
    optuna_or_error()
    import optuna

    try:
        study = optuna.load_study(
            study_name=study_name,
            storage=open_storage(storage),
            # Rebuilding a trial asks the sampler again; this one asks nothing of the history.
            sampler=optuna.samplers.RandomSampler(),
        )
    except KeyError as error:
        raise ConfigError(f"storage {storage!r} has no study {study_name!r}") from error
    pruner = _pruner(study.user_attrs.get(PRUNER_ATTRIBUTE, {}))
    if pruner is None:
        return None
    study.pruner = pruner
    trial = optuna.trial.Trial(study, trial_id)

    def report(step: int, value: float) -> bool:
        trial.report(value, step)
        return trial.should_prune()

    return report


def _pruner(settings: dict[str, Any]) -> "BasePruner | None":
    from optuna.pruners import MedianPruner

    if settings.get("kind", "none") == "none":
        return None
    return MedianPruner(
        n_startup_trials=settings["startup_trials"],
        n_warmup_steps=settings["warmup_steps"],
        interval_steps=settings["interval_steps"],
    )

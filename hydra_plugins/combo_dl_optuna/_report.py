"""What a search leaves behind: the best trials as a file and as a table."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.table import Table

from hydra_plugins.combo_dl_optuna._space import as_overrides

FILE = "optimization_results.yaml"
_ROWS = 5


def write_report(study: Study, *, folder: Path) -> None:
    """Write ``optimization_results.yaml`` into ``folder`` and print the best trials."""
    best = _best(study)
    content = {
        "name": study.study_name,
        "trials": {
            state.name.lower(): _count(study, state) for state in TrialState if _count(study, state)
        },
        "best": [_entry(trial) for trial in (best if len(study.directions) > 1 else best[:1])],
    }
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{FILE}.part"
    temporary.write_text(OmegaConf.to_yaml(OmegaConf.create(content)), encoding="utf-8")
    temporary.replace(folder / FILE)
    _print(study, best, folder)


def _count(study: Study, state: TrialState) -> int:
    return len(study.get_trials(deepcopy=False, states=(state,)))


def _best(study: Study) -> list[FrozenTrial]:
    """Best first; with several objectives the trials that no other beats in all, by number."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(study.directions) > 1:
        return sorted(study.best_trials, key=lambda t: t.number) if complete else []
    sign = -1.0 if study.direction.name == "MAXIMIZE" else 1.0
    return sorted(complete, key=lambda t: (sign * t.values[0], t.number))


def _entry(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "values": trial.values,
        "params": trial.params,
        "overrides": as_overrides(trial.params),
    }


def _print(study: Study, best: list[FrozenTrial], folder: Path) -> None:
    complete, pruned = _count(study, TrialState.COMPLETE), _count(study, TrialState.PRUNED)
    several = len(study.directions) > 1
    title = f"{study.study_name}: {complete} complete, {pruned} pruned; " + (
        "not beaten in every objective" if several else f"best {min(_ROWS, len(best))}"
    )
    # One column of settings: a column for each would not fit a terminal.
    table = Table("trial", *[direction.name.lower() for direction in study.directions], "settings")
    for trial in best if several else best[:_ROWS]:
        values = [f"{value:.6g}" for value in trial.values]
        settings = " ".join(f"{key}={_cell(value)}" for key, value in trial.params.items())
        table.add_row(str(trial.number), *values, settings)
    console = Console()
    console.print(title, soft_wrap=True, highlight=False)
    console.print(table)
    console.print(f"written to {folder / FILE}", soft_wrap=True)


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

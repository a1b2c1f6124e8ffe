"""The loop of a search: ask, launch, tell, until enough trials are finished."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from combo_dl.cli.trial_store import PRUNER_ATTRIBUTE, absolute, open_storage
from hydra_plugins.combo_dl_optuna._report import write_report
from hydra_plugins.combo_dl_optuna._samplers import checked, sampler_for
from hydra_plugins.combo_dl_optuna._space import (
    Space,
    SweepError,
    a_point,
    as_overrides,
    check_same_space,
    grid_points,
    split,
)
from hydra_plugins.combo_dl_optuna.sweeper import ComboDlOptunaConf, ComboDlOptunaSweeper

# Study attribute with the settings that all trials share.
_FIXED_ATTRIBUTE = "fixed"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, kw_only=True)
class Search:
    """One search: its settings, its space and the study that remembers it."""

    launcher: Launcher
    folder: Path
    settings: ComboDlOptunaConf
    fixed: list[str]
    space: Space
    study: Study

    @classmethod
    def of(cls, sweeper: ComboDlOptunaSweeper, arguments: Sequence[str]) -> "Search":
        """The search that the settings and the command line ask for; nothing is run yet."""
        settings = checked(sweeper.settings)
        assert sweeper.hydra_context and sweeper.launcher and sweeper.config
        lines = [f"{key}={value}" for key, value in settings.params.items()] + list(arguments)
        parser = OverridesParser.create(config_loader=sweeper.hydra_context.config_loader)
        fixed, space = split(parser.parse_overrides(lines))
        # Composed before the study is made: a misspelt key must not leave failed trials behind.
        sweeper.validate_batch_is_legal([fixed + as_overrides(a_point(space))])
        study = _study(settings)
        check_same_space(space, study.get_trials(deepcopy=False), settings.study_name)
        _check_same_settings(study, fixed)
        return cls(
            launcher=sweeper.launcher,
            folder=Path(sweeper.config.hydra.sweep.dir),
            settings=settings,
            fixed=fixed,
            space=space,
            study=study,
        )

    def run(self) -> Any:
        """Run to the end, write the report; the best value (several objectives: a list of them)."""
        _fail_orphans(self.study)
        while count := self._next_count():
            self._run_batch([self._ask() for _ in range(count)])
        write_report(self.study, folder=self.folder)
        if len(self.study.directions) > 1:
            return [trial.values for trial in self.study.best_trials]
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return self.study.best_value if complete else None

    def _next_count(self) -> int:
        finished = len(self.study.get_trials(deepcopy=False, states=FINISHED))
        left = math.inf if self.settings.n_trials is None else self.settings.n_trials - finished
        if self.settings.sampler.kind == "grid":
            left = min(left, len(self._grid_left()))
        return int(max(0, min(left, self.settings.n_jobs)))

    def _grid_left(self) -> list[dict[str, Any]]:
        taken = self.study.get_trials(deepcopy=False, states=(*FINISHED, TrialState.RUNNING))
        params = [trial.params for trial in taken]
        return [point for point in grid_points(self.space) if point not in params]

    def _ask(self) -> Trial:
        number = len(self.study.get_trials(deepcopy=False))
        self.study.sampler = sampler_for(
            self.settings.sampler, seed=self.settings.seed, number=number
        )
        if self.settings.sampler.kind == "grid":
            self.study.enqueue_trial(self._grid_left()[0])
        return self.study.ask(self.space)

    def _run_batch(self, trials: Sequence[Trial]) -> None:
        jobs = [self._overrides(trial) for trial in trials]
        try:
            returns = self.launcher.launch(jobs, initial_job_idx=trials[0].number)
            faults = [
                fault
                for trial, job in zip(trials, returns, strict=True)
                if (fault := self._tell(trial, job))
            ]
        finally:
            # Whatever stopped the batch (a bug of the launcher, Ctrl-C): no trial stays open.
            for trial in trials:
                self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        if faults:
            raise SweepError("; ".join(faults) + "; the same command goes on with a new trial")

    def _overrides(self, trial: Trial) -> list[str]:
        storage = QuotedString(absolute(self.settings.storage), Quote.single).with_quotes()
        study = QuotedString(self.settings.study_name, Quote.single).with_quotes()
        return [
            *self.fixed,
            *as_overrides(trial.params),
            f"trial.storage={storage}",
            f"trial.study={study}",
            f"trial.id={trial._trial_id}",
            f"hydra.sweep.subdir={trial.number}",
        ]

    def _tell(self, trial: Trial, job: JobReturn) -> str | None:
        """Tell what a job returned; the fault in one line, or None when there is none."""
        value = job._return_value
        if job.status != JobStatus.COMPLETED:
            reason = f"{type(value).__name__}: {value}".splitlines()[0]
            self.study.tell(trial, state=TrialState.FAIL)
            return f"trial {trial.number} failed ({reason})"
        if value is None and len(self.study.directions) == 1:
            self.study.tell(trial, state=TrialState.PRUNED)
            return None
        values = _numbers(value)
        if values is None or len(values) != len(self.study.directions):
            self.study.tell(trial, state=TrialState.FAIL)
            return (
                f"trial {trial.number} returned {value!r}; "
                f"{len(self.study.directions)} finite number(s) were expected"
            )
        self.study.tell(trial, values)
        return None


def _numbers(value: Any) -> list[float] | None:
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
        return None
    return [float(v) for v in values]


def _study(settings: ComboDlOptunaConf) -> Study:
    study = optuna.create_study(
        storage=open_storage(settings.storage),
        study_name=settings.study_name,
        directions=settings.direction,
        load_if_exists=True,
    )
    was = [direction.name.lower() for direction in study.directions]
    if was != settings.direction:
        raise SweepError(
            f"study {settings.study_name!r} was made to {was}, direction is now "
            f"{settings.direction}; give the old direction or another hydra.sweeper.study_name"
        )
    study.set_user_attr(PRUNER_ATTRIBUTE, asdict(settings.pruner))
    return study


def _check_same_settings(study: Study, fixed: list[str]) -> None:
    """Values of trials with other settings cannot be compared, so they must not share a study."""
    was = study.user_attrs.get(_FIXED_ATTRIBUTE, fixed)
    if was != fixed:
        raise SweepError(
            f"study {study.study_name!r} has trials with {' '.join(was)!r}, "
            f"now {' '.join(fixed)!r}; give the old settings or another hydra.sweeper.study_name"
        )
    study.set_user_attr(_FIXED_ATTRIBUTE, fixed)


def _fail_orphans(study: Study) -> None:
    """Trials left running by a sweep that was killed: nobody will ever tell their value."""
    orphans: list[FrozenTrial] = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in orphans:
        study.tell(trial.number, state=TrialState.FAIL)

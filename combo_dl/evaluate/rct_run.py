"""``evaluate protocol=rct_contrasts``: predicted contrasts of held-out trials beside randomised
ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import write_json, write_text
from combo_dl.core.json_values import json_value
from combo_dl.core.study import Study
from combo_dl.core.study_files import study_digest
from combo_dl.data.fold import Fold, Proof, prove
from combo_dl.data.joined_trials import TRIAL, has_arms, joined_trials
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.baselines import check_known
from combo_dl.evaluate.files import write_rows
from combo_dl.evaluate.leakage import told
from combo_dl.evaluate.protocol import KNOWN as OTHERS
from combo_dl.evaluate.rct_audit import audited_trials
from combo_dl.evaluate.rct_baselines import BASELINES, Told, TrainingTrials, fallback
from combo_dl.evaluate.rct_comparisons import Comparison, TrialArm, comparisons, trial_arms
from combo_dl.evaluate.rct_drugs import DrugClasses
from combo_dl.evaluate.rct_files import comparison_rows, markdown
from combo_dl.evaluate.rct_network import network_contrasts
from combo_dl.evaluate.rct_regression import regression
from combo_dl.evaluate.rct_scoring import ceiling, score_rows
from combo_dl.train.run import prepare, train
from combo_dl.train.settings import TrainSettings
from combo_dl.train.work import Work

PROTOCOL = "rct_contrasts"
NETWORK, REGRESSION = "network of hazards", "regression of arms"
OWN = "network"  # among the baselines: also fit the network
KNOWN = [*BASELINES, OWN]
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class RctSettings:
    """train: the network, the folds of trials (``split``) and the endpoint of survival with its
    horizon; endpoints of studies that train beside the trials may stand with it.
    baselines: those of KNOWN are used, all of them where none is named; the regression of arms is
    always there.  command: what was typed."""

    train: TrainSettings
    baselines: tuple[str, ...]
    command: str = ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the models beside the regression."""
        return tuple(n for n in KNOWN if n in self.baselines) or tuple(KNOWN)

    @property
    def endpoint(self) -> Endpoint:
        """The one endpoint of survival."""
        return next(e for e in self.train.endpoints.values() if e.is_survival)

    def validate(self) -> "RctSettings":
        """Itself. Raises ConfigError."""
        for name in self.baselines:
            check_known(name, [*KNOWN, *OTHERS])
        names = [e.name for e in self.train.endpoints.values() if e.is_survival]
        if len(names) != 1:
            raise ConfigError(
                f"protocol={PROTOCOL} scores one endpoint of survival, not "
                f"{', '.join(names or self.train.endpoints)}; say endpoint=[os] or endpoint=[pfs]"
            )
        split = self.train.split
        if not (isinstance(split, UnitFolds) and split.unit == "profile"):
            raise ConfigError(
                f"protocol={PROTOCOL} holds out whole trials, which are the profiles of such "
                f"studies; the split is {split!r}: say split=profile"
            )
        if self.train.folds != "all":
            raise ConfigError(
                f"protocol={PROTOCOL} ranks the comparisons of all trials; folds is "
                f"{self.train.folds}: say folds=all"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class RctBenchmark:
    """table: one row a model.  rows: one row a comparison.  record: what ``contrasts.json``
    holds."""

    table: list[dict]
    rows: list[dict]
    folder: Path
    record: dict


def evaluate_contrasts(settings: RctSettings, studies: Sequence[Study]) -> RctBenchmark:
    """Hold each fold of trials out, predict the contrast of each of their comparisons, and write
    the files of a benchmark. Raises ComboError."""
    settings.validate()
    trials, beside = _sorted_out([s.validate() for s in studies])
    study = joined_trials(trials)
    if settings.endpoint.columns[0] not in study.combos.labels:
        raise ConfigError(
            f"no study has {settings.endpoint.columns[0]}; there are "
            f"{', '.join(study.combos.labels)}"
        )
    arms = trial_arms(study, settings.endpoint.columns[0])
    compared, left_out = comparisons(arms, settings.endpoint)
    main = replace(settings.train, out=settings.train.out / "model")
    work = prepare(main, [study, *beside])
    proofs = [trial_proof(study, fold) for fold in work.folds]
    leakage = audited_trials(work, arms)
    held = fold_of(study, work.folds, compared)
    bundles = train(main, [study, *beside]).bundles if OWN in settings.chosen else ()
    predicted, instead = _predicted(settings, work, bundles, arms, compared, held)
    table = score_rows(compared, predicted, instead, headline=REGRESSION)
    rows = comparison_rows(compared, predicted, held)
    record = {
        "format": FORMAT,
        "protocol": {
            "title": "leave-trial-out: randomised contrasts",
            "endpoint": settings.endpoint.name,
            "horizon_days": settings.endpoint.horizon_days,
            "headline": REGRESSION,
            "folds": len(work.folds),
            "trials": len({c.trial for c in compared}),
            "comparisons": len(compared),
            "left_out": left_out,
            "flow": [list(step) for step in study.provenance.flow],
            "proofs": [p.to_json() for p in proofs],
        },
        "ceiling": ceiling(compared),
        "table": table,
        "rows": rows,
        "leakage": told(leakage, study),
        "command": settings.command,
        "digests": {s.name: study_digest(s) for s in studies},
    }
    folder = settings.train.out
    write_rows(folder / "comparisons.csv", rows)
    write_rows(folder / "contrasts.csv", table)
    write_json(folder / "contrasts.json", json_value(record))
    write_text(folder / "contrasts.md", markdown(record))
    return RctBenchmark(table=table, rows=rows, folder=folder, record=record)


def _sorted_out(studies: Sequence[Study]) -> tuple[list[Study], list[Study]]:
    """(those of randomised arms, those that train beside them); all are of arms where none is, so
    that the refusal names one."""
    trials = [s for s in studies if has_arms(s)]
    beside = [s for s in studies if not has_arms(s)]
    return (trials, beside) if trials else (beside, [])


def trial_proof(study: Study, fold: Fold) -> Proof:
    """That no trial has rows on both sides of a fold, by the code that a trial has in every study.
    Raises LeakageError."""
    code = study.columns[TRIAL]
    return prove("trial", f"train and test of {fold.name}", code[fold.train], code[fold.test])


def fold_of(study: Study, folds: Sequence[Fold], compared: Sequence[Comparison]) -> np.ndarray:
    """int64[n]: the fold that tests each comparison."""
    place = np.full(len(study), -1, np.int64)
    for at, fold in enumerate(folds):
        place[fold.test] = at
    return np.array([place[c.control.row] for c in compared])


def training_trials(
    arms: Sequence[TrialArm],
    compared: Sequence[Comparison],
    tested: set[str],
    *,
    classes: DrugClasses,
    horizon_days: float,
) -> TrainingTrials:
    """All that is of no ``tested`` trial."""
    return TrainingTrials(
        arms=[a for a in arms if a.trial not in tested],
        comparisons=[c for c in compared if c.trial not in tested],
        classes=classes,
        horizon_days=horizon_days,
    )


def _predicted(
    settings: RctSettings,
    work: Work,
    bundles: Sequence[Path],
    arms: Sequence[TrialArm],
    compared: Sequence[Comparison],
    held: np.ndarray,
) -> tuple[dict[str, Told], Told]:
    """({model: its contrasts}, what stands in where a baseline abstains)."""
    study, horizon = work.studies[0], float(settings.endpoint.horizon_days or 0.0)
    classes = DrugClasses.of_study(study)
    trials = np.array(study.profiles.ids.names)
    models = {title: make for n, (title, make) in BASELINES.items() if n in settings.chosen}
    models[REGRESSION] = regression
    parts: dict[str, list[Told]] = {name: [] for name in [*models, *([NETWORK] if bundles else [])]}
    instead, order = [], []
    for at, fold in enumerate(work.folds):
        rows = np.flatnonzero(held == at)
        if not len(rows):
            continue
        asked = [compared[int(i)] for i in rows]
        tested = set(trials[np.unique(study.combos.profile[fold.test])])
        known = training_trials(arms, compared, tested, classes=classes, horizon_days=horizon)
        for name, make in models.items():
            parts[name].append(make(known, asked))
        if bundles:
            found = network_contrasts(work, at, bundles[at], asked, settings.endpoint)
            parts[NETWORK].append(found)
        instead.append(fallback(known, asked))
        order.append(rows)
    place = np.concatenate(order)
    return {name: _joined(own, place) for name, own in parts.items()}, _joined(instead, place)


def _joined(parts: Sequence[Told], place: np.ndarray) -> Told:
    """The parts of all folds, in the order of the comparisons."""
    made = []
    for values in ([p.rmst_days for p in parts], [p.log_hr for p in parts]):
        every = np.full(len(place), np.nan)
        every[place] = np.concatenate(values)
        made.append(every)
    return Told(rmst_days=made[0], log_hr=made[1])

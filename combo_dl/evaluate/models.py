"""Every model of a benchmark as the same thing: predictions of the test rows of each fold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.calibration import HeldOut, fit_calibration
from combo_dl.evaluate.alone_rates import ALONE, AloneRates
from combo_dl.evaluate.baselines import DESIGNS, Baseline, Guess
from combo_dl.evaluate.protocol import (
    SHUFFLED,
    TREES,
    TWIN,
    EvaluateSettings,
    one_hot_twin,
    shuffled_control,
    with_shuffled_labels,
)
from combo_dl.evaluate.risk_labels import RiskPredicted
from combo_dl.evaluate.risk_models import network_risks
from combo_dl.evaluate.survival_labels import SurvivalPredicted
from combo_dl.evaluate.survival_models import network_survival
from combo_dl.evaluate.trees import BoostedTrees
from combo_dl.stats.conformal import fit_conformal, reach
from combo_dl.train.held_out import held_out
from combo_dl.train.results import LEVELS, quantile_of, tested
from combo_dl.train.run import prepare, train
from combo_dl.train.settings import TrainSettings
from combo_dl.train.work import Work

Intervals = dict[int, tuple[np.ndarray, np.ndarray]]
AnyPredicted: TypeAlias = "Predicted | RiskPredicted | SurvivalPredicted"


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """One model, fold and label column. mean: float64[n] of the fold's test rows.  intervals:
    {level in percent: (low, high)}.  abstain: bool[n]."""

    model: str
    fold: int
    column: str
    mean: np.ndarray
    intervals: Intervals
    abstain: np.ndarray


def headline_of(settings: EvaluateSettings, work: Work, *, kernels: bool) -> str:
    """The name of the model in tables."""
    count = work.settings.seeds
    named = f"model, {_networks(count)}"
    return f"{named} + kernel ridge" if kernels else named


def baseline_models(settings: EvaluateSettings, work: Work) -> Iterator[Predicted]:
    """Those that see no network."""
    known: dict[str, Baseline] = {**DESIGNS, ALONE: AloneRates(), TREES: BoostedTrees()}
    for name in settings.baselines:
        for column in columns_of(work) if name in known else []:
            # Independence is a rule of chances: it says nothing of other numbers.
            if name != ALONE or work.endpoint_of(column).bounds == (0.0, 1.0):
                yield from _of_baseline(known[name], work, column)


def columns_of(work: Work) -> list[str]:
    """Label columns that are scored as numbers: those of risks are scored as chances, follow-up as
    survival."""
    labels, endpoints = work.studies[0].combos.labels, work.settings.endpoints.values()
    numbers = [e for e in endpoints if not (e.is_risk or e.is_survival)]
    return [c for e in numbers for c in e.columns if c in labels]


def _of_baseline(found: Baseline, work: Work, column: str) -> Iterator[Predicted]:
    label = work.studies[0].combos.labels[column][:, 0].astype(np.float64)
    for at, fold in enumerate(work.folds):
        guess = found.predict(work, column, fold)
        yield Predicted(
            model=found.title,
            fold=at,
            column=column,
            mean=guess.test,
            intervals=_plain_conformal(guess, label[fold.validation]),
            abstain=np.zeros(len(fold.test), bool),
        )


def _plain_conformal(guess: Guess, label: np.ndarray) -> Intervals:
    """Mean ± the quantile of the absolute residuals of validation rows, one for all rows."""
    seen = ~np.isnan(label)
    if not seen.any():
        return {}
    residual = np.abs(label - guess.validation)[seen]
    table = fit_conformal(residual, ["all"] * len(residual))
    half = {k: reach(table, ["all"], k / 100)[0] for k in LEVELS}
    return {k: (guess.test - h, guess.test + h) for k, h in half.items()}


def network_models(
    settings: EvaluateSettings, work: Work, studies: list[Study]
) -> Iterator[AnyPredicted]:
    """The twin, the control, and the model with its parts: fits what is not there yet."""
    if TWIN in settings.baselines:
        yield from _alone(one_hot_twin(settings.train), studies, "one-hot twin")
    if SHUFFLED in settings.baselines:
        control = shuffled_control(settings.train)
        wrong = [with_shuffled_labels(studies[0], seed=settings.train.seed), *studies[1:]]
        yield from _alone(control, wrong, "label-shuffle control")
    train(work.settings, studies)
    yield from _of_model(settings, work)


def _alone(alone: TrainSettings, studies: list[Study], title: str) -> Iterator[AnyPredicted]:
    train(alone, studies)
    other = prepare(alone, studies)
    for fold in range(len(other.folds)):
        yield from _predicted(other, fold, title, seeds=1, kernels=False)
        yield from network_risks(other, fold, title, seeds=1)
        yield from network_survival(other, fold, title, seeds=1)


def _of_model(settings: EvaluateSettings, work: Work) -> Iterator[AnyPredicted]:
    seeds = work.settings.seeds
    for fold in range(len(work.folds)):
        kernels = _has_kernels(work, fold)
        for count in sorted({1, seeds}):
            named = f"model, {_networks(count)}"
            if count < seeds or kernels:
                yield from _predicted(work, fold, named, seeds=count, kernels=False)
            if count < seeds:
                yield from network_risks(work, fold, named, seeds=count)
                yield from network_survival(work, fold, named, seeds=count)
        if kernels:
            yield from _kernels_alone(work, fold)
        title = headline_of(settings, work, kernels=kernels)
        yield from _predicted(work, fold, title, seeds=seeds, kernels=True)
        # One model, whatever it predicts: kernel ridge says nothing of a risk nor of survival.
        yield from network_risks(work, fold, title, seeds=seeds)
        yield from network_survival(work, fold, title, seeds=seeds)


def _has_kernels(work: Work, fold: int) -> bool:
    found = _held_out(work, fold, "test", seeds=1)
    return any(not np.isnan(rows.kernel).all() for rows in found.values())


def _held_out(work: Work, fold: int, part: str, *, seeds: int) -> dict[str, HeldOut]:
    columns = columns_of(work)
    found = held_out(work, fold, part, seeds=seeds) if columns else {}
    return {c: rows for c, rows in found.items() if c in columns}


def _predicted(
    work: Work, fold: int, title: str, *, seeds: int, kernels: bool
) -> Iterator[Predicted]:
    calibrating = _held_out(work, fold, "validation", seeds=work.settings.seeds)
    for column, rows in _held_out(work, fold, "test", seeds=seeds).items():
        held = calibrating.get(column)
        law = None
        if held is not None:
            law = fit_calibration(held if kernels else without_kernels(held), networks=seeds)
        found = tested(rows if kernels else without_kernels(rows), law, quantile_of(work, column))
        yield Predicted(
            model=title,
            fold=fold,
            column=column,
            mean=found.mean,
            intervals=found.intervals,
            abstain=found.abstain,
        )


def without_kernels(rows: HeldOut) -> HeldOut:
    """The networks alone."""
    return replace(rows, kernel=np.full(len(rows), np.nan))


def _kernels_alone(work: Work, fold: int) -> Iterator[Predicted]:
    held = _held_out(work, fold, "validation", seeds=1)
    for column, rows in _held_out(work, fold, "test", seeds=1).items():
        if not np.isnan(rows.kernel).all():
            # Without a search no row was held out of the networks that are kept.
            own = held.get(column)
            guess = Guess(test=rows.kernel, validation=np.zeros(0) if own is None else own.kernel)
            yield Predicted(
                model="model, kernel ridge alone",
                fold=fold,
                column=column,
                mean=rows.kernel,
                intervals=_plain_conformal(guess, np.zeros(0) if own is None else own.label),
                abstain=np.zeros(len(rows), bool),
            )


def _networks(count: int) -> str:
    return "1 network" if count == 1 else f"{count} networks"

"""Baselines of randomised contrasts: what monotherapy curves or classes of drugs alone foretell.

Each learns from the arms and comparisons of training trials. Where it has nothing to say it
abstains (NaN).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.evaluate.rct_comparisons import Comparison, TrialArm
from combo_dl.evaluate.rct_drugs import DrugClasses
from combo_dl.stats.independent_action import (
    FIRST_SCAN_DAYS,
    MOST_DRUGS,
    additive_action,
    independent_action,
)
from combo_dl.stats.survival import kaplan_meier

SPEARMAN = 0.3  # of a patient's times under each part (Palmer & Sorger 2017, Cell 171:1678)
_STEPS = 76  # days of a grid to the horizon
_LEAST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Told:
    """rmst_days, log_hr: float64[m] of comparisons, NaN where the model abstains."""

    rmst_days: np.ndarray
    log_hr: np.ndarray


@dataclass(frozen=True, kw_only=True)
class TrainingTrials:
    """What may be learned from: arms and comparisons of training trials, and classes of drugs."""

    arms: Sequence[TrialArm]
    comparisons: Sequence[Comparison]
    classes: DrugClasses
    horizon_days: float


def zero(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """No difference, whatever is compared."""
    return Told(rmst_days=np.zeros(len(asked)), log_hr=np.zeros(len(asked)))


def class_mean(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """The mean contrast of training comparisons of the same classes of drugs: those that one arm
    has and the other has not, on both sides. Abstains where no training trial compared them."""
    known: dict[tuple, list[Comparison]] = {}
    for comparison in training.comparisons:
        known.setdefault(training.classes.compared(comparison), []).append(comparison)
    found = [known.get(training.classes.compared(c), []) for c in asked]
    return Told(
        rmst_days=np.array([_mean([c.truth.rmst_days for c in own]) for own in found]),
        log_hr=np.array([_mean([c.truth.log_hr for c in own]) for own in found]),
    )


def fallback(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """What stands in for a baseline that abstains: the class mean, else the mean contrast of all
    training comparisons."""
    told = class_mean(training, asked)
    every = [c.truth for c in training.comparisons]
    return Told(
        rmst_days=_filled(told.rmst_days, np.array(_mean([t.rmst_days for t in every]))),
        log_hr=_filled(told.log_hr, np.array(_mean([t.log_hr for t in every]))),
    )


def with_fallback(told: Told, other: Told) -> Told:
    """``told``, and ``other`` where it abstains."""
    return Told(
        rmst_days=_filled(told.rmst_days, other.rmst_days),
        log_hr=_filled(told.log_hr, other.log_hr),
    )


def independent(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """Independent action: each arm has the best of the times under its parts alone (Palmer &
    Sorger 2017), from Kaplan-Meier curves of training trials of the cancer. Abstains where a part
    was never given alone there, nor drugs of its classes."""
    return _from_parts(training, asked, lambda parts: independent_action(parts, spearman=SPEARMAN))


def additive(training: TrainingTrials, asked: Sequence[Comparison]) -> Told:
    """Additivity: times under the parts add beyond the first scan (Hwangbo et al. 2023, Nat Cancer
    4:1693), from the same curves."""
    return _from_parts(
        training,
        asked,
        lambda parts: additive_action(parts, spearman=SPEARMAN, first_scan_days=FIRST_SCAN_DAYS),
    )


def _from_parts(
    training: TrainingTrials,
    asked: Sequence[Comparison],
    joined: Callable[[list[SurvivalCurves]], SurvivalCurves],
) -> Told:
    grid = np.linspace(0.0, training.horizon_days, _STEPS)
    alone = _AloneCurves(training=training, grid=grid)
    rmst, ratio = np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    for i, comparison in enumerate(asked):
        curves = [
            _curve(alone, arm, joined) for arm in (comparison.experimental, comparison.control)
        ]
        if curves[0] is None or curves[1] is None:
            continue
        rmst[i], ratio[i] = curve_contrast(curves[0], curves[1], training.horizon_days)
    return Told(rmst_days=rmst, log_hr=ratio)


def curve_contrast(
    experimental: SurvivalCurves, control: SurvivalCurves, horizon_days: float
) -> tuple[float, float]:
    """(difference of restricted means in days, log ratio of the cumulative hazards at the horizon)
    of two curves, one each."""
    days = [c.restricted_mean_days(horizon_days)[0] for c in (experimental, control)]
    left = [
        np.clip(c.at(np.array([horizon_days]))[0, 0], _LEAST, 1 - _LEAST)
        for c in (experimental, control)
    ]
    return float(days[0] - days[1]), float(np.log(np.log(left[0]) / np.log(left[1])))


def _curve(
    alone: "_AloneCurves",
    arm: TrialArm,
    joined: Callable[[list[SurvivalCurves]], SurvivalCurves],
) -> SurvivalCurves | None:
    """The curve of an arm from those of its parts, or None where one of them is not known."""
    parts = alone.training.classes.parts(arm.drugs)
    curves = [alone.of(part, arm.cancer) for part in parts]
    if any(c is None for c in curves) or len(parts) > MOST_DRUGS:
        return None
    known = [c for c in curves if c is not None]
    return known[0] if len(known) == 1 else joined(known)


@dataclass(frozen=True, kw_only=True)
class _AloneCurves:
    """Curves of training arms that gave one part and nothing else."""

    training: TrainingTrials
    grid: np.ndarray
    found: dict[tuple[tuple[str, ...], str], SurvivalCurves | None] = field(default_factory=dict)

    def of(self, part: tuple[str, ...], cancer: str) -> SurvivalCurves | None:
        """Kaplan-Meier of all patients of the cancer in training arms of these drugs alone, else of
        drugs of the same classes alone; None where there is no such arm, or none that was followed
        to the horizon."""
        if (part, cancer) not in self.found:
            own = self._arms(cancer, part, lambda drug: drug)
            own = own or self._arms(cancer, part, self.training.classes.of.__getitem__)
            self.found[part, cancer] = self._pooled(own) if own else None
        return self.found[part, cancer]

    def _arms(
        self, cancer: str, part: tuple[str, ...], name: Callable[[str], str]
    ) -> list[FollowUp]:
        wanted = {name(drug) for drug in part}
        return [
            arm.seen
            for arm in self.training.arms
            if arm.cancer == cancer
            and {name(drug) for drug in arm.drugs} == wanted
            and arm.seen.time_days.max() >= self.grid[-1]
        ]

    def _pooled(self, arms: list[FollowUp]) -> SurvivalCurves:
        time, event = (
            np.concatenate([getattr(a, n) for a in arms]) for n in ("time_days", "event")
        )
        return SurvivalCurves.of(self.grid, kaplan_meier(FollowUp.of(time, event)).at(self.grid))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _filled(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), other, values)


BASELINES: dict[str, tuple[str, Callable[[TrainingTrials, Sequence[Comparison]], Told]]] = {
    "zero": ("no difference", zero),
    "class_mean": ("mean of the classes compared", class_mean),
    "independent_action": ("independent action", independent),
    "additive_times": ("additive times", additive),
}

"""What drugs would do for survival without interaction: independent action, and times that add."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from combo_dl.core.predictions import NULL_SUPPORT, Null
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.infer.survival_members import MemberCurves, as_column, days_interval, mean_curves
from combo_dl.nn.head.hazard import HazardHead
from combo_dl.stats.independent_action import (
    MOST_DRUGS,
    additive_action,
    gained_days,
    independent_action,
)

# A null needs every drug to have been given alone: a curve of a drug that was only ever given with
# others is what the network makes of it, not what patients had.
_KNOWN = (NULL_SUPPORT[0], NULL_SUPPORT[1])
# Curves of combinations from those of each drug, one a drug.
Join = Callable[[list[SurvivalCurves]], SurvivalCurves]


@dataclass(frozen=True, kw_only=True)
class NullModel:
    """spearman: rank correlation, 0 to 1, of a patient's times under each drug.  first_scan_days:
    None for independent action; else times add, each as far as it is beyond that day."""

    spearman: float
    first_scan_days: float | None = None

    def joined(self, parts: list[SurvivalCurves]) -> SurvivalCurves:
        """Curves of N combinations of 2 to MOST_DRUGS drugs. Raises InputError as
        ``independent_action`` and ``additive_action``."""
        scan = self.first_scan_days
        # Nothing adds before the first scan.
        if scan is None or scan >= parts[0].times_days[-1]:
            return independent_action(parts, spearman=self.spearman)
        return additive_action(parts, spearman=self.spearman, first_scan_days=scan)


def joint_curves(
    alone: SurvivalCurves, owner: np.ndarray, count: int, joined: Join
) -> SurvivalCurves:
    """Survival of ``count`` combinations from the curves of each drug alone, by ``joined``: of one
    drug its own, of more than MOST_DRUGS that of the first so many, of none 1.

    owner: int64[A], rising: the combination of each curve. Raises InputError as ``joined``.
    """
    made = np.ones((count, len(alone.times_days)))
    size = np.bincount(owner, minlength=count)
    start = np.cumsum(size) - size
    for k in np.unique(size[size > 0]):
        rows = np.flatnonzero(size == k)
        parts = [
            SurvivalCurves(times_days=alone.times_days, survival=alone.survival[start[rows] + j])
            for j in range(min(k, MOST_DRUGS))
        ]
        joint = parts[0] if k == 1 else joined(parts)
        made[rows] = joint.survival
    return SurvivalCurves.of(alone.times_days, made)


def survival_null(
    found: MemberCurves,
    model: NullModel,
    head: HazardHead,
    told: tuple[np.ndarray, np.ndarray, np.ndarray],
    horizon: float,
    *,
    level: float,
) -> Null:
    """The null and the days gained over it; intervals from the networks' own nulls and gains.

    told: mean, low, high float64[N] of the combinations. One drug is its own null, exactly; NaN
    where a drug of several was not seen alone.
    """
    count = len(found.unseen)
    support = _support(found, count)
    known = np.isin(support, _KNOWN)
    one = np.bincount(found.owner, minlength=count) == 1
    days, own, gain, gains = _days(found, model, known & ~one, horizon)
    low, high = days_interval(days, own, head, horizon, level)
    # Of one network there is no spread: all that is possible.
    half = np.full(count, np.inf)
    if len(gains) > 1:
        half = ndtri(0.5 + level / 2) * gains.std(axis=0, ddof=1)
    parts = {
        "mean": np.where(one, told[0], days),
        "low": np.where(one, told[1], low),
        "high": np.where(one, told[2], high),
        "excess": np.where(one, 0.0, gain),
        # No gain can be above what is left of the horizon, nor a loss above what the null has.
        "excess_low": np.where(one, 0.0, np.maximum(gain - half, -days)),
        "excess_high": np.where(one, 0.0, np.minimum(gain + half, horizon - days)),
    }
    shown = {n: as_column(np.where(known, p, np.nan)) for n, p in parts.items()}
    return Null(**shown, support=support)


def _support(found: MemberCurves, count: int) -> tuple[str, ...]:
    many = np.bincount(found.owner, minlength=count) > MOST_DRUGS
    return tuple(
        NULL_SUPPORT[5] if too_many else text
        for too_many, text in zip(many, found.null_support, strict=True)
    )


def _days(
    found: MemberCurves, model: NullModel, wanted: np.ndarray, horizon: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(days of the null of the mean curves float64[N], of each network's [M, N], and the gain over
    each alike), of the ``wanted`` bool[N] rows; no other row is computed, its days are 0."""
    count, rows = len(wanted), np.flatnonzero(wanted)
    inside = wanted[found.owner]
    owner = (np.cumsum(wanted) - 1)[found.owner[inside]]

    def of(whole: SurvivalCurves, alone: SurvivalCurves) -> tuple[np.ndarray, np.ndarray]:
        days, gain = np.zeros(count), np.zeros(count)
        if len(rows):
            null = joint_curves(alone.take(inside), owner, len(rows), model.joined)
            days[rows] = null.restricted_mean_days(horizon)
            gain[rows] = gained_days(whole.take(rows), null, horizon_days=horizon)
        return days, gain

    mean = of(mean_curves(found.whole), mean_curves(found.alone))
    own = [of(w, a) for w, a in zip(found.whole, found.alone, strict=True)]
    return mean[0], np.stack([o[0] for o in own]), mean[1], np.stack([o[1] for o in own])

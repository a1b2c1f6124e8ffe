"""Outcomes of survival: mean days to a horizon, survival at named days, and the days that a
combination gains over drugs that act independently."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.predictions import NULL_SUPPORT, SURVIVAL_DAYS, Null, Outcome
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.nn.head.hazard import HazardHead
from combo_dl.stats.independent_action import MOST_DRUGS, gained_days, independent_action

# A null needs every drug to have been given alone: a curve of a drug that was only ever given with
# others is what the network makes of it, not what patients had.
_KNOWN = (NULL_SUPPORT[0], NULL_SUPPORT[1])


@dataclass(frozen=True, kw_only=True)
class MemberCurves:
    """What M networks say of N combinations.

    whole: a network's curves of the N rows, each on the same days.  alone: those of A drugs alone,
    of which ``owner`` int64[A], rising, is the combination.  unseen: bool[N], training knows no
    such row.  null_support: a text a row.
    """

    whole: tuple[SurvivalCurves, ...]
    alone: tuple[SurvivalCurves, ...]
    owner: np.ndarray
    unseen: np.ndarray
    null_support: tuple[str, ...]


def member_curves(
    heads: list[HazardHead], forecasts: list[np.ndarray]
) -> tuple[SurvivalCurves, ...]:
    """Curves of each network's forecasts float[n, width_forecast], on the days of all of them up
    to the first last day of one."""
    own = [h.survival_curves(f) for h, f in zip(heads, forecasts, strict=True)]
    days = np.unique(np.concatenate([c.times_days for c in own]))
    days = days[days <= min(c.times_days[-1] for c in own)]
    return tuple(SurvivalCurves.of(days, c.at(days)) for c in own)


def survival_outcome(
    found: MemberCurves, endpoint: Endpoint, head: HazardHead, *, level: float, spearman: float
) -> Outcome:
    """Restricted mean survival days to the endpoint's horizon, with the interval that holds it with
    probability ``level`` as far as networks disagree; one network says nothing of that, and its
    interval is all that is possible.

    ``curve`` is survival at SURVIVAL_DAYS, NaN after the last event of training. spearman: rank
    correlation of a patient's times under each drug alone, for the null (Palmer & Sorger 2017).
    Raises InputError where training saw no event as late as the horizon.
    """
    horizon = _horizon(found, endpoint)
    mean = _mean_curves(found.whole)
    days = mean.restricted_mean_days(horizon)
    members = np.stack([c.restricted_mean_days(horizon) for c in found.whole])
    low, high = _interval(days, members, head, horizon, level)
    told = (days, low, high)
    return Outcome(
        mean=_column(days),
        low=_column(low),
        high=_column(high),
        abstain=found.unseen[:, None],
        curve=_survival_at(mean),
        null=_null(found, head, told, horizon, level=level, spearman=spearman),
    )


def independent_curves(
    alone: SurvivalCurves, owner: np.ndarray, count: int, *, spearman: float
) -> SurvivalCurves:
    """Survival of ``count`` combinations whose drugs act independently, from the curves of each
    drug alone: of one drug its own, of more than MOST_DRUGS that of the first so many.

    owner: int64[A], rising: the combination of each curve. Raises InputError as
    ``independent_action``.
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
        joint = parts[0] if k == 1 else independent_action(parts, spearman=spearman)
        made[rows] = joint.survival
    return SurvivalCurves.of(alone.times_days, made)


def _horizon(found: MemberCurves, endpoint: Endpoint) -> float:
    last, horizon = float(found.whole[0].times_days[-1]), float(endpoint.horizon_days or 0.0)
    if last < horizon:
        raise InputError(
            f"{endpoint.name!r} is counted to day {horizon:g}, but the last event that this bundle "
            f"learned from was on day {last:g}; train it again with endpoint.{endpoint.name}."
            f"horizon_days={int(last)} or less"
        )
    return horizon


def _mean_curves(curves: tuple[SurvivalCurves, ...]) -> SurvivalCurves:
    mean = np.mean([c.survival for c in curves], axis=0)
    return SurvivalCurves.of(curves[0].times_days, mean)


def _survival_at(curves: SurvivalCurves) -> np.ndarray:
    """float32[N, S] at SURVIVAL_DAYS, NaN after the last day of the curves."""
    days = np.array(SURVIVAL_DAYS, np.float64)
    inside = days <= curves.times_days[-1]
    made = np.full((len(curves), len(days)), np.nan, np.float32)
    made[:, inside] = curves.at(days[inside])
    return made


def _interval(
    days: np.ndarray, members: np.ndarray, head: HazardHead, horizon: float, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) float64[N] of mean days, from members float64[M, N]: a restricted mean is a share
    of the horizon, whose log-odds are taken to be normal."""
    if len(members) == 1:
        return np.zeros_like(days), np.full_like(days, horizon)
    share = torch.from_numpy(days[:, None] / horizon)
    spread = torch.from_numpy(members.std(axis=0, ddof=1)[:, None] / horizon)
    told = head.summary(share, spread, level=level)
    low, high = (end[:, 0].astype(np.float64) * horizon for end in (told.low, told.high))
    return np.minimum(low, days), np.maximum(high, days)


def _null(
    found: MemberCurves,
    head: HazardHead,
    told: tuple[np.ndarray, np.ndarray, np.ndarray],
    horizon: float,
    *,
    level: float,
    spearman: float,
) -> Null:
    """Independent action and the days gained over it; intervals from the networks' own nulls and
    gains. One drug is its own null, exactly."""
    count = len(found.unseen)

    def null_of(alone: SurvivalCurves) -> SurvivalCurves:
        return independent_curves(alone, found.owner, count, spearman=spearman)

    mean = null_of(_mean_curves(found.alone))
    days = mean.restricted_mean_days(horizon)
    gain = gained_days(_mean_curves(found.whole), mean, horizon_days=horizon)
    nulls = [null_of(alone) for alone in found.alone]
    own = np.stack([n.restricted_mean_days(horizon) for n in nulls])
    gains = np.stack(
        [gained_days(w, n, horizon_days=horizon) for w, n in zip(found.whole, nulls, strict=True)]
    )
    low, high = _interval(days, own, head, horizon, level)
    # Of one network there is no spread: all that is possible.
    half = np.full(count, np.inf)
    if len(gains) > 1:
        half = stats.norm.ppf(0.5 + level / 2) * gains.std(axis=0, ddof=1)
    size = np.bincount(found.owner, minlength=count)
    one = size == 1
    support = tuple(
        NULL_SUPPORT[5] if many else text
        for many, text in zip(size > MOST_DRUGS, found.null_support, strict=True)
    )
    known = np.isin(support, _KNOWN)
    parts = {
        "mean": np.where(one, told[0], days),
        "low": np.where(one, told[1], low),
        "high": np.where(one, told[2], high),
        "excess": np.where(one, 0.0, gain),
        # No gain can be above what is left of the horizon, nor a loss above what the null has.
        "excess_low": np.where(one, 0.0, np.maximum(gain - half, -days)),
        "excess_high": np.where(one, 0.0, np.minimum(gain + half, horizon - days)),
    }
    return Null(
        **{n: _column(np.where(known, p, np.nan)) for n, p in parts.items()}, support=support
    )


def _column(values: np.ndarray) -> np.ndarray:
    """float32[N, 1] of [N]."""
    return values.astype(np.float32)[:, None]

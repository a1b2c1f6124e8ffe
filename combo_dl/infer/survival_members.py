"""What the networks of a bundle say of survival, and how far they disagree."""

from dataclasses import dataclass

import numpy as np
import torch

from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.nn.head.hazard import HazardHead


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


def mean_curves(curves: tuple[SurvivalCurves, ...]) -> SurvivalCurves:
    """The mean of the networks' curves, which share their days."""
    mean = np.mean([c.survival for c in curves], axis=0)
    return SurvivalCurves.of(curves[0].times_days, mean)


def days_interval(
    days: np.ndarray, members: np.ndarray, head: HazardHead, horizon: float, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) float64[N] of mean days, from members float64[M, N]: a restricted mean is a share
    of the horizon, whose log-odds are taken to be normal. One network says nothing of it: all that
    is possible."""
    if len(members) == 1:
        return np.zeros_like(days), np.full_like(days, horizon)
    share = torch.from_numpy(days[:, None] / horizon)
    spread = torch.from_numpy(members.std(axis=0, ddof=1)[:, None] / horizon)
    told = head.summary(share, spread, level=level)
    low, high = (end[:, 0].astype(np.float64) * horizon for end in (told.low, told.high))
    return np.minimum(low, days), np.maximum(high, days)


def as_column(values: np.ndarray) -> np.ndarray:
    """float32[N, 1] of [N]."""
    return values.astype(np.float32)[:, None]

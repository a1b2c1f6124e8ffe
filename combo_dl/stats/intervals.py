"""Scores of predicted intervals: do they hold what they say, and how wide are they for it."""

from collections.abc import Mapping

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats.observed import observed

Interval = tuple[np.ndarray, np.ndarray]
ROUNDING = 1e-6  # of the size of the numbers: what float32 may add between two intervals


def interval_scores(
    truth: np.ndarray, mean: np.ndarray, intervals: Mapping[int, Interval]
) -> dict[str, float]:
    """Scores of ``intervals`` {level in percent: (low, high) float[N]} for labels float[N].

    Keys, ``L`` being each level, ascending:

    - ``coverage_L``: share of labels within the interval, its ends included.
    - ``width_L``: mean width of the interval, in the unit of the label.
    - ``crps``: the weighted interval score (Bracher, Ray, Gneiting & Reich 2021, PLoS Comput Biol
      17:e1008618, eq. 1 and 2), an approximation of the continuous ranked probability score from
      the quantiles that are given, in the unit of the label; lower is better. With K intervals, the
      one of level 1 - a having the score (high - low) + 2/a (distance of the label from the
      interval) and the weight a/2, and the distance from the median the weight 1/2, it is their
      weighted sum over K + 1/2. ``mean`` float[N] stands for the median, which it is for the
      symmetric laws of predictions here. Without intervals it is the mean absolute error.

    Rows whose label is NaN are left out. Raises InputError on lengths that differ, no label, a
    level outside 1..99, and, where there is a label, an end that is not finite, intervals that
    cross (low above high), or one that reaches beyond that of a higher level.
    """
    beside = {
        f"{end} ends of {level} %": values
        for level, pair in intervals.items()
        for end, values in zip(("low", "high"), pair, strict=True)
    }
    seen = observed(truth, mean, **beside)
    y, median = truth[seen].astype(np.float64), mean[seen].astype(np.float64)
    ends = {
        level: (low[seen].astype(np.float64), high[seen].astype(np.float64))
        for level, (low, high) in sorted(intervals.items())
    }
    _check(ends, rows=np.flatnonzero(seen))
    table = {}
    total = np.abs(y - median) / 2
    for level, (low, high) in ends.items():
        outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
        table[f"coverage_{level}"] = float(np.mean(outside == 0))
        table[f"width_{level}"] = float(np.mean(high - low))
        share_outside = 1 - level / 100
        total += share_outside / 2 * (high - low) + outside
    return table | {"crps": float(np.mean(total) / (len(ends) + 0.5))}


def _check(ends: Mapping[int, Interval], *, rows: np.ndarray) -> None:
    inner: tuple[int, np.ndarray, np.ndarray] | None = None
    for level, (low, high) in ends.items():
        if not 1 <= level <= 99:
            raise InputError(f"an interval has level {level}; expected percent, 1 to 99")
        _refuse(~(np.isfinite(low) & np.isfinite(high)), rows, level, "an end that is not finite")
        _refuse(low > high, rows, level, "low above high")
        if inner is not None:
            smaller, inner_low, inner_high = inner
            slack = ROUNDING * np.maximum(np.abs(low), np.abs(high))
            crossing = (inner_low < low - slack) | (inner_high > high + slack)
            _refuse(crossing, rows, level, f"an end within that of {smaller} %")
        inner = (level, low, high)


def _refuse(bad: np.ndarray, rows: np.ndarray, level: int, what: str) -> None:
    if bad.any():
        raise InputError(
            f"row {rows[np.argmax(bad)]}: the interval of {level} % has {what} "
            f"({bad.sum()} such rows); expected low <= high, finite, wider for a higher level"
        )

"""Intervals that hold what they say: split-conformal prediction, calibrated in each group.

The score of a held-out row is |residual| / predicted deviation (normalised residuals: Lei, G'Sell,
Rinaldo, Tibshirani & Wasserman 2018, JASA 113:1094, sec. 5.2), its quantiles are taken in each
group on its own (Mondrian: Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World,
ch. 4), and the interval of a new row is its mean ± the quantile x its deviation. Where rows of a
group are exchangeable, that holds a new one with at least the level, whatever their law.
"""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from scipy.special import ndtri

from combo_dl.core.errors import InputError

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
POOLED = ""
MIN_TAIL_ROWS, MIN_TAIL_SHARE = 20, 0.05


def fit_conformal(
    ratio: np.ndarray, group: Sequence[str], *, min_rows: int = 50
) -> dict[str, tuple[float, ...]]:
    """{group: multiplier of the deviation at each of LEVELS}, from held-out rows.

    ``ratio`` float[N]: |residual| / predicted deviation.  ``group``: a text a row, such as its
    support. The multiplier is the ratio of rank ceil((n + 1) level) among the n of the group, so
    that it never falls with the level; where the rank is beyond the sample it is the largest ratio,
    and the level is not guaranteed. Groups of fewer than ``min_rows`` rows are left out; the key
    "" holds all rows together.
    Raises InputError on no rows, other lengths, a ratio that is negative or not finite, or a group
    named "".
    """
    if ratio.ndim != 1 or len(ratio) != len(group) or not len(ratio):
        raise InputError(
            f"ratios {ratio.shape} and {len(group)} groups; expected one of each a row, and a row"
        )
    bad = ~(np.isfinite(ratio) & (ratio >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has ratio {ratio[row]}; expected |residual| / deviation, finite and 0 or "
            f"more ({bad.sum()} such rows)"
        )
    if POOLED in group:
        raise InputError(f"row {list(group).index(POOLED)} has no group; expected a name")
    table = {POOLED: _quantiles(ratio)}
    names, of, rows = np.unique(
        np.array(group, dtype=np.str_), return_inverse=True, return_counts=True
    )
    for i in np.flatnonzero(rows >= min_rows):
        table[str(names[i])] = _quantiles(ratio[of == i])
    return table


def _quantiles(ratio: np.ndarray) -> tuple[float, ...]:
    ascending, n = np.sort(ratio.astype(np.float64)), len(ratio)
    # Less a hair: (n + 1) * level of whole numbers may come out above them.
    ranks = [min(ceil((n + 1) * level - 1e-9), n) for level in LEVELS]
    return tuple(float(ascending[rank - 1]) for rank in ranks)


def reach(
    table: Mapping[str, Sequence[float]],
    group: Sequence[str],
    level: float,
    *,
    order: Sequence[str] = (),
) -> np.ndarray:
    """float64[N]: multiplier of the deviation of each row, for an interval of ``level`` in (0, 1).

    ``table``: as from ``fit_conformal``.  ``group``: a text a row.  ``order``: groups from best to
    least supported. A row whose group is not in the table takes the next harder one of ``order``
    that is, else the hardest one of ``order`` that is, else the pooled row "". Between LEVELS the
    multiplier is linear in the quantile Phi^-1(0.5 + level / 2) of the standard normal law,
    through 0 at level 0; beyond the last it goes on with the last slope. It never falls with the
    level, and is exact for normal residuals.
    Raises InputError on a level outside (0, 1), a table row that is not rising numbers at LEVELS,
    or a group for which the table has nothing.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level}; expected a share between 0 and 1, such as 0.9")
    names, of = np.unique(np.array(group, dtype=np.str_), return_inverse=True)
    found = [_multiplier(_key(table, str(name), order), table, level) for name in names]
    return np.array(found, dtype=np.float64)[of]


def _key(table: Mapping[str, Sequence[float]], name: str, order: Sequence[str]) -> str:
    """The row of the table for a group: its own, a harder one, the hardest known, the pooled."""
    if name in table:
        return name
    known = [g for g in order if g in table]
    place = order.index(name) if name in order else len(order)
    harder = [g for g in known if order.index(g) > place]
    key = harder[0] if harder else known[-1] if known else POOLED
    if key not in table:
        raise InputError(
            f"no interval for group {name!r}; the table has {', '.join(map(repr, table))} and no "
            "pooled row ''"
        )
    return key


def _multiplier(key: str, table: Mapping[str, Sequence[float]], level: float) -> float:
    values = np.array([0.0, *table[key]], dtype=np.float64)
    rising = np.isfinite(values).all() and (np.diff(values) >= 0).all()
    if len(values) != len(LEVELS) + 1 or not rising:
        raise InputError(
            f"multipliers of group {key!r} are {list(table[key])}; expected {len(LEVELS)} finite "
            "numbers, 0 or more, none below the one before"
        )
    grid = ndtri(0.5 + np.array([0.0, *LEVELS]) / 2)
    z = ndtri(0.5 + level / 2)
    if z <= grid[-1]:
        return float(np.interp(z, grid, values))
    slope = (values[-1] - values[-2]) / (grid[-1] - grid[-2])
    return float(values[-1] + slope * (z - grid[-1]))


def abstain_threshold(uncertainty: np.ndarray, error: np.ndarray, null_error: np.ndarray) -> float:
    """The uncertainty above which a model is no better than the mean of its training labels.

    All float[N], of held-out rows: ``uncertainty`` in any unit, ``error`` the squared error of the
    model, ``null_error`` that of predicting the training mean. A row abstains when its uncertainty
    is above the threshold.

    The tail of t is the rows with uncertainty > t; t is -inf or one of the values, and only tails
    of at least max(20, 5 % of N) rows are looked at. Returned is the smallest t such that in its
    tail, and in every smaller tail that is looked at, the mean squared error of the model is at
    least that of the training mean: inf when there is none, as for fewer than 20 rows (never
    abstain), -inf when that holds of all rows together and every tail (always abstain).
    Raises InputError on lengths that differ or a value that is not finite.
    """
    if not uncertainty.shape == error.shape == null_error.shape or uncertainty.ndim != 1:
        raise InputError(
            f"uncertainties {uncertainty.shape}, errors {error.shape} and errors of the mean "
            f"{null_error.shape} differ in shape; expected one value a row"
        )
    for name, values in (("uncertainty", uncertainty), ("error", error), ("mean's", null_error)):
        if not np.isfinite(values).all():
            row = int(np.argmax(~np.isfinite(values)))
            raise InputError(f"row {row} has {name} {values[row]}; expected a finite number")
    n = len(uncertainty)
    order = np.argsort(uncertainty, kind="stable")
    ascending = uncertainty[order]
    excess = (error.astype(np.float64) - null_error)[order]
    lost = np.cumsum(excess[::-1])[::-1]
    # A tail begins where the value rises: equal uncertainties abstain together.
    begins = np.flatnonzero(np.diff(ascending, prepend=-np.inf) > 0)
    begins = begins[n - begins >= max(MIN_TAIL_ROWS, MIN_TAIL_SHARE * n)]
    better = np.flatnonzero(lost[begins] < 0)
    kept = begins[better[-1] + 1 :] if len(better) else begins
    if not len(kept):
        return float("inf")
    return float(ascending[kept[0] - 1]) if kept[0] else float("-inf")

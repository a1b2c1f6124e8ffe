"""The law of a sum of times that a Gaussian copula joins, from the survival curve of each."""

from collections.abc import Sequence

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtr, ndtri

from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.shared_luck import SharedLuck, shared_luck

_CELLS = 400  # between the first scan and the last day, in which times are summed
_ALIKE = 0.9995  # a Spearman correlation from which on drugs rank patients alike


def additive_survival(
    parts: Sequence[SurvivalCurves], *, spearman: float, first_scan_days: float
) -> np.ndarray:
    """float64[N, T]: P(scan + sum over drugs of max(T_i - scan, 0) > t) at each day t of the grid
    from the first scan on; 0 before it, where nothing adds.

    parts: one a drug, N curves each on one grid.  spearman: 0 to 1.
    """
    days = parts[0].times_days
    cells = np.linspace(first_scan_days, days[-1], _CELLS + 1)
    event_NKM = 1.0 - np.stack([part.at(cells) for part in parts], axis=1)
    made = np.zeros((len(event_NKM), len(days)))
    after = days >= first_scan_days
    luck = None if spearman >= _ALIKE else shared_luck(spearman)
    for n, event_KM in enumerate(event_NKM):
        below = _below_alike(event_KM) if luck is None else _below(event_KM, luck)
        made[n, after] = 1.0 - np.interp(days[after], cells, below)
    return made


def _below(event_KM: np.ndarray, luck: SharedLuck) -> np.ndarray:
    """float64[M]: P(sum <= m cells) where P(time <= m cells) is ``event_KM``; what is at m = 0 is
    the share of those with nothing to add."""
    drugs, size = event_KM.shape
    z_KZM = (ndtri(event_KM)[:, None] - luck.loading * luck.z[:, None]) / luck.rest
    given = ndtr(z_KZM)  # given what a patient's times share, they are independent
    in_cell = np.diff(given, axis=2)
    # Half of a cell's mass on each of its ends; the cell after the last is taken to be like it.
    half = np.concatenate([in_cell, in_cell[..., -1:]], axis=2) / 2
    mass = half.copy()
    mass[..., 1:] += half[..., :-1]
    mass[..., 0] += given[..., 0]
    # Long enough that no sum comes round to the front.
    length = next_fast_len(drugs * size, real=True)
    summed = irfft(rfft(mass, length, axis=2).prod(axis=0), length, axis=1)[:, :size]
    total = np.cumsum(luck.weight @ summed)
    # What stands on an end is half before it and half after it.
    below = (total + np.concatenate([[0.0], total[:-1]])) / 2
    below[0] = luck.weight @ given[..., 0].prod(axis=0)
    return np.maximum.accumulate(np.clip(below, 0.0, 1.0))


def _below_alike(event_KM: np.ndarray) -> np.ndarray:
    """As ``_below`` where every patient has the same rank under each drug: quantiles add."""
    size = event_KM.shape[1]
    cell = np.arange(size, dtype=np.float64)
    # A level at which one curve has ended is beyond the grid for the sum as well.
    levels = np.unique(event_KM[event_KM <= event_KM[:, -1].min()])
    # A curve that stays level has its quantile at the end of that stretch, by a tilt.
    tilt = cell * 1e-12
    added = sum(np.interp(levels, row + tilt, cell) for row in event_KM)
    return np.interp(cell, added + np.arange(len(levels)) * 1e-12, levels)

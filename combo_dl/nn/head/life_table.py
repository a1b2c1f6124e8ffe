"""Bins of time and the hazards of all rows together: the life table that HazardHead starts from."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp

_ROUNDS = 60  # halvings of an interval of log rates: to the last digit


def bin_edges(seen: FollowUp, weight: np.ndarray, *, bins: int) -> np.ndarray:
    """float64[J + 1]: 0 and the quantiles 1/J..J/J of event times, rows by ``weight`` float[N].

    Each end is the time of an event. Of few different times some ends are equal: those bins are of
    no length. Raises InputError without an event.
    """
    had = seen.event > 0
    if not had.any():
        raise InputError(
            f"none of {len(seen)} training rows has an event; expected some, or hazards cannot be "
            "learned: choose another endpoint or other training rows"
        )
    order = np.argsort(seen.time_days[had], kind="stable")
    times = seen.time_days[had][order]
    below = np.cumsum(weight[had][order])
    wanted = np.arange(1, bins + 1) / bins * below[-1]
    # A sum of weights may miss the quantile that it is by a rounding.
    place = np.searchsorted(below, wanted * (1 - 1e-9))
    ends = times[np.minimum(place, len(times) - 1)]
    # In the digits of float32, in which labels and bins are compared.
    return np.concatenate([[0.0], ends[:-1], times[-1:]]).astype(np.float32).astype(np.float64)


def life_table(seen: FollowUp, weight: np.ndarray, *, edges: np.ndarray, risks: int) -> np.ndarray:
    """float64[J, R]: log-odds of an event of each risk against none in each bin.

    The maximum of HazardHead's likelihood over hazards that are the same for all rows, with one row
    more in each bin, of the mean hazard of all bins, so that no hazard is 0 or 1.
    """
    low, length = edges[:-1], np.diff(edges)
    bins, day, entry = len(low), seen.time_days, seen.entry_days
    watched = _share(day, low, length) - _share(entry, low, length)
    place = np.searchsorted(edges[1:], day.astype(np.float32))
    had = (seen.event > 0) & (place < bins)
    rows, k = np.flatnonzero(had), place[had]
    left = 1.0 - _share(entry, low, length)[rows, k]
    watched[rows, k] = 0.0
    share = weight / max(weight.mean(), 1e-12)
    stay = share @ watched
    count = np.zeros((bins, risks))
    np.add.at(count, (k, seen.event[rows] - 1), share[rows])
    # The row more.
    mean = min(max(count.sum() / max(count.sum() + stay.sum(), 1e-12), 1e-6), 1.0 - 1e-6)
    of_risk = (count.sum(axis=0) + 0.5) / (count.sum() + 0.5 * risks)
    split = (count + mean * of_risk) / (count + mean * of_risk).sum(axis=1, keepdims=True)
    left, k = np.append(left, np.ones(bins)), np.append(k, np.arange(bins))
    event_weight = np.append(share[rows], np.full(bins, mean))
    rate = _rate(left, k, event_weight, stay + (1.0 - mean))
    return np.log(np.expm1(rate))[:, None] + np.log(split)


def _share(day: np.ndarray, low: np.ndarray, length: np.ndarray) -> np.ndarray:
    inside = (day[:, None] - low) / np.where(length > 0, length, 1.0)
    return np.clip(inside, 0.0, 1.0) * (length > 0)


def _rate(left: np.ndarray, k: np.ndarray, weight: np.ndarray, stay: np.ndarray) -> np.ndarray:
    """float64[J] of -log q, where the slope of the log-likelihood is 0.

    left, k, weight: of each event, the share of its bin that was watched, its bin, and its weight.
    stay: float[J], the shares that were watched without an event.
    """
    low, high = np.full(len(stay), -20.0), np.full(len(stay), 6.0)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        slope = weight * left / np.expm1(left * np.exp(middle)[k])
        above = np.bincount(k, slope, len(stay)) > stay
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp((low + high) / 2)

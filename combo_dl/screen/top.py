"""The best k of many, in bounded memory: the result does not depend on how they were cut."""

import numpy as np


def best(score: np.ndarray, number: np.ndarray, k: int) -> np.ndarray:
    """Places of the k highest of float[n], the lower ``number`` int64[n] first among equals;
    -inf is never among them."""
    there = np.flatnonzero(score > -np.inf)
    if len(there) > k:
        least = np.partition(score[there], len(there) - k)[len(there) - k]
        there = there[score[there] >= least]
    order = np.lexsort((number[there], -score[there].astype(np.float64)))
    return there[order][:k]


def highest(score: np.ndarray, k: int) -> np.ndarray:
    """float32[..., k]: the k highest of the last axis, from the highest, filled with -inf."""
    count = score.shape[-1]
    if count > k:
        score = np.partition(score, count - k, axis=-1)[..., count - k :]
    made = np.full((*score.shape[:-1], k), -np.inf, np.float32)
    made[..., : score.shape[-1]] = -np.sort(-score, axis=-1)
    return made


def front(benefit: np.ndarray, harm: np.ndarray, number: np.ndarray, *, most: int) -> np.ndarray:
    """Places of the Pareto front of float[n]: none has at least as much benefit and less harm, or
    more benefit and no more harm; of equals the one with the lower ``number``. From the highest
    benefit; the first ``most`` of them. A benefit of -inf is not there."""
    there = np.flatnonzero(benefit > -np.inf)
    order = there[np.lexsort((number[there], harm[there], -benefit[there].astype(np.float64)))]
    least = np.minimum.accumulate(np.concatenate([[np.inf], harm[order]]))[:-1]
    return order[harm[order] < least][:most]

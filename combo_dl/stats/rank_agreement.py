"""Whether predicted contrasts rank as the randomised ones do: Spearman over comparisons, with an
interval over trials."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from combo_dl.core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class RankAgreement:
    """Spearman's rho over n comparisons with its 95 % percentile interval over ``trials``; NaN
    where predictions are all alike."""

    rho: float
    low: float
    high: float
    comparisons: int
    trials: int


def spearman(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Spearman's rank correlation, ties with their mean rank; NaN where either side is constant.

    Raises InputError on lengths that differ, fewer than 3 values, and a value that is no number.
    """
    a, b = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 3:
        raise InputError(f"{a.shape} values and {b.shape} predictions; expected 3 or more pairs")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("a value or prediction is not a number; leave its comparison out")
    ranks = np.stack([rankdata(a), rankdata(b)])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred**2).sum(axis=1).prod())
    return float((centred[0] * centred[1]).sum() / scale) if scale > 0 else float("nan")


def rank_agreement(
    truth: np.ndarray,
    predicted: np.ndarray,
    trial: np.ndarray,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> RankAgreement:
    """Spearman of float[n] each, with its bootstrap interval: trials int[n] are drawn with
    replacement, since comparisons of one trial share an arm (Davison & Hinkley 1997, ch. 3.8).

    Raises InputError as ``spearman``.
    """
    rho = spearman(truth, predicted)
    drawn = _draws(trial, draws, seed, lambda rows: spearman(truth[rows], predicted[rows]))
    low, high = _interval(drawn)
    return RankAgreement(
        rho=rho, low=low, high=high, comparisons=len(truth), trials=len(np.unique(trial))
    )


def agreement_difference(
    truth: np.ndarray,
    predicted: np.ndarray,
    against: np.ndarray,
    trial: np.ndarray,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """(difference of Spearman of ``predicted`` and ``against``, low, high): both on the same draws
    of trials. A constant ranks nothing and counts as 0."""

    def gain(rows: np.ndarray) -> float:
        own, other = (np.nan_to_num(spearman(truth[rows], p[rows])) for p in (predicted, against))
        return float(own - other)

    low, high = _interval(_draws(trial, draws, seed, gain))
    return gain(np.arange(len(truth))), low, high


def noise_ceiling(truth: np.ndarray, error: np.ndarray) -> float:
    """The correlation that true contrasts would have with the measured ones: the root of the share
    of the variance of ``truth`` that is not its squared standard error (attenuation: Spearman 1904,
    Am J Psychol 15:72); 0 where errors explain all of it."""
    spread = float(np.var(truth, ddof=1))
    return float(np.sqrt(max(0.0, 1.0 - float(np.mean(error**2)) / spread))) if spread else 0.0


def _draws(
    trial: np.ndarray, draws: int, seed: int, score: Callable[[np.ndarray], float]
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    names = np.unique(trial)
    rows_of = [np.flatnonzero(trial == name) for name in names]
    found = []
    for _ in range(draws):
        rows = np.concatenate([rows_of[i] for i in rng.integers(len(names), size=len(names))])
        found.append(score(rows) if len(rows) >= 3 else np.nan)
    return np.array(found)


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)

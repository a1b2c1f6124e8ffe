"""Scores of predicted numbers; arrays float[N] without missing values."""

import numpy as np
from scipy import stats

from combo_dl.stats.observed import rows_of_each

MIN_PROFILE_ROWS = 6  # fewer rows say nothing of a correlation (the benchmark: more than 5)


def mse(truth: np.ndarray, mean: np.ndarray) -> float:
    """Mean squared error."""
    return float(np.mean((truth - mean) ** 2))


def mae(truth: np.ndarray, mean: np.ndarray) -> float:
    """Mean absolute error, in the unit of the label."""
    return float(np.mean(np.abs(truth - mean)))


def rmse(truth: np.ndarray, mean: np.ndarray) -> float:
    """Square root of the mean squared error, in the unit of the label."""
    return float(np.sqrt(mse(truth, mean)))


def pearson(truth: np.ndarray, mean: np.ndarray) -> float:
    """Pearson correlation; 0.0 where either side is constant, since a constant tells nothing."""
    if is_constant(truth) or is_constant(mean):
        return 0.0
    return float(np.corrcoef(truth, mean)[0, 1])


def spearman(truth: np.ndarray, mean: np.ndarray) -> float:
    """Spearman rank correlation (ties share their mean rank); 0.0 where either side is constant."""
    return pearson(stats.rankdata(truth), stats.rankdata(mean))


def pearson_per_profile(truth: np.ndarray, mean: np.ndarray, *, profile: np.ndarray) -> float:
    """Mean over profiles of the Pearson correlation within the profile.

    Profiles with more than 5 rows count, each the same; NaN when there is none. ``profile`` int[N].
    """
    of = rows_of_each(profile, at_least=MIN_PROFILE_ROWS)
    return float(np.mean([pearson(truth[o], mean[o]) for o in of])) if of else float("nan")


def pearson_per_pair(truth: np.ndarray, mean: np.ndarray, *, pair: np.ndarray) -> float:
    """Mean over sets of drugs of the Pearson correlation over the profiles of one set.

    What a model knows of which profiles a given combination suits. ``pair`` int[N] names the set of
    drugs of a row. Sets with more than 5 rows whose labels vary count, each the same; NaN when
    there is none. A prediction that is constant within a set counts 0.0 there.
    """
    of = [o for o in rows_of_each(pair, at_least=MIN_PROFILE_ROWS) if not is_constant(truth[o])]
    return float(np.mean([pearson(truth[o], mean[o]) for o in of])) if of else float("nan")


def is_constant(values: np.ndarray) -> bool:
    """Whether values vary by no more than rounding of their size (also for one value)."""
    return bool(np.ptp(values) <= 1e-9 * np.max(np.abs(values)))

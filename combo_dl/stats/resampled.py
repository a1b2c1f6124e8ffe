"""Scores of many resamples of clusters at once, from sums over each cluster.

A resample is how often each cluster stands in it, so that every sum over its rows is one product of
those counts with the sums of the clusters, and no row is touched again.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy import sparse

from combo_dl.stats.observed import rows_of_each
from combo_dl.stats.regression import MIN_PROFILE_ROWS, is_constant

BLOCK = 1 << 22  # counts held at a time (32 MiB)
ROUNDING = 1e-12  # of a second moment: what is left of a variance that is zero
MOMENTS = 6  # rows, y, p, y², p², yp of labels y and predictions p
Array = np.ndarray


def cluster_counts(clusters: int, draws: int, rng: np.random.Generator) -> Iterator[Array]:
    """Blocks int64[b, C] of how often each cluster is in a resample of C, ``draws`` rows in all."""
    size = max(1, BLOCK // clusters)
    for start in range(0, draws, size):
        n = min(size, draws - start)
        chosen = rng.integers(0, clusters, (n, clusters)) + clusters * np.arange(n)[:, None]
        yield np.bincount(chosen.ravel(), minlength=n * clusters).reshape(n, clusters)


def mse_draws(counts: Array, truth: Array, mean: Array, cluster: Array, _profile: Array) -> Array:
    """float[b]: mean squared error of each resample in ``counts`` [b, C]; rows float[n], int[n]."""
    rows, squares = np.bincount(cluster), np.bincount(cluster, (truth - mean) ** 2)
    return (counts @ squares) / (counts @ rows)


def mae_draws(counts: Array, truth: Array, mean: Array, cluster: Array, _profile: Array) -> Array:
    """float[b]: mean absolute error of each resample in ``counts`` [b, C]."""
    rows, errors = np.bincount(cluster), np.bincount(cluster, np.abs(truth - mean))
    return (counts @ errors) / (counts @ rows)


def pearson_draws(
    counts: Array, truth: Array, mean: Array, cluster: Array, profile: Array
) -> Array:
    """float[b]: Pearson correlation of each resample, 0.0 where a side is constant."""
    one = np.zeros_like(profile)
    return _correlation(_moments(counts, truth, mean, cluster, one))[:, 0]


def pearson_per_profile_draws(
    counts: Array, truth: Array, mean: Array, cluster: Array, profile: Array
) -> Array:
    """float[b]: ``regression.pearson_per_profile`` of each resample; NaN where it is."""
    of = np.unique(profile, return_inverse=True)[1]
    moments = _moments(counts, truth, mean, cluster, of)
    large = moments[0] >= MIN_PROFILE_ROWS
    total = np.where(large, _correlation(moments), 0.0).sum(axis=1)
    profiles = large.sum(axis=1)
    return np.divide(total, profiles, out=np.full(len(total), np.nan), where=profiles > 0)


def _moments(counts: Array, truth: Array, mean: Array, cluster: Array, profile: Array) -> Array:
    """float[MOMENTS, b, P]: sums over the rows of each resample in each profile 0..P-1."""
    y, p = _centred(truth, profile), _centred(mean, profile)
    columns = np.stack([np.ones_like(y), y, p, y * y, p * p, y * p])
    profiles = int(profile.max()) + 1
    at = profile + profiles * np.arange(MOMENTS)[:, None]
    # Sparse: most clusters have rows in few of many profiles.
    sums = sparse.coo_array(
        (columns.ravel(), (np.tile(cluster, MOMENTS), at.ravel())),
        shape=(counts.shape[1], MOMENTS * profiles),
    ).tocsr()
    return (counts @ sums).reshape(len(counts), MOMENTS, profiles).swapaxes(0, 1)


def _centred(values: Array, profile: Array) -> Array:
    """Values about the mean of their profile, so that squares do not drown what varies.

    A profile of one value becomes exact zeros.
    """
    centred = np.zeros_like(values)
    for rows in rows_of_each(profile, at_least=1):
        if not is_constant(values[rows]):
            centred[rows] = values[rows] - values[rows].mean()
    return centred


def _correlation(moments: Array) -> Array:
    """float[b, P] from float[MOMENTS, b, P]; 0.0 where a side is constant or there is no row."""
    rows = np.maximum(moments[0], 1.0)
    y, p, yy, pp, yp = moments[1:] / rows
    of_y, of_p = yy - y * y, pp - p * p
    varies = (of_y > ROUNDING * yy) & (of_p > ROUNDING * pp)
    spread = np.sqrt(np.where(varies, of_y * of_p, 1.0))
    return np.where(varies, (yp - y * p) / spread, 0.0)


DrawScore = Callable[[Array, Array, Array, Array, Array], Array]
FROM_SUMS: dict[str, DrawScore] = {
    "mse": mse_draws,
    "mae": mae_draws,
    "pearson": pearson_draws,
    "pearson_per_profile": pearson_per_profile_draws,
}

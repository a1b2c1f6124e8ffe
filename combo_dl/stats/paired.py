"""The mean of paired differences, and its interval where pairs come in clusters.

One number a pair, such as the error of one model in an arm less that of another: clusters (the
trials, the cohorts) are resampled, since pairs of one cluster are alike (Davison & Hinkley 1997,
Bootstrap Methods and their Application, ch. 3.8).
"""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats.bootstrap import Difference
from combo_dl.stats.resampled import cluster_counts

DRAWS = 10_000


def paired_mean(
    difference: np.ndarray, cluster: np.ndarray, *, draws: int = DRAWS, seed: int = 0
) -> Difference:
    """Mean of ``difference`` float[n], each pair the same, and its 95 % percentile interval from
    ``draws`` resamples of the clusters ``cluster`` int[n]. ``folds``: the mean of each cluster.

    Raises InputError on no pair, arrays of different lengths, or a difference that is not finite.
    """
    if not len(difference) or len(difference) != len(cluster):
        raise InputError(
            f"{len(difference)} differences with {len(cluster)} clusters; expected as many of "
            "each, and at least one"
        )
    if not np.isfinite(difference).all():
        raise InputError(f"difference {int(np.argmin(np.isfinite(difference)))} is not finite")
    names, of = np.unique(cluster, return_inverse=True)
    total, size = np.bincount(of, difference), np.bincount(of)
    blocks = cluster_counts(len(names), draws, np.random.default_rng(seed))
    drawn = np.concatenate([(c @ total) / (c @ size) for c in blocks])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Difference(
        mean=float(np.mean(difference)),
        low=float(low),
        high=float(high),
        folds=tuple(float(m) for m in total / size),
        n_clusters=len(names),
    )

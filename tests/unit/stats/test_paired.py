"""The mean of paired differences, by cluster."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.stats.paired import paired_mean


def test_the_interval_is_that_of_clusters():
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(30), 4)
    shared = rng.normal(0.1, 1.0, 30)
    found = paired_mean(shared[cluster], cluster)
    assert found.mean == pytest.approx(shared.mean()) and found.n_clusters == 30
    # The normal interval of 30 means, not of 120 numbers.
    assert found.high - found.low == pytest.approx(3.92 * shared.std() / np.sqrt(30), rel=0.05)
    alone = paired_mean(shared[cluster], np.arange(120))
    assert alone.high - alone.low == pytest.approx((found.high - found.low) / 2, rel=0.05)


def test_each_pair_counts_the_same_and_the_seed_decides():
    difference, cluster = np.array([1.0, 1.0, 4.0]), np.array([7, 7, 3])
    found = paired_mean(difference, cluster)
    assert found.mean == 2.0 and found.folds == (4.0, 1.0)
    assert found == paired_mean(difference, cluster)
    same = paired_mean(np.zeros(3), cluster)
    assert (same.mean, same.low, same.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("difference", "cluster", "message"),
    [
        ([], [], "0 differences with 0 clusters"),
        ([1.0], [0, 1], "1 differences with 2 clusters"),
        ([1.0, np.nan], [0, 1], "difference 1 is not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(difference, cluster, message):
    with pytest.raises(InputError, match=message):
        paired_mean(np.array(difference), np.array(cluster))

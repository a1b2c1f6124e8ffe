import numpy as np
import pytest

from combo_dl.stats import regression, resampled
from combo_dl.stats.resampled import FROM_SUMS, cluster_counts


def case(seed, n=60):
    """Labels and predictions far from 0, one profile of constant predictions, one that is small."""
    rng = np.random.default_rng(seed)
    truth, profile = 1e4 + rng.normal(size=n), rng.integers(0, 4, n)
    profile[:3] = 9
    mean = np.where(profile == 2, 7.1, truth + rng.normal(size=n))
    return truth, mean, rng.integers(0, 12, n), profile


def test_counts_are_resamples(monkeypatch):
    monkeypatch.setattr(resampled, "BLOCK", 40)
    blocks = list(cluster_counts(12, 10, np.random.default_rng(0)))
    assert [len(b) for b in blocks] == [3, 3, 3, 1]
    assert (np.concatenate(blocks).sum(axis=1) == 12).all()


def test_every_cluster_is_as_likely():
    counts = np.concatenate(list(cluster_counts(5, 4000, np.random.default_rng(0))))
    assert counts.mean(axis=0) == pytest.approx(np.ones(5), abs=0.06)
    assert counts.var(axis=0) == pytest.approx(np.full(5, 0.8), abs=0.08)


@pytest.mark.parametrize("metric", FROM_SUMS)
def test_sums_give_what_rows_give(metric):
    truth, mean, cluster, profile = case(0)
    counts = np.concatenate(list(cluster_counts(12, 50, np.random.default_rng(1))))
    found = FROM_SUMS[metric](counts, truth, mean, cluster, profile)
    for value, count in zip(found, counts, strict=True):
        rows = np.repeat(np.arange(len(truth)), count[cluster])
        y, p = truth[rows], mean[rows]
        expected = (
            regression.pearson_per_profile(y, p, profile=profile[rows])
            if metric == "pearson_per_profile"
            else getattr(regression, metric)(y, p)
        )
        assert value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 + 0.1])
def test_a_constant_has_correlation_zero(constant):
    truth, _, cluster, profile = case(2)
    counts = np.concatenate(list(cluster_counts(12, 20, np.random.default_rng(1))))
    for metric in ("pearson", "pearson_per_profile"):
        drawn = FROM_SUMS[metric](counts, truth, np.full(60, constant), cluster, profile)
        assert (drawn == 0).all()


def test_a_resample_of_one_value_has_correlation_zero():
    truth = np.array([0.3, 1.7, -0.4])
    counts = 3 * np.eye(3, dtype=int)
    drawn = FROM_SUMS["pearson"](counts, truth, truth, np.arange(3), np.zeros(3, int))
    assert (drawn == 0).all()


def test_without_a_large_profile_there_is_no_mean():
    truth, cluster = np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1])
    counts = np.array([[1, 1], [0, 3]])
    drawn = FROM_SUMS["pearson_per_profile"](counts, truth, truth, cluster, np.zeros(3, int))
    assert np.isnan(drawn[0]) and drawn[1] == pytest.approx(1)

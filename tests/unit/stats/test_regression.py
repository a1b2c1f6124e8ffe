import numpy as np
import pytest

from combo_dl.stats import regression

TRUTH = np.array([1.0, 2.0, 3.0, 4.0])


def test_errors_of_a_known_case():
    mean = np.array([1.0, 2.0, 3.0, 8.0])
    assert regression.mse(TRUTH, mean) == 4.0
    assert regression.rmse(TRUTH, mean) == 2.0


def test_pearson_of_a_known_case():
    assert regression.pearson(TRUTH, -3 * TRUTH + 1) == pytest.approx(-1)
    assert regression.pearson(TRUTH, np.array([1.0, 3.0, 2.0, 4.0])) == pytest.approx(0.8)


def test_spearman_looks_at_ranks_and_shares_ties():
    assert regression.spearman(TRUTH, np.exp(5 * TRUTH)) == pytest.approx(1)
    assert regression.spearman(TRUTH, np.array([1.0, 1.0, 2.0, 2.0])) == pytest.approx(
        0.8944, abs=1e-4
    )


@pytest.mark.parametrize("constant", [np.full(4, 0.1), np.zeros(4)])
def test_a_constant_has_correlation_zero(constant):
    assert regression.pearson(TRUTH, constant) == 0.0
    assert regression.pearson(constant, TRUTH) == 0.0
    assert regression.spearman(TRUTH, constant) == 0.0


def test_one_row_has_correlation_zero():
    assert regression.pearson(np.array([3.0]), np.array([2.0])) == 0.0


def test_per_profile_is_the_mean_over_profiles_with_more_than_five_rows():
    x = np.arange(6.0)
    truth = np.concatenate([x, x, x[:5]])
    mean = np.concatenate([x + 100, -x, np.zeros(5)])
    profile = np.repeat([7, 2, 5], [6, 6, 5])
    assert regression.pearson_per_profile(truth, mean, profile=profile) == pytest.approx(0)
    first = profile == 7
    alone = regression.pearson_per_profile(truth[first], mean[first], profile=profile[first])
    assert alone == pytest.approx(1)


def test_per_profile_is_undefined_without_a_large_profile():
    assert np.isnan(regression.pearson_per_profile(TRUTH, TRUTH, profile=np.zeros(4, int)))


def test_per_pair_leaves_out_pairs_whose_labels_do_not_vary():
    x = np.arange(6.0)
    truth = np.concatenate([x, x, np.full(6, 2.0), x[:5]])
    mean = np.concatenate([2 * x, np.full(6, 7.0), x, x[:5]])
    pair = np.repeat([30, 10, 20, 40], [6, 6, 6, 5])
    # Pair 30 is perfect, the constant prediction of 10 counts 0, 20 and 40 are left out.
    assert regression.pearson_per_pair(truth, mean, pair=pair) == pytest.approx(0.5)
    order = np.random.default_rng(0).permutation(len(pair))
    moved = regression.pearson_per_pair(truth[order], mean[order], pair=pair[order])
    assert moved == pytest.approx(0.5)


def test_per_pair_is_undefined_without_a_pair_that_varies():
    constant, pair = np.full(6, 2.0), np.zeros(6, int)
    assert np.isnan(regression.pearson_per_pair(constant, np.arange(6.0), pair=pair))
    assert np.isnan(regression.pearson_per_pair(TRUTH, TRUTH, pair=np.zeros(4, int)))

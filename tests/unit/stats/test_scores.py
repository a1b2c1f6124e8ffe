import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.errors import InputError
from combo_dl.stats.scores import collapse, score

KEYS = ["mse", "rmse", "pearson", "spearman", "pearson_per_profile", "auroc", "auprc"]
TOP = ["precision_at_10", "enrichment_at_10", "ndcg_per_profile"]


def rows(seed, n=40):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n) * 20
    return truth, truth + rng.normal(size=n) * 10, rng.integers(0, 4, n)


def test_a_perfect_prediction():
    truth, _, profile = rows(0)
    table = score(truth, truth, profile=profile, threshold=10)
    assert list(table) == KEYS + TOP
    assert table["mse"] == 0
    assert all(table[k] == pytest.approx(1) for k in KEYS[2:])
    assert table["ndcg_per_profile"] == pytest.approx(1)


def test_without_threshold_there_is_no_ranking():
    truth, mean, profile = rows(0)
    assert list(score(truth, mean, profile=profile, threshold=None)) == KEYS[:5]


def test_with_pairs_there_is_a_correlation_within_them():
    truth, mean, profile = rows(0)
    pair = np.arange(40) % 4
    table = score(truth, mean, profile=profile, threshold=10, pair=pair)
    assert list(table) == [*KEYS[:5], "pearson_per_pair", *KEYS[5:], *TOP]
    within = [np.corrcoef(truth[pair == p], mean[pair == p])[0, 1] for p in range(4)]
    assert table["pearson_per_pair"] == pytest.approx(np.mean(within))
    alone = score(truth, mean, profile=profile, threshold=10)
    assert {k: v for k, v in table.items() if k != "pearson_per_pair"} == alone


def test_the_best_ten_of_a_known_case():
    truth = np.repeat([20.0, 0.0], [5, 15])
    mean = np.concatenate([np.full(3, 9.0), np.full(2, -9.0), np.zeros(15)])
    table = score(truth, mean, profile=np.zeros(20, int), threshold=10)
    # Three events, then seven of fifteen ties without one; the base rate is a quarter.
    assert table["precision_at_10"] == pytest.approx(0.3)
    assert table["enrichment_at_10"] == pytest.approx(1.2)


@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed):
    truth, mean, profile = rows(seed)
    order = np.random.default_rng(seed + 1).permutation(len(truth))
    pair = np.arange(40) % 5
    here = score(truth, mean, profile=profile, threshold=10, pair=pair)
    there = score(truth[order], mean[order], profile=profile[order], threshold=10, pair=pair[order])
    assert here == pytest.approx(there, nan_ok=True)


def test_unseen_labels_are_left_out():
    truth, mean, profile = rows(1)
    gaps, wild = truth.copy(), mean.copy()
    gaps[:5], wild[:5] = np.nan, np.nan
    left = score(truth[5:], mean[5:], profile=profile[5:], threshold=10)
    assert score(gaps, wild, profile=profile, threshold=10) == left


def test_a_constant_prediction_scores_without_a_warning():
    truth, _, profile = rows(2)
    table = score(truth, np.full(40, 3.3, np.float32), profile=profile, threshold=10)
    assert table["pearson"] == table["spearman"] == table["pearson_per_profile"] == 0.0
    assert table["auroc"] == 0.5


def test_labels_of_one_class_have_no_ranking():
    truth, mean, profile = rows(3)
    assert np.isnan(score(truth, mean, profile=profile, threshold=1e6)["auroc"])


def test_nothing_to_score_is_an_error():
    with pytest.raises(InputError, match="none of 2 rows has a label"):
        score(np.full(2, np.nan), np.zeros(2), profile=np.zeros(2, int), threshold=None)


def test_lengths_must_agree():
    none = np.zeros(3, int)
    with pytest.raises(InputError, match="differ in shape"):
        score(np.zeros(3), np.zeros(2), profile=none, threshold=None)
    with pytest.raises(InputError, match=r"pairs \(2,\) differ in shape"):
        score(np.zeros(3), np.zeros(3), profile=none, threshold=None, pair=np.zeros(2, int))


def test_a_prediction_that_is_no_number_is_named():
    with pytest.raises(InputError, match="row 1 has prediction nan"):
        score(np.zeros(2), np.array([0, np.nan]), profile=np.zeros(2, int), threshold=None)


def test_collapse_is_the_mean_of_each_group():
    values, group = np.array([1.0, 5.0, 3.0, np.nan, np.nan]), np.array([9, 2, 9, 2, 4])
    assert np.array_equal(collapse(values, group), [5, np.nan, 2], equal_nan=True)
    weighted = collapse(values, group, np.array([3.0, 1, 1, 1, 1]))
    assert np.array_equal(weighted, [5, np.nan, 1.5], equal_nan=True)


def test_collapse_refuses_no_rows_and_other_lengths():
    with pytest.raises(InputError, match="at least one row"):
        collapse(np.zeros(0), np.zeros(0, int))
    with pytest.raises(InputError, match="expected one of each a row"):
        collapse(np.zeros(3), np.zeros(2, int))

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.errors import InputError
from combo_dl.stats.ranking import auprc, auroc, enrichment_at, ndcg_per_profile, precision_at

EVENT = np.array([False, True, False, True])
SCORE = np.array([0.1, 0.4, 0.35, 0.8])
ONE = np.zeros(4, int)
# Few values, so that ties are the rule.
TABLES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30
)


def arrays(table):
    event, score, profile = (np.array(column) for column in zip(*table, strict=True))
    return event, score.astype(float), profile


def test_known_answers():
    assert auroc(EVENT, SCORE) == 1.0
    assert auroc(EVENT, -SCORE) == 0.0
    assert auroc(EVENT, np.zeros(4)) == 0.5
    assert auprc(EVENT, np.array([0.9, 0.8, 0.2, 0.1])) == pytest.approx((1 / 2 + 2 / 4) / 2)


@pytest.mark.parametrize("event", [np.zeros(4, bool), np.ones(4, bool)])
def test_one_class_has_no_ranking(event):
    assert np.isnan(auroc(event, SCORE))
    assert np.isnan(auprc(event, SCORE))


@pytest.mark.parametrize("area", [auroc, auprc])
def test_a_weight_is_a_number_of_rows(area):
    weight, score = np.array([1, 3, 2, 4]), np.array([0.5, 0.4, 0.45, 0.8])
    rows = np.repeat(np.arange(4), weight)
    assert area(EVENT, score, weight=weight) == pytest.approx(area(EVENT[rows], score[rows]))


def test_precision_looks_at_the_best_of_each_profile():
    event = np.array([True, False, True, True, False, False, True])
    score = np.array([9.0, 8.0, 7.0, 1.0, 2.0, 3.0, 99.0])
    profile = np.array([4, 4, 4, 1, 1, 1, 8])
    # Profile 4: one of two; profile 1: none of two; profile 8 has one row.
    assert precision_at(event, score, profile=profile, k=2) == pytest.approx((1 / 2 + 0) / 2)
    assert enrichment_at(event, score, profile=profile, k=2) == pytest.approx(
        ((1 / 2) / (2 / 3) + 0) / 2
    )


def test_ties_at_the_border_share_the_places_left():
    event, score = np.array([True, True, False, False]), np.array([3.0, 1.0, 1.0, 1.0])
    # One place sure, one place for three rows of which one is an event.
    assert precision_at(event, score, profile=ONE, k=2) == pytest.approx((1 + 1 / 3) / 2)


@given(
    event=st.lists(st.booleans(), min_size=5, max_size=5),
    score=st.lists(st.integers(0, 2), min_size=5, max_size=5),
    k=st.integers(1, 5),
)
def test_ties_count_as_the_mean_over_their_orders(event, score, k):
    every = [sorted(order, key=lambda i: -score[i])[:k] for order in permutations(range(5))]
    expected = np.mean([[event[i] for i in order] for order in every])
    found = precision_at(np.array(event), np.array(score), profile=np.zeros(5, int), k=k)
    assert found == pytest.approx(expected)


@given(table=TABLES, k=st.integers(1, 6), constant=st.floats(-5, 5))
def test_a_constant_prediction_has_the_base_rate(table, k, constant):
    event, score, profile = arrays(table)
    score[:] = constant
    of = [event[profile == p] for p in np.unique(profile) if np.sum(profile == p) >= k]
    expected = np.mean([e.mean() for e in of]) if of else np.nan
    assert precision_at(event, score, profile=profile, k=k) == pytest.approx(expected, nan_ok=True)
    enrichment = enrichment_at(event, score, profile=profile, k=k)
    some = any(e.any() for e in of)
    assert enrichment == pytest.approx(1.0) if some else np.isnan(enrichment)


@given(table=TABLES, k=st.integers(1, 6), seed=st.integers(0, 1000))
def test_neither_order_of_rows_nor_names_of_profiles_matter(table, k, seed):
    event, score, profile = arrays(table)
    order = np.random.default_rng(seed).permutation(len(event))
    other = 70 - profile
    for top in (precision_at, enrichment_at):
        here = top(event, score, profile=profile, k=k)
        there = top(event[order], score[order], profile=other[order], k=k)
        assert here == pytest.approx(there, nan_ok=True)
    here = ndcg_per_profile(event.astype(float), score, profile=profile)
    there = ndcg_per_profile(event[order].astype(float), score[order], profile=other[order])
    assert here == pytest.approx(there, nan_ok=True)


def test_without_a_large_profile_there_is_no_top():
    assert np.isnan(precision_at(EVENT, SCORE, profile=ONE))
    assert np.isnan(enrichment_at(EVENT, SCORE, profile=ONE))
    nothing = np.zeros(0, bool), np.zeros(0)
    assert np.isnan(precision_at(*nothing, profile=np.zeros(0, int)))


def test_without_an_event_there_is_a_precision_and_no_enrichment():
    none = np.zeros(4, bool)
    assert precision_at(none, SCORE, profile=ONE, k=2) == 0.0
    assert np.isnan(enrichment_at(none, SCORE, profile=ONE, k=2))


@pytest.mark.parametrize("top", [precision_at, enrichment_at])
def test_the_top_has_a_row(top):
    with pytest.raises(InputError, match="k is 0"):
        top(EVENT, SCORE, profile=ONE, k=0)


def test_gain_is_discounted_by_the_logarithm_of_the_place():
    label, score = np.array([3.0, -50.0, 1.0, 0.0, -1.0, -2.0]), np.arange(6.0)
    # Best first the labels are -2, -1, 0, 1, -50, 3; a negative one gains nothing.
    gained = 1 / np.log2(5) + 3 / np.log2(7)
    ideal = 3 / np.log2(2) + 1 / np.log2(3)
    profile = np.zeros(6, int)
    assert ndcg_per_profile(label, score, profile=profile) == pytest.approx(gained / ideal)
    assert ndcg_per_profile(label, label, profile=profile) == pytest.approx(1)


def test_gain_is_the_mean_over_large_profiles_with_some():
    label = np.concatenate([np.arange(6.0), -np.arange(6.0), np.arange(5.0)])
    profile = np.repeat([3, 1, 2], [6, 6, 5])
    assert ndcg_per_profile(label, label, profile=profile) == pytest.approx(1)
    none = profile != 3
    assert np.isnan(ndcg_per_profile(label[none], label[none], profile=profile[none]))

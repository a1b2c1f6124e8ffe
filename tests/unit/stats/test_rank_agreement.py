"""Spearman on tables worked by hand, and intervals over trials."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from combo_dl.core.errors import InputError
from combo_dl.stats.rank_agreement import (
    agreement_difference,
    noise_ceiling,
    rank_agreement,
    spearman,
)


def test_a_table_by_hand():
    # Ranks 1 2 3 4 5 against 2 1 4 3 5: squared differences 1+1+1+1+0, 1 - 6*4/(5*24) = 0.8.
    truth = np.array([-10.0, 0.0, 5.0, 20.0, 70.0])
    predicted = np.array([3.0, 2.0, 9.0, 8.0, 11.0])
    assert spearman(truth, predicted) == pytest.approx(0.8)
    assert spearman(truth, -truth) == pytest.approx(-1.0)


def test_ties_have_their_mean_rank():
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=40), rng.integers(0, 4, 40).astype(float)
    assert spearman(truth, predicted) == pytest.approx(spearmanr(truth, predicted)[0])


def test_a_constant_ranks_nothing():
    assert np.isnan(spearman(np.arange(4.0), np.zeros(4)))
    found = rank_agreement(np.arange(4.0), np.zeros(4), np.arange(4))
    assert np.isnan(found.rho) and np.isnan(found.low)


def test_the_interval_draws_trials_and_not_comparisons():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=40)
    predicted = truth + rng.normal(size=40)
    once = rank_agreement(truth, predicted, np.arange(40), draws=500)
    assert once.low < once.rho < once.high
    # Each comparison four times over is no more to know.
    rows = np.repeat(np.arange(40), 4)
    many = rank_agreement(truth[rows], predicted[rows], rows, draws=500)
    assert many.trials == 40 and many.comparisons == 160
    assert many.high - many.low == pytest.approx(once.high - once.low, rel=0.15)


def test_a_model_gains_nothing_over_itself_and_all_over_its_opposite():
    truth, trial = np.arange(10.0), np.arange(10)
    assert agreement_difference(truth, truth, truth, trial, draws=50) == (0.0, 0.0, 0.0)
    gain, low, high = agreement_difference(truth, truth, -truth, trial, draws=50)
    assert (gain, low, high) == pytest.approx((2.0, 2.0, 2.0))
    assert agreement_difference(truth, truth, np.zeros(10), trial, draws=50)[0] == 1.0


def test_the_ceiling_is_the_root_of_what_is_not_error():
    truth = np.array([-1.0, 1.0, -1.0, 1.0, 0.0])
    spread = truth.var(ddof=1)
    assert noise_ceiling(truth, np.full(5, np.sqrt(0.36 * spread))) == pytest.approx(0.8)
    assert noise_ceiling(truth, np.full(5, 10.0)) == 0.0


@pytest.mark.parametrize(
    ("truth", "predicted", "said"),
    [
        (np.arange(2.0), np.arange(2.0), "expected 3 or more pairs"),
        (np.arange(4.0), np.arange(3.0), "expected 3 or more pairs"),
        (np.array([0.0, np.nan, 1.0]), np.arange(3.0), "is not a number"),
    ],
)
def test_what_cannot_be_ranked_is_refused(truth, predicted, said):
    with pytest.raises(InputError, match=said):
        spearman(truth, predicted)

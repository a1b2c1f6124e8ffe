import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from combo_dl.core.errors import InputError
from combo_dl.stats.intervals import interval_scores

NUMBER = st.floats(-50, 50)


def pinball(truth, quantile, share):
    return max(share * (truth - quantile), (share - 1) * (truth - quantile))


def test_a_known_case():
    truth, mean = np.array([0.0, 5.0, np.nan]), np.array([1.0, 1.0, np.inf])
    interval = (np.array([-1.0, -1.0, np.nan]), np.array([3.0, 3.0, np.nan]))
    found = interval_scores(truth, mean, {80: interval})
    # a = 0.2: width 4 weighs 0.1; the second label lies 2 outside; |y - m| weighs a half.
    crps = np.mean([1 / 2 + 0.4, 4 / 2 + 0.4 + 2]) / 1.5
    assert found == pytest.approx({"coverage_80": 0.5, "width_80": 4.0, "crps": crps})


def test_levels_come_in_order():
    wide, tight = (np.full(1, -2.0), np.full(1, 2.0)), (np.full(1, -1.0), np.full(1, 1.0))
    found = interval_scores(np.zeros(1), np.zeros(1), {95: wide, 50: tight})
    assert list(found) == ["coverage_50", "width_50", "coverage_95", "width_95", "crps"]
    assert found["width_50"] == 2.0 and found["width_95"] == 4.0


@given(truth=NUMBER, quantiles=st.lists(NUMBER, min_size=5, max_size=5).map(sorted))
def test_the_score_is_the_mean_pinball_loss_of_the_quantiles(truth, quantiles):
    shares = [0.1, 0.25, 0.5, 0.75, 0.9]
    low_80, low_50, median, high_50, high_80 = (np.array([q]) for q in quantiles)
    found = interval_scores(
        np.array([truth]), median, {50: (low_50, high_50), 80: (low_80, high_80)}
    )
    losses = [2 * pinball(truth, q, s) for q, s in zip(quantiles, shares, strict=True)]
    assert found["crps"] == pytest.approx(np.mean(losses))


def test_many_levels_approach_the_crps_of_a_normal_law():
    truth = np.random.default_rng(0).normal(size=4000)
    ends = {level: stats.norm.ppf(0.5 + level / 200) for level in range(2, 100, 2)}
    size = np.ones(4000)
    found = interval_scores(truth, 0 * size, {k: (-e * size, e * size) for k, e in ends.items()})
    density, share = stats.norm.pdf(truth), stats.norm.cdf(truth)
    crps = truth * (2 * share - 1) + 2 * density - 1 / np.sqrt(np.pi)
    assert found["crps"] == pytest.approx(np.mean(crps), rel=0.02)
    assert found["coverage_80"] == pytest.approx(0.8, abs=0.03)


def test_a_perfect_point_is_free_and_without_intervals_it_is_the_absolute_error():
    truth = np.array([1.0, -2.0])
    assert interval_scores(truth, truth, {80: (truth, truth)}) == {
        "coverage_80": 1.0,
        "width_80": 0.0,
        "crps": 0.0,
    }
    assert interval_scores(truth, truth + 3, {}) == {"crps": 3.0}


def test_rounding_of_float32_is_no_crossing():
    mean, half = np.array([1234.5678]), np.array([1e-9])
    tight = ((mean - half).astype(np.float32), (mean + half).astype(np.float32))
    assert interval_scores(mean, mean, {50: tight, 80: (mean - half, mean + half)})


@pytest.mark.parametrize(
    ("intervals", "what"),
    [
        ({80: (1.0, -1.0)}, "row 1: the interval of 80 % has low above high"),
        ({80: (-np.inf, 1.0)}, "an end that is not finite"),
        ({50: (-2.0, 2.0), 80: (-1.0, 3.0)}, "the interval of 80 % has an end within that of 50 %"),
        ({100: (-2.0, 2.0)}, "level 100; expected percent"),
        ({0: (-2.0, 2.0)}, "level 0; expected percent"),
    ],
)
def test_intervals_that_are_none_are_refused(intervals, what):
    truth = np.array([np.nan, 0.0])
    made = {k: (np.full(2, low), np.full(2, high)) for k, (low, high) in intervals.items()}
    with pytest.raises(InputError, match=what):
        interval_scores(truth, np.zeros(2), made)


def test_lengths_must_agree_and_a_label_must_be_there():
    with pytest.raises(InputError, match=r"high ends of 80 % \(3,\) differ in shape"):
        interval_scores(np.zeros(2), np.zeros(2), {80: (np.zeros(2), np.zeros(3))})
    with pytest.raises(InputError, match="none of 2 rows has a label"):
        interval_scores(np.full(2, np.nan), np.zeros(2), {})

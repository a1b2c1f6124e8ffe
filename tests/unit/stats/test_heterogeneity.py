"""The variance that errors have beyond their own noise."""

import numpy as np
import pytest

from combo_dl.stats.heterogeneity import excess_variance


@pytest.mark.parametrize("tau", [0.2, 0.5, 1.5])
def test_a_planted_variance_is_found(tau):
    rng = np.random.default_rng(0)
    own = rng.uniform(0.05, 0.4, 20_000)
    error = rng.normal(0.0, np.sqrt(own + tau**2))
    assert np.sqrt(excess_variance(error, own)) == pytest.approx(tau, abs=0.02)


def test_errors_that_their_noise_explains_leave_nothing():
    rng = np.random.default_rng(1)
    own = np.full(500, 0.3)
    assert excess_variance(rng.normal(0.0, 0.4, 500), own) == 0.0
    assert excess_variance(np.zeros(5), np.zeros(5)) == 0.0
    assert excess_variance(np.zeros(0), np.zeros(0)) == 0.0


def test_without_noise_it_is_the_mean_square_about_zero():
    error = np.array([0.3, 0.5, -0.1, 0.4])
    assert excess_variance(error, np.zeros(4)) == pytest.approx((error**2).mean(), rel=1e-6)
    # A common error is variance too: the mean is not moved.
    assert excess_variance(np.full(4, 0.2), np.zeros(4)) == pytest.approx(0.04, rel=1e-6)


def test_equal_noise_has_the_closed_form():
    error = np.array([0.9, -1.1, 0.4, -0.2, 1.3])
    found = excess_variance(error, np.full(5, 0.2))
    assert found == pytest.approx((error**2).mean() - 0.2, rel=1e-6)

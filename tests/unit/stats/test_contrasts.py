"""Contrasts of two arms: exponential arms in closed form, and what cannot be compared."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from survival_rows import patients

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.contrasts import contrast, log_hazard_ratio, restricted_mean_variance
from combo_dl.stats.survival import restricted_mean_days

HORIZON = 300.0


def exponential(mean_days: float, n: int, *, censored_after: float = 600.0) -> FollowUp:
    """Times at the quantiles of an exponential law, so that the curve is the law's own."""
    time = -mean_days * np.log(1 - (np.arange(n) + 0.5) / n)
    return FollowUp.of(np.minimum(time, censored_after), time <= censored_after)


def restricted_mean(mean_days: float) -> float:
    return mean_days * (1 - np.exp(-HORIZON / mean_days))


def test_two_exponential_arms_have_the_contrast_of_the_closed_form():
    found = contrast(exponential(400, 4000), exponential(200, 4000), horizon_days=HORIZON)
    assert found.rmst_days == pytest.approx(restricted_mean(400) - restricted_mean(200), abs=0.2)
    assert found.log_hr == pytest.approx(np.log(200 / 400), abs=0.02)
    assert found.is_benefit


def test_the_standard_error_of_uncensored_times_is_that_of_their_mean():
    # With nobody censored before the horizon, it is the error of a mean of min(time, horizon).
    arm = exponential(200, 500)
    mean, variance = restricted_mean_variance(arm, HORIZON)
    cut = np.minimum(arm.time_days, HORIZON)
    assert mean == pytest.approx(cut.mean())
    assert variance == pytest.approx(cut.var() / len(cut), rel=1e-6)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
def test_mean_and_variance_are_those_of_lifelines():
    """Its variance is that of one time up to the horizon: of a mean of n, where nobody is censored
    before it, it is the n-th part."""
    rng = np.random.default_rng(5)
    # Few steps: lifelines integrates the curve numerically.
    time = np.ceil(rng.exponential(250, 120) / 50) * 50
    seen = FollowUp.of(np.minimum(time, 400), time <= 400)
    fitted = KaplanMeierFitter().fit(seen.time_days, seen.event)
    told = restricted_mean_survival_time(fitted, t=HORIZON, return_variance=True)
    mean, variance = restricted_mean_variance(seen, HORIZON)
    assert mean == pytest.approx(told[0], rel=1e-3)
    assert variance == pytest.approx(told[1] / 120, rel=1e-2)


def test_the_variance_under_late_entry_is_that_of_a_bootstrap():
    seen = patients(400, late=True)
    rng = np.random.default_rng(6)
    draws = [
        restricted_mean_days(seen.take(rng.integers(len(seen), size=len(seen))), HORIZON)
        for _ in range(200)
    ]
    mean, variance = restricted_mean_variance(seen, HORIZON)
    assert mean == pytest.approx(np.mean(draws), rel=0.02)
    assert np.sqrt(variance) == pytest.approx(np.std(draws), rel=0.15)


def test_the_variance_under_censoring_is_that_of_a_bootstrap():
    rng = np.random.default_rng(3)
    time, limit = rng.exponential(200, 200), rng.uniform(100, 500, 200)
    seen = FollowUp.of(np.minimum(time, limit), time <= limit)
    draws = [
        restricted_mean_days(seen.take(rng.integers(200, size=200)), HORIZON) for _ in range(200)
    ]
    mean, variance = restricted_mean_variance(seen, HORIZON)
    assert mean == pytest.approx(np.mean(draws), rel=0.02)
    assert np.sqrt(variance) == pytest.approx(np.std(draws), rel=0.15)


def test_arms_of_one_law_differ_by_nothing_and_sides_turn_the_sign():
    a, b = exponential(200, 300), exponential(260, 300)
    same = contrast(a, a, horizon_days=HORIZON)
    assert same.rmst_days == 0 and same.log_hr == pytest.approx(0, abs=1e-6)
    assert not same.is_benefit
    one, other = (
        contrast(a, b, horizon_days=HORIZON),
        contrast(b, a, horizon_days=HORIZON),
    )
    assert one.rmst_days == pytest.approx(-other.rmst_days)
    assert one.log_hr == pytest.approx(-other.log_hr, abs=1e-6)


def test_an_arm_that_is_not_followed_to_the_horizon_is_refused_in_one_line():
    short = exponential(400, 50, censored_after=100.0)
    with pytest.raises(InputError, match="the end of follow-up: take an earlier horizon") as error:
        contrast(short, exponential(200, 50), horizon_days=HORIZON)
    assert "\n" not in str(error.value)


def test_an_arm_without_an_event_has_no_hazard_ratio():
    nobody = FollowUp.of(np.full(5, 400.0), np.zeros(5))
    with pytest.raises(InputError, match="the control arm has no event among 5 patients"):
        log_hazard_ratio(exponential(200, 50), nobody)


def test_a_time_of_zero_is_refused_in_one_line():
    with pytest.raises(InputError, match="row 1 has time_days 0; expected a number of days above"):
        FollowUp.of(np.array([3.0, 0.0]), np.array([1, 1]))

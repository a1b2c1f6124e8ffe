"""Kaplan-Meier with late entry and RMST: equal to lifelines and to closed forms."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from survival_rows import patients

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.survival import kaplan_meier, restricted_mean_days


def test_a_hand_count():
    seen = FollowUp.of([10, 20, 20, 30, 40], [1, 0, 1, 1, 0])
    found = kaplan_meier(seen)
    expected = [1, 0.8, 0.8, 0.6, 0.6, 0.3, 0.3]
    np.testing.assert_allclose(found.at([0, 10, 19.9, 20, 29, 30, 40]), expected)
    assert restricted_mean_days(seen, 25) == pytest.approx(10 + 10 * 0.8 + 5 * 0.6)
    assert restricted_mean_days(seen, 5) == 5


def test_who_comes_late_is_at_risk_only_after_the_entry():
    # On day 10 two are at risk: the third comes in on that day, the fourth on day 15.
    found = kaplan_meier(FollowUp.of([10, 30, 20, 40], [1, 0, 1, 1], [0, 0, 10, 15]))
    np.testing.assert_allclose(found.at([9, 10, 20, 40]), [1, 1 / 2, 1 / 2 * 2 / 3, 0])


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_it_is_that_of_lifelines(late, whole):
    seen = patients(500, late=late, whole=whole)
    fitted = KaplanMeierFitter().fit(seen.time_days, seen.event, entry=seen.entry_days)
    days = np.linspace(0, 500, 101)
    found = kaplan_meier(seen)
    np.testing.assert_allclose(found.at(days), fitted.predict(days), atol=1e-12)
    mean = restricted_mean_survival_time(fitted, t=400)
    assert found.restricted_mean_days(400) == pytest.approx(mean)
    low, high = found.interval_at(days)
    assert (low <= found.at(days)).all() and (found.at(days) <= high).all()


@pytest.mark.parametrize("late", [False, True])
def test_it_finds_an_exponential_law_and_its_restricted_mean(late):
    seen = patients(20_000, late=late, scale=300)
    days = np.array([50, 200, 400])
    np.testing.assert_allclose(kaplan_meier(seen).at(days), np.exp(-days / 300), atol=0.015)
    assert restricted_mean_days(seen, 400) == pytest.approx(300 * (1 - np.exp(-4 / 3)), rel=0.02)


def test_without_the_entry_survival_would_be_too_good():
    seen = patients(5000, late=True)
    blind = FollowUp.of(seen.time_days, seen.event)
    assert kaplan_meier(blind).at(200) > kaplan_meier(seen).at(200) + 0.05


def test_beyond_the_end_of_follow_up_nothing_is_said_unless_nobody_is_left():
    censored = kaplan_meier(FollowUp.of([10, 20], [1, 0]))
    with pytest.raises(InputError, match="from 0 to 20, the end of follow-up"):
        censored.at(21)
    with pytest.raises(InputError, match="from 0 to 20"):
        censored.restricted_mean_days(25)
    gone = kaplan_meier(FollowUp.of([10, 20], [1, 1]))
    assert gone.at(99) == 0 and gone.restricted_mean_days(99) == pytest.approx(15)


@pytest.mark.parametrize("horizon", [0.0, -1.0, float("nan"), float("inf")])
def test_a_horizon_is_a_number_of_days_above_0(horizon):
    with pytest.raises(InputError, match=r"horizon_days is .*; expected a number of days above 0"):
        restricted_mean_days(FollowUp.of([10, 20], [1, 1]), horizon)


def test_several_risks_are_refused():
    with pytest.raises(InputError, match="a patient has event 2"):
        kaplan_meier(FollowUp.of([10, 20], [1, 2]))

"""All scores of survival of one group: known answers, those of scikit-survival, late entry."""

import numpy as np
import pytest
from sksurv.metrics import integrated_brier_score
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv
from survival_rows import patients

from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.survival import kaplan_meier
from combo_dl.stats.survival_panel import (
    calibration_slope,
    curve_scores,
    followed_days,
    order_scores,
)
from combo_dl.stats.survival_scores import uno_c

HORIZON, DAYS = 600.0, (182, 365, 730)


def own_curve(seen):
    """Kaplan-Meier of these patients, for each of them."""
    km = kaplan_meier(seen)
    return SurvivalCurves.steps(km.times_days, np.tile(km.survival, (len(seen), 1)))


def test_follow_up_ends_where_few_are_seen():
    seen = FollowUp.of([5, 10, 20.5, 30], [0, 1, 0, 0])
    assert [followed_days(seen, fewest=k) for k in (1, 2, 3, 4, 5)] == [29, 20, 9, 4, 0]


def test_the_brier_score_of_kaplan_meier_is_that_of_scikit_survival():
    seen = patients(400)
    found = curve_scores(seen, own_curve(seen), DAYS, horizon_days=HORIZON)
    y = Surv.from_arrays(seen.event > 0, seen.time_days)
    grid = np.linspace(max(seen.time_days.min(), 1.0), HORIZON, 100)
    times, survival = kaplan_meier_estimator(seen.event > 0, seen.time_days)
    place = np.searchsorted(times, grid, side="right") - 1
    at = np.where(place < 0, 1.0, survival[place])
    expected = integrated_brier_score(y, y, np.tile(at, (len(seen), 1)), grid)
    assert found["ibs"] == pytest.approx(expected, abs=1e-9) and 0.1 < expected < 0.25


def test_the_own_kaplan_meier_errs_nowhere():
    seen = patients(400)
    found = curve_scores(seen, own_curve(seen), DAYS, horizon_days=HORIZON)
    assert found["rmst_error_days"] == pytest.approx(0, abs=1e-9)
    assert [found["gap_182"], found["gap_365"]] == pytest.approx([0, 0], abs=1e-12)
    # One curve for all has no slope; day 730 is beyond the horizon.
    assert np.isnan([found[k] for k in ("slope_365", "gap_730", "slope_730")]).all()


@pytest.mark.parametrize("late", [False, True])
def test_true_survival_has_a_slope_of_one_and_half_the_log_hazard_twice_that(late):
    line = np.random.default_rng(0).normal(0, 1, 4000)
    rate = np.exp(line) / 400
    rng = np.random.default_rng(1)
    time, last = rng.exponential(1 / rate), rng.uniform(100, 1500, 4000)
    entry = rng.uniform(0, 150, 4000) * late
    kept = np.minimum(time, last) > entry
    seen = FollowUp.of(np.minimum(time, last)[kept], (time <= last)[kept], entry[kept])
    told = np.exp(-rate * 365)[kept]
    assert calibration_slope(seen, told, 365) == pytest.approx(1, abs=0.08)
    shrunk = np.exp(-np.exp(line / 2) * 365 / 400)[kept]
    assert calibration_slope(seen, shrunk, 365) == pytest.approx(2, abs=0.16)


def test_without_an_event_there_is_no_slope():
    seen = FollowUp.of([10.0, 20.0, 30.0], [0, 0, 1])
    assert np.isnan(calibration_slope(seen, np.array([0.9, 0.5, 0.2]), 25))


def test_order_is_scored_with_the_censoring_of_the_tested():
    seen = patients(300)
    risk = -seen.time_days + np.random.default_rng(0).normal(0, 200, len(seen))
    found = order_scores(seen, risk, dict.fromkeys(DAYS, risk), horizon_days=HORIZON)
    assert found["uno_c"] == uno_c(seen, seen, risk, horizon_days=HORIZON)
    assert 0.6 < found["auc_182"] < 1 and 0.6 < found["auc_365"] < 1
    assert np.isnan(found["auc_730"])


def test_late_entry_leaves_what_needs_no_weights():
    seen = patients(400, late=True)
    risk = np.random.default_rng(0).random(len(seen))
    found = order_scores(seen, risk, dict.fromkeys(DAYS, risk), horizon_days=HORIZON)
    assert 0.4 < found["harrell_c"] < 0.6
    assert np.isnan([found[k] for k in ("uno_c", "auc_182", "auc_365")]).all()
    own = curve_scores(seen, own_curve(seen), DAYS, horizon_days=HORIZON)
    assert np.isnan(own["ibs"]) and own["gap_365"] == pytest.approx(0, abs=1e-12)

"""Scores of survival: equal to scikit-survival, known answers, and what they do not depend on."""

import numpy as np
import pytest
from sksurv.metrics import (
    concordance_index_censored,
    concordance_index_ipcw,
    cumulative_dynamic_auc,
    integrated_brier_score,
)
from sksurv.util import Surv
from survival_rows import patients

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.survival_scores import (
    harrell_c,
    integrated_brier,
    time_dependent_auc,
    uno_c,
)

N, HORIZON = 600, 365.0


@pytest.fixture(scope="module")
def known():
    """(training, tested, rate of each tested patient): the rate is the true risk."""
    rate = np.exp(np.random.default_rng(3).normal(0, 1, N)) / 300
    tested = patients(N, scale=1 / rate, seed=1)
    return patients(N, scale=1 / rate), tested, rate


def sks(seen):
    return Surv.from_arrays(seen.event > 0, seen.time_days)


@pytest.mark.parametrize("whole", [False, True])
def test_harrell_is_that_of_scikit_survival(whole):
    seen = patients(N, whole=whole)
    risk = np.random.default_rng(0).integers(0, 9, len(seen)) - seen.time_days / 100
    risk = np.round(risk)  # with ties
    expected = concordance_index_censored(seen.event > 0, seen.time_days, risk)[0]
    assert harrell_c(seen, risk) == pytest.approx(expected, abs=1e-12)


def test_harrell_with_late_entry_compares_those_who_were_at_risk_together():
    seen = FollowUp.of([10, 20, 30], [1, 1, 1], [0, 0, 15])
    # Pairs: (1, 2) and (2, 3); the third was not there on day 10.
    assert harrell_c(seen, np.array([1.0, 2.0, 0.0])) == pytest.approx(0.5)
    assert harrell_c(seen, np.array([3.0, 2.0, 9.0])) == pytest.approx(0.5)
    assert np.isnan(harrell_c(FollowUp.of([10, 20], [0, 1]), np.zeros(2)))


@pytest.mark.parametrize("late", [False, True])
def test_order_scores_of_perfect_reversed_and_constant_risks(late):
    seen = patients(300, late=late)
    assert harrell_c(seen, -seen.time_days) == 1.0 and harrell_c(seen, seen.time_days) == 0.0
    assert harrell_c(seen, np.zeros(len(seen))) == 0.5


def test_uno_auc_and_brier_are_those_of_scikit_survival(known):
    training, tested, rate = known
    days = np.linspace(30, HORIZON, 12)
    survival = np.exp(-rate[:, None] * days)
    curves = SurvivalCurves.of(np.append(0, days), np.hstack([np.ones((N, 1)), survival]))
    a, b = sks(training), sks(tested)
    uno = concordance_index_ipcw(a, b, rate, tau=HORIZON)[0]
    assert uno_c(training, tested, rate, horizon_days=HORIZON) == pytest.approx(uno)
    auc = cumulative_dynamic_auc(a, b, rate, [HORIZON])[0][0]
    assert time_dependent_auc(training, tested, rate, horizon_days=HORIZON) == pytest.approx(auc)
    brier = integrated_brier_score(a, b, survival, days)
    assert integrated_brier(training, tested, curves, times_days=days) == pytest.approx(brier)
    assert 0.7 < uno < auc and brier < 0.2


def test_uno_depends_less_on_censoring_than_harrell(known):
    rate = known[2]
    rng = np.random.default_rng(0)
    truth = FollowUp.of(rng.exponential(1 / rate), np.ones(N))
    cut = rng.exponential(150, N) + 1
    seen = FollowUp.of(np.minimum(truth.time_days, cut), truth.time_days <= cut)
    horizon = 250.0
    full = FollowUp.of(np.minimum(truth.time_days, horizon + 1), truth.time_days <= horizon)
    wanted = harrell_c(full, rate)
    assert abs(uno_c(seen, seen, rate, horizon_days=horizon) - wanted) < 0.03
    assert abs(harrell_c(seen, rate) - wanted) > abs(
        uno_c(seen, seen, rate, horizon_days=horizon) - wanted
    )


def test_without_censoring_the_brier_score_is_the_squared_error():
    seen = FollowUp.of([100, 200, 300, 400], np.ones(4))
    curves = SurvivalCurves.of([0, 450], np.tile([1.0, 0.5], (4, 1)))
    half = integrated_brier(seen, seen, curves, times_days=np.array([150.0, 350.0]))
    at = 1 - np.array([150, 350]) / 900
    alive = np.array([0.75, 0.25])
    expected = (alive * (1 - at) ** 2 + (1 - alive) * at**2).mean()
    assert half == pytest.approx(expected)


def test_a_perfect_prediction_has_auc_1(known):
    training, tested, _ = known
    risk = -tested.time_days
    assert time_dependent_auc(training, tested, risk, horizon_days=HORIZON) == pytest.approx(1.0)


def test_what_cannot_be_scored_is_refused(known):
    training, tested, rate = known
    late = patients(100, late=True)
    with pytest.raises(InputError, match="tested patients have delayed entry"):
        uno_c(training, late, np.zeros(len(late)), horizon_days=HORIZON)
    with pytest.raises(InputError, match="no training patient is seen beyond day 5000"):
        uno_c(training, tested, rate, horizon_days=5000.0)
    with pytest.raises(InputError, match="no patient has an event by day"):
        time_dependent_auc(training, tested, rate, horizon_days=1e-3)
    with pytest.raises(InputError, match="row 2 has risk nan"):
        harrell_c(FollowUp.of([1, 2, 3], [1, 1, 1]), np.array([1, 2, np.nan]))
    with pytest.raises(InputError, match="risk has shape \\(2,\\)"):
        harrell_c(FollowUp.of([1, 2, 3], [1, 1, 1]), np.zeros(2))
    with pytest.raises(InputError, match="a patient has event 2"):
        harrell_c(FollowUp.of([1, 2], [1, 2]), np.zeros(2))
    curves = SurvivalCurves.of([0, 400], [1.0, 0.5])
    with pytest.raises(InputError, match="1 curves for 600 patients"):
        integrated_brier(training, tested, curves, times_days=np.array([10.0, 20.0]))
    with pytest.raises(InputError, match="expected 2 days or more that rise"):
        integrated_brier(training, tested, curves, times_days=np.array([20.0, 10.0]))

"""Calibration at a horizon and net benefit: closed forms without censoring, laws with it."""

import numpy as np
import pytest
from survival_rows import patients

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.survival import kaplan_meier
from combo_dl.stats.survival_calibration import calibration_at, net_benefit

HORIZON = 300.0


def known(n=4000, late=False):
    rate = np.exp(np.random.default_rng(3).normal(0, 0.8, n)) / 300
    rng = np.random.default_rng(0)
    event, last = rng.exponential(1 / rate), rng.uniform(50, 900, n)
    entry = rng.uniform(0, 200, n) * (rng.random(n) < 0.5) * late
    kept = np.minimum(event, last) > entry
    seen = FollowUp.of(np.minimum(event, last)[kept], (event <= last)[kept], entry[kept])
    return seen, np.exp(-rate * HORIZON)[kept]


def test_a_true_prediction_is_calibrated_under_censoring():
    seen, survival = known()
    found = calibration_at(seen, survival, horizon_days=HORIZON)
    assert len(found) == 5 and sum(g.patients for g in found) == len(seen)
    assert np.diff([g.predicted for g in found]).min() > 0
    for g in found:
        assert g.observed == pytest.approx(g.predicted, abs=0.05)
        assert g.low - 0.02 < g.predicted < g.high + 0.02


def test_a_prediction_that_is_too_good_is_seen():
    seen, survival = known()
    found = calibration_at(seen, survival**0.5, horizon_days=HORIZON)
    assert all(g.observed < g.predicted for g in found)


def test_one_group_is_kaplan_meier_of_all_with_late_entry():
    seen, survival = known(late=True)
    assert seen.has_delayed_entry
    (found,) = calibration_at(seen, survival, horizon_days=HORIZON, groups=1)
    assert found.observed == kaplan_meier(seen).at(HORIZON)
    (same,) = calibration_at(seen, np.full(len(seen), 0.4), horizon_days=HORIZON)
    assert same.observed == found.observed and same.predicted == pytest.approx(0.4)


def test_a_group_that_is_not_followed_so_long_is_nan():
    seen = FollowUp.of([10, 20, 100, 200], [1, 0, 0, 1])
    found = calibration_at(seen, np.array([0.1, 0.1, 0.9, 0.9]), horizon_days=50, groups=2)
    assert np.isnan(found[0].observed) and found[1].observed == 1.0


def test_net_benefit_without_censoring_is_that_of_counts():
    seen = FollowUp.of([10, 10, 90, 90, 90], np.ones(5))
    survival = np.array([0.1, 0.6, 0.4, 0.9, 0.9])
    found = net_benefit(seen, survival, horizon_days=50, threshold=np.array([0.5, 0.2, 0.95]))
    # At 0.5 one true and one false positive; at 0.2 two and one; at 0.95 nobody is treated.
    np.testing.assert_allclose(found.model, [(1 - 1) / 5, (2 - 0.25) / 5, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.treat_all, [(2 - 3) / 5, (2 - 0.75) / 5, (2 - 57) / 5])


def test_a_true_prediction_gains_over_treating_all_and_none():
    seen, survival = known()
    found = net_benefit(seen, survival, horizon_days=HORIZON, threshold=np.array([0.4, 0.6]))
    assert (found.model > np.maximum(found.treat_all, 0) + 0.01).all()


def test_what_cannot_be_is_refused():
    seen = patients(50)
    every = np.full(len(seen), 0.5)
    with pytest.raises(InputError, match=r"row 0 has predicted survival 1\.5"):
        calibration_at(seen, every + 1, horizon_days=HORIZON)
    with pytest.raises(InputError, match="row 0 has predicted survival nan"):
        net_benefit(seen, every * np.nan, horizon_days=HORIZON, threshold=np.array([0.5]))
    with pytest.raises(InputError, match="survival has shape"):
        calibration_at(seen, every[1:], horizon_days=HORIZON)
    with pytest.raises(InputError, match="groups is 0"):
        calibration_at(seen, every, horizon_days=HORIZON, groups=0)
    with pytest.raises(InputError, match="threshold 1 is not a risk"):
        net_benefit(seen, every, horizon_days=HORIZON, threshold=np.array([1.0]))
    with pytest.raises(InputError, match="horizon_days is 0"):
        calibration_at(seen, every, horizon_days=0)

"""Calibration of mean days on held-out groups: tau is found, intervals keep their laws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from combo_dl.data.days_calibration import (
    AGREED,
    FEWEST_GROUPS,
    DaysCalibration,
    GroupDays,
    fit_days_calibration,
    joined_groups,
    logit,
    steepness,
)

SHARE = np.linspace(0.02, 0.98, 25)
NOTHING = np.zeros_like(SHARE)


def law(spread=0.4, groups=40) -> DaysCalibration:
    return DaysCalibration(spread=spread, groups=groups, new_cohorts=True)


def simulated(*, groups=3000, tau=0.0, apart=0.0, noise=0.2, networks=2, bias=0.0, seed=0):
    """Groups whose log-odds err by tau, by their networks and by sampling (standard deviations in
    log-odds); ``networks`` of which the mean is told."""
    rng = np.random.default_rng(seed)
    right = rng.uniform(-1.5, 1.5, groups)
    each = right + bias + rng.normal(0.0, tau, groups) + rng.normal(0, apart, (networks, groups))
    predicted = special.expit(each.mean(axis=0))
    observed = special.expit(right + rng.normal(0.0, noise, groups))
    between = special.expit(each).var(axis=0, ddof=1) if networks > 1 else np.zeros(groups)
    return GroupDays(
        predicted=predicted,
        between=between,
        observed=observed,
        sampling=(noise / steepness(observed)) ** 2,
        cohort=np.array(["one"] * groups, dtype=object),
        new=np.ones(groups, bool),
        networks=networks,
    )


@pytest.mark.parametrize("tau", [0.0, 0.2, 0.5, 1.0])
def test_a_planted_tau_is_found(tau):
    found = fit_days_calibration(simulated(tau=tau), networks=2)
    assert found.spread == pytest.approx(tau, abs=0.06) and found.groups == 3000


def test_a_bias_is_a_part_of_tau():
    found = fit_days_calibration(simulated(bias=0.6), networks=2)
    assert found.spread == pytest.approx(0.6, abs=0.03)


def test_what_networks_disagree_is_not_asked_of_tau():
    """Networks that lie 0.3 apart err by 0.3 / sqrt(2) in the mean: less than the interval says."""
    found = fit_days_calibration(simulated(apart=0.3), networks=2)
    assert found.spread == 0.0
    both = fit_days_calibration(simulated(apart=0.3, tau=0.5), networks=2)
    # The interval of two networks holds 0.3^2 + tau^2, the error is 0.3^2 / 2 + 0.5^2.
    assert both.spread == pytest.approx(np.sqrt(0.25 - 0.045), abs=0.03)


def test_more_networks_than_were_held_out_err_less():
    rows = simulated(apart=0.4, tau=0.5)
    few, many = (fit_days_calibration(rows, networks=n).spread for n in (2, 50))
    saved = 0.16 * (1 / 2 - 1 / 50)
    assert few**2 - many**2 == pytest.approx(saved, rel=0.15)


def test_the_interval_holds_its_level_of_new_groups():
    rng = np.random.default_rng(3)
    found = fit_days_calibration(simulated(tau=0.4, groups=400), networks=2)
    true = special.expit(logit(SHARE) + rng.normal(0.0, 0.4, (8000, len(SHARE))))
    for level in (0.5, 0.8, 0.95):
        low, high = found.interval(SHARE, NOTHING, level=level)
        assert ((true >= low) & (true <= high)).mean() == pytest.approx(level, abs=0.03)


@pytest.mark.parametrize("groups", [FEWEST_GROUPS, 15])
def test_the_interval_of_a_tau_of_few_groups_keeps_its_level(groups):
    """Student's t: a tau of few groups is now too small and now too large."""
    rng = np.random.default_rng(4)
    held = []
    for seed in range(400):
        rows = simulated(tau=0.5, noise=1e-4, groups=groups, seed=seed)
        found = fit_days_calibration(rows, networks=2)
        low, high = found.interval(np.full(50, 0.5), np.zeros(50), level=0.8)
        true = special.expit(rng.normal(0.0, 0.5, 50))
        held.append(((true >= low) & (true <= high)).mean())
    assert np.mean(held) == pytest.approx(0.8, abs=0.02)


def test_intervals_hold_the_mean_widen_and_stay_within_the_horizon():
    apart = np.full_like(SHARE, 0.002)
    widths = []
    for level in (0.5, 0.8, 0.95, 0.9999):
        low, high = law().interval(SHARE, apart, level=level)
        assert (low < SHARE).all() and (high > SHARE).all()
        assert (low > 0).all() and (high < 1).all()
        widths.append(high - low)
    assert (np.diff(widths, axis=0) > 0).all()
    for wider, between in ((law(spread=0.8), apart), (law(), 4 * apart), (law(groups=8), apart)):
        low, high = wider.interval(SHARE, between, level=0.8)
        assert (high - low > widths[1]).all()


def test_certain_shares_stay_finite():
    ends = np.array([0.0, 1.0])
    low, high = law().interval(ends, np.array([0.0, 0.1]), level=0.95)
    assert np.isfinite([low, high]).all() and (low <= high).all()


def test_networks_alone_have_a_normal_law():
    assert AGREED.reach(0.8) == pytest.approx(stats.norm.ppf(0.9))
    low, high = AGREED.interval(SHARE, NOTHING, level=0.95)
    np.testing.assert_allclose(low, SHARE, rtol=1e-12)
    np.testing.assert_allclose(high, SHARE, rtol=1e-12)


def test_of_few_groups_nothing_is_learned():
    rows = simulated(groups=FEWEST_GROUPS, tau=0.5)
    assert fit_days_calibration(rows, networks=2) is not None
    assert fit_days_calibration(rows.take(np.arange(FEWEST_GROUPS - 1)), networks=2) is None


def test_cohorts_are_new_where_all_of_them_are():
    rows = simulated(groups=10)
    known = replace(rows, new=np.array([False] + [True] * 9))
    assert fit_days_calibration(rows, networks=2).new_cohorts
    assert not fit_days_calibration(known, networks=2).new_cohorts


def test_groups_of_several_folds_are_joined():
    one, other = simulated(groups=9), simulated(groups=5, networks=3, seed=1)
    both = joined_groups([one, other])
    assert len(both) == 14 and both.networks == 2
    np.testing.assert_array_equal(both.observed, np.concatenate([one.observed, other.observed]))


def test_json_round_trips():
    found = fit_days_calibration(simulated(tau=0.3, groups=50), networks=5)
    assert DaysCalibration.from_json(found.to_json()) == found


@pytest.mark.parametrize("networks", [2, 5])
def test_one_network_calibrated_by_several_has_intervals_that_hold(networks):
    """Its own error is larger than that of their mean, and it tells of no disagreement."""
    tau, apart = 0.1, 0.5
    found = fit_days_calibration(simulated(tau=tau, apart=apart, networks=networks), networks=1)
    assert found.spread == pytest.approx(np.hypot(tau, apart), abs=0.06)


def test_fewer_networks_than_calibrated_err_more():
    groups = simulated(tau=1.0, apart=0.5, networks=5)
    two, five = (fit_days_calibration(groups, networks=n).spread for n in (2, 5))
    assert two**2 - five**2 == pytest.approx(0.25 * (1 / 2 - 1 / 5), rel=0.15)

"""Calibration of risks on held-out rows: its line, and the spread of new clusters."""

import numpy as np
import pytest
from scipy.special import expit

from combo_dl.core.errors import FormatError
from combo_dl.data.risk_calibration import (
    NONE,
    POOLED,
    Line,
    RiskCalibration,
    RiskRows,
    fit_risk_calibration,
    logit,
)

RISK = np.linspace(0.01, 0.99, 25)[:, None]
GROUP = ("",) * len(RISK)


def law(*, intercept=0.0, slope=1.0, cluster=0.0) -> RiskCalibration:
    return RiskCalibration(lines={"": Line(intercept=intercept, slope=slope, cluster=cluster)})


def simulated(*, arms: int, size: int, cluster: float, intercept=0.0, slope=1.0, group="pair"):
    """Arms whose log-odds are intercept + slope * those of the networks + a normal of the arm."""
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(arms), size)
    said = rng.normal(-0.5, 1.2, arms * size)
    own = rng.normal(0.0, cluster, arms)[of] if cluster else 0.0
    label = rng.random(arms * size) < expit(intercept + slope * said + own)
    return RiskRows(
        label=label.astype(np.float64),
        risk=expit(said),
        between=np.zeros(arms * size),
        cluster=of,
        group=np.array([group] * (arms * size), dtype=object),
    )


def test_without_anything_learned_risks_stay_as_they_are():
    np.testing.assert_allclose(NONE.risk(RISK, GROUP), RISK, rtol=1e-12)
    low, high = NONE.interval(RISK, np.zeros_like(RISK), GROUP, level=0.8)
    np.testing.assert_allclose(low, RISK, rtol=1e-12)
    np.testing.assert_allclose(high, RISK, rtol=1e-12)


@pytest.mark.parametrize(("intercept", "slope"), [(0.0, 1.0), (-1.5, 0.4), (2.0, 3.0)])
def test_the_order_of_risks_stays(intercept, slope):
    found = law(intercept=intercept, slope=slope).risk(RISK, GROUP)
    assert (np.diff(found[:, 0]) > 0).all() and 0 < found.min() <= found.max() < 1


def test_an_interval_holds_the_risk_and_widens():
    between = np.full_like(RISK, 0.001)
    found = law(intercept=-0.5, slope=1.3, cluster=0.7)
    risk = found.risk(RISK, GROUP)
    halves = []
    for level in (0.5, 0.8, 0.95):
        low, high = found.interval(RISK, between, GROUP, level=level)
        assert (low < risk).all() and (risk < high).all() and (low > 0).all() and (high < 1).all()
        halves.append(high - low)
    assert (halves[0] < halves[1]).all() and (halves[1] < halves[2]).all()
    # Networks that differ more, and clusters that differ more, are a wider interval.
    for other, spread in (
        (found, 4 * between),
        (law(intercept=-0.5, slope=1.3, cluster=1.0), between),
    ):
        low, high = other.interval(RISK, spread, GROUP, level=0.8)
        assert (high - low > halves[1]).all()


def test_the_interval_holds_the_risks_of_new_clusters():
    found = law(cluster=0.8)
    rng = np.random.default_rng(1)
    true = expit(logit(RISK) + rng.normal(0.0, 0.8, (len(RISK), 4000)))
    low, high = found.interval(RISK, np.zeros_like(RISK), GROUP, level=0.8)
    assert ((true >= low) & (true <= high)).mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("cluster", "within"), [(0.0, 0.1), (0.3, 0.1), (0.6, 0.1), (1.0, 0.2)])
def test_the_spread_of_clusters_is_recovered(cluster, within):
    # Of the first order in the variance: a large spread is found a little too small.
    found = fit_risk_calibration(simulated(arms=1500, size=8, cluster=cluster)).lines[""]
    assert found.cluster == pytest.approx(cluster, abs=within)


def test_a_line_is_recovered():
    found = fit_risk_calibration(
        simulated(arms=6000, size=1, cluster=0.0, intercept=-1.0, slope=0.6)
    ).lines[""]
    assert found.intercept == pytest.approx(-1.0, abs=0.1)
    assert found.slope == pytest.approx(0.6, abs=0.1)
    # Without two entries of a cluster its spread cannot be seen.
    assert found.cluster == 0.0


def test_few_events_teach_nothing_and_a_group_needs_events_of_its_own():
    rows = simulated(arms=200, size=4, cluster=0.0)
    assert fit_risk_calibration(rows.take(np.arange(30))) is None
    none = np.zeros(len(rows))
    assert fit_risk_calibration(RiskRows(**vars(rows) | {"label": none})) is None
    few = np.array(["few"] * 60 + ["pair"] * (len(rows) - 60), dtype=object)
    found = fit_risk_calibration(RiskRows(**vars(rows) | {"group": few}))
    assert sorted(found.lines) == ["", "pair"]
    # A group without a line of its own has that of all together.
    ask = np.array([[0.3]])
    assert found.risk(ask, ("few",)) == found.risk(ask, ("",)) != found.risk(ask, ("pair",))


@pytest.mark.parametrize(("count", "spread", "own"), [(150, 0.1, False), (20_000, 0.4, True)])
def test_a_group_whose_risks_say_little_keeps_the_slope_of_all_together(count, spread, own):
    rng = np.random.default_rng(1)
    said = rng.normal(0.0, spread, count)
    every = simulated(arms=50_000, size=1, cluster=0.0)
    other = RiskRows(
        label=(rng.random(count) < expit(4.0 * said)).astype(np.float64),
        risk=expit(said),
        between=np.zeros(count),
        cluster=np.arange(count),
        group=np.array(["other"] * count, dtype=object),
    )
    joined = {n: np.concatenate([v, getattr(other, n)]) for n, v in vars(every).items()}
    lines = fit_risk_calibration(RiskRows(**joined)).lines
    assert lines["other"].slope == pytest.approx(4.0 if own else lines[""].slope, abs=0.3)


def test_certain_networks_stay_finite():
    low, high = law(cluster=3.0).interval(
        np.array([[0.0, 1.0]]), np.array([[0.1, 0.1]]), ("",), level=0.95
    )
    assert np.isfinite([low, high]).all() and (low <= high).all()


def test_json_round_trips_and_needs_the_line_of_all_together():
    found = fit_risk_calibration(simulated(arms=200, size=4, cluster=0.5))
    assert RiskCalibration.from_json(found.to_json()) == found
    with pytest.raises(FormatError, match="expected ''"):
        RiskCalibration.from_json({"pair": {"intercept": 0.0, "slope": 1.0, "cluster": 0.0}})


def test_rows_without_groups_have_one_line():
    rng = np.random.default_rng(3)
    risk = rng.uniform(0.05, 0.95, 600)
    rows = RiskRows(
        label=(rng.random(600) < risk).astype(float),
        risk=risk,
        between=np.zeros(600),
        cluster=np.arange(600),
        group=np.full(600, POOLED, dtype=object),
    )
    law = fit_risk_calibration(rows)
    assert set(law.lines) == {POOLED}
    # One line keeps the order of risks, whatever the support of a row.
    found = law.risk(risk[:, None], ["known pair", "one new drug"] * 300)[:, 0]
    assert np.array_equal(np.argsort(found), np.argsort(risk))

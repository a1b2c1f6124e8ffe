"""Calibration: the better of two predictors, intervals that hold their level, harder groups."""

import json
from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.predictions import PAIR_SUPPORT
from combo_dl.data.calibration import (
    LEAST_SHRINK,
    MIN_ROWS,
    NEW_PROFILE,
    ORDER,
    Calibration,
    HeldOut,
    fit_calibration,
    groups_of,
)
from combo_dl.stats.conformal import LEVELS, POOLED

SEEN, NEW, UNSEEN = PAIR_SUPPORT[0], PAIR_SUPPORT[2], PAIR_SUPPORT[3]


def drawn(
    n=2000, *, network=3.0, kernel=4.0, between=0.0, seed=0, group=NEW, networks=2
) -> HeldOut:
    """Labels of deviation 5, and predictions of them with independent errors of these sizes."""
    rng = np.random.default_rng(seed)
    label = 5 * rng.normal(size=n)
    return HeldOut(
        label=label,
        network=label + network * rng.normal(size=n),
        deviation=np.full(n, float(network) or 1.0),
        between=np.full(n, between),
        kernel=label + kernel * rng.normal(size=n),
        null=np.zeros(n),
        group=(group,) * n,
        networks=networks,
    )


def joined(*parts: HeldOut) -> HeldOut:
    names = ("label", "network", "deviation", "between", "kernel", "null")
    arrays = {n: np.concatenate([getattr(p, n) for p in parts]) for n in names}
    groups = tuple(g for p in parts for g in p.group)
    return HeldOut(**arrays, group=groups, networks=parts[0].networks)


@pytest.mark.parametrize(
    ("network", "kernel", "share"),
    # Independent errors are best weighed by their variances: k^2 / (n^2 + k^2).
    [(3.0, 3.0, 0.5), (3.0, 6.0, 0.8), (6.0, 3.0, 0.2), (1.0, 50.0, 1.0), (50.0, 1.0, 0.0)],
)
def test_the_share_is_that_of_the_least_error(network, kernel, share):
    found = fit_calibration(drawn(20_000, network=network, kernel=kernel), networks=2)
    assert found.share[NEW] == pytest.approx(share, abs=0.02)
    rows = drawn(5000, network=network, kernel=kernel, seed=9)
    mean, _ = found.mixed(rows.network, rows.kernel, rows.group)
    error = np.mean((mean - rows.label) ** 2)
    assert error < 1.02 * min(network, kernel) ** 2


def test_a_predictor_that_only_harms_gets_nothing():
    rows = drawn()
    twice = 2 * rows.network - rows.label  # the networks' own errors, twice as large
    for kernel, share in ((twice, 1.0), (rows.label, 0.0)):
        found = fit_calibration(replace(rows, kernel=kernel), networks=2)
        assert found.share[NEW] == pytest.approx(share, abs=1e-6)
    same = fit_calibration(replace(rows, kernel=rows.network), networks=2)
    assert same.share[NEW] == 0.5


def test_without_a_kernel_the_networks_are_all():
    rows = replace(drawn(), kernel=np.full(2000, np.nan))
    found = fit_calibration(rows, networks=2)
    assert found.share[NEW] == 1.0
    mean, added = found.mixed(rows.network, rows.kernel, rows.group)
    assert np.array_equal(mean, rows.network) and not added.any()
    # A kernel that lacks in some rows leaves them to the networks.
    law = Calibration(share={POOLED: 0.25}, multiplier={})
    mean, added = law.mixed(np.array([1.0, 1.0]), np.array([np.nan, 5.0]), (NEW, NEW))
    assert mean.tolist() == [1.0, 4.0] and added.tolist() == [0.0, 0.25 * 0.75 * 16]


@pytest.mark.parametrize("level", LEVELS)
def test_an_interval_holds_about_its_level(level):
    found = fit_calibration(drawn(4000), networks=2)
    rows = drawn(4000, seed=5)
    mean, added = found.mixed(rows.network, rows.kernel, rows.group)
    half = found.reach(rows.group, level) * np.sqrt(rows.deviation**2 + added)
    inside = np.abs(rows.label - mean) <= half
    assert inside.mean() == pytest.approx(level, abs=0.025)


def test_each_group_has_its_own_width():
    easy, hard = drawn(network=1.0, kernel=np.nan), drawn(network=8.0, kernel=np.nan, group=UNSEEN)
    both = joined(easy, replace(hard, deviation=np.ones(len(hard))))
    found = fit_calibration(both, networks=2)
    near, far = found.reach((NEW, UNSEEN), 0.8)
    assert far == pytest.approx(8 * near, rel=0.1)
    assert set(found.multiplier) == set(found.share) == {POOLED, NEW, UNSEEN}


LAW = Calibration(
    share={POOLED: 0.1, SEEN: 0.9, UNSEEN: 0.3},
    multiplier={g: (k,) * 7 for g, k in ((POOLED, 9.0), (SEEN, 1.0), (UNSEEN, 4.0))},
)


@pytest.mark.parametrize(
    ("group", "share", "reach", "covered"),
    [
        (SEEN, 0.9, 1.0, True),
        (PAIR_SUPPORT[1], 0.3, 4.0, True),
        (NEW, 0.3, 4.0, True),
        (UNSEEN, 0.3, 4.0, True),
        # Harder than all that was held out: as the hardest of them, and not covered.
        (PAIR_SUPPORT[4], 0.3, 4.0, False),
        (SEEN + NEW_PROFILE, 0.3, 4.0, False),
        ("drug seen", 0.3, 4.0, False),
    ],
)
def test_a_group_without_rows_is_as_a_harder_one(group, share, reach, covered):
    mean, _ = LAW.mixed(np.ones(1), np.zeros(1), (group,))
    assert mean[0] == pytest.approx(share)
    assert LAW.reach((group,), 0.8)[0] == pytest.approx(reach)
    assert LAW.covers((group,)).tolist() == [covered]


def test_a_law_of_all_rows_alone_serves_every_group():
    law = Calibration(share={POOLED: 0.1}, multiplier={POOLED: (2.0,) * 7})
    mean, _ = law.mixed(np.ones(3), np.zeros(3), (SEEN, UNSEEN, "drug seen"))
    assert mean.tolist() == [0.1] * 3 and not law.covers((SEEN, UNSEEN)).any()
    assert law.reach((SEEN, UNSEEN), 0.8).tolist() == [2.0, 2.0]


def test_a_new_profile_is_harder_than_any_support():
    groups = groups_of(PAIR_SUPPORT * 2, np.repeat([True, False], 5))
    assert groups == ORDER and ORDER[5] == SEEN + NEW_PROFILE


def of_two_halves(group) -> HeldOut:
    """Certain rows that are right, and uncertain ones that are worse than the mean."""
    sure, unsure = (
        drawn(500, network=s, kernel=50.0, group=group, seed=int(s)) for s in (1.0, 6.0)
    )
    return joined(sure, replace(unsure, kernel=unsure.network))


def test_abstention_is_learned_where_predictions_are_worse_than_the_mean():
    rows = of_two_halves(UNSEEN)
    found = fit_calibration(replace(rows, kernel=rows.network), networks=2)
    half = found.reach(rows.group, 0.8) * rows.deviation
    assert (half[:500] <= found.abstain).all() and (half[500:] > found.abstain).all()
    profile = fit_calibration(
        replace(rows, kernel=rows.network, group=(SEEN + NEW_PROFILE,) * 1000), networks=2
    )
    assert profile.abstain == pytest.approx(found.abstain)


@pytest.mark.parametrize("group", PAIR_SUPPORT[:3])
def test_nothing_is_learned_of_abstention_from_what_was_seen(group):
    assert fit_calibration(of_two_halves(group), networks=2).abstain == float("inf")


def test_few_new_rows_teach_no_abstention():
    few = of_two_halves(UNSEEN).take(np.arange(1000 - MIN_ROWS + 1, 1000))
    found = fit_calibration(joined(drawn(), few), networks=2)
    assert found.abstain == float("inf") and UNSEEN not in found.multiplier


def test_fewer_rows_than_needed_give_no_calibration():
    rows = drawn(MIN_ROWS)
    assert fit_calibration(rows, networks=2) is not None
    assert fit_calibration(rows.take(np.arange(MIN_ROWS - 1)), networks=2) is None
    # Neither a row without a label nor one that cannot be wrong counts.
    label, deviation = rows.label.copy(), rows.deviation.copy()
    label[0], deviation[1] = np.nan, 0.0
    assert fit_calibration(replace(rows, label=label), networks=2) is None
    assert fit_calibration(replace(rows, deviation=deviation), networks=2) is None


def test_more_networks_have_narrower_intervals():
    """Of an error of variance 9, 4 between single networks: an average of M has 5 + 4 / M."""
    rows = replace(
        drawn(20_000, kernel=50.0, between=4.0, networks=2), kernel=np.full(20_000, np.nan)
    )
    widths = {m: fit_calibration(rows, networks=m).reach((NEW,), 0.8)[0] for m in (1, 2, 4, 100)}
    assert sorted(widths.values(), reverse=True) == list(widths.values())
    for m, width in widths.items():
        expected = np.sqrt((9 - 4 / 2 + 4 / m) / 9)
        assert width / widths[2] == pytest.approx(expected, abs=0.01)


def test_averaging_never_narrows_below_half():
    rows = replace(drawn(between=1000.0, networks=1), kernel=np.full(2000, np.nan))
    one, many = (fit_calibration(rows, networks=m).reach((NEW,), 0.8)[0] for m in (1, 50))
    assert many == pytest.approx(LEAST_SHRINK * one) and LEAST_SHRINK == 0.5


def test_more_networks_get_a_larger_share():
    rows = drawn(20_000, between=4.0, networks=1)
    shares = [fit_calibration(rows, networks=m).share[NEW] for m in (1, 2, 5, 50)]
    assert shares == sorted(shares) and shares[-1] > shares[0] + 0.05
    # Error 9, of which 4 is between networks, beside a kernel of error 16: 16 / (16 + 5).
    assert shares[-1] == pytest.approx(16 / 21, abs=0.03)


def test_json_and_back():
    for found in (LAW, fit_calibration(of_two_halves(UNSEEN), networks=3)):
        text = json.dumps(found.to_json(), allow_nan=False)
        assert Calibration.from_json(json.loads(text)) == found
    assert LAW.to_json()["abstain"] is None

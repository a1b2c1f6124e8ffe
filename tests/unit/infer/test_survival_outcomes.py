"""Outcomes of survival: restricted means, survival at days, and the null of independent drugs."""

from dataclasses import replace

import numpy as np
import pytest
from role_cases import cases
from scipy.special import expit, logit

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.predictions import NULL_SUPPORT
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.days_calibration import DaysCalibration
from combo_dl.infer.survival_members import MemberCurves, interval_note, member_curves
from combo_dl.infer.survival_nulls import NullModel, joint_curves
from combo_dl.infer.survival_outcomes import survival_outcome
from combo_dl.nn.head.hazard import HazardHead

OS = Endpoint(
    name="os",
    kind="survival",
    columns=("os",),
    unit="days",
    direction="good",
    head="hazard",
    horizon_days=730.0,
)
DAYS = np.linspace(0.0, 1000.0, 2001)
SUPPORT = (NULL_SUPPORT[1], NULL_SUPPORT[0])
OWNER = np.array([0, 0, 1])
PARTS = ("mean", "low", "high", "excess", "excess_low", "excess_high")


TAU = DaysCalibration(spread=0.5, groups=40, new_cohorts=True)


def head() -> HazardHead:
    made = next(c.values[0] for c in cases("head", at_least=8) if c.id == "hazard")
    knobs = {k: v for k, v in made.items() if k != "_target_"}
    return HazardHead(**knobs, width_in=4, width_out=2, bounds=(0.0, 1.0))


def exponential(*means: float) -> SurvivalCurves:
    return SurvivalCurves.of(DAYS, np.exp(-DAYS / np.array(means)[:, None]))


def found(*members: float, support=SUPPORT) -> MemberCurves:
    """A pair and one drug; a network is how long it says that all patients live."""
    return MemberCurves(
        whole=tuple(exponential(m * 400, m * 300) for m in members),
        alone=tuple(exponential(m * 300, m * 200, m * 300) for m in members),
        owner=OWNER,
        unseen=np.array([False, True]),
        null_support=support,
    )


def outcome(parts: MemberCurves, *, spearman=0.3, level=0.8, endpoint=OS, scan=60.0, law=None):
    made = survival_outcome(
        parts, endpoint, law, level=level, spearman=spearman, first_scan_days=scan
    )
    return made.validate()


def test_a_mean_is_the_area_under_the_mean_curve():
    made = outcome(found(1.0, 1.0))
    known = 400 * (1 - np.exp(-730 / 400)), 300 * (1 - np.exp(-730 / 300))
    np.testing.assert_allclose(made.mean[:, 0], known, rtol=1e-5)
    np.testing.assert_allclose(made.curve[0], np.exp(-np.array([182, 365, 730]) / 400), rtol=1e-5)
    assert made.abstain[:, 0].tolist() == [False, True]


def test_networks_that_agree_have_no_width_and_one_network_has_all_of_it():
    same, one = outcome(found(1.0, 1.0)), outcome(found(1.0))
    np.testing.assert_allclose(same.low, same.mean)
    np.testing.assert_allclose(same.null.excess_low, same.null.excess, atol=1e-3)
    assert (one.low == 0).all() and (one.high == 730).all()
    null = one.null.mean[0, 0]
    assert one.null.excess_low[0, 0] == -null
    assert one.null.excess_high[0, 0] == pytest.approx(730 - null, rel=1e-6)


def test_an_interval_grows_with_the_level_and_the_spread_and_stays_within_the_horizon():
    narrow, wide = outcome(found(0.9, 1.1)), outcome(found(0.9, 1.1), level=0.95)
    apart = outcome(found(0.3, 3.0), level=0.99)
    width = [float((m.high - m.low)[0, 0]) for m in (narrow, wide, apart)]
    assert 0 < width[0] < width[1] < width[2]
    assert (apart.low >= 0).all() and (apart.high <= 730).all()


def test_a_calibration_widens_every_interval_and_moves_no_mean():
    for parts in (found(0.9, 1.1), found(1.0)):
        plain, told = outcome(parts), outcome(parts, law=TAU)
        wide = outcome(parts, law=TAU, level=0.95)
        for name in ("null", "additive"):
            one, other, most = (getattr(m, name) for m in (plain, told, wide))
            for what in ("mean", "excess"):
                np.testing.assert_array_equal(getattr(one, what), getattr(other, what))
            assert other.excess_low[0, 0] < other.excess[0, 0] < other.excess_high[0, 0]
            assert most.excess_low[0, 0] < other.excess_low[0, 0]
            # What one drug gains over itself is 0, whatever is known of it.
            assert other.excess_low[1, 0] == other.excess_high[1, 0] == 0
        np.testing.assert_array_equal(plain.mean, told.mean)
        np.testing.assert_array_equal(plain.curve, told.curve)
        width = [m.high - m.low for m in (told, wide)]
        assert (width[0] > 0).all() and (width[1] > width[0]).all()
        assert (wide.low >= 0).all() and (wide.high <= 730).all()
    # Networks that differ tell more than tau; one network is as if they all agreed.
    agreed, alone = outcome(found(1.0, 1.0), law=TAU), outcome(found(1.0), law=TAU)
    np.testing.assert_allclose(agreed.low, alone.low, rtol=1e-6)
    apart = outcome(found(0.8, 1.2), law=TAU)
    assert (apart.high - apart.low)[0, 0] > (alone.high - alone.low)[0, 0]


def test_the_interval_of_a_calibration_is_that_of_its_log_odds():
    made = outcome(found(1.0), law=TAU)
    share = made.mean[0, 0] / 730
    half = TAU.reach(0.8) * 0.5
    ends = expit(logit(share) + np.array([-half, half])) * 730
    np.testing.assert_allclose([made.low[0, 0], made.high[0, 0]], ends, rtol=1e-5)


def test_a_gain_has_the_errors_of_the_combination_and_of_its_null():
    made = outcome(found(1.0), law=TAU)
    shares = np.array([made.mean[0, 0], made.null.mean[0, 0]], np.float64) / 730
    half = TAU.reach(0.8) * 0.5 * 730 * np.sqrt(((shares * (1 - shares)) ** 2).sum())
    assert made.null.excess_high[0, 0] - made.null.excess[0, 0] == pytest.approx(half, rel=1e-4)


def test_every_kind_of_interval_says_what_it_is():
    known = DaysCalibration(spread=0.5, groups=40, new_cohorts=False)
    said = [interval_note(law, n) for law, n in ((TAU, 5), (known, 5), (None, 5), (None, 1))]
    words = ("held-out cohorts", "in another hospital", "networks disagree", "all that is possible")
    for text, word in zip(said, words, strict=True):
        assert word in text and "\n" not in text
    assert "another hospital" not in said[0]


def test_gained_days_without_correlation_are_those_of_the_closed_form():
    made = outcome(found(1.0, 1.0), spearman=0.0)
    a, b = (np.exp(-DAYS / m) for m in (300, 200))
    days = DAYS[DAYS <= 730]
    null = np.trapezoid((1 - (1 - a) * (1 - b))[: len(days)], days)
    assert made.null.mean[0, 0] == pytest.approx(null, rel=1e-5)
    assert made.null.excess[0, 0] == pytest.approx(made.mean[0, 0] - null, abs=1e-3)


def test_the_more_correlated_times_are_the_more_a_combination_gains():
    gains = [outcome(found(1.0, 1.2), spearman=s).null.excess[0, 0] for s in (0.0, 0.3, 1.0)]
    assert gains == sorted(gains) and gains[0] < gains[2]
    # Of times that are one, the null is the better drug.
    best = outcome(found(1.0, 1.0), spearman=1.0)
    assert best.null.mean[0, 0] == pytest.approx(best.mean[1, 0], rel=1e-5)


def test_one_drug_is_its_own_null_exactly():
    whole = outcome(found(0.9, 1.2))
    for made in (whole.null, whole.additive):
        assert made.excess[1, 0] == made.excess_low[1, 0] == made.excess_high[1, 0] == 0
        assert made.mean[1] == whole.mean[1]
        assert made.low[1] == whole.low[1] and made.high[1] == whole.high[1]


@pytest.mark.parametrize("reason", NULL_SUPPORT[2:5])
def test_without_each_drug_seen_alone_there_is_no_null(reason):
    made = outcome(found(1.0, 1.1, support=(reason, NULL_SUPPORT[0])))
    for null in (made.null, made.additive):
        for name in PARTS:
            assert np.isnan(getattr(null, name)[0, 0]), name
            assert np.isfinite(getattr(null, name)[1, 0]), name
        assert null.support == (reason, NULL_SUPPORT[0]) and np.isfinite(made.mean).all()


def test_of_more_than_six_drugs_there_is_no_null():
    seven = MemberCurves(
        whole=(exponential(400),),
        alone=(exponential(*[300] * 7),),
        owner=np.zeros(7, np.int64),
        unseen=np.array([False]),
        null_support=(NULL_SUPPORT[1],),
    )
    made = outcome(seven)
    for null in (made.null, made.additive):
        assert null.support == ("too many drugs",) and np.isnan(null.excess).all()


@pytest.mark.parametrize("spearman", [0.0, 0.3, 0.8, 1.0])
def test_times_that_add_are_at_least_the_best_and_within_the_horizon(spearman):
    made = outcome(found(0.8, 1.2), spearman=spearman)
    assert (made.additive.mean >= made.null.mean).all()
    assert made.additive.mean[0, 0] > made.null.mean[0, 0] + 1
    assert made.additive.excess[0, 0] < made.null.excess[0, 0]
    assert (made.additive.low >= 0).all() and (made.additive.high <= 730).all()
    rest = made.mean - made.additive.mean
    np.testing.assert_allclose(made.additive.excess, rest, atol=1e-3)


def test_times_that_add_from_the_start_without_correlation_have_their_closed_form():
    """The sum of exponential times of means 300 and 200 days: a law of two rates."""
    made = outcome(found(1.0, 1.0), spearman=0.0, scan=0.0).additive
    left = (300 * np.exp(-DAYS / 300) - 200 * np.exp(-DAYS / 200)) / 100
    inside = DAYS <= 730
    assert made.mean[0, 0] == pytest.approx(np.trapezoid(left[inside], DAYS[inside]), abs=0.2)


def test_the_order_of_drugs_changes_no_null():
    one = found(0.8, 1.2)
    turned = replace(one, alone=tuple(c.take(np.array([1, 0, 2])) for c in one.alone))
    first, other = outcome(one), outcome(turned)
    for name in PARTS:
        for null in ("null", "additive"):
            left, right = (getattr(getattr(made, null), name) for made in (first, other))
            np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-3)


def test_before_the_first_scan_nothing_adds_and_without_one_there_is_no_such_null():
    late = outcome(found(0.8, 1.2), scan=5000.0)
    for name in PARTS:
        np.testing.assert_array_equal(getattr(late.additive, name), getattr(late.null, name))
    # The later the scan, the less counts as added.
    days = [outcome(found(1.0), scan=s).additive.mean[0, 0] for s in (0.0, 60.0, 200.0)]
    assert days == sorted(days, reverse=True) and days[0] > days[2]
    assert outcome(found(1.0), scan=None).additive is None


def test_sets_of_other_sizes_keep_their_rows():
    alone = exponential(100, 200, 300, 100, 200, 300)
    owner = np.array([0, 1, 1, 2, 2, 2])
    model = NullModel(spearman=0.0)
    made = joint_curves(alone, owner, 3, model.joined).at(np.array([150.0]))[:, 0]
    had = 1 - np.exp(-150 / np.array([100, 200, 300, 100, 200, 300]))
    events = [had[0], had[1] * had[2], had[3] * had[4] * had[5]]
    np.testing.assert_allclose(made, 1 - np.array(events), rtol=1e-6)


def test_survival_beyond_the_last_event_is_not_told():
    short = SurvivalCurves.of(np.array([0.0, 400.0]), np.array([1.0, 0.5]))
    parts = MemberCurves(
        whole=(short,),
        alone=(short,),
        owner=np.array([0]),
        unseen=np.array([False]),
        null_support=(NULL_SUPPORT[0],),
    )
    with pytest.raises(InputError, match=r"'os' is counted to day 730, .* was on day 400; train"):
        outcome(parts)
    made = outcome(parts, endpoint=replace(OS, horizon_days=365.0))
    assert np.isfinite(made.curve[0, :2]).all() and np.isnan(made.curve[0, 2])


def test_networks_of_other_bins_are_joined_where_both_know():
    heads = [head(), head()]
    for i, one in enumerate(heads):
        one.edge = one.edge * (10.0 + i)
    falling = np.exp(-np.arange(1.0, 21.0) / 10)[None]
    first, second = member_curves(heads, [falling, falling])
    np.testing.assert_array_equal(first.times_days, second.times_days)
    assert first.times_days[-1] == 200.0
    np.testing.assert_allclose(second.at(np.array([110.0])), np.exp(-1.0))

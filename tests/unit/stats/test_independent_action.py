"""Independent action and additivity: closed forms, drawn patients, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from combo_dl.core.errors import InputError
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.independent_action import additive_action, gained_days, independent_action
from combo_dl.stats.shared_luck import pearson_of, shared_luck

DAYS = np.linspace(0, 900, 181)


def exponential(*scales) -> SurvivalCurves:
    return SurvivalCurves.of(DAYS, np.exp(-DAYS / np.array(scales)[:, None]))


def drawn(scales, spearman, n=400_000):
    """Times [K, n] of patients under each drug, exponential, joined by a Gaussian copula."""
    r = pearson_of(spearman)
    rng = np.random.default_rng(0)
    z = np.sqrt(r) * rng.normal(size=n) + np.sqrt(1 - r) * rng.normal(size=(len(scales), n))
    return -np.log(stats.norm.sf(z)) * np.array(scales)[:, None]


def share_beyond(times):
    return 1 - np.searchsorted(np.sort(times), DAYS, side="right") / len(times)


def test_independence_is_the_product_of_shares_with_an_event():
    a, b, c = exponential(100, 50), exponential(300, 60), exponential(200, 70)
    found = independent_action([a, b], spearman=0.0)
    product = 1 - (1 - a.survival) * (1 - b.survival)
    np.testing.assert_allclose(found.survival, product, atol=1e-15)
    three = independent_action([a, b, c], spearman=0.0)
    np.testing.assert_allclose(three.survival, 1 - (1 - product) * (1 - c.survival), atol=1e-15)


def test_full_correlation_is_the_best_part_at_each_day():
    a = SurvivalCurves.of([0, 100, 200], [1, 0.5, 0.4])
    b = SurvivalCurves.of([0, 100, 200], [1, 0.7, 0.1])
    found = independent_action([a, b], spearman=1.0)
    assert found.survival.tolist() == [[1.0, 0.7, 0.4]]


@pytest.mark.parametrize("spearman", [0.1, 0.3, 0.6, 0.95, 0.999])
def test_two_drugs_are_the_bivariate_normal_law(spearman):
    a, b = exponential(120), exponential(300)
    found = independent_action([a, b], spearman=spearman).survival[0]
    at = [1, 20, 60, 120, 180]
    law = stats.multivariate_normal(cov=[[1, pearson_of(spearman)], [pearson_of(spearman), 1]])
    z = stats.norm.ppf(1 - np.stack([a.survival[0, at], b.survival[0, at]], axis=1))
    np.testing.assert_allclose(found[at], 1 - law.cdf(z), atol=1e-6)


def test_medians_of_two_drugs_are_a_quadrant():
    # P(both below their medians) = 1 / 4 + asin(r) / (2 pi) (Sheppard 1899).
    half = SurvivalCurves.of([0, 100], [1, 0.5])
    found = independent_action([half, half], spearman=0.4).survival[0, 1]
    assert found == pytest.approx(0.75 - np.arcsin(pearson_of(0.4)) / (2 * np.pi), abs=1e-12)


def test_the_copula_has_the_spearman_correlation_that_was_asked():
    times = drawn((100, 300), 0.3)
    assert stats.spearmanr(*times).statistic == pytest.approx(0.3, abs=0.005)
    luck = shared_luck(0.3)
    assert luck.weight.sum() == pytest.approx(1.0)
    assert luck.loading**2 + luck.rest**2 == pytest.approx(1.0)


@pytest.mark.parametrize("scales", [(100, 300), (80, 150, 250, 300)])
@pytest.mark.parametrize("spearman", [0.0, 0.3])
@pytest.mark.parametrize("scan", [0.0, 60.0])
def test_both_models_are_those_of_drawn_patients(scales, spearman, scan):
    parts, times = [exponential(s) for s in scales], drawn(scales, spearman)
    found = independent_action(parts, spearman=spearman).survival[0]
    np.testing.assert_allclose(found, share_beyond(times.max(axis=0)), atol=0.004)
    beyond = np.maximum(times - scan, 0).sum(axis=0)
    added = np.maximum(times.max(axis=0), np.where(beyond > 0, scan + beyond, 0))
    found = additive_action(parts, spearman=spearman, first_scan_days=scan).survival[0]
    np.testing.assert_allclose(found, share_beyond(added), atol=0.004)


def test_the_rule_is_that_of_the_best_drug_and_the_weaker_one_beyond_the_first_scan():
    a, b, scan = *drawn((100, 300), 0.3, n=1000), 60.0
    published = np.maximum(np.maximum(a - scan, 0) + b, a)
    best, weaker = np.maximum(a, b), np.minimum(a, b)
    np.testing.assert_allclose(best + np.maximum(weaker - scan, 0), published)


def test_independent_exponential_times_of_one_scale_add_to_a_gamma_law():
    a = exponential(150)
    for drugs in (2, 3):
        found = additive_action([a] * drugs, spearman=0.0, first_scan_days=0.0)
        np.testing.assert_allclose(
            found.survival[0], stats.gamma.sf(DAYS, drugs, scale=150), atol=3e-4
        )


def test_times_of_the_same_rank_add_as_quantiles():
    found = additive_action([exponential(100), exponential(200)], spearman=1.0, first_scan_days=0.0)
    np.testing.assert_allclose(found.survival[0], np.exp(-DAYS / 300), atol=2e-3)
    near = additive_action([exponential(100), exponential(200)], spearman=0.99, first_scan_days=0.0)
    np.testing.assert_allclose(near.survival, found.survival, atol=0.01)


def test_a_drug_that_does_nothing_adds_nothing():
    none = SurvivalCurves.of(DAYS, np.where(DAYS < 1, 1.0, 0.0))
    a = exponential(200)
    np.testing.assert_allclose(
        independent_action([a, none], spearman=0.3).survival, a.survival, atol=1e-9
    )
    found = additive_action([a, none], spearman=0.3, first_scan_days=60.0)
    np.testing.assert_allclose(found.survival, a.survival, atol=1e-4)


def test_the_gain_over_the_null_is_a_difference_of_areas():
    a, b = exponential(100, 100), exponential(200, 200)
    null = independent_action([a, b], spearman=0.0)
    area = lambda s: s * (1 - np.exp(-365 / s))  # noqa: E731
    expected = area(300.0) - (area(100.0) + area(200.0) - area(1 / (1 / 100 + 1 / 200)))
    found = gained_days(exponential(300, 300), null, horizon_days=365)
    np.testing.assert_allclose(found, [expected] * 2, atol=0.1)
    assert (gained_days(null, null, horizon_days=365) == 0).all()
    assert (gained_days(a, null, horizon_days=365) < 0).all()


def test_what_cannot_be_combined_is_refused():
    a = exponential(100)
    cases = [
        ([a], 0.3, "1 curves are to be combined; expected 2 to 6"),
        ([a] * 7, 0.3, "7 curves are to be combined"),
        ([a, a], -0.1, "spearman is -0\\.1; expected a rank correlation from 0 to 1"),
        ([a, a], float("nan"), "spearman is nan"),
        ([a, exponential(1, 2)], 0.3, "part 1 has 2 curves of 181 days, part 0 has 1 of 181"),
        ([a, SurvivalCurves.of([0, 900], [1, 0])], 0.3, "part 1 has 1 curves of 2 days"),
    ]
    for parts, spearman, message in cases:
        with pytest.raises(InputError, match=message):
            independent_action(parts, spearman=spearman)
        with pytest.raises(InputError, match=message):
            additive_action(parts, spearman=spearman, first_scan_days=60.0)
    for scan in (-1.0, 900.0, float("nan")):
        with pytest.raises(InputError, match="first_scan_days is"):
            additive_action([a, a], spearman=0.3, first_scan_days=scan)
    with pytest.raises(InputError, match="2 curves of combinations and 1 of their null"):
        gained_days(exponential(1, 2), a, horizon_days=100)

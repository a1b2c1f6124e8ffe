"""Laws of the nulls of a combination's survival, for any curves of two to six drugs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.independent_action import additive_action, gained_days, independent_action

DAYS = np.array([0.0, 30, 60, 100, 200, 365, 700])
CORRELATION = st.sampled_from([0.0, 0.05, 0.3, 0.6, 0.9, 0.99999, 1.0]) | st.floats(0, 1)


@st.composite
def parts(draw, most=6):
    """Two curves each of some drugs: steep ones, flat ones, ones that end at 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    made = []
    for _ in range(draw(st.integers(2, most))):
        left = rng.random((2, len(DAYS))) ** draw(st.sampled_from([0.2, 1.0, 4.0]))
        left[rng.random(left.shape) < draw(st.sampled_from([0.0, 0.3]))] = 1.0
        left[:, rng.integers(2, 12) :] *= draw(st.sampled_from([0.0, 1.0]))
        left[:, 0] = 1.0
        made.append(SurvivalCurves.of(DAYS, np.cumprod(left, axis=1)))
    return made


@given(parts(), CORRELATION)
@settings(max_examples=60, deadline=None)
def test_independent_action_lies_between_the_best_part_and_independence(curves, rho):
    found = independent_action(curves, spearman=rho).survival
    best = np.max([c.survival for c in curves], axis=0)
    product = 1 - np.prod([1 - c.survival for c in curves], axis=0)
    assert (found >= best - 1e-12).all() and (found <= product + 1e-12).all()
    assert (found <= 1).all() and (np.diff(found, axis=1) <= 0).all() and (found[:, 0] == 1).all()
    alike, apart = (independent_action(curves, spearman=r).survival for r in (1.0, 0.0))
    np.testing.assert_allclose(alike, best, atol=1e-12)
    np.testing.assert_allclose(apart, product, atol=1e-12)


@given(parts(), st.tuples(CORRELATION, CORRELATION))
@settings(max_examples=40, deadline=None)
def test_the_more_alike_drugs_are_the_less_a_combination_does(curves, rhos):
    less, more = (independent_action(curves, spearman=r).survival for r in sorted(rhos))
    assert (more <= less + 1e-3).all()
    if max(rhos) <= 0.99:
        assert (more <= less + 1e-9).all()


@given(parts(), CORRELATION, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_drugs_does_not_matter(curves, rho, random):
    other = random.sample(curves, len(curves))
    a, b = (independent_action(c, spearman=rho) for c in (curves, other))
    np.testing.assert_allclose(a.survival, b.survival, atol=1e-9)
    assert np.allclose(gained_days(a, b, horizon_days=365), 0, atol=1e-6)


@given(parts(), CORRELATION)
@settings(max_examples=30, deadline=None)
def test_one_drug_more_never_shortens_independent_action(curves, rho):
    if len(curves) > 2:
        fewer = independent_action(curves[:-1], spearman=rho).survival
        assert (independent_action(curves, spearman=rho).survival >= fewer - 1e-3).all()


@given(parts(most=3), st.floats(0, 0.9) | st.just(1.0), st.sampled_from([0.0, 45.0, 60.0]))
@settings(max_examples=30, deadline=None)
def test_what_adds_lasts_at_least_as_long_as_the_best_drug(curves, rho, scan):
    best = independent_action(curves, spearman=rho).survival
    found = additive_action(curves, spearman=rho, first_scan_days=scan).survival
    assert (found >= best).all() and (found <= 1).all() and (np.diff(found, axis=1) <= 0).all()
    before = scan > DAYS
    assert (found[:, before] == best[:, before]).all()
    other = additive_action(curves[::-1], spearman=rho, first_scan_days=scan).survival
    np.testing.assert_allclose(found, other, atol=1e-9)

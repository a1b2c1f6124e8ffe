from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combo_dl.core.errors import InputError
from combo_dl.datasets.dose_response import dose_response
from combo_dl.datasets.synergy import (
    SCORES,
    Wells,
    expected_inhibition,
    loewe_volume,
    matrix_scores,
    synergy_scores,
)

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
SLOPE, EMAX, EC50 = st.floats(0.5, 3), st.floats(0.3, 1), st.floats(0.2, 5)


def inhibition(dose, emax, ec50, slope):
    return emax * dose**slope / (ec50**slope + dose**slope)


def scores(viability, a=DOSES, b=DOSES):
    return matrix_scores(viability, doses_a_um=a, doses_b_um=b)


def independent(one, other):
    """Viability of two drugs that act independently."""
    a, b = inhibition(DOSES, *one), inhibition(DOSES, *other)
    return np.outer(1 - a, 1 - b)


def random_matrix(seed):
    rng = np.random.default_rng(seed)
    one, other = ((rng.uniform(0.3, 1), rng.uniform(0.2, 5), rng.uniform(0.5, 3)) for _ in "ab")
    return np.clip(independent(one, other) + rng.normal(0, 0.05, (6, 6)), 0, 1.2)


def test_bliss_and_hsa_of_a_matrix_done_by_hand():
    viability = np.array([[1.0, 0.8], [0.9, 0.6], [0.6, 0.4]])
    found = scores(viability, np.array([0.0, 1.0, 10.0]), np.array([0.0, 100.0]))
    # Bliss: 0.72 - 0.60 and 0.48 - 0.40; HSA: 0.80 - 0.60 and 0.60 - 0.40.
    assert found["synergy_bliss"] == pytest.approx((12 + 8) / 2)
    assert found["synergy_hsa"] == pytest.approx(20)
    assert np.isnan([found["synergy_loewe"], found["synergy_zip"]]).all()


def test_loewe_of_two_drugs_of_equal_curves_is_that_of_the_doses_together():
    """Slope 1, ec50 1, emax 1: one unit of each has the effect of two of one, 2/3."""
    viability = np.outer(1 / (1 + DOSES), np.ones(6))
    viability[0] = 1 / (1 + DOSES)
    viability[1:, 1:] = 0.5
    expected = np.add.outer(DOSES[1:], DOSES[1:])
    expected = expected / (1 + expected)
    assert scores(viability)["synergy_loewe"] == pytest.approx(100 * (0.5 - expected).mean())


@given(EMAX, EC50, SLOPE)
def test_a_drug_with_itself_is_additive_under_loewe(emax, ec50, slope):
    viability = 1 - inhibition(np.add.outer(DOSES, DOSES), emax, ec50, slope)
    assert scores(viability)["synergy_loewe"] == pytest.approx(0, abs=1e-3)


@given(st.tuples(EMAX, EC50, SLOPE), st.tuples(EMAX, EC50, SLOPE))
def test_independent_action_has_no_bliss_excess(one, other):
    assert scores(independent(one, other))["synergy_bliss"] == pytest.approx(0, abs=1e-9)


@given(st.tuples(st.just(1.0), EC50, SLOPE), st.tuples(st.just(1.0), EC50, SLOPE))
def test_without_a_shift_of_potency_zip_is_zero(one, other):
    assert scores(independent(one, other))["synergy_zip"] == pytest.approx(0, abs=1e-3)


def test_a_drug_that_is_made_more_potent_has_a_positive_zip_score():
    """Any dose of b makes a three times as potent: a third of the ec50 along a."""
    viability = independent((1.0, 1.0, 1.0), (1.0, 2.0, 1.5))
    viability[1:, 1:] = independent((1.0, 1 / 3, 1.0), (1.0, 2.0, 1.5))[1:, 1:]
    found = scores(viability)
    assert 5 < found["synergy_zip"] < found["synergy_bliss"] + 5


def test_a_combination_as_good_as_the_better_drug_has_no_hsa_excess():
    alone = 1 - inhibition(DOSES, 0.9, 1.0, 1.0)
    viability = np.minimum.outer(alone, alone)
    assert scores(viability)["synergy_hsa"] == pytest.approx(0, abs=1e-12)


@settings(max_examples=8)
@given(st.integers(0, 1000))
def test_the_order_of_the_drugs_does_not_matter(seed):
    viability = random_matrix(seed)
    one, other = scores(viability), scores(viability.T)
    assert list(one) == list(SCORES)
    assert [*one.values()] == pytest.approx([*other.values()], abs=1e-4)


@settings(max_examples=8)
@given(st.integers(0, 1000), st.floats(0.01, 0.2))
def test_fewer_living_cells_mean_more_synergy(seed, less):
    viability = random_matrix(seed)
    killed = viability.copy()
    killed[1:, 1:] -= less
    before, after = scores(viability), scores(killed)
    for name in ("synergy_bliss", "synergy_hsa", "synergy_loewe"):
        assert after[name] - before[name] == pytest.approx(100 * less)
    assert after["synergy_zip"] > before["synergy_zip"] - 1e-6


def wells(*, seed=0, emax=(0.5, 0.9)):
    """Nine wells of a pair whose drugs were measured apart, at other doses."""
    rng = np.random.default_rng(seed)
    dose = np.tile(np.array([0.01, 0.1, 1.0, 10.0, 100.0]), 2)
    drug = np.repeat([0, 1], 5)
    effect = np.where(drug, *(inhibition(dose, e, 1.0, 1.0) for e in emax[::-1]))
    a, b = (x.ravel() for x in np.meshgrid([0.5, 2.0, 8.0], [0.4, 3.0, 20.0]))
    return Wells(
        matrix=np.zeros(9, np.int64),
        dose_a_um=a,
        dose_b_um=b,
        inhibition=rng.uniform(0.3, 1, 9),
        curve_a=np.array([0]),
        curve_b=np.array([1]),
        singles=dose_response(drug, dose, effect, n_curves=2),
    )


def test_loewe_is_never_below_the_better_fitted_drug_nor_above_the_larger_emax():
    made = wells()
    expected = expected_inhibition(made)["synergy_loewe"]
    better = inhibition(made.dose_b_um, 0.9, 1.0, 1.0)
    weaker = inhibition(made.dose_a_um, 0.5, 1.0, 1.0)
    assert (expected >= np.maximum(better, weaker) - 1e-6).all() and (expected <= 0.9).all()


def test_an_effect_beyond_one_drug_is_left_to_the_other():
    """At 20 um drug b alone has 0.857; a, which ends at 0.5, adds nothing to it."""
    made = wells()
    rows = made.dose_b_um == 20
    expected = expected_inhibition(made)["synergy_loewe"][rows]
    assert expected == pytest.approx(inhibition(20.0, 0.9, 1.0, 1.0), abs=1e-4)


def test_many_matrices_score_as_each_of_them():
    one, other = wells(seed=1), wells(seed=2)
    both = replace(
        one,
        matrix=np.repeat([0, 2], 9),
        **{
            n: np.concatenate([getattr(one, n), getattr(other, n)])
            for n in ("dose_a_um", "dose_b_um", "inhibition")
        },
        curve_a=np.array([0, 0, 0]),
        curve_b=np.array([1, 1, 1]),
    )
    for name, found in synergy_scores(both).items():
        assert found[0] == pytest.approx(synergy_scores(one)[name][0], abs=1e-6)
        assert found[2] == pytest.approx(synergy_scores(other)[name][0], abs=1e-6)
        assert np.isnan(found[1])


def test_a_constant_excess_has_its_area_as_volume():
    made = wells()
    level = replace(made, inhibition=expected_inhibition(made)["synergy_loewe"] + 0.1)
    area = np.log10(8 / 0.5) * np.log10(20 / 0.4)
    assert loewe_volume(level) == pytest.approx(10 * area)
    names = ("matrix", "dose_a_um", "dose_b_um", "inhibition")
    twice = replace(level, **{n: np.tile(getattr(level, n), 2) for n in names})
    assert loewe_volume(twice) == pytest.approx(10 * area)


def test_a_single_dose_has_no_volume():
    made, rows = wells(), slice(0, 1)
    names = ("matrix", "dose_a_um", "dose_b_um", "inhibition")
    single = replace(made, **{n: getattr(made, n)[rows] for n in names})
    assert np.isnan(loewe_volume(single)).all()
    assert np.isfinite(synergy_scores(single)["synergy_loewe"]).all()


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ((0, slice(1, None)), "drug b alone"),
        ((slice(1, None), 0), "drug a alone"),
        ((slice(1, None), slice(1, None)), "both drugs"),
    ],
)
def test_a_matrix_without_its_margins_or_its_middle_is_refused(lost, said):
    viability = np.ones((6, 6))
    viability[lost] = np.nan
    with pytest.raises(InputError, match=said):
        scores(viability)


def test_wells_without_a_second_dose_are_refused():
    with pytest.raises(InputError, match="both doses above 0"):
        synergy_scores(replace(wells(), dose_b_um=np.zeros(9)))

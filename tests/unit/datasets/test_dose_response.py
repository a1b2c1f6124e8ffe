from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.datasets.dose_response import DoseResponse, HillCurves, dose_response
from combo_dl.datasets.hill_fit import SLOPES, fit_hill

DOSES = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
LAST = np.log10(DOSES[-1])


def hill(emax, ec50, slope, e0=0.0):
    parts = [np.atleast_1d(np.asarray(v, float)) for v in (e0, emax, np.log10(ec50), slope)]
    return HillCurves(**dict(zip(("e0", "emax", "log_ec50", "slope"), parts, strict=True)))


def measured(curves, doses=DOSES):
    log_dose = np.tile(np.log10(doses), (len(curves.emax), 1))
    return DoseResponse(log_dose=log_dose, inhibition=curves.at_log(log_dose))


def test_replicates_are_averaged_and_doses_are_in_order():
    curve, dose = np.array([1, 0, 1, 1, 1]), np.array([10.0, 5.0, 1.0, 10.0, 0.0])
    found = dose_response(curve, dose, np.array([0.6, 0.2, 0.1, 0.8, 0.9]), n_curves=3)
    assert found.log_dose[1].tolist() == [0.0, 1.0]
    assert found.inhibition[1] == pytest.approx([0.1, 0.7])
    assert found.measured.sum(axis=1).tolist() == [1, 2, 0]


def test_between_doses_it_is_linear_in_log_dose():
    found = dose_response(
        np.zeros(2, int), np.array([1.0, 100.0]), np.array([0.2, 0.6]), n_curves=1
    )
    asked = np.array([0.0, 0.1, 1.0, 10.0, 100.0, 1000.0])
    assert found.at(np.zeros(6, int), asked) == pytest.approx([0, 0.2, 0.2, 0.4, 0.6, 0.6])


def test_a_curve_without_doses_is_unknown():
    empty = dose_response(np.zeros(0, int), np.zeros(0), np.zeros(0), n_curves=1)
    assert np.isnan(empty.at(np.array([0]), np.array([1.0]))).all()


def test_half_of_the_way_is_at_the_ec50():
    assert hill(0.8, 2.0, 3.0).inhibition(np.array([2.0])) == pytest.approx(0.4)
    assert hill(1.0, 2.0, 3.0, e0=0.5).inhibition(np.array([2.0])) == pytest.approx(0.75)
    assert hill(0.8, 2.0, 3.0).inhibition(np.array([0.0])) == 0


@given(st.floats(0.05, 1), st.floats(1e-3, 1e3), st.floats(*SLOPES), st.floats(0.01, 0.99))
def test_the_inverse_gives_the_dose_back(emax, ec50, slope, share):
    curves = hill(emax, ec50, slope)
    dose = 10 ** curves.log_dose(np.array([share * emax]))
    assert curves.inhibition(dose) == pytest.approx(share * emax, rel=1e-6)


def test_an_effect_out_of_reach_needs_infinitely_much_and_none_needs_nothing():
    curves = hill([0.5, 0.5, 0.5], [1, 1, 1], [1, 1, 1])
    assert curves.log_dose(np.array([0.5, 0.7, 0.0])).tolist() == [np.inf, np.inf, -np.inf]


@given(st.floats(0.2, 1), st.floats(0.1, 5), st.floats(0.5, 4))
def test_a_fit_finds_the_curve_that_was_measured(emax, ec50, slope):
    truth = hill(emax, ec50, slope)
    found = fit_hill(measured(truth))
    assert found.emax == pytest.approx(truth.emax, abs=1e-5)
    assert found.log_ec50 == pytest.approx(truth.log_ec50, abs=1e-5)
    assert found.slope == pytest.approx(truth.slope, rel=1e-5)


def test_a_fit_keeps_the_ends_that_are_given():
    truth = hill([1.0, 1.0], [0.5, 2.0], [1.5, 0.7], e0=[0.3, 0.6])
    found = fit_hill(measured(truth), e0=truth.e0, emax=1.0)
    assert (found.e0 == truth.e0).all() and (found.emax == 1).all()
    assert found.slope == pytest.approx(truth.slope, rel=1e-5)


def noisy(n=40):
    rng = np.random.default_rng(0)
    curves = hill(rng.uniform(0.1, 1, n), 10 ** rng.uniform(-1, 1, n), rng.uniform(0.5, 4, n))
    made = measured(replace(curves, e0=np.zeros(n)))
    made.inhibition[:] += rng.normal(0, 0.05, made.inhibition.shape)
    return made


def test_no_curve_near_the_fit_is_nearer_to_the_wells():
    wells = noisy()
    found = fit_hill(wells)
    error = ((found.at_log(wells.log_dose) - wells.inhibition) ** 2).sum(axis=1)
    inside = (found.slope > 0.21) & (found.slope < 7.9) & (found.log_ec50 < LAST + 0.99)
    assert inside.sum() > 25
    for name, step in (("log_ec50", 1e-3), ("log_ec50", -1e-3), ("slope", 1e-3), ("slope", -1e-3)):
        moved = replace(found, **{name: getattr(found, name) + step})
        other = ((moved.at_log(wells.log_dose) - wells.inhibition) ** 2).sum(axis=1)
        assert (other >= error - 1e-12)[inside].all()


def test_a_fit_does_not_depend_on_its_company():
    wells = noisy(6)
    alone = DoseResponse(log_dose=wells.log_dose[2:3], inhibition=wells.inhibition[2:3])
    assert fit_hill(alone).slope[0] == pytest.approx(fit_hill(wells).slope[2], rel=1e-9)


def test_a_flat_or_an_empty_curve_is_fitted_without_effect():
    flat = dose_response(np.zeros(8, int), DOSES, np.zeros(8), n_curves=2)
    assert fit_hill(flat).at_log(np.zeros((2, 1))) == pytest.approx(0, abs=1e-9)

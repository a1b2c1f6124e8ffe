"""ResponseScaler: fitted on training drugs and profiles alone; gaps are filled by expectation."""

import numpy as np
import pytest

from combo_dl.core.errors import FormatError
from combo_dl.core.monotherapy import FIELDS, Curves
from combo_dl.core.vocab import Vocab
from combo_dl.data.response import ResponseScaler, fit_response_scaler

DRUGS, LINES = tuple("abcdefgh"), tuple("PQRSTU")


def drawn(seed: int = 0) -> Curves:
    """Curves of two mechanisms over six lines, with little noise."""
    random = np.random.default_rng(seed)
    factor, load = random.normal(size=(8, 2)), random.normal(size=(2, 6))
    level = 0.5 + 0.1 * (factor @ load) + 0.005 * random.normal(size=(8, 6))
    number = np.repeat(level[..., None], len(FIELDS), axis=2).astype(np.float32)
    drugs, lines = Vocab(kind="drug", names=DRUGS), Vocab(kind="profile", names=LINES)
    return Curves(drugs=drugs, profiles=lines, number=number)


def fitted(curves: Curves, drugs=DRUGS[:6], lines=LINES[:5]) -> ResponseScaler:
    return fit_response_scaler(curves, drugs=drugs, profiles=lines, components=2)


def test_held_out_drugs_and_profiles_teach_nothing():
    curves = drawn()
    changed = curves.number.copy()
    changed[6:] += 5.0
    changed[:, 5] -= 5.0
    other = Curves(drugs=curves.drugs, profiles=curves.profiles, number=changed)
    before, after = fitted(curves).to_arrays(), fitted(other).to_arrays()
    assert all(np.array_equal(before[n], after[n]) for n in before)


def test_training_drugs_have_components_of_unit_size():
    found = fitted(drawn()).drug_vectors(drawn(), DRUGS[:6])
    assert np.allclose(found[:, :2].std(axis=0), 1.0, atol=0.1)
    assert np.allclose(found[:, :2].mean(axis=0), 0.0, atol=1e-5)


def test_a_drug_without_curves_is_zero_and_says_so():
    found = fitted(drawn()).drug_vectors(drawn(), ("a", "unknown"))
    assert found[0, -1] == 1.0 and not found[1].any()


def test_a_gap_is_filled_by_what_the_other_lines_say():
    curves, scaler = drawn(), fitted(drawn())
    gappy = curves.number.copy()
    gappy[7, 2] = np.nan
    other = Curves(drugs=curves.drugs, profiles=curves.profiles, number=gappy)
    whole, part = scaler.drug_vectors(curves, ("h",)), scaler.drug_vectors(other, ("h",))
    assert np.allclose(whole[:, :2], part[:, :2], atol=0.25)


def test_states_are_marked_where_there_is_a_curve():
    curves = drawn()
    curves.number[0, 0] = np.nan
    states = fitted(curves).state_numbers(curves, ("a", "b", "z"), ("P", "Q", "new"))
    assert states[..., -1].tolist() == [[0, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert np.isfinite(states).all() and not states[2].any()


def test_the_scaler_survives_arrays_and_refuses_broken_ones():
    scaler = fitted(drawn())
    again = ResponseScaler.from_arrays(scaler.to_arrays())
    expected = scaler.drug_vectors(drawn(), DRUGS)
    assert np.array_equal(again.drug_vectors(drawn(), DRUGS), expected)
    with pytest.raises(FormatError, match="broken scaler"):
        ResponseScaler.from_arrays(scaler.to_arrays() | {"variance": np.zeros(2, np.float32)})

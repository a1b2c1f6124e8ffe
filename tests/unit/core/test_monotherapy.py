"""Single-drug curves: known numbers, gaps, and wells that cannot be."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.monotherapy import FIELDS, Curves, curves_of

WELLS = pd.DataFrame(
    {
        "drug": ["a", "a", "a", "a", "b"],
        "profile": ["X", "X", "X", "X", "Y"],
        "dose_um": [1.0, 10.0, 10.0, 0.1, 2.0],
        "viability": [0.5, 0.1, 0.3, 0.9, 1.0],
    }
)


def test_a_curve_is_read_along_the_log_dose():
    curves = curves_of(WELLS)
    top, half, one, further, mean = curves.at(["a"], ["X"])[0, 0]
    # Replicates at 10 are averaged; half a decade lies half way.
    assert np.allclose([top, half, one, further], [0.2, 0.35, 0.5, 0.7])
    points = np.concatenate([np.linspace(0.2, 0.5, 5), np.linspace(0.6, 0.9, 4)])
    assert np.isclose(mean, points.mean())


def test_a_single_dose_is_a_flat_curve():
    assert np.allclose(curves_of(WELLS).at(["b"], ["Y"]), 1.0)


def test_what_was_not_measured_is_missing():
    found = curves_of(WELLS).at(["b", "c"], ["X", "Z"])
    assert found.shape == (2, 2, len(FIELDS)) and np.isnan(found).all()


def test_the_order_of_wells_does_not_matter():
    shuffled = curves_of(WELLS.sample(frac=1.0, random_state=1))
    assert np.array_equal(shuffled.number, curves_of(WELLS).number, equal_nan=True)


def test_own_curves_come_before_others():
    own = curves_of(WELLS.assign(viability=0.4).iloc[:1])
    joined = own.before(curves_of(WELLS))
    assert np.allclose(joined.at(["a"], ["X"]), 0.4) and np.allclose(joined.at(["b"], ["Y"]), 1.0)


def test_curves_survive_arrays():
    curves = curves_of(WELLS)
    again = Curves.from_arrays(curves.to_arrays())
    assert np.array_equal(again.number, curves.number, equal_nan=True)
    with pytest.raises(FormatError, match="broken single-drug curves"):
        Curves.from_arrays(curves.to_arrays() | {"number": np.zeros(3)})


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("dose_um", 0.0, "row 1 .*dose_um = .*above 0"),
        ("dose_um", float("nan"), "row 1 .*dose_um"),
        ("viability", float("inf"), "row 1 .*viability"),
        ("viability", 93.0, "up to 93; expected a fraction"),
    ],
)
def test_a_well_that_cannot_be_is_named(column, value, words):
    wells = WELLS.copy()
    wells.loc[1, column] = value
    with pytest.raises(InputError, match=words):
        curves_of(wells)


def test_a_missing_column_and_an_empty_table_are_named():
    with pytest.raises(InputError, match="needs the column 'dose_um'"):
        curves_of(WELLS.rename(columns={"dose_um": "dose"}))
    with pytest.raises(InputError, match="no rows"):
        curves_of(WELLS.iloc[:0])


def test_drugs_and_profiles_may_change_places():
    curves = curves_of(WELLS)
    turned = curves.by_profile()
    assert (turned.drugs.names, turned.profiles.names) == (("X", "Y"), ("a", "b"))
    assert (turned.drugs.kind, turned.profiles.kind) == ("profile", "drug")
    assert turned.number.shape == (2, 2, len(FIELDS))
    for drug, profile in (("a", "X"), ("b", "Y"), ("a", "Y")):
        straight, other = curves.at([drug], [profile]), turned.at([profile], [drug])
        assert np.array_equal(straight, other, equal_nan=True)
    assert np.array_equal(turned.by_profile().number, curves.number, equal_nan=True)

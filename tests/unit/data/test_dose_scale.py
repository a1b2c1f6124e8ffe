"""Doses relative to the typical dose of each drug."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from combo_dl.core.dose_units import DOSE_UNIT_TABLE, STANDARD
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.study import Study
from combo_dl.data.dose_scale import DoseScale, fit_dose_scale

UNITS = {"cisplatin": "mg", "paclitaxel": "mg", "olaparib": "mg", "radiotherapy": "Gy"}


def made(rows, *, units=UNITS, dose_unit=STANDARD) -> Study:
    """A study of these rows of (drug, dose), one drug each, with a table of units."""
    frame = pd.DataFrame(rows, columns=["drug_a", "dose_a"]).assign(y=0.0)
    study = Study.from_frames(
        frame, name="made", labels={"y": ["y"]}, space="none", dose_unit=dose_unit
    )
    table = pa.table({"drug": list(units), "unit": list(units.values())})
    study.tables[DOSE_UNIT_TABLE] = table
    return study


ROWS = [
    ("cisplatin", 50.0),
    ("cisplatin", 100.0),
    ("cisplatin", 200.0),
    ("paclitaxel", 400.0),
    ("olaparib", np.nan),
    ("radiotherapy", 2.0),
    ("radiotherapy", 0.0),
]


def names(*drugs):
    return np.array(drugs, dtype=object)


def test_a_dose_is_a_multiple_of_the_median_of_its_drug():
    scale = fit_dose_scale(made(ROWS))
    found = scale.relative(
        np.float32([100.0, 50.0, 400.0]), names("cisplatin", "cisplatin", "paclitaxel")
    )
    np.testing.assert_allclose(found, [1.0, 0.5, 1.0], rtol=1e-5)
    # A dose of 0 is no dose to learn a usual one from.
    assert scale.relative(np.float32([2.0]), names("radiotherapy"))[0] == pytest.approx(1.0)


def test_the_unit_of_a_drug_does_not_change_its_relative_dose():
    grams = fit_dose_scale(made([(d, v / 1e3) for d, v in ROWS]))
    scale = fit_dose_scale(made(ROWS))
    dose, drugs = np.float32([70.0, 300.0]), names("cisplatin", "paclitaxel")
    np.testing.assert_allclose(
        grams.relative(dose / 1e3, drugs), scale.relative(dose, drugs), rtol=1e-5
    )


def test_a_drug_without_a_training_dose_has_the_typical_one_of_its_unit():
    scale = fit_dose_scale(made(ROWS))
    at = scale.drugs.index("olaparib")
    # The median over drugs in mg of log10 100 and log10 400.
    assert 10.0 ** scale.log10_typical[at] == pytest.approx(200.0)
    assert not scale.seen[at] and scale.seen[scale.drugs.index("cisplatin")]


def test_a_drug_or_a_dose_that_is_not_known_stays_unknown():
    scale = fit_dose_scale(made(ROWS))
    found = scale.relative(
        np.float32([[np.nan, 5.0], [0.0, np.nan]]),
        np.array([["cisplatin", "nobody"], ["cisplatin", ""]], dtype=object),
    )
    assert np.isnan(found).tolist() == [[True, True], [False, True]] and found[1, 0] == 0.0
    assert scale.unit("radiotherapy") == "Gy" and scale.unit("nobody") is None


def test_doses_in_one_unit_have_no_scale():
    assert fit_dose_scale(made(ROWS, dose_unit="um")) is None


def test_a_study_that_does_not_tell_the_units_is_refused():
    study = made(ROWS)
    del study.tables[DOSE_UNIT_TABLE]
    with pytest.raises(InputError, match="no table 'dose_unit'"):
        fit_dose_scale(study)


def test_arrays_round_trip_and_hostile_ones_are_refused():
    scale = fit_dose_scale(made(ROWS))
    arrays = scale.to_arrays()
    assert all(a.dtype != object for a in arrays.values())
    found = DoseScale.from_arrays(arrays)
    assert (found.drugs, found.units) == (scale.drugs, scale.units)
    np.testing.assert_array_equal(found.log10_typical, scale.log10_typical)
    np.testing.assert_array_equal(found.seen, scale.seen)
    for name, bad in (
        ("log10_typical", arrays["log10_typical"][:-1]),
        ("log10_typical", np.full_like(arrays["log10_typical"], np.nan)),
        ("seen", arrays["seen"][:-1]),
    ):
        with pytest.raises(FormatError):
            DoseScale.from_arrays(arrays | {name: bad})
    with pytest.raises(FormatError):
        DoseScale.from_arrays({n: a for n, a in arrays.items() if n != "units"})

"""Fields of patients: a value in another unit is refused, and the unit is named."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.patient_fields import (
    PATIENT_FIELDS,
    field_problems,
    patient_units,
    refuse_problems,
)


@pytest.mark.parametrize(
    ("field", "value", "unit"),
    [
        ("albumin_g_dl", 38, "g/L"),
        ("albumin_g_dl", 580, "umol/L"),
        ("hgb_g_dl", 121, "g/L"),
        ("platelets_1e9_l", 250_000, "per uL"),
        ("ldh_u_l", 4.1, "ukat/L"),
        ("age_years", 730, "months"),
        ("age_years", 21_900, "days"),
        ("purity", 60, "%"),
    ],
)
def test_a_value_in_another_unit_is_one_line_that_names_it(field, value, unit):
    (line,) = field_problems(pd.DataFrame({field: [np.nan, value]}))
    assert line.startswith(f"row 1 has {field} = {value:g}; expected ")
    assert PATIENT_FIELDS[field].unit in line and f"it looks like {unit};" in line


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"nlr": [3.0, -1.0]}, "row 1 has nlr = -1; expected 0 to 200 ratio; correct the value"),
        ({"albumin_g_dl": [38.0, 999.0]}, r"= 38 \(2 such rows\); .*; correct the value"),
        ({"tmb_mut_per_mb": [np.inf]}, "= inf; expected 0 to 2000 mut/Mb"),
        ({"age_years": ["sixty"]}, "row 0 has text in age_years; expected a number of years"),
        ({"sex": ["female", "F"]}, "row 1 has sex = 'F'; expected one of female, male"),
        ({"msi_unstable": ["no", 1]}, "row 1 has msi_unstable = '1'; expected one of no, yes"),
    ],
)
def test_a_value_that_cannot_be_is_refused(frame, said):
    with pytest.raises(InputError, match=said):
        refuse_problems(pd.DataFrame(frame))


def test_all_fields_are_looked_at_and_one_is_told():
    frame = pd.DataFrame({"bmi_kg_m2": [250.0], "nlr": [2.0], "sex": ["x"], "own": [-1e9]})
    assert len(field_problems(frame)) == 2
    with pytest.raises(InputError, match=r"bmi_kg_m2 = 250.*\(and 1 more fields\)$"):
        refuse_problems(frame)


def test_missing_values_and_fields_of_a_user_are_fine():
    frame = pd.DataFrame({"albumin_g_dl": [np.nan, 4.0], "sex": [None, "male"], "own": [1, 2]})
    refuse_problems(frame)
    assert field_problems(frame.iloc[:0]) == ()


def test_the_unit_of_a_field_is_in_its_name_and_other_units_fall_outside():
    assert patient_units(["albumin_g_dl", "sex", "own"]) == {"albumin_g_dl": "g/dL", "sex": ""}
    for field in PATIENT_FIELDS.values():
        assert bool(field.levels) != bool(field.unit) and field.low < field.high
        for factor in field.other_units.values():
            assert 0 < factor != 1


def test_a_ceiling_is_a_value_that_can_be():
    capped = {n: f.ceiling for n, f in PATIENT_FIELDS.items() if f.ceiling < np.inf}
    assert capped == {"age_years": 85, "nlr": 25, "tmb_mut_per_mb": 50}
    assert all(PATIENT_FIELDS[n].low < c < PATIENT_FIELDS[n].high for n, c in capped.items())

"""A table of profiles held against what is expected of it."""

import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.patient_fields import PATIENT_FIELDS
from combo_dl.core.profile_report import profile_report
from combo_dl.core.profile_table import ProfileField

PEOPLE = pd.DataFrame(
    {
        "profile": ["MRN-778", "MRN-779", "MRN-780"],
        "albumin_g_dl": [41.0, 38.0, None],
        "age_years": [63, 71, 55],
        "performance_status": [0.0, 1.0, None],
        "nrl": [3.0, 2.0, 1.0],
    }
)


def told(frame=PEOPLE, fields=None):
    return {f.name: f for f in profile_report(frame, fields)}


def test_another_unit_is_told_and_a_misspelt_field_is_not_ignored():
    found = told()
    assert "looks like g/L" in found["albumin_g_dl"].problem and found["albumin_g_dl"].given == 2
    assert "nlr" in found["nrl"].problem
    assert found["age_years"].problem == found["performance_status"].problem == ""
    assert "years" in found["age_years"].expected


def test_every_field_of_the_contract_is_there_or_lacking():
    found = told()
    assert set(PATIENT_FIELDS) <= set(found)
    lacking = {n for n, f in found.items() if f.given < 0}
    assert lacking == set(PATIENT_FIELDS) - set(PEOPLE.columns)


def test_no_name_of_a_patient_is_told():
    twice = PEOPLE.assign(profile=["MRN-778", "MRN-778", "MRN-780"])
    found = profile_report(twice)
    assert "2 rows share a name" in found[0].problem
    assert "MRN" not in " ".join(f"{f.name} {f.expected} {f.problem}" for f in found)


def test_the_fields_of_a_bundle_are_what_it_knows():
    fields = [
        ProfileField(name="age_years", unit="years"),
        ProfileField(name="cancer_type", kind="category", levels=("NSCLC", "Melanoma")),
        ProfileField(name="expr:TP53", unit="z"),
    ]
    frame = pd.DataFrame({"profile": ["a"], "cancer_type": ["Melanom"], "expr:TP53": ["high"]})
    found = told(frame, fields)
    assert "Melanoma" in found["cancer_type"].problem
    assert found["expr:TP53"].problem == "row 0 has text; expected a number"
    assert found["age_years"].given == -1 and "albumin_g_dl" not in found


@pytest.mark.parametrize(
    ("frame", "message"),
    [(PEOPLE.drop(columns="profile"), "needs the column 'profile'"), (PEOPLE[:0], "no rows")],
)
def test_a_table_without_profiles_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        profile_report(frame)

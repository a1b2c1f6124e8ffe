"""Profiles of a request: named ones of the bundle, and a user's own table."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ComboError, InputError, UnknownNameError
from combo_dl.core.frames import profile_frame, profiles_from_frame
from combo_dl.core.profile_table import PATIENT
from combo_dl.infer.request_profiles import joined, own_profiles


@pytest.fixture
def known(bundle):
    return bundle.profiles()


def table_of(known, **changes) -> pd.DataFrame:
    """The first known profile as a user's own, under the name "mine"."""
    return profile_frame(known).head(1).assign(**{"profile": "mine"} | changes)


def test_a_table_with_all_fields_is_read_in_any_order_of_columns(known):
    frame = table_of(known)
    found = own_profiles(frame[frame.columns[::-1]], known, allow_missing_fields=False)
    np.testing.assert_array_equal(found.number, known.number[:1])
    np.testing.assert_array_equal(found.category, known.category[:1])


def test_an_empty_cell_is_a_missing_value(known):
    frame = table_of(known, **{"expr:G0001": np.nan, "tissue": None})
    found = own_profiles(frame, known, allow_missing_fields=False)
    assert np.isnan(found.number[0, 1]) and found.category[0, 0] == -1


def test_lacking_fields_are_refused_unless_allowed(known):
    frame = table_of(known)[["profile", "expr:G0002"]]
    with pytest.raises(InputError, match=r"lacks 6 of 7 fields: .*allow_missing_fields=true"):
        own_profiles(frame, known, allow_missing_fields=False)
    found = own_profiles(frame, known, allow_missing_fields=True)
    assert (~np.isnan(found.number)).sum() == 1 and found.category[0, 0] == -1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"expr:G0099": 1.0},
            "1 columns are not profile fields of this bundle, the first 'expr:G0099'",
        ),
        ({"Tissue": "lung"}, "nearest known: tissue"),
        ({"tissue": "lungs"}, "row 0 has tissue = 'lungs'; nearest known: lung"),
        ({"expr:G0000": "high"}, "row 0 has expr:G0000 = 'high'; expected a number"),
        ({"expr:G0000": np.inf}, "'mine' has an infinite expr:G0000"),
    ],
)
def test_what_is_refused(known, changes, message):
    with pytest.raises(InputError) as caught:
        own_profiles(table_of(known, **changes), known, allow_missing_fields=False)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_profile_without_any_value_is_refused(known):
    frame = pd.DataFrame({"profile": ["a", "b"], "expr:G0000": [1.0, np.nan]})
    with pytest.raises(InputError, match="'b' has no value in any field"):
        own_profiles(frame, known, allow_missing_fields=True)


def test_a_table_without_names_or_rows_or_with_a_name_twice_is_refused(known):
    frame = table_of(known)
    for bad, message in (
        (frame.drop(columns="profile"), "needs the column 'profile'"),
        (frame.head(0), "has no rows"),
        (pd.concat([frame, frame]), "'mine' is named twice"),
        (frame.assign(profile=""), "empty name"),
    ):
        with pytest.raises(InputError, match=message):
            own_profiles(bad, known, allow_missing_fields=False)


def test_a_users_own_profile_comes_before_the_bundles_of_that_name(known):
    own = own_profiles(table_of(known, profile="LINE002"), known, allow_missing_fields=False)
    found = joined(known, own)
    assert found.ids.names == ("LINE002", "LINE000", "LINE001", "LINE003")
    np.testing.assert_array_equal(found.number[0], known.number[0])


ROWS = pd.DataFrame({"drugs": ["olaparib + cisplatin"] * 2, "profile": ["LINE000", "mine"]})


def means(bundle, frame) -> np.ndarray:
    return bundle.predict(ROWS, profiles=frame)["mean"].to_numpy().reshape(2, 2)


def test_a_copy_of_a_named_profile_differs_by_its_free_vector_alone(bundle, known):
    named, mine = means(bundle, table_of(known))
    assert np.abs(named - mine).max() > 1e-3
    for net in bundle.parts.members:
        vectors = net.profiles["synthetic"].known.weight.data
        vectors[0] = vectors[-1]
    named, mine = means(bundle, table_of(known))
    assert named == pytest.approx(mine, abs=1e-5)


def test_an_unknown_profile_lists_the_nearest(bundle):
    with pytest.raises(
        UnknownNameError, match=r"unknown profile 'LINE0O1'; nearest known: LINE001"
    ):
        bundle.predict(pd.DataFrame({"drugs": ["olaparib"], "profile": ["LINE0O1"]}))


def test_a_row_without_profile_is_refused(bundle):
    with pytest.raises(InputError, match="row 0 names no profile"):
        bundle.predict(pd.DataFrame({"drugs": ["olaparib"]}))


PATIENTS = profiles_from_frame(
    pd.DataFrame(
        {
            "profile": ["a", "b"],
            "albumin_g_dl": [4.0, 3.1],
            "performance_status": ["0", "1"],
            "smoking": ["ever", "never"],
        }
    ),
    space=PATIENT,
)


def own_patients(**columns):
    frame = pd.DataFrame({"profile": ["x", "y"]} | columns)
    return own_profiles(frame, PATIENTS, allow_missing_fields=True)


@pytest.mark.parametrize("codes", [[1, 0], [1.0, 0.0], ["1", "0"]])
def test_a_code_of_a_patient_is_a_category_however_it_was_read(codes):
    assert own_patients(performance_status=codes).category[:, 0].tolist() == [1, 0]


def test_a_code_beside_an_empty_cell_keeps_its_value():
    found = own_patients(performance_status=[1.0, np.nan], albumin_g_dl=[4.1, 3.0])
    assert found.category[:, 0].tolist() == [1, -1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"albumin_g_dl": [41.0, 30.0]}, "row 0 has albumin_g_dl = 41 (2 such rows); expected"),
        ({"albumin_g_dl": [41.0, 30.0]}, "it looks like g/L; multiply it by 0.1"),
        ({"smoking": ["ever", "current"]}, "row 1 has smoking = 'current'; expected one of never"),
        ({"performance_status": [0.5, 1]}, "row 0 has performance_status = '0.5'; expected one of"),
        # Within the contract, and nothing that training saw.
        ({"performance_status": [3, 1]}, "row 0 has performance_status = '3'; "),
    ],
)
def test_values_of_patients_are_held_against_the_contract(columns, message):
    with pytest.raises(ComboError) as caught:
        own_patients(**columns)
    assert message in str(caught.value) and "\n" not in str(caught.value)

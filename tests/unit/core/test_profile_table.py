from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.vocab import Vocab

TABLE = ProfileTable(
    space="patient",
    ids=Vocab(kind="profile", names=("P1", "P2")),
    fields=(
        ProfileField(name="age", unit="years"),
        ProfileField(name="sex", kind="category", levels=("female", "male")),
    ),
    number=np.array([[61.0], [np.nan]], np.float32),
    category=np.array([[1], [-1]], np.int16),
)


def test_arrays_and_back():
    fields = tuple(ProfileField.from_json(f.to_json()) for f in TABLE.fields)
    back = ProfileTable.from_arrays(TABLE.validate().to_arrays(), space="patient", fields=fields)
    assert back.fields == TABLE.fields and back.ids == TABLE.ids and len(back) == 2
    assert np.array_equal(back.number, TABLE.number, equal_nan=True)


def test_no_profiles_is_a_table_too():
    assert len(ProfileTable.empty().validate()) == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"space": "mouse"}, "profile space 'mouse'; expected one of cell_line, patient, none"),
        ({"number": np.array([[np.inf], [1.0]])}, "profile 'P1' has an infinite age"),
        ({"number": np.zeros((2, 2))}, r"profile numbers has shape \(2, 2\)"),
        ({"category": np.array([[2], [0]])}, "profile field 'sex' holds ids 0..2; expected -1..1"),
        ({"category": np.array([[-2], [0]])}, "profile field 'sex' holds ids -2..0"),
        ({"fields": (ProfileField(name="age", kind="text"),)}, "field 'age' has kind 'text'"),
        ({"fields": (ProfileField(name="a"),) * 2}, "profile field 'a' is named twice"),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        replace(TABLE, **changed).validate()


def test_broken_files_are_refused():
    with pytest.raises(FormatError, match=r"broken profile table: profile numbers has shape"):
        arrays = TABLE.to_arrays() | {"number": np.zeros((3, 1))}
        ProfileTable.from_arrays(arrays, space="patient", fields=TABLE.fields)
    with pytest.raises(FormatError, match="broken profile field"):
        ProfileField.from_json({"name": "age"})


@pytest.mark.parametrize(
    ("space", "told"), [("cell_line", ["b", "", "a"]), ("patient", ["", "", ""])]
)
def test_names_of_patients_are_not_told(space, told):
    table = ProfileTable(
        space=space,
        ids=Vocab(kind="profile", names=("a", "b")),
        fields=(),
        number=np.zeros((2, 0), np.float32),
        category=np.zeros((2, 0), np.int16),
    )
    assert table.told_names(np.array([1, -1, 0])).tolist() == told

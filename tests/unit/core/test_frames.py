import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.frames import (
    drug_columns,
    fold_columns,
    group_ids,
    numbers_of,
    profile_frame,
    profiles_from_frame,
)


def test_drug_columns_come_in_order():
    assert drug_columns(["profile", "drug_b", "drug_a", "drug"]) == ["drug_a", "drug_b"]
    with pytest.raises(InputError, match="no column drug_a in 'drug', 'line'"):
        drug_columns(["drug", "line"])
    with pytest.raises(InputError, match="no column drug_a in an empty header"):
        drug_columns([])


def test_an_empty_cell_is_nan_and_a_word_is_named():
    frame = pd.DataFrame({"dose_a": ["1.5", None, "high"]})
    assert np.array_equal(numbers_of(frame[:2], "dose_a"), [1.5, np.nan], equal_nan=True)
    with pytest.raises(InputError, match="row 2 has dose_a = 'high'; expected a number"):
        numbers_of(frame, "dose_a")


def test_groups_are_numbers_or_texts_of_any_size():
    plates = pd.DataFrame({"group": [20240101, 20240102, 20240101]})
    assert group_ids(plates).tolist() == [0, 1, 0]
    assert group_ids(pd.DataFrame({"group": ["p1", "p2"]})).tolist() == [0, 1]
    assert group_ids(pd.DataFrame({"drug_a": ["x", "y"]})).tolist() == [0, 1]
    with pytest.raises(InputError, match="row 1 has no group"):
        group_ids(pd.DataFrame({"group": [3.0, None]}))


def test_columns_of_profiles_become_fields():
    frame = pd.DataFrame(
        {"profile": ["A ", "B"], "tissue": ["lung", None], "age": pd.array([61, None], "Int64")}
    )
    table = profiles_from_frame(frame, space="patient", units={"age": "years"})
    assert table.ids.names == ("A", "B") and table.fields[0].unit == "years"
    assert table.category.tolist() == [[0], [-1]] and np.isnan(table.number[1, 0])
    assert profile_frame(table)["tissue"].tolist() == ["lung", None]


@pytest.mark.parametrize(
    ("names", "message"),
    [(["A", "A"], "profile 'A' is named twice"), (["A", None], "a profile has an empty name")],
)
def test_repeated_and_unnamed_profiles_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        profiles_from_frame(pd.DataFrame({"profile": names, "age": [1, 2]}), space="patient")


def test_a_category_of_too_many_levels_is_refused():
    texts = [f"text {i}" for i in range(40_000)]
    frame = pd.DataFrame({"profile": texts, "note": texts})
    with pytest.raises(InputError, match="field 'note' has 40000 different texts; at most 32767"):
        profiles_from_frame(frame, space="patient")


def test_folds_are_kept_and_an_empty_one_is_left_out():
    table = pd.DataFrame({"drug_a": ["x", "y"], "fold_mine": [2, None], "note": [1, 2]})
    kept = fold_columns(table)
    assert list(kept) == ["fold_mine"]
    assert kept["fold_mine"].tolist() == [2, -1]


def test_a_fold_that_is_no_whole_number_names_its_row():
    with pytest.raises(InputError, match=r"row 1 has fold = 0\.5; expected a whole number"):
        fold_columns(pd.DataFrame({"fold": [0, 0.5]}))

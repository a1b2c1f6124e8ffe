from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from combo_dl.core.combo_table import ComboTable, sorted_sets
from combo_dl.core.errors import InputError

TABLE = ComboTable(
    drugs=np.array([[0, 2], [1, -1], [1, 2]], np.int32),
    dose=np.array([[1.0, 2.0], [0.0, np.nan], [np.nan, np.nan]], np.float32),
    profile=np.array([0, 1, -1], np.int32),
    labels={"synergy_loewe": np.array([[1.0], [np.nan], [3.0]], np.float32)},
    weight=np.ones(3, np.float32),
    group=np.array([0, 1, 2], np.int32),
    day=np.full(3, np.nan, np.float32),
)


def check(table):
    return table.validate(n_drugs=3, n_profiles=2)


def test_size_and_presence():
    assert check(TABLE).size.tolist() == [2, 1, 2] and len(TABLE) == 3
    assert TABLE.present.tolist() == [[True, True], [True, False], [True, True]]


def test_rows_by_id_and_by_mask_are_the_same():
    some, same = TABLE.take(np.array([0, 2])), TABLE.take(np.array([True, False, True]))
    assert some.drugs.tolist() == same.drugs.tolist() == [[0, 2], [1, 2]]
    assert check(some).labels["synergy_loewe"][:, 0].tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"drugs": np.array([[0, 2], [1, 1], [2, 2]])}, r"row 1 names the same drug .*\(2 such"),
        ({"drugs": np.array([[0, 2], [1, -1], [2, 1]])}, "row 2 has drug ids that are not asc"),
        ({"drugs": np.array([[0, 2], [-1, 1], [1, 2]])}, "row 1 has drug ids that are not asc"),
        ({"drugs": np.array([[0, 2], [-1, -1], [1, 2]])}, "row 1 has no drug; give at least one"),
        ({"drugs": np.array([[0, 3], [1, -1], [1, 2]])}, "holds ids -1..3; expected -1..2"),
        ({"profile": np.array([0, 1, 2])}, "combination profiles holds ids 0..2"),
        ({"dose": np.array([[1, 1], [1, 1], [1, -0.5]])}, "row 2 has a negative dose"),
        ({"dose": np.array([[1, np.inf], [1, 1], [1, 1]])}, "row 0 has an infinite dose"),
        ({"dose": np.ones((3, 1))}, r"doses has shape \(3, 1\)"),
        ({"weight": np.array([1, 0, 1])}, "row 1 has a weight that is not a number above 0"),
        ({"weight": np.array([1, 1, np.nan])}, "row 2 has a weight"),
        ({"labels": {"x": np.array([[1], [1], [-np.inf]])}}, "row 2 has an infinite label 'x'"),
        ({"labels": {"x": np.ones(3)}}, r"labels x has shape \(3,\)"),
        ({"group": np.zeros(2, np.int32)}, r"group has shape \(2,\)"),
    ],
)
def test_a_wrong_row_is_named(changed, message):
    with pytest.raises(InputError, match=message):
        check(replace(TABLE, **changed))


def test_sets_without_places_are_refused():
    none = replace(TABLE, drugs=np.zeros((3, 0), np.int32), dose=np.zeros((3, 0), np.float32))
    with pytest.raises(InputError, match="row 0 has no drug"):
        check(none)


@given(
    hnp.arrays(
        np.int32, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.integers(-1, 9)
    )
)
def test_sorting_keeps_each_dose_with_its_drug(drugs):
    dose = drugs.astype(np.float32) * 10
    ids, moved = sorted_sets(drugs, dose)
    assert np.array_equal(moved, ids * 10) and np.array_equal(np.sort(ids), np.sort(drugs))
    left, right = ids[:, :-1], ids[:, 1:]
    assert ((right < 0) | ((left >= 0) & (left <= right))).all()

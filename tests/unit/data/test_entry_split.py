"""EntryFolds: an entry that is observed is on one side alone, whatever the names of its drugs."""

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.errors import ConfigError, InputError, LeakageError
from combo_dl.data.entry_split import EntryFolds

SPLIT = EntryFolds(column="fold_entries")
NAN = np.nan
# Copies of the pairs (0, 1) and (0, 2): what trains, validates and is tested of each.
PAIRS = [(0, 1), (0, 2), (0, 1), (0, 2), (0, 1)]
PARTS = [2, 2, 1, 1, 0]
LABEL = [[1, NAN, NAN], [0, 1, NAN], [NAN, 0, NAN], [NAN, NAN, 1], [NAN, NAN, 1]]


@pytest.fixture
def entries(tiny_study):
    """(study of these copies, identity of its drugs), with another label, part or identity."""

    def made(label=LABEL, parts=PARTS, column="fold_entries"):
        n = len(PAIRS)
        combos = ComboTable(
            drugs=np.array(PAIRS, np.int32),
            dose=np.full((n, 2), NAN, np.float32),
            profile=tiny_study.combos.profile[:1].repeat(n),
            labels={"effects": np.array(label, np.float32)},
            weight=np.ones(n, np.float32),
            group=np.arange(n, dtype=np.int64),
            day=tiny_study.combos.day[:1].repeat(n),
        )
        return replace(tiny_study, combos=combos, columns={column: np.array(parts)})

    return made


@pytest.fixture
def names(tiny_study):
    return tuple(tiny_study.drugs.names)


def test_the_parts_are_those_of_the_column(entries, names):
    (fold,) = SPLIT.folds(entries(), names)
    assert fold.search.tolist() == [0, 1] and fold.validation.tolist() == [2, 3]
    assert fold.train.tolist() == [0, 1, 2, 3] and fold.test.tolist() == [4]


def test_the_proofs_count_observed_entries(entries, names):
    (fold,) = SPLIT.folds(entries(), names)
    assert [(p.unit, p.between, p.left, p.right, p.shared) for p in fold.proofs] == [
        ("entry", "train and test", 5, 1, 0),
        ("entry", "search and validation", 3, 2, 0),
    ]


def test_a_row_of_a_negative_part_is_left_out(entries, names):
    (fold,) = SPLIT.folds(entries(parts=[2, -1, 1, 1, 0]), names)
    assert fold.train.tolist() == [0, 2, 3]


def test_an_entry_on_two_sides_is_refused(entries, names):
    label = [*LABEL[:4], [1, NAN, NAN]]
    with pytest.raises(LeakageError, match=r"1 of 1 entrys? are on both sides of train and test"):
        SPLIT.folds(entries(label=label), names)
    label = [*LABEL[:3], [0, NAN, NAN], LABEL[4]]
    with pytest.raises(LeakageError, match="search and validation"):
        SPLIT.folds(entries(label=label), names)


def test_two_names_of_one_structure_are_one_pair(entries, names):
    label = [LABEL[0], [NAN, NAN, 1], LABEL[2], [NAN, 1, NAN], LABEL[4]]
    SPLIT.folds(entries(label=label), names)
    one = (names[0], "same", "same", *names[3:])
    with pytest.raises(LeakageError, match="train and test"):
        SPLIT.folds(entries(label=label), one)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"column": "fold_entry"}, ConfigError, "no column 'fold_entries'; nearest known: fold_e"),
        ({"parts": [3, 2, 1, 1, 0]}, InputError, "up to 3; expected 0 .test., 1"),
        ({"parts": [2.0, 2, 1, 1, 0]}, InputError, "holds float64"),
        ({"parts": [2, 2, 1, 1, 1]}, InputError, "has no 0: there are no test rows"),
    ],
)
def test_a_faulty_column_is_one_error(entries, names, change, kind, message):
    with pytest.raises(kind, match=message):
        SPLIT.folds(entries(**change), names)

"""Rows of a companion study: what may train beside the rows of the first that are not held out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from combo_dl.core.study import HOSPITAL
from combo_dl.core.vocab import Vocab
from combo_dl.train.prepare import companion_rows, training_rows

KEYS = tuple(f"KEY{i:02d}" for i in range(24))


@pytest.fixture(scope="module")
def world():
    """Drugs of all studies are known by their structures."""
    return SimpleNamespace(identity=lambda study: KEYS)


def small(study, drugs, profile, *, name="first", lines=None):
    """A study of these rows; the names of the lines may be spelt otherwise."""
    combos = study.combos.take(np.arange(len(drugs)))
    made = replace(combos, drugs=np.array(drugs, np.int32), profile=np.array(profile, np.int32))
    names = lines or study.profiles.ids.names
    table = replace(study.profiles, ids=Vocab(kind="profile", names=tuple(names)))
    return replace(study, name=name, combos=made, profiles=table)


def kept(study, first, held, other, world) -> list[int]:
    left, right = small(study, *first), small(study, *other, name="other")
    return companion_rows(left, np.array(held, int), right, world).tolist()


def test_a_set_a_drug_and_a_profile_that_are_held_out_are_left_out(tiny_study, world):
    first = [[0, 1, -1], [0, 2, -1], [3, 2, -1], [1, 2, -1]], [0, 0, 1, 2]
    # Held out: the pair 3 + 2 with the drug 3 and the line 1, and the pair 1 + 2 with the line 2.
    other = (
        [[0, 1, -1], [1, 2, -1], [3, 9, -1], [8, 9, -1], [8, 9, -1], [8, 9, -1], [2, 3, 4]],
        [0, 0, 0, 1, 2, 5, 0],
    )
    assert kept(tiny_study, first, [2, 3], other, world) == [0, 5]
    assert kept(tiny_study, first, [3], other, world) == [0, 2, 3, 5, 6]
    assert kept(tiny_study, first, [], other, world) == list(range(7))


def test_a_set_in_a_profile_is_held_out_where_both_are_seen_apart(tiny_study, world):
    """Of random rows: the pair and the line train, but not the pair in that line."""
    first = [[0, 1, -1], [0, 1, -1], [0, 2, -1]], [0, 1, 1]
    other = [[0, 1, -1], [1, 0, -1], [0, 1, -1], [0, 2, -1], [0, 1, 2]], [0, 1, 2, 1, 1]
    assert kept(tiny_study, first, [1], other, world) == [0, 2, 3, 4]


def test_a_triple_that_trains_elsewhere_in_the_first_study_may_be_seen(tiny_study, world):
    """A replicate that is not held out shows it anyway."""
    first = [[0, 1, -1], [0, 1, -1]], [0, 0]
    assert kept(tiny_study, first, [1], ([[0, 1, -1]], [0]), world) == [0]


def test_two_names_of_one_structure_in_a_row_are_one_drug(tiny_study):
    """The second and the third drug are one: both together are that drug alone."""
    twins = SimpleNamespace(identity=lambda study: ("A", "B", "B", *map(str, range(21))))
    first = [[0, 1, -1], [1, -1, -1]], [0, 0]
    other = [[1, 2, -1], [0, 2, -1], [2, -1, -1], [0, 1, 2]], [0, 0, 0, 0]
    assert kept(tiny_study, first, [1], other, twins) == [1, 3]
    assert kept(tiny_study, first, [0], other, twins) == [0, 2]


@pytest.mark.parametrize(
    "lines", [[f"line-{i:03d}" for i in range(6)], [f"Line {i:03d} " for i in range(6)]]
)
def test_profiles_are_known_by_their_normalised_names(tiny_study, world, lines):
    first = small(tiny_study, [[0, 1, -1], [0, 2, -1]], [0, 1])
    other = small(tiny_study, [[3, 4, -1], [3, 4, -1]], [0, 1], name="other", lines=lines)
    assert companion_rows(first, np.array([1]), other, world).tolist() == [0]
    unlike = [f"CELL{i}" for i in range(6)]
    other = small(tiny_study, [[3, 4, -1], [3, 4, -1]], [0, 1], name="other", lines=unlike)
    assert companion_rows(first, np.array([1]), other, world).tolist() == [0, 1]


def test_rows_without_a_profile_are_compared_by_drugs(tiny_study, world):
    first = [[0, 1, -1], [0, 2, -1]], [-1, -1]
    other = [[0, 1, -1], [0, 2, -1], [5, 6, -1]], [-1, -1, -1]
    assert kept(tiny_study, first, [1], other, world) == [0, 2]


def test_patients_of_a_hospital_that_is_held_out_are_left_out(tiny_study, world):
    """The same people may be in both studies, under names that cannot be linked."""
    drugs = [[0, -1, -1]] * 3
    first = replace(
        small(tiny_study, drugs, [0, 1, 2]), columns={HOSPITAL: np.array([0, 0, 7], np.int32)}
    )
    lines = [f"other{i}" for i in range(6)]
    other = small(tiny_study, drugs, [0, 1, 2], name="other", lines=lines)
    coded = replace(other, columns={HOSPITAL: np.array([0, 3, 7], np.int32)})
    assert companion_rows(first, np.array([1]), coded, world).tolist() == [1, 2]
    assert companion_rows(first, np.array([2]), coded, world).tolist() == [0, 1]
    assert companion_rows(first, np.zeros(0, int), coded, world).tolist() == [0, 1, 2]
    # A study that knows no hospitals is told by drugs and profiles alone.
    assert companion_rows(first, np.array([1]), other, world).tolist() == [0, 1, 2]


def test_all_rows_of_companions_train_where_nothing_is_held_out(tiny_study, world):
    other = replace(tiny_study, name="other")
    found = training_rows(np.arange(300), studies=[tiny_study, other], world=world)
    assert {k: v.tolist() for k, v in found.items()} == {
        "synthetic": list(range(300)),
        "other": list(range(300)),
    }
    some = training_rows(np.arange(100), studies=[tiny_study, other], world=world)
    # A copy of the study trains on what trains, and on copies of it.
    key = [
        (tuple(d), p)
        for d, p in zip(
            tiny_study.combos.drugs.tolist(), tiny_study.combos.profile.tolist(), strict=True
        )
    ]
    assert {key[i] for i in some["other"]} == {key[i] for i in range(100)}

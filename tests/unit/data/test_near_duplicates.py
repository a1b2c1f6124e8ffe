"""Known answers of what counts as nearly the same."""

import numpy as np

from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.vocab import Vocab
from combo_dl.data.near_duplicates import equal_profiles, neighbour_sets, same_targets, tanimoto


def test_tanimoto_is_shared_bits_over_all_bits_however_often():
    bits = np.array([[9, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], np.uint8)
    expected = [[1, 2 / 3, 0, 0], [2 / 3, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert np.allclose(tanimoto(bits), expected)


def test_drugs_without_targets_are_not_the_same():
    targets = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert np.argwhere(same_targets(targets)).tolist() == [[0, 1], [1, 0]]


def test_sets_are_neighbours_when_one_drug_stands_for_a_related_one():
    related = np.zeros((6, 6), bool)
    related[[0, 5, 1, 2], [5, 0, 2, 1]] = True
    sets = np.array([[0, 1, 2], [1, 2, 5], [0, 1, -1], [0, 2, -1], [1, 2, -1], [5, -1, -1]])
    found = set(map(tuple, neighbour_sets(sets, related).T.tolist()))
    # {1, 2} with 2 for 1 would be {2}: another size is no neighbour.
    assert found == {(0, 1), (1, 0), (2, 3), (3, 2)}


def test_neighbours_agree_with_trying_every_pair_of_sets():
    rng = np.random.default_rng(0)
    related = rng.random((12, 12)) < 0.2
    related = (related | related.T) & ~np.eye(12, dtype=bool)
    chosen = {frozenset(rng.choice(12, rng.integers(1, 5), replace=False)) for _ in range(150)}
    listed = [sorted(int(d) for d in s) for s in chosen]
    sets = np.array([s + [-1] * (4 - len(s)) for s in listed])
    expected = {
        (i, j)
        for i, a in enumerate(map(set, listed))
        for j, b in enumerate(map(set, listed))
        if len(a - b) == len(b - a) == 1 and related[min(a - b), min(b - a)]
    }
    found = list(map(tuple, neighbour_sets(sets, related).T.tolist()))
    assert set(found) == expected and len(found) == len(expected) > 50


def test_a_hole_is_no_number_and_nothing_known_is_no_twin():
    table = ProfileTable(
        space="cell_line",
        ids=Vocab(kind="profile", names=tuple("abcdef")),
        fields=(
            ProfileField(name="x"),
            ProfileField(name="t", kind="category", levels=("u", "v")),
        ),
        number=np.array([[0], [np.nan], [np.nan], [0], [np.nan], [np.nan]], np.float32),
        category=np.array([[0], [0], [0], [0], [-1], [-1]], np.int16),
    ).validate()
    ids = equal_profiles(table)
    assert ids[0] == ids[3] != ids[1] == ids[2] and ids[4] == ids[5] == -1
    assert len(equal_profiles(ProfileTable.empty())) == 0

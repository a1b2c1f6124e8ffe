from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.data.splits import (
    DrugFolds,
    FieldFolds,
    GivenFolds,
    UnitFolds,
    _conditions,
    drug_ids,
    set_ids,
)

GIVEN = DrugFolds(n_folds=5, seed=0, given=True)


def test_a_set_is_the_same_under_other_names_and_orders(tiny_study):
    combos = tiny_study.combos
    drugs = np.array([[0, 1, -1], [0, 2, -1], [1, 2, -1], [0, -1, -1], [2, -1, -1]], np.int32)
    study = replace(tiny_study, combos=replace(combos.take(np.arange(5)), drugs=drugs))
    identity = ("A", "B", "B", *map(str, range(21)))
    assert set_ids(study, identity).tolist() == [2, 2, 1, 0, 1]
    assert (drug_ids(study, identity)[:, 1] == drug_ids(study, identity)[1, 1])[:3].all()


def test_given_folds_test_what_the_column_says(tiny_study, tiny_identity):
    folds = GivenFolds(column="fold_comb", unit="pair").folds(tiny_study, tiny_identity)
    column = tiny_study.columns["fold_comb"]
    assert [f.name for f in folds] == [f"fold{k}" for k in range(5)]
    for k, fold in enumerate(folds):
        assert (column[fold.test] == k).all() and (column[fold.validation] == (k + 1) % 5).all()


def test_rows_of_a_negative_fold_are_left_out(tiny_study, tiny_identity):
    column = np.where(tiny_study.columns["fold_comb"] == 4, -1, tiny_study.columns["fold_comb"])
    study = replace(tiny_study, columns={"fold": column})
    folds = GivenFolds(column="fold", unit="pair").folds(study, tiny_identity)
    assert len(folds) == 4
    for fold in folds:
        used = np.concatenate([fold.train, fold.test])
        assert (column[used] >= 0).all() and len(used) == (column >= 0).sum()


@pytest.mark.parametrize(
    ("split", "kind", "message"),
    [
        (GivenFolds(column="fold_com", unit="pair"), ConfigError, "'fold_com'; nearest known: fol"),
        (
            GivenFolds(column="fold_comb", unit="pear"),
            ConfigError,
            "split.unit is 'pear'; expected",
        ),
        (UnitFolds(unit="pear", n_folds=5, seed=0), ConfigError, "split.unit is 'pear'"),
        (UnitFolds(unit="pair", n_folds=2, seed=0), ConfigError, "split.n_folds is 2; expected 3"),
        (DrugFolds(n_folds=0, seed=0, given=False), ConfigError, "split.n_folds is 0"),
        (UnitFolds(unit="profile", n_folds=7, seed=0), ConfigError, "6 units cannot make 7 folds"),
        (GIVEN, ConfigError, "no column 'group_first'"),
        (FieldFolds(field="tissu"), ConfigError, "no category field 'tissu'; nearest known: tiss"),
        (FieldFolds(field="expr:G0000"), ConfigError, "no category field 'expr:G0000'"),
        (GivenFolds(column="words", unit="pair"), InputError, "'words' holds <U1; expected whole"),
        (
            GivenFolds(column="few", unit="group"),
            InputError,
            "column 'few' has 1 folds; at least 3",
        ),
    ],
)
def test_a_faulty_rule_is_one_error(tiny_study, tiny_identity, split, kind, message):
    more = {"words": np.full(300, "a"), "few": np.zeros(300, int)}
    study = replace(tiny_study, columns=tiny_study.columns | more)
    with pytest.raises(kind, match=message):
        split.folds(study, tiny_identity)


def grouped(study, number, **changed):
    """The study with the group of each of its first two drugs, some cells changed."""
    first, second = study.combos.drugs[:, 0], study.combos.drugs[:, 1]
    columns = {"group_first": number[first], "group_second": number[second]}
    for name, value in changed.items():
        columns[name] = np.concatenate([[value], columns[name][1:]])
    return replace(study, columns=columns)


def test_given_groups_hold_for_the_third_drug_too(tiny_study, tiny_identity):
    number = np.arange(24) % 5
    for k, fold in enumerate(GIVEN.folds(grouped(tiny_study, number), tiny_identity)):
        drugs = tiny_study.combos.drugs[fold.train]
        assert not (number[drugs[drugs >= 0]] == k).any()
        assert fold.proofs[0].right > 0


@pytest.mark.parametrize(
    ("number", "changed", "kind", "message"),
    [
        (np.arange(24) % 6, {}, ConfigError, "hold groups up to 5, .*; say split.n_folds=6"),
        (np.arange(24) % 5, {"group_first": 9}, InputError, "has two groups in group_first"),
        (np.arange(24) % 5 - 1, {}, InputError, "drug '.*' has no group in group_first"),
    ],
)
def test_given_groups_must_fit(tiny_study, tiny_identity, number, changed, kind, message):
    with pytest.raises(kind, match=message):
        GIVEN.folds(grouped(tiny_study, number, **changed), tiny_identity)


def test_a_field_holds_whole_levels_apart(tiny_study, tiny_identity):
    level = tiny_study.profiles.category[tiny_study.combos.profile, 0]
    folds = FieldFolds(field="tissue").folds(tiny_study, tiny_identity)
    numbers = np.unique(level)
    assert [f.name for f in folds] == [f"fold{k}" for k in numbers]
    for at, fold in enumerate(folds):
        following = numbers[(at + 1) % len(numbers)]
        assert np.array_equal(fold.test, np.flatnonzero(level == numbers[at]))
        assert np.array_equal(fold.validation, np.flatnonzero(level == following))
        assert np.array_equal(fold.train, np.flatnonzero(level != numbers[at]))
        assert [p.unit for p in fold.proofs] == ["profile"] * 2
        assert all(p.shared == 0 and p.right > 0 for p in fold.proofs)


def with_levels(study, levels):
    """The study with these tissues of its six lines."""
    category = np.array(levels, np.int16)[:, None]
    return replace(study, profiles=replace(study.profiles, category=category))


def test_a_profile_without_its_level_is_left_out(tiny_study, tiny_identity):
    study = with_levels(tiny_study, [0, 1, 3, -1, 0, 1])
    folds = FieldFolds(field="tissue").folds(study, tiny_identity)
    assert [f.name for f in folds] == ["fold0", "fold1", "fold3"]
    for fold in folds:
        used = np.concatenate([fold.train, fold.test])
        assert not (study.combos.profile[used] == 3).any()
        assert len(used) == (study.combos.profile != 3).sum()


def test_two_levels_are_too_few(tiny_study, tiny_identity):
    study = with_levels(tiny_study, [0, 1, 0, 1, 0, 1])
    with pytest.raises(InputError, match="field 'tissue' has 2 levels; at least 3"):
        FieldFolds(field="tissue").folds(study, tiny_identity)


def conditions(study, drugs, profile, group, identity) -> list[int]:
    """Ids of the conditions of rows of these drugs, lines and groups."""
    combos = study.combos.take(np.arange(len(drugs)))
    made = replace(
        combos,
        drugs=np.array(drugs, np.int32),
        profile=np.array(profile, np.int32),
        group=np.array(group, np.int32),
    )
    found = _conditions(replace(study, combos=made), identity)
    return np.unique(found, return_inverse=True)[1].tolist()


# The second and the third drug are two names of one structure.
TWO_NAMES = ("A", "B", "B", *map(str, range(21)))


def alike(found: list[int]) -> set[frozenset]:
    return {frozenset(i for i, f in enumerate(found) if f == k) for k in found}


def test_one_condition_under_two_names_or_groups_is_one(tiny_study):
    drugs = [[0, 1, -1], [0, 2, -1], [0, 1, -1], [0, 3, -1], [0, 1, -1]]
    found = conditions(tiny_study, drugs, [0, 0, 1, 0, 0], [0, 1, 2, 3, 4], TWO_NAMES)
    assert alike(found) == {frozenset({0, 1, 4}), frozenset({2}), frozenset({3})}


def test_rows_that_are_joined_in_turn_are_one(tiny_study):
    """By group 7 the first and the second, by their drugs the second and the third."""
    drugs = [[3, 4, -1], [0, 1, -1], [0, 2, -1], [5, 6, -1]]
    found = conditions(tiny_study, drugs, [0, 1, 1, 1], [7, 7, 8, 9], TWO_NAMES)
    assert alike(found) == {frozenset({0, 1, 2}), frozenset({3})}


def test_numbers_of_groups_and_conditions_do_not_mix(tiny_study):
    drugs = [[0, 1, -1], [0, 3, -1], [0, 4, -1]]
    found = conditions(tiny_study, drugs, [0, 0, 0], [2, 1, 0], TWO_NAMES)
    assert alike(found) == {frozenset({i}) for i in range(3)}


def test_folds_of_rows_keep_a_condition_on_one_side(tiny_study, tiny_identity):
    """Also where each row claims to be a group of its own."""
    apart = replace(tiny_study.combos, group=np.arange(300, dtype=np.int32))
    study = replace(tiny_study, combos=apart)
    key = [
        (frozenset(d for d in row if d >= 0), p)
        for row, p in zip(apart.drugs.tolist(), apart.profile.tolist(), strict=True)
    ]
    assert len(set(key)) < 300
    for fold in UnitFolds(unit="group", n_folds=4, seed=0).folds(study, tiny_identity):
        assert not {key[i] for i in fold.train} & {key[i] for i in fold.test}

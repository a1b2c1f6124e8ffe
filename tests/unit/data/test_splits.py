from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.data.splits import DrugFolds, GivenFolds, UnitFolds, drug_ids, set_ids

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

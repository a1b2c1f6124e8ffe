"""Laws of splits: what is split on stands on one side only, whatever the names."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from combo_dl.core.errors import InputError, LeakageError
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.data.splits import DrugFolds, GivenFolds, UnitFolds, set_ids, whole

SEEDS = st.integers(0, 1000)


def check(folds: list[Fold], study: Study) -> None:
    """What every rule keeps: sides do not share rows, and each row is tested."""
    for fold in folds:
        assert not np.intersect1d(fold.train, fold.test).size
        assert not np.intersect1d(fold.search, fold.validation).size
        assert np.isin(fold.search, fold.train).all() and np.isin(fold.validation, fold.train).all()
        assert fold.proofs and all(p.shared == 0 and p.right > 0 for p in fold.proofs)
    tested = np.unique(np.concatenate([f.test for f in folds]))
    assert len(tested) == len(study)


def keys(study: Study, identity: tuple[str, ...], unit: str) -> list:
    """The unit of each row, worked out by name, apart from the code under test."""
    if unit == "pair":
        return [frozenset(identity[d] for d in row if d >= 0) for row in study.combos.drugs]
    if unit == "profile":
        return study.combos.profile.tolist()
    sets = keys(study, identity, "pair")
    # Rows of one group, or of one set in one profile, are one condition.
    return joined_keys(
        study.combos.group.tolist(), list(zip(sets, study.combos.profile, strict=True))
    )


def joined_keys(*columns: list) -> list[int]:
    """Rows that share a value of any column, directly or through others, get one number."""
    number = list(range(len(columns[0])))
    while True:
        before = list(number)
        for column in columns:
            least: dict = {}
            for i, value in enumerate(column):
                least[value] = min(least.get(value, number[i]), number[i])
            number = [min(number[i], least[value]) for i, value in enumerate(column)]
        if number == before:
            return number


def folds_or_assume(split, study, identity) -> list[Fold]:
    try:
        return split.folds(study, identity)
    except InputError as error:  # a fold of so small a study may be empty
        assume("has no" not in str(error))
        raise


@pytest.mark.parametrize("unit", ["pair", "profile", "group"])
@given(data=st.data(), seed=SEEDS)
def test_units_stay_together(unit, data, seed, drawn_studies):
    study, identity = data.draw(drawn_studies)
    folds = UnitFolds(unit=unit, n_folds=5, seed=seed).folds(study, identity)
    check(folds, study)
    unit_of = keys(study, identity, unit)
    for fold in folds:
        assert not {unit_of[i] for i in fold.train} & {unit_of[i] for i in fold.test}
        assert not {unit_of[i] for i in fold.search} & {unit_of[i] for i in fold.validation}


def drugs_of(study, identity, rows) -> set[str]:
    return {identity[d] for row in study.combos.drugs[rows] for d in row if d >= 0}


@given(data=st.data(), seed=SEEDS)
def test_held_out_drugs_are_never_trained_on(data, seed, drawn_studies):
    study, identity = data.draw(drawn_studies)
    folds = folds_or_assume(DrugFolds(n_folds=5, seed=seed, given=False), study, identity)
    check(folds, study)
    everything = drugs_of(study, identity, slice(None))
    for fold in folds:
        unseen = everything - drugs_of(study, identity, fold.train)
        assert unseen and all(unseen & drugs_of(study, identity, [i]) for i in fold.test)


def with_groups(study: Study, number: np.ndarray) -> Study:
    """The study with the group of each of its first two drugs."""
    first, second = study.combos.drugs[:, 0], study.combos.drugs[:, 1]
    columns = {
        "group_first": number[first],
        "group_second": np.where(second < 0, -1, number[second]),
    }
    return replace(study, columns=columns)


@given(data=st.data(), seed=SEEDS)
def test_given_groups_hold_out_what_they_say(data, seed, drawn_studies):
    study, identity = data.draw(drawn_studies)
    keys, inverse = np.unique(identity, return_inverse=True)
    number = np.random.default_rng(seed).permutation(len(keys))[inverse] % 5
    study = with_groups(study, number)
    folds = folds_or_assume(DrugFolds(n_folds=5, seed=0, given=True), study, identity)
    check(folds, study)
    for k, fold in enumerate(folds):
        group = {key for key, n in zip(identity, number, strict=True) if n == k}
        assert not group & drugs_of(study, identity, fold.train)
        assert all(group & drugs_of(study, identity, [i]) for i in fold.test)


@given(data=st.data())
def test_two_names_in_two_given_groups_are_a_leak(data, drawn_studies):
    study, identity = data.draw(drawn_studies)
    assume(len(set(identity)) < len(identity))
    twin = next(i for i in range(len(identity)) if identity[i] in identity[:i])
    number = np.unique(identity, return_inverse=True)[1] % 5
    number[twin] = (number[twin] + 2) % 5
    assume((study.combos.drugs == twin).any())
    with pytest.raises(LeakageError, match="drugs are on both sides of"):
        folds_or_assume(
            DrugFolds(n_folds=5, seed=0, given=True), with_groups(study, number), identity
        )


@given(data=st.data(), seed=SEEDS)
def test_given_folds_are_taken_or_refused_as_a_leak(data, seed, drawn_studies):
    study, identity = data.draw(drawn_studies)
    sets = set_ids(study, identity)
    fold = np.random.default_rng(seed).permutation(sets.max() + 1)[sets] % 5
    split = GivenFolds(column="fold", unit="pair")
    folds = split.folds(replace(study, columns={"fold": fold}), identity)
    check(folds, study)
    assert all((fold[f.test] == k).all() for k, f in enumerate(folds))
    repeated = np.flatnonzero(np.bincount(sets)[sets] > 1)
    assume(len(repeated) > 0)
    fold[repeated[0]] = (fold[repeated[0]] + 1) % 5
    with pytest.raises(LeakageError, match=r"1 of .* pairs are on both sides of"):
        split.folds(replace(study, columns={"fold": fold}), identity)


@given(data=st.data(), seed=SEEDS)
def test_a_split_is_a_function_of_its_seed(data, seed, drawn_studies):
    study, identity = data.draw(drawn_studies)
    for split in (
        UnitFolds(unit="pair", n_folds=4, seed=seed),
        UnitFolds(unit="group", n_folds=3, seed=seed),
    ):
        one, other = split.folds(study, identity), split.folds(study, identity)
        assert all(np.array_equal(a.test, b.test) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "rule", [UnitFolds(unit="pair", n_folds=5, seed=0), DrugFolds(n_folds=5, seed=0, given=False)]
)
@given(data=st.data())
def test_training_on_all_rows_still_searches_on_unseen_units(rule, data, drawn_studies):
    study, identity = data.draw(drawn_studies)
    folds = folds_or_assume(rule, study, identity)
    fold = whole(folds)
    assert np.array_equal(fold.train, np.arange(len(study))) and not len(fold.test)
    assert not np.intersect1d(fold.search, fold.validation).size and len(fold.search)
    if isinstance(rule, DrugFolds):
        new = drugs_of(study, identity, fold.validation) - drugs_of(study, identity, fold.search)
        assert all(new & drugs_of(study, identity, [i]) for i in fold.validation)
    else:
        unit_of = keys(study, identity, "pair")
        assert not {unit_of[i] for i in fold.search} & {unit_of[i] for i in fold.validation}

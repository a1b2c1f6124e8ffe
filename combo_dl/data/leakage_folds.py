"""Folds to audit: those that a study brings, also where the split itself refuses them."""

from collections.abc import Sequence

import numpy as np

from combo_dl.core.errors import LeakageError
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold
from combo_dl.data.splits import GROUP_COLUMNS, DrugFolds, GivenFolds, Split

COMBINATIONS, PROFILES = "fold_comb", "fold_cell"
FEWEST_FOLDS = 3


def given_splits(study: Study) -> list[Split]:
    """The splits that a study brings columns for: pairs, drugs, profiles."""
    found: list[Split] = []
    if COMBINATIONS in study.columns:
        found.append(GivenFolds(column=COMBINATIONS, unit="pair"))
    groups = [study.columns[c] for c in GROUP_COLUMNS if c in study.columns]
    if len(groups) == len(GROUP_COLUMNS) and all(g.dtype.kind in "iu" for g in groups):
        n_folds = max(FEWEST_FOLDS, int(np.max(groups)) + 1)
        found.append(DrugFolds(n_folds=n_folds, seed=0, given=True))
    if PROFILES in study.columns:
        found.append(GivenFolds(column=PROFILES, unit="profile"))
    return found


def folds_to_audit(
    split: Split, study: Study, identity: Sequence[str]
) -> tuple[list[Fold], LeakageError | None]:
    """The folds of ``split``; where it refuses a study's own as leaking, those and its refusal.

    An audit can then say all that is wrong with them. Raises what the split raises: ConfigError,
    InputError, and LeakageError where it draws the folds itself.
    """
    try:
        return split.folds(study, tuple(identity)), None
    except LeakageError as refusal:
        if isinstance(split, GivenFolds):
            return _by_number(study.columns[split.column]), refusal
        if isinstance(split, DrugFolds) and split.given:
            return _by_group(study, split.n_folds), refusal
        raise


def claimed_unit(split: Split, folds: Sequence[Fold]) -> str:
    """What a split claims to hold apart: pair, drug, profile, group, or a name of its own."""
    if isinstance(split, DrugFolds):
        return "drug"
    return str(getattr(split, "unit", None) or unit_of(folds))


def unit_of(folds: Sequence[Fold]) -> str:
    """What folds claim to hold apart, as their proofs name it; ``group`` without proofs."""
    return next((proof.unit for fold in folds for proof in fold.proofs), "group")


def _by_number(number: np.ndarray) -> list[Fold]:
    """Fold k tests, the next one validates; rows of a negative fold are left out."""
    numbers = np.unique(number[number >= 0])
    following = np.roll(numbers, -1)
    return [
        _fold(k, test=number == k, validation=number == after, used=number >= 0)
        for k, after in zip(numbers, following, strict=True)
    ]


def _by_group(study: Study, n_folds: int) -> list[Fold]:
    """Rows with a drug of group k test, those with one of the next group validate."""
    drugs = study.combos.drugs
    first = drugs[:, : len(GROUP_COLUMNS)]
    columns = np.stack([study.columns[c] for c in GROUP_COLUMNS[: first.shape[1]]], axis=1)
    number = np.full(len(study.drugs), -1, np.int64)
    number[first[first >= 0]] = columns[first >= 0]
    group = np.where(drugs >= 0, number[drugs], -1)
    held = [(group == k).any(axis=1) for k in range(n_folds)]
    used = np.ones(len(study), bool)
    return [
        _fold(k, test=held[k], validation=held[(k + 1) % n_folds] & ~held[k], used=used)
        for k in range(n_folds)
    ]


def _fold(k: int, *, test: np.ndarray, validation: np.ndarray, used: np.ndarray) -> Fold:
    train = used & ~test
    return Fold(
        name=f"fold{k}",
        train=np.flatnonzero(train),
        search=np.flatnonzero(train & ~validation),
        validation=np.flatnonzero(validation),
        test=np.flatnonzero(test),
    )

"""Splits: a study becomes folds. Each class is one rule; each fold carries its proofs of disjointness.

The identity of a drug is the first block of its InChIKey, given as ``identity`` (one a drug), so
that one structure under two names cannot stand on both sides.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold, Proof, prove


class Split(Protocol):
    """A rule that makes folds."""

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The folds of ``study``. Raises ConfigError, InputError or LeakageError."""
        ...


def drug_ids(study: Study, identity: tuple[str, ...]) -> np.ndarray:
    """int64[N, K] identity of each drug of each row, ascending in a row, -1 pad first."""
    number = np.unique(identity, return_inverse=True)[1]
    ids = np.where(study.combos.drugs >= 0, number[study.combos.drugs], -1)
    return np.sort(ids, axis=1)


def set_ids(study: Study, identity: tuple[str, ...]) -> np.ndarray:
    """int64[N] id of each row's set of drugs, whatever their order and names."""
    return np.unique(drug_ids(study, identity), axis=0, return_inverse=True)[1].reshape(-1)


def _units(study: Study, identity: tuple[str, ...], unit: str) -> np.ndarray:
    if unit == "pair":
        return set_ids(study, identity)
    if unit == "profile":
        return study.combos.profile.astype(np.int64)
    return study.combos.group.astype(np.int64)


def _fold_of_units(units: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """Fold number of each row; all rows of a unit get the same one, folds are of like size."""
    names, inverse = np.unique(units, return_inverse=True)
    if len(names) < n_folds:
        raise ConfigError(f"{len(names)} units cannot make {n_folds} folds; lower split.n_folds")
    order = np.random.default_rng(seed).permutation(len(names))
    fold = np.empty(len(names), np.int64)
    fold[order] = np.arange(len(names)) % n_folds
    return fold[inverse]


def _unit_folds(
    fold: np.ndarray, units: np.ndarray, *, unit: str, numbers: list[int]
) -> list[Fold]:
    made = []
    for at, k in enumerate(numbers):
        following = numbers[(at + 1) % len(numbers)]
        test, validation = fold == k, fold == following
        train, search = ~test & (fold >= 0), ~test & ~validation & (fold >= 0)
        proofs = (
            prove(unit, "train and test", units[train], units[test]),
            prove(unit, "search and validation", units[search], units[validation]),
        )
        made.append(_fold(f"fold{k}", train, search, validation, test, proofs))
    return made


def _fold(
    name: str,
    train: np.ndarray,
    search: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    proofs: tuple[Proof, ...],
) -> Fold:
    for part, mask in (("training", search), ("validation", validation), ("test", test)):
        if not mask.any():
            raise InputError(f"{name} has no {part} rows; use fewer folds or another split")
    ids = [np.flatnonzero(m) for m in (train, search, validation, test)]
    return Fold(
        name=name, train=ids[0], search=ids[1], validation=ids[2], test=ids[3], proofs=proofs
    )


@dataclass(frozen=True, kw_only=True)
class GivenFolds:
    """Folds that came with the study, in its column ``column``; ``unit`` is what they keep together.

    Fold k tests, the next one validates. Rows with a negative fold are left out.
    """

    column: str
    unit: str

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """One fold a value of the column."""
        fold = _column(study, self.column).astype(np.int64)
        numbers = sorted(int(k) for k in np.unique(fold) if k >= 0)
        if len(numbers) < 3:
            raise InputError(
                f"column {self.column!r} has {len(numbers)} folds; at least 3 are needed"
            )
        return _unit_folds(
            fold, _units(study, identity, self.unit), unit=self.unit, numbers=numbers
        )


@dataclass(frozen=True, kw_only=True)
class UnitFolds:
    """Folds drawn by ``seed`` that keep a ``unit`` together: group (replicates), pair or profile.

    unit=group is the random split of rows: it flatters, since a pair stands on both sides.
    """

    unit: str
    n_folds: int
    seed: int

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """``n_folds`` folds of like numbers of units."""
        units = _units(study, identity, self.unit)
        fold = _fold_of_units(units, n_folds=self.n_folds, seed=self.seed)
        return _unit_folds(fold, units, unit=self.unit, numbers=list(range(self.n_folds)))


@dataclass(frozen=True, kw_only=True)
class DrugFolds:
    """Unseen drugs: fold k tests every row with a drug of group k and trains on rows with none.

    Validation: training rows with a drug of the next group. Groups of drugs are drawn by ``seed``
    over identities, or read from the columns ``group_first``, ``group_second`` of the study when
    ``given`` is true.
    """

    n_folds: int
    seed: int
    given: bool

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """``n_folds`` folds; a row whose drugs are in two groups is tested in two of them."""
        ids = drug_ids(study, identity)
        group = self._groups(study, ids)
        return [self._one(k, ids, group) for k in range(self.n_folds)]

    def _groups(self, study: Study, ids: np.ndarray) -> np.ndarray:
        if self.given:
            columns = [_column(study, c) for c in ("group_first", "group_second")]
            return np.stack(columns, axis=1).astype(np.int64)
        number = _fold_of_units(np.arange(ids.max() + 1), n_folds=self.n_folds, seed=self.seed)
        return np.where(ids >= 0, number[ids], -1)

    def _one(self, k: int, ids: np.ndarray, group: np.ndarray) -> Fold:
        test = (group == k).any(axis=1)
        following = (group == (k + 1) % self.n_folds).any(axis=1)
        train, validation, search = ~test, ~test & following, ~test & ~following
        train_drugs, test_drugs = ids[train], ids if self.given else ids[group == k]
        if self.given:
            test_drugs = np.setdiff1d(ids[test], ids[train])
            self._check_given(k, ids, group, train)
        proof = prove("drug", "train and held-out drugs", train_drugs[train_drugs >= 0], test_drugs)
        return _fold(f"fold{k}", train, search, validation, test, (proof,))

    @staticmethod
    def _check_given(k: int, ids: np.ndarray, group: np.ndarray, train: np.ndarray) -> None:
        # A given group is of names; the structures of its drugs must not be in training either.
        width = min(ids.shape[1], group.shape[1])
        rows_with_one = (group == k).sum(axis=1) == width
        prove("drug", "train and given group", ids[train].ravel(), ids[rows_with_one].ravel())


def _column(study: Study, name: str) -> np.ndarray:
    if name not in study.columns:
        raise ConfigError(
            f"study {study.name!r} has no column {name!r}; {hint(name, study.columns)}; choose another split"
        )
    return study.columns[name]


def whole(folds: list[Fold], *, n_rows: int) -> Fold:
    """The fold that trains on every row; fold 0's validation rows find the number of epochs."""
    first = folds[0]
    validation = first.validation
    search = np.setdiff1d(np.arange(n_rows), validation)
    keep = np.concatenate([first.search, first.test])
    return Fold(
        name="all",
        train=np.arange(n_rows),
        search=np.intersect1d(search, keep),
        validation=validation,
        test=np.zeros(0, np.int64),
        proofs=(),
    )

"""Splits: a study becomes folds. Each class is one rule; each fold carries proofs of disjointness.

The identity of a drug is the first block of its InChIKey, given as ``identity`` (one a drug), so
that one structure under two names cannot stand on both sides.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold, Proof, prove


class Split(Protocol):
    """A rule that makes folds."""

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The folds of ``study``. Raises ConfigError, InputError or LeakageError."""
        ...


UNITS = ("group", "pair", "profile")
GROUP_COLUMNS = ("group_first", "group_second")
NOTHING = np.zeros(0, np.int64)


def drug_ids(study: Study, identity: tuple[str, ...]) -> np.ndarray:
    """int64[N, K] identity of each drug of each row, in the row's order, -1 pad."""
    number = np.unique(identity, return_inverse=True)[1]
    return np.where(study.combos.drugs >= 0, number[study.combos.drugs], -1)


def set_ids(study: Study, identity: tuple[str, ...]) -> np.ndarray:
    """int64[N] id of each row's set of drugs, whatever their order and names."""
    ids = np.sort(drug_ids(study, identity), axis=1)
    # Two names of one structure in a row are one drug: the set has it once.
    ids[:, 1:][ids[:, 1:] == ids[:, :-1]] = -1
    ids.sort(axis=1)
    return np.unique(ids, axis=0, return_inverse=True)[1].reshape(-1)


def _units(study: Study, identity: tuple[str, ...], unit: str) -> np.ndarray:
    if unit == "pair":
        return set_ids(study, identity)
    if unit == "profile":
        return study.combos.profile.astype(np.int64)
    if unit == "group":
        return _conditions(study, identity)
    raise ConfigError(f"split.unit is {unit!r}; expected one of {', '.join(UNITS)}")


def _conditions(study: Study, identity: tuple[str, ...]) -> np.ndarray:
    """int64[N]: rows of one group, or of the same drugs (by identity) and profile, are one."""
    at = np.stack([set_ids(study, identity), study.combos.profile], axis=1)
    condition = np.unique(at, axis=0, return_inverse=True)[1].reshape(-1)
    group = np.unique(study.combos.group, return_inverse=True)[1]
    n = len(study)
    links = sparse.coo_matrix(
        (np.ones(2 * n), (np.tile(np.arange(n), 2), np.concatenate([condition, group + n]) + n)),
        shape=(3 * n, 3 * n),
    )
    return connected_components(links, directed=False)[1][:n].astype(np.int64)


def _check_numbers(n_folds: int, seed: int) -> None:
    if type(n_folds) is not int or n_folds < 3:
        raise ConfigError(
            f"split.n_folds is {n_folds!r}; expected 3 or more: to train, to validate and to test"
        )
    check_seed(seed)


def check_seed(seed: object) -> None:
    """Raise ConfigError unless ``split.seed`` is a whole number from 0."""
    if type(seed) is not int or seed < 0:
        raise ConfigError(f"split.seed is {seed!r}; expected a whole number from 0")


def check_share(name: str, share: object) -> None:
    """Raise ConfigError unless ``split.NAME`` is a number between 0 and 1."""
    number = isinstance(share, int | float) and not isinstance(share, bool)
    if not number or not 0 < share < 1:  # type: ignore[operator]
        raise ConfigError(f"split.{name} is {share!r}; expected a number between 0 and 1")


def _fold_of_units(units: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """Fold number of each row; all rows of a unit get the same one, folds are of like size."""
    names, inverse = np.unique(units, return_inverse=True)
    if len(names) < n_folds:
        raise ConfigError(
            f"{len(names)} units cannot make {n_folds} folds; lower split.n_folds (3 or more), or "
            "bring more data: what is held out is split by pair, drug, profile or row"
        )
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
    """Folds that came with the study, in its column ``column``; ``unit`` is kept together by them.

    Fold k tests, the next one validates. Rows with a negative fold are left out.
    """

    column: str
    unit: str

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """One fold a value of the column."""
        fold = whole_numbers(study, self.column).astype(np.int64)
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
        _check_numbers(self.n_folds, self.seed)
        units = _units(study, identity, self.unit)
        fold = _fold_of_units(units, n_folds=self.n_folds, seed=self.seed)
        return _unit_folds(fold, units, unit=self.unit, numbers=list(range(self.n_folds)))


@dataclass(frozen=True, kw_only=True)
class FieldFolds:
    """Folds that keep the profiles of one level of a category ``field`` together (a tissue).

    One fold a level; profiles whose level is missing are left out.
    """

    field: str

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """One fold a level that has rows. Raises ConfigError without the field."""
        names = [f.name for f in study.profiles.category_fields]
        if self.field not in names:
            raise ConfigError(
                f"study {study.name!r} has no category field {self.field!r}; "
                f"{hint(self.field, names)}; choose another split"
            )
        level = study.profiles.category[:, names.index(self.field)].astype(np.int64)
        fold = np.where(study.combos.profile >= 0, level[study.combos.profile], -1)
        numbers = [int(k) for k in np.unique(fold) if k >= 0]
        if len(numbers) < 3:
            raise InputError(f"field {self.field!r} has {len(numbers)} levels; at least 3 needed")
        return _unit_folds(
            fold, _units(study, identity, "profile"), unit="profile", numbers=numbers
        )


@dataclass(frozen=True, kw_only=True)
class DrugFolds:
    """Unseen drugs: fold k tests every row with a drug of group k and trains on rows with none.

    Validation: training rows with a drug of the next group. Groups of drugs are drawn by ``seed``
    over identities or, when ``given``, read from the columns ``group_first``, ``group_second`` of
    the study: the groups 0..n_folds-1 of the first two drugs of each row, in the row's order.
    """

    n_folds: int
    seed: int
    given: bool

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """``n_folds`` folds; a row whose drugs are in two groups is tested in two of them."""
        _check_numbers(self.n_folds, self.seed)
        ids = drug_ids(study, identity)
        group = self._given_groups(study) if self.given else self._drawn_groups(ids)
        return [self._one(k, ids, group) for k in range(self.n_folds)]

    def _drawn_groups(self, ids: np.ndarray) -> np.ndarray:
        number = _fold_of_units(np.arange(ids.max() + 1), n_folds=self.n_folds, seed=self.seed)
        return np.where(ids >= 0, number[ids], -1)

    def _given_groups(self, study: Study) -> np.ndarray:
        """int64[N, K] group of each drug of each row, also of drugs beyond the second."""
        drugs = study.combos.drugs
        first = drugs[:, : len(GROUP_COLUMNS)]
        columns = [whole_numbers(study, c) for c in GROUP_COLUMNS[: first.shape[1]]]
        given = np.stack(columns, axis=1).astype(np.int64)
        number = np.full(len(study.drugs), -1, np.int64)
        number[first[first >= 0]] = given[first >= 0]
        for name, wrong in (
            ("two groups", first[(number[first] != given) & (first >= 0)]),
            ("no group", drugs[(drugs >= 0) & (number[drugs] < 0)]),
        ):
            if len(wrong):
                raise InputError(
                    f"drug {study.drugs.names[wrong[0]]!r} has {name} in "
                    f"{', '.join(GROUP_COLUMNS)}; give each drug one, a number from 0"
                )
        if number.max() >= self.n_folds:
            raise ConfigError(
                f"{', '.join(GROUP_COLUMNS)} hold groups up to {number.max()}, but split.n_folds "
                f"is {self.n_folds}; say split.n_folds={number.max() + 1}"
            )
        return np.where(drugs >= 0, number[drugs], -1)

    def _one(self, k: int, ids: np.ndarray, group: np.ndarray) -> Fold:
        test = (group == k).any(axis=1)
        following = (group == (k + 1) % self.n_folds).any(axis=1)
        train, validation, search = ~test, ~test & following, ~test & ~following
        trained, searched = ids[train], ids[search]
        proofs = (
            prove("drug", "train and held-out drugs", trained[trained >= 0], ids[group == k]),
            prove(
                "drug",
                "search and validation drugs",
                searched[searched >= 0],
                ids[validation][group[validation] == (k + 1) % self.n_folds],
            ),
        )
        return _fold(f"fold{k}", train, search, validation, test, proofs)


def whole_numbers(study: Study, name: str) -> np.ndarray:
    """A column of whole numbers int[N]. Raises ConfigError (no such column), InputError."""
    if name not in study.columns:
        raise ConfigError(
            f"study {study.name!r} has no column {name!r}; {hint(name, study.columns)}; "
            "choose another split"
        )
    values = study.columns[name]
    if values.dtype.kind not in "iu":
        raise InputError(f"column {name!r} holds {values.dtype}; expected whole numbers")
    return values


def whole(folds: list[Fold]) -> Fold:
    """The fold that trains on all rows of the folds; fold 0's validation rows find the epochs.

    The search trains on what fold 1 trains on: its test rows are fold 0's validation rows and, of
    unseen drugs, all others with the same drugs, so that fold 1's proof holds for the search too.
    Where it does not, fold 0's own search is taken.
    """
    first = folds[0]
    everything = np.unique(np.concatenate([part for f in folds for part in (f.train, f.test)]))
    if len(folds) == 1 or np.intersect1d(folds[1].train, first.validation).size:
        # One fold, later trials last, or cohorts one by one: fold 0's own search is the only one
        # that there is a proof of.
        return replace(first, name="all", train=everything, test=NOTHING, proofs=first.proofs[1:])
    following = folds[1]
    proof = following.proofs[0]
    between = proof.between.replace("train", "search").replace("test", "validation")
    return Fold(
        name="all",
        train=everything,
        search=following.train,
        validation=first.validation,
        test=NOTHING,
        proofs=(replace(proof, between=between),),
    )

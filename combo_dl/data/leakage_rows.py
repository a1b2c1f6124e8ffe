"""Rows of a study as ids that can be compared across the sides of a fold.

Written apart from the ids of the splits, so that one mistake cannot hide in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from combo_dl.core.study import Study
from combo_dl.data.fold import Fold

_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """Row ids int64 of two sides: ``learned`` must not show what is ``held_out``.

    test: the held-out rows are test rows, not those that find the number of epochs.
    """

    name: str
    learned: np.ndarray
    held_out: np.ndarray
    test: bool


def boundaries(folds: Sequence[Fold]) -> list[Boundary]:
    """Two a fold: test rows against all others of the fold, validation rows against the search."""
    made = []
    for fold in folds:
        # Validation rows choose the number of epochs: they are learned from, wherever they stand.
        learned = np.unique(np.concatenate([fold.train, fold.search, fold.validation]))
        made.append(
            Boundary(name=f"{fold.name} test", learned=learned, held_out=fold.test, test=True)
        )
        made.append(
            Boundary(
                name=f"{fold.name} validation",
                learned=fold.search,
                held_out=fold.validation,
                test=False,
            )
        )
    return [b for b in made if len(b.held_out)]


def marked(ids: np.ndarray, size: int) -> np.ndarray:
    """bool[size]: the id occurs in ``ids`` (any shape, -1 pad)."""
    mark = np.zeros(size, bool)
    mark[ids[ids >= 0]] = True
    return mark


def first_shared(ids: np.ndarray, sides: Sequence[Boundary]) -> np.ndarray:
    """int64[U]: for each id 0..U-1 of rows (int64[N]), the first of ``sides`` that it stands on
    both sides of, -1 for none."""
    size = int(ids.max(initial=-1)) + 1
    first = np.full(size, -1, np.int64)
    for at in reversed(range(len(sides))):
        learned, held_out = ids[sides[at].learned], ids[sides[at].held_out]
        first[marked(learned, size) & marked(held_out, size)] = at
    return first


def row_ids(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int64[N] id of each row of int[N, K], int64[U] a row of each id)."""
    code = np.zeros(len(table), np.int64)
    for column in table.T.astype(np.int64):
        # Renumbered after each column, so that wide rows of many values do not overflow.
        low, high = column.min(initial=0), column.max(initial=0)
        code = np.unique(code * (high - low + 1) + column - low, return_inverse=True)[1]
    _, first, ids = np.unique(code, return_index=True, return_inverse=True)
    return ids, first


def as_sets(drugs: np.ndarray) -> np.ndarray:
    """int64[N, K] of ids int[N, K]: ascending, each once, -1 pad at the end."""
    ids = np.where(drugs < 0, _LAST, drugs.astype(np.int64))
    ids.sort(axis=1)
    ids[:, 1:][ids[:, 1:] == ids[:, :-1]] = _LAST
    ids.sort(axis=1)
    return np.where(ids == _LAST, -1, ids)


@dataclass(frozen=True, kw_only=True)
class AuditRows:
    """N rows of a study as ids, by identity of the drugs (I of them) and by name (D).

    number int64[D]: identity number of each drug.  keys: the I identities.
    drugs int64[N, K]: identity numbers of each row, -1 pad.
    sets int64[S, K], set_of int64[N]: the different sets of identities, and that of each row.
    named_of int64[N]: id of each row's set of names.  condition int64[N]: id of (set, profile).
    """

    study: Study
    keys: tuple[str, ...]
    number: np.ndarray
    drugs: np.ndarray
    sets: np.ndarray
    set_of: np.ndarray
    named_of: np.ndarray
    condition: np.ndarray

    @classmethod
    def of(cls, study: Study, identity: Sequence[str]) -> "AuditRows":
        """The rows of ``study``, whose drugs have these identities."""
        keys, number = np.unique(np.array(identity, dtype=str), return_inverse=True)
        named = study.combos.drugs.astype(np.int64)
        drugs = np.where(named >= 0, number[named], -1)
        members = as_sets(drugs)
        set_of, first = row_ids(members)
        return cls(
            study=study,
            keys=tuple(keys.tolist()),
            number=number,
            drugs=drugs,
            sets=members[first],
            set_of=set_of,
            named_of=row_ids(as_sets(named))[0],
            condition=row_ids(np.stack([set_of, study.combos.profile.astype(np.int64)], axis=1))[0],
        )

    @cached_property
    def drug_names(self) -> tuple[str, ...]:
        """The first name of each identity."""
        first = np.unique(self.number, return_index=True)[1]
        return tuple(self.study.drugs.names[d] for d in first)

    def names_of(self, row: int) -> str:
        """The drugs of a row under the study's names."""
        drugs = self.study.combos.drugs[row]
        return " + ".join(self.study.drugs.names[d] for d in drugs[drugs >= 0])

    def set_name(self, which: int) -> str:
        """The drugs of a set of identities."""
        return " + ".join(sorted(self.drug_names[d] for d in self.sets[which] if d >= 0))

    def profile_name(self, row: int) -> str:
        """The profile of a row."""
        profile = self.study.combos.profile[row]
        return self.study.profiles.ids.names[profile] if profile >= 0 else "no profile"

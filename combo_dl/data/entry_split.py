"""EntryFolds: what is held out is an entry, a set of drugs and a label column, and not a row.

The usual protocol of side effects of pairs (Zitnik M, Agrawal M, Leskovec J. Bioinformatics
2018;34:i457-i466): the same pair trains on some of its effects and is tested on others. It
flatters, as random rows do, since what a pair was reported with says how much is reported of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.names import hint
from combo_dl.core.study import Study
from combo_dl.data.fold import Fold, Proof
from combo_dl.data.splits import set_ids

UNIT = "entry"
TEST, VALIDATION, TRAINING = 0, 1, 2
_COLUMNS = 64  # of a wide label, looked at together: its mask is not made whole


@dataclass(frozen=True, kw_only=True)
class EntryFolds:
    """One fold, which the study brings in its ``column``: a row is a copy of a pair that holds its
    entries of one part, 0 test, 1 validation, 2 training; negative numbers are left out.

    The proofs are of entries that are observed: no set of drugs (by identity) has a label in one
    column on two sides.
    """

    column: str

    def folds(self, study: Study, identity: tuple[str, ...]) -> list[Fold]:
        """The fold. Raises ConfigError (no such column), InputError (other numbers, or a part
        without rows), LeakageError (an entry on two sides)."""
        part = _parts(study, self.column)
        search, validation, test = (part == k for k in (TRAINING, VALIDATION, TEST))
        train, sets = search | validation, set_ids(study, identity)
        proofs = (
            _prove(study, sets, "train and test", train, test),
            _prove(study, sets, "search and validation", search, validation),
        )
        ids = [np.flatnonzero(m) for m in (train, search, validation, test)]
        return [
            Fold(
                name="fold0",
                train=ids[0],
                search=ids[1],
                validation=ids[2],
                test=ids[3],
                proofs=proofs,
            )
        ]


def _parts(study: Study, name: str) -> np.ndarray:
    if name not in study.columns:
        raise ConfigError(
            f"study {study.name!r} has no column {name!r}; {hint(name, study.columns)}; make it "
            "with its protocol entries (data.twosides.protocol=entries), or choose another split"
        )
    part = study.columns[name]
    if part.dtype.kind not in "iu" or part.max(initial=0) > TRAINING:
        raise InputError(
            f"column {name!r} holds {part.dtype} up to {part.max(initial=0)}; expected 0 (test), "
            "1 (validation) and 2 (training)"
        )
    for number, what in ((TEST, "test"), (VALIDATION, "validation"), (TRAINING, "training")):
        if not (part == number).any():
            raise InputError(f"column {name!r} has no {number}: there are no {what} rows")
    return part.astype(np.int64)


def _prove(
    study: Study, sets: np.ndarray, between: str, left: np.ndarray, right: np.ndarray
) -> Proof:
    """Proof of the observed entries of two sides. Raises LeakageError on a shared one."""
    counts = np.zeros(3, np.int64)
    rows = [np.flatnonzero(side) for side in (left, right)]
    size = int(sets.max(initial=-1)) + 1
    for label in study.combos.labels.values():
        sides = zip(*(_observed(label, sets, at, size) for at in rows), strict=True)
        for a, b in sides:
            counts += [int(m.sum()) for m in (a, b, a & b)]
    return Proof(
        unit=UNIT,
        between=between,
        left=int(counts[0]),
        right=int(counts[1]),
        shared=int(counts[2]),
    ).validate()


def _observed(
    label: np.ndarray, sets: np.ndarray, rows: np.ndarray, size: int
) -> Iterator[np.ndarray]:
    """bool[size, <= 64] at a time: does a row of the set have a label in the column?"""
    order = rows[np.argsort(sets[rows], kind="stable")]
    found, start = np.unique(sets[order], return_index=True)
    for at in range(0, label.shape[1], _COLUMNS):
        known = ~np.isnan(label[order, at : at + _COLUMNS])
        mark = np.zeros((size, known.shape[1]), bool)
        if len(start):
            mark[found] = np.logical_or.reduceat(known, start, axis=0)
        yield mark

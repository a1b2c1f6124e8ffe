"""Held-out pairs that training sees inside a larger set: learned from, though not as a row."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from combo_dl.data.findings import Finding, finding, not_asked
from combo_dl.data.leakage_rows import AuditRows, Boundary, marked

CHECK = "pair inside a larger set"


def pairs_in_larger_sets(rows: AuditRows, sides: Sequence[Boundary], unit: str) -> Finding:
    """Pairs of held-out rows that a learned row of three drugs or more holds.

    A warning: the label of three drugs is not that of two of them, yet it says something of it.
    """
    if unit != "pair" or not sides:
        return not_asked(CHECK, "the folds do not hold pairs apart" if sides else "no folds")
    size = (rows.sets >= 0).sum(axis=1)
    count = len(rows.keys)
    code = np.where(size == 2, rows.sets[:, 0] * count + rows.sets[:, 1], -1)
    where = np.full(len(rows.sets), -1, np.int64)
    for at in reversed(range(len(sides))):
        learned = marked(rows.set_of[sides[at].learned], len(rows.sets)) & (size > 2)
        held = marked(rows.set_of[sides[at].held_out], len(rows.sets)) & (size == 2)
        where[held & np.isin(code, _pairs_of(rows.sets[learned], count))] = at
    found = np.flatnonzero(where >= 0)

    def said() -> Iterable[str]:
        return (f"{rows.set_name(s)} ({sides[where[s]].name})" for s in found.tolist())

    return finding(CHECK, "warn", len(found), said())


def _pairs_of(sets: np.ndarray, count: int) -> np.ndarray:
    """int64: code of each pair of drugs in sets int64[S, K], ascending, -1 pad."""
    parts = [np.zeros(0, np.int64)]
    for i, j in combinations(range(sets.shape[1]), 2):
        both = sets[:, j] >= 0
        parts.append(sets[both, i] * count + sets[both, j])
    return np.unique(np.concatenate(parts))

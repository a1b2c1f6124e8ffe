"""Which cells of tables of counts are hidden, so that no small count can be recomputed.

Cells are linked wherever one is the sum of others, in one table or across tables of one
population. Primary: counts under the threshold. Secondary: further cells, until nobody who solves
the sums can find a small count (secondary suppression: Hundepool A et al., Statistical Disclosure
Control, Wiley 2012, chapter 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from combo_dl.core.errors import InputError

Key = frozenset[tuple[str, str]]  # {(dimension, level)}; a dimension that is absent is summed over


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The sums that tie cells: A x = 0, one column a cell of ``keys``; ``count`` int64[n]."""

    keys: tuple[Key, ...]
    count: np.ndarray
    A: np.ndarray


def sums_of(published: Mapping[Key, int]) -> Sums:
    """The cells, every total that they imply, and what ties them.

    Levels of a dimension are those that occur; each set of them is a partition of the people.
    Raises InputError where a stated total is not the sum of its parts.
    """
    levels: dict[str, set[str]] = {}
    for key in published:
        for name, level in key:
            levels.setdefault(name, set()).add(level)
    known = dict(published)
    for key in list(published):
        for size in range(len(key)):
            for part in combinations(sorted(key), size):
                known.setdefault(frozenset(part), -1)
    rows = []
    for key in sorted(known, key=lambda k: (-len(k), sorted(k))):
        for name in sorted(set(levels) - {n for n, _ in key}):
            parts = [key | {(name, v)} for v in sorted(levels[name])]
            if all(p in known for p in parts):
                rows.append((key, parts))
    _fill(known, rows)
    keys = tuple(sorted(known, key=lambda k: (len(k), sorted(k))))
    place = {k: i for i, k in enumerate(keys)}
    A = np.zeros((len(rows), len(keys)))
    for r, (total, parts) in enumerate(rows):
        A[r, place[total]] = -1
        A[r, [place[p] for p in parts]] = 1
    return Sums(keys=keys, count=np.array([known[k] for k in keys], np.int64), A=A)


def _fill(known: dict[Key, int], rows: list[tuple[Key, list[Key]]]) -> None:
    """Totals that no table states, from their parts; a total of which no parts are known is of no
    use to anyone and stays unknown (-1)."""
    for total, parts in rows:
        made = [known[p] for p in parts]
        if min(made) < 0:
            continue
        if known[total] < 0:
            known[total] = sum(made)
        elif known[total] != sum(made):
            named = ", ".join(f"{n}={v}" for n, v in sorted(total)) or "all"
            raise InputError(
                f"the total of {named} is {known[total]} and its parts add up to {sum(made)}; give "
                "tables whose levels, 'missing' among them, hold each person once"
            )


def hidden_cells(published: Mapping[Key, int], threshold: int) -> set[Key]:
    """The cells of ``published`` that must not be shown.

    Shown cells are all at least ``threshold``; of no hidden or implied cell can it be found out,
    exactly or as a range, that it is a certain number under the threshold, or only that it is under
    it. Raises InputError where even hiding all cells would not do, which no table can reach.
    """
    sums = sums_of(published)
    shown = np.array([k in published for k in sums.keys])
    open_ = shown & (sums.count >= threshold)
    while True:
        weak = _weak_cell(sums, open_, threshold)
        if weak is None:
            return {k for k, s, o in zip(sums.keys, shown, open_, strict=True) if s and not o}
        best = _partner(sums, open_, weak)
        if best is None:
            raise InputError("no way was found to hide the small counts; leave this table out")
        open_[best] = False


def _weak_cell(sums: Sums, open_: np.ndarray, threshold: int) -> int | None:
    """A cell under the threshold that the shown ones give away; None where there is none."""
    small = np.flatnonzero(~open_ & (sums.count >= 0) & (sums.count < threshold))
    for cell in small:
        # The lower end is at most the count, which is under the threshold: no need to ask for it.
        if highest(sums, open_, int(cell)) < threshold:
            return int(cell)
    return _weak_group(sums, open_, threshold)


def _weak_group(sums: Sums, open_: np.ndarray, threshold: int) -> int | None:
    """A hidden cell of a shown total whose hidden parts together are under the threshold: their sum
    is a small count that anyone can take the difference for."""
    for row in sums.A:
        total, parts = np.flatnonzero(row < 0), np.flatnonzero(row > 0)
        covered = parts[~open_[parts]]
        if open_[total].all() and len(covered) > 0 and sums.count[covered].sum() < threshold:
            return int(covered[0])
    return None


def highest(sums: Sums, open_: np.ndarray, cell: int) -> float:
    """The most that the shown cells leave for a cell, counts being 0 or more."""
    fixed = np.where(open_, sums.count, 0).astype(float)
    limits = [(c, c) if o else (0, None) for c, o in zip(fixed, open_, strict=True)]
    aim = np.zeros(len(sums.keys))
    aim[cell] = -1
    zero = np.zeros(len(sums.A))
    made = linprog(
        aim,
        A_eq=sums.A if len(sums.A) else None,
        b_eq=zero if len(sums.A) else None,
        bounds=limits,
        method="highs",
    )
    return float(-made.fun) if made.status == 0 else np.inf


def _partner(sums: Sums, open_: np.ndarray, weak: int) -> int | None:
    """The shown cell to hide next: the smallest in a sum with the weak one, else the smallest."""
    rows = sums.A[sums.A[:, weak] != 0]
    near = np.flatnonzero((rows != 0).any(axis=0) & open_)
    found = near if len(near) else np.flatnonzero(open_)
    order = [(len(sums.keys[i]) == 0, -len(sums.keys[i]), sums.count[i], i) for i in found]
    return int(min(order)[-1]) if order else None

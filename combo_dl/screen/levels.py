"""Support of many sets at once: a larger set is as weak as its weakest pair."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT
from combo_dl.data.calibration import groups_of

TEXTS = (*PAIR_SUPPORT, *SINGLE_SUPPORT)


@dataclass(frozen=True, kw_only=True)
class SupportLevels:
    """known: int64[D], catalog id of each drug, -1 where training never saw it.  pairs: int[n, 2]
    and triples: int[n, 3], as of ``data.support.SeenPairs``.  seen: int64[U], id of each profile
    among those of training, -1 new.  space_none: profiles do not matter."""

    known: np.ndarray
    pairs: np.ndarray
    triples: np.ndarray
    seen: np.ndarray
    space_none: bool

    def groups(self, profile: int) -> tuple[str, ...]:
        """The group of calibration of each place of TEXTS, in one profile."""
        same = self.space_none or self.seen[profile] >= 0
        return groups_of(TEXTS, np.full(len(TEXTS), same))

    def of(self, sets: np.ndarray, profile: int) -> np.ndarray:
        """int8[n]: place in TEXTS of each set int64[n, K] in one profile."""
        if sets.shape[1] == 1:
            return (len(PAIR_SUPPORT) + (self.known[sets[:, 0]] < 0)).astype(np.int8)
        table = self._table(profile)
        places = combinations(range(sets.shape[1]), 2)
        return np.maximum.reduce([table[sets[:, i], sets[:, j]] for i, j in places])

    def _table(self, profile: int) -> np.ndarray:
        """int8[D, D]: place of each pair."""
        unseen = (self.known < 0).astype(np.int8)
        count = unseen[:, None] + unseen[None]
        table = np.where(count > 0, 2 + count, 2).astype(np.int8)
        low, high = self.pairs, self.triples
        self._mark(table, low, 1)
        if self.seen[profile] >= 0:
            self._mark(table, high[high[:, 2] == self.seen[profile], :2], 0)
        return table

    def _mark(self, table: np.ndarray, pairs: np.ndarray, level: int) -> None:
        # Two names that were asked may be one training drug: each has its places.
        order = np.argsort(self.known, kind="stable")
        ids = self.known[order]
        for a, b in ((0, 1), (1, 0)):
            left, right = (_places(ids, order, pairs[:, c]) for c in (a, b))
            for pair in set(left) & set(right):
                for i in left[pair]:
                    table[i, right[pair]] = level


def _places(ids: np.ndarray, order: np.ndarray, wanted: np.ndarray) -> dict[int, np.ndarray]:
    """{number of the pair: places of the drug}, of those that are asked."""
    first = np.searchsorted(ids, wanted, side="left")
    last = np.searchsorted(ids, wanted, side="right")
    return {int(n): order[first[n] : last[n]] for n in np.flatnonzero(last > first)}

"""Found: what is kept of the sets of one block, or of all blocks so far."""

from dataclasses import dataclass, fields

import numpy as np

from combo_dl.screen.top import best, front

MOST_FRONT = 1000  # points of a front that are kept


@dataclass(frozen=True, kw_only=True)
class Found:
    """C candidates, and the best of each network.

    view: int32[C].  number: int64[C], the set among those of all sizes.  score: float32[C], what
    ranks.  harm: float32[C], NaN where no harm is traded.  members: float32[C, M], the score by
    each network.  values: float32[C, W], the columns.  top, front: bool[C], why it is kept.
    best: float32[M, V, top], the highest scores of each network in each view.
    counts: int64[3], sets scored, of them allowed, and (set, profile) rows within the limits.
    """

    view: np.ndarray
    number: np.ndarray
    score: np.ndarray
    harm: np.ndarray
    members: np.ndarray
    values: np.ndarray
    top: np.ndarray
    front: np.ndarray
    best: np.ndarray
    counts: np.ndarray

    def take(self, at: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays of candidates at these places."""
        return {n: getattr(self, n)[at] for n in CANDIDATES}

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


CANDIDATES = ("view", "number", "score", "harm", "members", "values", "top", "front")


def merged(left: Found, right: Found, *, kept: int) -> Found:
    """Of both: the order in which blocks are merged does not matter."""
    both = {n: np.concatenate([getattr(left, n), getattr(right, n)]) for n in CANDIDATES}
    places = []
    for view in np.unique(both["view"]):
        at = np.flatnonzero(both["view"] == view)
        score, number = both["score"][at], both["number"][at]
        first = at[best(np.where(both["top"][at], score, -np.inf), number, kept)]
        benefit = np.where(both["front"][at], score, -np.inf)
        edge = at[front(benefit, both["harm"][at], number, most=MOST_FRONT)]
        every = np.union1d(first, edge)
        both["top"][at], both["front"][at] = np.isin(at, first), np.isin(at, edge)
        places.append(every)
    at = np.concatenate(places) if places else np.zeros(0, np.int64)
    count = left.best.shape[2]
    together = np.concatenate([left.best, right.best], axis=2)
    return Found(
        **{n: array[at] for n, array in both.items()},
        best=-np.sort(-together, axis=2)[..., :count],
        counts=left.counts + right.counts,
    )

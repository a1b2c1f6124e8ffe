"""Support: how near a request is to what the bundle was trained on."""

from typing import Protocol

import numpy as np

from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT
from combo_dl.core.study import Study


class SeenPairs(Protocol):
    """pairs: int[n, 2] ids of drugs that were seen together; triples: with the profile's id."""

    @property
    def pairs(self) -> np.ndarray:
        """int[n, 2]."""
        ...

    @property
    def triples(self) -> np.ndarray:
        """int[n, 3]."""
        ...


def seen_pairs(part: Study, world_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int32[n, 2] pairs of catalog ids in the rows of ``part``, and int32[n, 3] with the profile's
    id in its table."""
    drugs, profile = part.combos.drugs, part.combos.profile
    found = []
    for i in range(drugs.shape[1]):
        for j in range(i + 1, drugs.shape[1]):
            both = drugs[:, j] >= 0
            ids = np.sort(world_ids[drugs[both][:, [i, j]]], axis=1)
            found.append(np.concatenate([ids, profile[both, None]], axis=1))
    triples = np.unique(np.concatenate(found), axis=0) if found else np.zeros((0, 3), np.int64)
    pairs = np.unique(triples[:, :2], axis=0)
    return pairs.astype(np.int32), triples.astype(np.int32)


def supports(
    sets: np.ndarray, known: np.ndarray, profile: np.ndarray, study: SeenPairs
) -> tuple[str, ...]:
    """One text of PAIR_SUPPORT or SINGLE_SUPPORT a row; a larger set is as weak as its weakest
    pair.

    sets: int64[N, K] drugs of the request, -1 pad.  known: int64[D] catalog id of each in the
    bundle, -1 where training never saw it.  profile: int64[N] id in the training profiles, or -1.
    """
    pairs = {(int(a), int(b)) for a, b in study.pairs}
    triples = {(int(a), int(b), int(p)) for a, b, p in study.triples}
    made = []
    for row, at in zip(sets, profile, strict=True):
        ids = np.sort(known[row[row >= 0]])
        if len(ids) == 1:
            made.append(SINGLE_SUPPORT[int(ids[0] < 0)])
        else:
            made.append(PAIR_SUPPORT[_level(ids, int(at), pairs, triples)])
    return tuple(made)


def _level(
    ids: np.ndarray, profile: int, pairs: set[tuple[int, int]], triples: set[tuple[int, int, int]]
) -> int:
    unseen = int((ids < 0).sum())
    if unseen:
        return 3 if unseen == 1 else 4
    asked = [(int(a), int(b)) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    if all((a, b, profile) in triples for a, b in asked):
        return 0
    return 1 if all(pair in pairs for pair in asked) else 2

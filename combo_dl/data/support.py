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
    present = sets >= 0
    # A drug that training never saw is -1, no drug at all -2.
    ids = np.sort(np.where(present, known[np.where(present, sets, 0)] if len(known) else -1, -2))
    level = _levels(ids, profile.astype(np.int64), study)
    single, new = present.sum(axis=1) == 1, (ids == -1).any(axis=1)
    text = np.array([*PAIR_SUPPORT, *SINGLE_SUPPORT], dtype=object)
    return tuple(text[np.where(single, len(PAIR_SUPPORT) + new, level)].tolist())


def _levels(ids: np.ndarray, profile: np.ndarray, study: SeenPairs) -> np.ndarray:
    """int64[N]: place in PAIR_SUPPORT of each row. ``ids``: int64[N, K] ascending, -1 a drug that
    training never saw, -2 none."""
    low, high = study.pairs.astype(np.int64), study.triples.astype(np.int64)
    size = 1 + max(int(part.max(initial=0)) for part in (ids, low, high[:, :2]))
    of_pairs, of_triples = low @ (size, 1), high[:, :2] @ (size, 1)
    in_profile, paired = np.ones(len(ids), bool), np.ones(len(ids), bool)
    lines = np.unique(np.concatenate([high[:, 2], profile]), return_inverse=True)[1]
    seen_lines, asked_lines = np.split(lines.reshape(-1), [len(high)])
    span = int(lines.max(initial=0)) + 1
    for i in range(ids.shape[1]):
        for j in range(i + 1, ids.shape[1]):
            pair, both = ids[:, i] * size + ids[:, j], ids[:, i] >= 0
            paired &= ~both | np.isin(pair, of_pairs)
            known = np.isin(pair * span + asked_lines, of_triples * span + seen_lines)
            in_profile &= ~both | known
    unseen = (ids == -1).sum(axis=1)
    return np.select([unseen == 1, unseen > 1, in_profile, paired], [3, 4, 0, 1], 2)

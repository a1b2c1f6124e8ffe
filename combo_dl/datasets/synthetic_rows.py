"""Which combinations the synthetic study has: sets of one to three drugs, and their folds."""

from itertools import combinations

import numpy as np

from combo_dl.core.errors import ConfigError
from combo_dl.core.files import digest_of

N_FOLDS = 5
MAX_DRUGS = 3


def fold_of(names: tuple[str, ...]) -> int:
    """Fold of a set of drugs, from its names alone."""
    return int(digest_of("fold_comb", *sorted(names))[:8], 16) % N_FOLDS


def draw_rows(
    rng: np.random.Generator, *, names: tuple[str, ...], n_profiles: int, counts: dict[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct (set, profile) rows, ``counts[K]`` of each set size K, shuffled.

    Returns drugs int32[N, 3] (ascending, -1 pad), profile int32[N], fold int32[N].
    A set of three is drawn among those whose three pairs are in one fold, so that a pair is in one
    fold whether it is given alone or within a larger set.
    Raises ConfigError when there are fewer distinct rows than asked for.
    """
    parts = []
    for size, count in counts.items():
        sets = _sets(names, size)
        if count > len(sets) * n_profiles:
            raise ConfigError(
                f"data.synthetic asks for {count} different rows of {size} drug(s); {n_profiles} "
                f"profiles allow {len(sets) * n_profiles}: lower n_rows or raise n_profiles"
            )
        cells = rng.choice(len(sets) * n_profiles, size=count, replace=False)
        drugs = np.full((count, MAX_DRUGS), -1, np.int32)
        drugs[:, :size] = sets[cells // n_profiles, :size]
        fold = sets[cells // n_profiles, size]
        parts.append(np.column_stack([drugs, cells % n_profiles, fold]))
    rows = rng.permutation(np.concatenate(parts)).astype(np.int32)
    return rows[:, :MAX_DRUGS], rows[:, MAX_DRUGS], rows[:, MAX_DRUGS + 1]


def _sets(names: tuple[str, ...], size: int) -> np.ndarray:
    """int[S, size + 1]: the drug sets of this size, with their fold in the last column."""
    pair_fold = {ids: fold_of(tuple(names[i] for i in ids)) for ids in _choose(names, 2)}
    if size < MAX_DRUGS:
        found = [(*ids, fold_of(tuple(names[i] for i in ids))) for ids in _choose(names, size)]
    else:
        folds = {ids: {pair_fold[p] for p in combinations(ids, 2)} for ids in _choose(names, 3)}
        found = [(*ids, *fold) for ids, fold in folds.items() if len(fold) == 1]
    return np.array(found, dtype=np.int32)


def _choose(names: tuple[str, ...], size: int) -> list[tuple[int, ...]]:
    return list(combinations(range(len(names)), size))

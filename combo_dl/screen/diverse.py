"""Choices among ranked sets: not all with the same drug, and few sets for many profiles."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np


def diverse(sets: Sequence[Sequence[int]], *, top: int, most_per_drug: int | None) -> list[int]:
    """Places of the first ``top`` of ranked sets, passing over a set of which a drug is already in
    ``most_per_drug`` of those chosen (greedy, in the order of the ranking)."""
    if most_per_drug is None:
        return list(range(min(top, len(sets))))
    used: Counter[int] = Counter()
    chosen: list[int] = []
    for place, ids in enumerate(sets):
        if len(chosen) == top:
            break
        if all(used[d] < most_per_drug for d in ids):
            chosen.append(place)
            used.update(ids)
    return chosen


def cover(held: dict[Hashable, set[int]], profiles: int) -> list[tuple[Hashable, list[int]]]:
    """A small choice of sets that covers every profile that any set covers: greedily the one that
    covers most that are not covered yet, the first of ``held`` among equals (Chvatal, Math Oper
    Res 1979;4:233-235: at most 1 + ln(profiles) times as many as the fewest).

    held: {set: profiles that it covers}. Returns each chosen set with the profiles it adds.
    """
    left = np.zeros(profiles, bool)
    for covered in held.values():
        left[list(covered)] = True
    made: list[tuple[Hashable, list[int]]] = []
    while left.any():
        gain = {name: [u for u in sorted(covered) if left[u]] for name, covered in held.items()}
        name = max(gain, key=lambda n: len(gain[n]))  # the first among equals
        made.append((name, gain[name]))
        left[gain[name]] = False
    return made

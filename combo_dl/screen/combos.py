"""Combinations by number: all sets of one size of D drugs, in the order of the drugs."""

from dataclasses import dataclass
from math import comb

import numpy as np

from combo_dl.nn.set_scores import Run


@dataclass(frozen=True, kw_only=True)
class Block:
    """The sets of ``size`` drugs with the numbers start to stop - 1. number: of the block."""

    number: int
    size: int
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


def blocks_of(drugs: int, sizes: range, *, sets: int) -> list[Block]:
    """All sets of ``drugs`` drugs, size by size, in blocks of at most ``sets``."""
    made: list[Block] = []
    for size in sizes:
        total = comb(drugs, size)
        for start in range(0, total, sets):
            stop = min(start + sets, total)
            made.append(Block(number=len(made), size=size, start=start, stop=stop))
    return made


def sets_of(block: Block, drugs: int) -> np.ndarray:
    """int64[n, K]: the sets of a block, each in ascending order, in lexicographic order.

    Unranking by the first drug, then the next: there are C(D - 1 - a, K - 1) sets that begin
    with drug a.
    """
    rank = np.arange(block.start, block.stop, dtype=np.int64)
    made = np.empty((len(rank), block.size), np.int64)
    least = np.zeros(len(rank), np.int64)  # the next drug is at least this one
    for k in range(block.size):
        left = block.size - 1 - k
        below = _below(drugs, left)
        # Sets that begin before ``least`` are not there: their number is added, not searched.
        at = rank + below[least]
        first = np.searchsorted(below, at, side="right") - 1
        made[:, k] = first
        rank = at - below[first]
        least = first + 1
    return made


def _below(drugs: int, left: int) -> np.ndarray:
    """int64[D + 1]: how many sets of left + 1 drugs begin with a drug before each."""
    counts = [comb(drugs - 1 - a, left) for a in range(drugs)]
    return np.concatenate([[0], np.cumsum(np.array(counts, dtype=np.int64))])


def runs_of(block: Block, drugs: int) -> list[Run]:
    """A block of pairs as runs: drug i with the drugs j of a range."""
    below = _below(drugs, 1)
    first = int(np.searchsorted(below, block.start, side="right")) - 1
    made: list[Run] = []
    for i in range(first, drugs - 1):
        low, high = max(block.start, int(below[i])), min(block.stop, int(below[i + 1]))
        if low >= block.stop:
            break
        made.append((i, i + 1 + low - int(below[i]), i + 1 + high - int(below[i])))
    return made

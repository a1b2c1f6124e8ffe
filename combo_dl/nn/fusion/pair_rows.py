"""PairRows: the pair terms of one drug with a run of others, from states that were made once.

``pair_term`` takes two lists of states of equal length: whoever asks for all pairs of D drugs
copies each state D times to make them. Here one side is a single drug and the other a run of
neighbours in memory, so that nothing is gathered.
"""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

# Pairs of a step, were each drug held against all: on a processor what fits in the cache of a core,
# on a GPU what fills it.
ROWS = 4096
ROWS_GPU = 1 << 19


def profiles_at_once(h_UDH: Tensor) -> int:
    """Profiles of a step: steps alike, and by the number of drugs, not by the run at hand, so that
    blocks do not change what is computed together."""
    profiles, drugs, _ = h_UDH.shape
    rows = ROWS if h_UDH.device.type == "cpu" else ROWS_GPU
    steps = -(-profiles // max(1, rows // drugs))
    return -(-profiles // steps)


class PairRows(Protocol):
    """Of states h [U, D, H]: the terms of pairs (i, j) for j of a run. step: how many profiles are
    best asked for at once."""

    step: int

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """[u, J, H]: ``pair_term(h[profiles, i], h[profiles, others])``."""
        ...

    def weighed(self, profiles: slice, i: int, others: slice, weight: Tensor) -> Tensor:
        """[u, J]: ``terms`` times a weight [H], for heads that read one number of a term."""
        ...


class PlainRows:
    """As ``pair_term`` itself has it."""

    def __init__(self, pair_term: Callable[[Tensor, Tensor], Tensor], h_UDH: Tensor) -> None:
        self.pair_term, self.h = pair_term, h_UDH.contiguous()
        self.step = profiles_at_once(h_UDH)

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """See PairRows."""
        run = self.h[profiles, others]
        return self.pair_term(self.h[profiles, i : i + 1].expand_as(run), run)

    def weighed(self, profiles: slice, i: int, others: slice, weight: Tensor) -> Tensor:
        """See PairRows."""
        return self.terms(profiles, i, others) @ weight

"""PairRows: the pair terms of one drug with a run of others, from states that were made once.

``pair_term`` takes two lists of states of equal length: whoever asks for all pairs of D drugs
copies each state D times to make them. Here one side is a single drug and the other a run of
neighbours in memory, so that nothing is gathered.
"""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor


class PairRows(Protocol):
    """Of states h [U, D, H]: the terms of pairs (i, j) for j of a run."""

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """[u, J, H]: ``pair_term(h[profiles, i], h[profiles, others])``."""
        ...


class PlainRows:
    """As ``pair_term`` itself has it."""

    def __init__(self, pair_term: Callable[[Tensor, Tensor], Tensor], h_UDH: Tensor) -> None:
        self.pair_term, self.h = pair_term, h_UDH

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """See PairRows."""
        run = self.h[profiles, others]
        return self.pair_term(self.h[profiles, i : i + 1].expand_as(run), run)

"""DosedSets: what a dose-aware head reads. Sets of drugs in profiles once each, and the doses of
every row, which may be many a set (the wells of a dose-response matrix)."""

import math
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

_LN10 = math.log(10.0)


@dataclass(frozen=True, kw_only=True)
class DosedSets:
    """S different sets of drugs in profiles, and B rows that give their drugs doses.

    h_SKH: states of the drugs (of no dose).  present_SK: bool.  z_SPH: pair vectors, the same in
    either order, zero for a pair that is not there.  pairs: the P places (i, j) in a set.
    set_B: int64, the set of each row.  log_dose_BK: log10 of the dose as batches hold it (in the
    unit of the study, or as a multiple of a typical dose of the drug).  taken_BK: bool, the drug is
    there at a dose above 0.  known_BK: bool, its dose is known, or it is not there.
    """

    h_SKH: Tensor
    present_SK: Tensor
    z_SPH: Tensor
    pairs: tuple[tuple[int, int], ...]
    set_B: Tensor
    log_dose_BK: Tensor
    taken_BK: Tensor
    known_BK: Tensor


def distinct_sets(
    drugs: Tensor, present: Tensor, profile: Tensor, *, n_drugs: int
) -> tuple[Tensor, Tensor]:
    """(rows int64[S], set int64[B]): one row of each different (drugs, profile), and the set of
    each row. drugs int64[B, K] in one order, present bool[B, K], profile int64[B].

    Wells of a matrix share their states and pair terms, which cost most of a step.
    """
    key = profile
    for k in range(drugs.shape[1]):
        key = key * (n_drugs + 1) + torch.where(present[:, k], drugs[:, k] + 1, 0)
        # Numbered anew at each place, so that no number of drugs overflows.
        key = torch.unique(key, return_inverse=True)[1]
    count = int(key.max()) + 1 if len(key) else 0
    rows = torch.zeros(count, dtype=torch.int64, device=key.device)
    rows[key] = torch.arange(len(key), device=key.device)
    return rows, key


def pair_places(width: int) -> tuple[tuple[int, int], ...]:
    """The pairs of places in a set of ``width`` drugs."""
    return tuple(combinations(range(width), 2))


def log10_of_log1p(dose: Tensor) -> Tensor:
    """log10 of doses that are given as log1p; 0 for a dose of 0, which nobody may read."""
    plain = torch.expm1(dose)
    return torch.log(torch.where(plain > 0, plain, 1.0)) / _LN10

"""Cells: the pairs of drugs that rows are made of, each in a profile."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import sparse

from combo_dl.kernels.inputs import KernelInputs


@dataclass(frozen=True, kw_only=True)
class Cells:
    """pairs: int64[n, 2] distinct pairs of drugs, ascending.  of_row: sparse [N, n * P], 1 for each
    pair of a row in its profile.  count: float64[N], pairs of a row.

    rows, first, second: int64[M], the pairs one by one (for features of both states).
    """

    pairs: np.ndarray
    of_row: sparse.csr_matrix
    count: np.ndarray
    rows: np.ndarray
    first: np.ndarray
    second: np.ndarray


def cells_of(inputs: KernelInputs, rows: np.ndarray) -> Cells:
    """The cells of these rows; a row with one drug has none."""
    drugs, present = inputs.drugs[rows], inputs.present[rows]
    at, both = [], []
    for i, j in combinations(range(drugs.shape[1]), 2):
        here = np.flatnonzero(present[:, i] & present[:, j])
        at.append(here)
        both.append(np.sort(drugs[here][:, [i, j]], axis=1))
    row = np.concatenate([*at, np.zeros(0, np.int64)]).astype(np.int64)
    pair = np.concatenate([*both, np.zeros((0, 2), np.int64)]).astype(np.int64)
    names, place = np.unique(pair, axis=0, return_inverse=True)
    n_profiles = len(inputs.of_profiles)
    column = place.reshape(-1) * n_profiles + inputs.profile[rows][row]
    shape = (len(rows), len(names) * n_profiles)
    return Cells(
        pairs=names,
        of_row=sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape),
        count=np.bincount(row, minlength=len(rows)).astype(np.float64),
        rows=row,
        first=pair[:, 0],
        second=pair[:, 1],
    )


def pair_similarity(
    alike: np.ndarray, asked: np.ndarray, trained: np.ndarray, *, single: float
) -> np.ndarray:
    """float64[n, m] of pairs int64[n, 2] and int64[m, 2], from the similarity of drugs ``alike``.

    The symmetric product k(a, a')k(b, b') + k(a, b')k(b, a'), and ``single`` times the sum of the
    four: neither changes when the drugs of a pair are swapped (Shawe-Taylor & Cristianini 2004).
    """
    (a, b), (c, d) = asked.T, trained.T
    ac, bd, ad, bc = (alike[np.ix_(x, y)] for x, y in ((a, c), (b, d), (a, d), (b, c)))
    return ac * bd + ad * bc + single * (ac + bd + ad + bc)

"""States: what a drug does alone in a profile, as a few numbers (Nystroem features).

The similarity of two states is radial in their single-drug curves. Its features are taken from a
few hundred training states (Williams & Seeger 2001), since there are drugs x profiles of them. A
state without a curve has features 0.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.kernels.similarity import squared_distances

LANDMARKS = 256
RANK = 48
PAIR_RANK = 16


@dataclass(frozen=True, kw_only=True)
class StateFeatures:
    """landmarks: float64[m, F].  root: float64[m, R] from similarities to features.  scale: of
    squared distances."""

    landmarks: np.ndarray
    root: np.ndarray
    scale: float

    def of(self, states: np.ndarray, present: np.ndarray) -> np.ndarray:
        """float64[n, R] of states float64[n, F] that are ``present`` bool[n]."""
        near = np.exp(-squared_distances(states, self.landmarks) / self.scale)
        return (near @ self.root) * present[:, None]


def fit_states(states: np.ndarray, *, median: float, width: float, seed: int) -> StateFeatures:
    """Features of training states float64[n, F], n >= 1; ``median`` of their squared distances."""
    chosen = _chosen(states, seed)
    scale = median * width
    near = np.exp(-squared_distances(chosen, chosen) / scale)
    size, axes = np.linalg.eigh(near)
    order = np.argsort(-size)[:RANK]
    size, axes = size[order], axes[:, order]
    kept = size > 1e-8 * size[0]
    # Components of the training states: their products are the similarity, up to what is dropped.
    return StateFeatures(
        landmarks=chosen, root=axes[:, kept] / np.sqrt(size[kept]), scale=float(scale)
    )


def median_of_states(states: np.ndarray, *, seed: int) -> float:
    """Median squared distance of training states; 1.0 where all are alike."""
    chosen = _chosen(states, seed)
    found = squared_distances(chosen, chosen)[np.triu_indices(len(chosen), 1)]
    found = found[found > 1e-9]
    return float(np.median(found)) if len(found) else 1.0


def _chosen(states: np.ndarray, seed: int) -> np.ndarray:
    order = np.random.default_rng(seed).permutation(len(states))
    return states[np.sort(order[:LANDMARKS])]


def of_both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """float64[n, R (R + 1) / 2]: symmetric products of two features float64[n, >= R]; their inner
    product is the product of both similarities, summed over both orders."""
    a, b = first[:, :PAIR_RANK], second[:, :PAIR_RANK]
    i, j = np.triu_indices(a.shape[1])
    made = a[:, i] * b[:, j] + a[:, j] * b[:, i]
    return made / np.where(i == j, np.sqrt(2.0), 1.0)

"""Clipped labels: how far a few extreme scores may pull a fit by squared error.

A synergy score has heavy tails, and where profiles are new they are mostly noise; where pairs are
new some of them repeat. So validation rows choose the bound (winsorised least squares; Huber 1964).
"""

import numpy as np

CLIPS = (None, 4.0, 2.5)  # in standard deviations of the training labels; None = as they are


def clipped(label: np.ndarray, weight: np.ndarray, bound: float | None) -> np.ndarray:
    """float64[n] labels (NaN unseen) drawn to within ``bound`` standard deviations of their mean,
    both by row ``weight`` float64[n]."""
    seen = ~np.isnan(label)
    if bound is None or not seen.any():
        return label
    centre = np.average(label[seen], weights=weight[seen])
    size = np.sqrt(np.average((label[seen] - centre) ** 2, weights=weight[seen]))
    return np.clip(label, centre - bound * size, centre + bound * size)

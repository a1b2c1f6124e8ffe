"""How well rows measured under the same conditions agree: the ceiling of every model."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats.regression import pearson


def replicate_ceiling(label: np.ndarray, group: np.ndarray) -> dict[str, float]:
    """How well a label float[N] agrees between two replicates of a ``group`` int[N].

    Keys: groups (those with two or more labels), pearson (between the first and the second of each
    group, in the order of rows) and ceiling = sqrt of pearson, the correlation with one noisy
    measurement that a noiseless model would reach (Spearman's attenuation formula; 0.0 where
    pearson is negative). Where the second measurements were made elsewhere and are shifted as a
    whole, that shift is no noise, and does not count as such.
    Raises InputError when no group has two labels.
    """
    first, second = _pairs(label, group)
    if not len(first):
        raise InputError(
            "no group has two labels; a replicate ceiling needs conditions measured twice"
        )
    r = pearson(first, second)
    return {"groups": float(len(first)), "pearson": r, "ceiling": float(np.sqrt(max(r, 0.0)))}


def _pairs(label: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two labels of every group that has two."""
    seen = ~np.isnan(label)
    order = np.argsort(group[seen], kind="stable")
    _, start, rows = np.unique(group[seen][order], return_index=True, return_counts=True)
    start = start[rows >= 2]
    values = label[seen][order].astype(np.float64)
    return values[start], values[start + 1]

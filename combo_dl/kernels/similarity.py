"""Similarity of drugs, profiles and states: sums of radial basis functions, one a feature block.

A block that one of two things lacks adds nothing: an unknown similarity is no similarity. Distances
are in units of the median distance of training things, so that a width of 1 suits every block.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from combo_dl.kernels.inputs import Block, Things


@dataclass(frozen=True, kw_only=True)
class Weights:
    """identity: of being the same training thing.  constant: of being a thing at all.
    blocks, widths: {block: weight, width in medians}; a block that is not named has no weight."""

    identity: float
    constant: float
    blocks: Mapping[str, float]
    widths: Mapping[str, float]


def similarity(
    asked: Things, trained: Things, weights: Weights, medians: Mapping[str, float]
) -> np.ndarray:
    """float64[n, m], 1 for a training thing with itself where it has every block."""
    same = (asked.known[:, None] == trained.known[None]) & (asked.known[:, None] >= 0)
    found = weights.identity * same + weights.constant
    total = weights.identity + weights.constant
    for name, block in trained.blocks.items():
        weight = weights.blocks.get(name, 0.0)
        if weight and name in asked.blocks:
            scale = medians[name] * weights.widths[name]
            found = found + weight * radial(asked.blocks[name], block, scale)
            total += weight
    return found / total


def radial(asked: Block, trained: Block, scale: float) -> np.ndarray:
    """float64[n, m]: exp(-d^2 / scale), or equality of an exact block; 0 where either lacks it."""
    if trained.exact:
        alike = (asked.values[:, None] == trained.values[None]).all(axis=2).astype(np.float64)
    else:
        alike = np.exp(-squared_distances(asked.values, trained.values) / scale)
    return alike * (asked.present[:, None] & trained.present[None])


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float64[n, m] of float64[n, F] and float64[m, F]."""
    lengths = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None]
    return np.maximum(lengths - 2 * x @ y.T, 0.0)


def median_distance(block: Block) -> float:
    """Median of the squared distances that are not 0; 1.0 where there is none."""
    values = block.values[block.present]
    found = squared_distances(values, values)
    off = found[np.triu_indices(len(values), 1)]
    off = off[off > 1e-9]
    return float(np.median(off)) if len(off) else 1.0


def medians_of(things: Things) -> dict[str, float]:
    """{block: its median squared distance among training things}."""
    return {name: median_distance(block) for name, block in things.blocks.items()}

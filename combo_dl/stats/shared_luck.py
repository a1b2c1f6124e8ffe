"""The one-factor form of a Gaussian copula with equal correlations.

Of each drug z_i = loading x shared + rest x own; given the shared part, drugs are independent. An
expectation over it is a sum by the trapezoid rule, which on such functions is exact but for
roundings once its step is small against the width rest / loading of what it integrates (Trefethen &
Weideman 2014, SIAM Rev 56:385).
"""

from dataclasses import dataclass

import numpy as np

_REACH = 7.0  # standard deviations, beyond which 3e-12 is left
# Against steps of a third of these no survival of a sum of 4 times changes by more than 3e-12.
_STEP, _STEPS_A_WIDTH, _MOST = 0.5, 3.0, 20_001


@dataclass(frozen=True, kw_only=True)
class SharedLuck:
    """Nodes z float64[M] of the shared part, their weights (sum 1), and the two loadings."""

    z: np.ndarray
    weight: np.ndarray
    loading: float
    rest: float


def pearson_of(spearman: float) -> float:
    """Pearson correlation of a bivariate normal law with this Spearman correlation: 2 sin(pi rho /
    6) (Pearson 1907; Kruskal 1958, J Am Stat Assoc 53:814)."""
    return float(2.0 * np.sin(np.pi * spearman / 6.0))


def shared_luck(spearman: float) -> SharedLuck:
    """Nodes for a ``spearman`` correlation from 0 to below 1."""
    r = pearson_of(spearman)
    loading, rest = np.sqrt(r), np.sqrt(max(1.0 - r, 1e-9))
    if loading == 0.0:
        return SharedLuck(z=np.zeros(1), weight=np.ones(1), loading=0.0, rest=1.0)
    step = min(_STEP, rest / loading / _STEPS_A_WIDTH)
    count = min(int(np.ceil(2 * _REACH / step)) + 1, _MOST)
    z = np.linspace(-_REACH, _REACH, count)
    density = np.exp(-(z**2) / 2)
    return SharedLuck(z=z, weight=density / density.sum(), loading=float(loading), rest=float(rest))

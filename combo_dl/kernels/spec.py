"""KernelSpec: weights and widths of one kernel; drawn at random, since many are about as good.

Several are drawn, validation rows choose the best few, and their predictions are averaged (random
search, Bergstra & Bengio 2012; averaging kernels instead of choosing one keeps what few validation
drugs say from deciding alone).
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.kernels.inputs import Things
from combo_dl.kernels.similarity import Weights


@dataclass(frozen=True, kw_only=True)
class KernelSpec:
    """penalty: of the ridge, in units of the kernel.  single: weight of one drug alike beside both.
    drug, profile: similarities.  state, both_states: weights of what a drug does alone in the
    profile, and of what the two do; state_width: of both, in medians.  clip: bound of the labels in
    standard deviations, None = none."""

    penalty: float
    single: float
    drug: Weights
    profile: Weights
    state: float
    both_states: float
    state_width: float
    clip: float | None = None


def draw_specs(count: int, *, seed: int, drugs: Things, profiles: Things) -> list[KernelSpec]:
    """``count`` random kernels for these blocks; the same for the same seed."""
    random = np.random.default_rng(seed)
    return [_draw(random, drugs, profiles) for _ in range(count)]


def _draw(random: np.random.Generator, drugs: Things, profiles: Things) -> KernelSpec:
    return KernelSpec(
        penalty=_between(random, 0.2, 3.0),
        single=_between(random, 0.05, 2.0),
        drug=_weights(random, drugs),
        profile=_weights(random, profiles),
        state=_between(random, 0.1, 5.0),
        both_states=_between(random, 0.1, 5.0),
        state_width=_between(random, 0.2, 3.0),
    )


def _weights(random: np.random.Generator, things: Things) -> Weights:
    blocks = {name: _maybe(random, 0.1, 3.0) for name in things.blocks}
    return Weights(
        identity=_between(random, 0.05, 1.5),
        constant=_between(random, 0.05, 1.0),
        blocks=blocks,
        widths={name: _between(random, 0.3, 3.0) for name in things.blocks},
    )


def _between(random: np.random.Generator, low: float, high: float) -> float:
    """Log-uniform."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _maybe(random: np.random.Generator, low: float, high: float) -> float:
    drawn, used = _between(random, low, high), random.random() < 2 / 3
    return drawn if used else 0.0

"""EffectScaler: what training drugs teach about the side effects that drugs have alone.

A drug is described by the principal components, over training drugs, of its effects, which are
weighted by how rare they are (inverse document frequency, Sparck Jones 1972) and brought to unit
length, and by how many effects it has: a drug that is reported often has many effects of every
kind, alone and with others.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import take, take_numbers, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.single_effects import SingleEffects

LEAST_DRUGS = 3  # training drugs that have an effect: a rarer one says nothing of other drugs


@dataclass(frozen=True, kw_only=True)
class EffectScaler:
    """codes: names of the effects that are looked at (E).  weight: float32[E].  centre: float32[E]
    over training drugs.  loading: float32[E, C], such that the first component has a standard
    deviation of 2 over training drugs.  count: float32[2], mean and standard deviation of the
    logarithm of 1 + the number of effects."""

    codes: tuple[str, ...]
    weight: np.ndarray
    centre: np.ndarray
    loading: np.ndarray
    count: np.ndarray

    @property
    def width(self) -> int:
        """Length of a drug's vector: components, number of effects, and whether any is known."""
        return self.loading.shape[1] + 2

    def drug_vectors(self, effects: SingleEffects, drugs: tuple[str, ...]) -> np.ndarray:
        """float32[D, width] of these drugs; zeros for a drug of which no effect is known."""
        has = effects.at(drugs, self.codes)
        some = np.asarray(has.any(axis=1))
        components = (_unit(has * self.weight) - self.centre) @ self.loading
        number = (np.log1p(has.sum(axis=1)) - self.count[0]) / self.count[1]
        found = np.column_stack([components, number, some])
        return np.where(some[:, None], found, 0.0).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        return {n: getattr(self, n) for n in _ARRAYS} | {"codes": text_array(self.codes)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "EffectScaler":
        """The inverse of ``to_arrays``. Raises FormatError when shapes do not fit."""
        codes = take_text(arrays, "codes")
        parts = {n: take_numbers(arrays, n) for n in _ARRAYS}
        shapes = {n: p.shape for n, p in parts.items()}
        width = take(arrays, "loading").shape[-1:]
        wanted = dict.fromkeys(("weight", "centre"), (len(codes),))
        wanted |= {"loading": (len(codes), *width), "count": (2,)}
        if shapes != wanted or not parts["count"][1] > 0:
            raise FormatError(f"broken scaler of single drugs' effects: {shapes}")
        return cls(codes=codes, **parts)


_ARRAYS = ("weight", "centre", "loading", "count")


def fit_effect_scaler(
    effects: SingleEffects, *, drugs: tuple[str, ...], components: int
) -> EffectScaler:
    """Fit on the effects of training ``drugs`` and of no others.

    components: at most so many; fewer where there are few drugs.
    """
    has = effects.at(drugs, effects.codes.names)
    has = has[has.any(axis=1)]
    often = has.sum(axis=0)
    kept = np.flatnonzero(often >= LEAST_DRUGS)
    has = has[:, kept]
    weight = np.sqrt(np.log1p(len(has) / often[kept]))
    x = _unit(has * weight)
    centre = x.mean(axis=0) if len(x) else np.zeros(len(kept))
    _, size, right = np.linalg.svd(x - centre, full_matrices=False)
    used = min(components, int((size > 1e-6 * max(size.max(initial=0.0), 1e-12)).sum()))
    deviation = size[:1].sum() / max(len(x), 1) ** 0.5
    count = np.log1p(has.sum(axis=1))
    return EffectScaler(
        codes=tuple(effects.codes.names[i] for i in kept),
        weight=weight.astype(np.float32),
        centre=centre.astype(np.float32),
        loading=(right[:used].T * (2.0 / max(deviation, 1e-12))).astype(np.float32),
        count=np.array([_mean(count), max(count.std(), 1e-3) if len(count) else 1.0], np.float32),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _unit(rows: np.ndarray) -> np.ndarray:
    """float64[n, E] rows of length 1; a row of zeros stays."""
    length = np.sqrt((rows.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    return rows / np.maximum(length, 1e-12)

"""ResponseScaler: what training rows teach about single-drug curves.

A drug is described by its curves over the training profiles: the principal components of
[drug, profile x field] over training drugs, and its mean curve. Drugs of one mechanism act on the
same cell lines, which is what a structure does not tell (Paull et al. 1989, COMPARE). A drug that
was measured in a few profiles gets the expected components given those (probabilistic principal
components, Tipping & Bishop 1999), so that a gap is not taken for an average response. With drugs
and profiles in each other's place (``Curves.by_profile``) it describes a profile the same way: by
what the training drugs do in it alone.
"""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.monotherapy import FIELDS, Curves

PANEL_FIELDS = (FIELDS.index("top"), FIELDS.index("mean"))


@dataclass(frozen=True, kw_only=True)
class ResponseScaler:
    """panel: names of the training profiles (Pt).  mean, scale: float32[F] of curves.

    level_mean, level_scale: float32[F] of the mean curves of drugs.  centre: float32[Pt * G] over
    training drugs, of the G = 2 fields of the panel.  loading: float32[Pt * G, C].  variance:
    float32[C] of the components.  noise: variance that they leave.
    """

    panel: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray
    level_mean: np.ndarray
    level_scale: np.ndarray
    centre: np.ndarray
    loading: np.ndarray
    variance: np.ndarray
    noise: float

    @property
    def width(self) -> int:
        """Length of a drug's vector: components, mean curve, and whether there is any curve."""
        return self.loading.shape[1] + len(FIELDS) + 1

    def drug_vectors(self, curves: Curves, drugs: tuple[str, ...]) -> np.ndarray:
        """float32[D, width] of these drugs; zeros for a drug without a curve in the panel."""
        number = curves.at(drugs, self.panel)
        seen = ~np.isnan(number).any(axis=2)
        some = seen.any(axis=1)
        count = np.maximum(seen.sum(axis=1), 1)[:, None]
        level = np.where(seen[..., None], number, 0.0).sum(axis=1) / count
        level = (level - self.level_mean) / self.level_scale
        found = np.concatenate([self._components(number, seen), level, some[:, None]], axis=1)
        return np.where(some[:, None], found, 0.0).astype(np.float32)

    def _components(self, number: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """float64[D, C] of unit variance: expected components given the profiles that are there."""
        x = number[..., list(PANEL_FIELDS)].reshape(len(number), -1) - self.centre
        mask = np.repeat(seen, len(PANEL_FIELDS), axis=1)
        found = np.zeros((len(number), self.loading.shape[1]))
        patterns, of = np.unique(mask, axis=0, return_inverse=True)
        for k, pattern in enumerate(patterns):
            rows = np.flatnonzero(of.reshape(-1) == k)
            part = self.loading[pattern].astype(np.float64)
            inner = part.T @ part + self.noise * np.diag(1.0 / self.variance.astype(np.float64))
            found[rows] = np.linalg.solve(inner, part.T @ x[np.ix_(rows, pattern)].T).T
        return found / np.sqrt(self.variance)

    def state_numbers(
        self, curves: Curves, drugs: tuple[str, ...], profiles: tuple[str, ...]
    ) -> np.ndarray:
        """float32[D, P, F + 1]: each curve in units of the training curves, and whether it is
        there."""
        number = curves.at(drugs, profiles)
        seen = ~np.isnan(number).any(axis=2, keepdims=True)
        scaled = np.where(seen, (number - self.mean) / self.scale, 0.0)
        return np.concatenate([scaled, seen], axis=2).astype(np.float32)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        arrays = {n: getattr(self, n) for n in _ARRAYS} | {"panel": text_array(self.panel)}
        return arrays | {"noise": np.array([self.noise])}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "ResponseScaler":
        """The inverse of ``to_arrays``. Raises FormatError when shapes do not fit."""
        noise, panel = take(arrays, "noise"), take_text(arrays, "panel")
        parts = {n: take(arrays, n) for n in _ARRAYS}
        rows, c = len(panel) * len(PANEL_FIELDS), parts["variance"].shape
        wanted = dict.fromkeys(("mean", "scale", "level_mean", "level_scale"), (len(FIELDS),))
        wanted |= {"centre": (rows,), "loading": (rows, *c), "variance": c}
        broken = [n for n, shape in wanted.items() if parts[n].shape != shape]
        finite = all(np.isfinite(part).all() for part in parts.values())
        positive = finite and all(
            (parts[n] > 0).all() for n in ("scale", "level_scale", "variance")
        )
        if broken or len(c) != 1 or noise.shape != (1,) or not noise[0] > 0 or not positive:
            raise FormatError(f"broken scaler of single-drug curves: {', '.join(broken) or 'size'}")
        return cls(**parts, panel=panel, noise=float(noise[0]))


_ARRAYS = ("mean", "scale", "level_mean", "level_scale", "centre", "loading", "variance")


def fit_response_scaler(
    curves: Curves, *, drugs: tuple[str, ...], profiles: tuple[str, ...], components: int
) -> ResponseScaler:
    """Fit on the curves of training ``drugs`` in training ``profiles`` and on no others.

    components: at most so many; fewer where there are few drugs.
    """
    number = curves.at(drugs, profiles)
    some = ~np.isnan(number).all(axis=(1, 2))
    number = number[some].astype(np.float64)
    flat = number.reshape(-1, len(FIELDS))
    mean, scale = _moments(flat[~np.isnan(flat).any(axis=1)])
    level_mean, level_scale = _moments(np.nanmean(number, axis=1))
    x = number[..., list(PANEL_FIELDS)].reshape(len(number), -1)
    known = ~np.isnan(x)
    centre = np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    loading, variance, noise = _principal(np.where(known, x - centre, 0.0), components)
    return ResponseScaler(
        panel=tuple(profiles),
        mean=mean,
        scale=scale,
        level_mean=level_mean,
        level_scale=level_scale,
        centre=centre.astype(np.float32),
        loading=loading.astype(np.float32),
        variance=variance.astype(np.float32),
        noise=noise,
    )


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    return mean.astype(np.float32), np.where(scale > 1e-6, scale, 1.0).astype(np.float32)


def _principal(x: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Loadings float[R, C] of unit length, variances float[C], and the variance that is left."""
    _, size, right = np.linalg.svd(x, full_matrices=False)
    variance = size**2 / max(len(x), 1)
    kept = min(components, int((variance > 1e-9 * max(variance.max(initial=0.0), 1e-12)).sum()))
    left = variance[kept:].sum() / max(x.shape[1] - kept, 1)
    return right[:kept].T, variance[:kept], float(max(left, 1e-6))

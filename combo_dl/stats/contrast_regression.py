"""Regression of randomised contrasts on what the arms gave: a Gaussian process over arms.

An arm has an effect, a draw of a Gaussian process whose kernel says how alike two arms are; a
contrast is the effect of one arm less that of another, measured with a known standard error, plus
what no kernel knows (the random effect of network meta-regression: Dias et al. 2013, Med Decis
Making 33:618; the process: Rasmussen & Williams 2006, ch. 2 and 5). What a contrast shares of a
kernel is K(e, e') - K(e, c') - K(c, e') + K(c, c'). The variances of the kernels are found by the
likelihood of the contrasts that are learned from, with a prior that keeps each near a twentieth of
the spread of contrasts, so that little data shrink it all towards no effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from combo_dl.core.errors import InputError

REST = "rest"  # the variance that is each contrast's own
_PRIOR_MEAN, _PRIOR_DEVIATION = -3.0, 3.0  # of the log of a variance, in units of the spread
_BOUNDS = (-9.0, 3.0)
_JITTER = 1e-9


@dataclass(frozen=True, kw_only=True)
class ContrastForecast:
    """mean, deviation: float64[m] of true contrasts.  shares: {kernel: its variance over the spread
    of the contrasts learned from}."""

    mean: np.ndarray
    deviation: np.ndarray
    shares: dict[str, float]


def regressed_contrasts(
    contrast: np.ndarray,
    error: np.ndarray,
    kernels: Mapping[str, np.ndarray],
    *,
    learned: np.ndarray,
    asked: np.ndarray,
) -> ContrastForecast:
    """The contrasts of the ``asked`` rows int64[m], from those of the ``learned`` rows int64[n].

    contrast, error: float64[N], a contrast and its standard error; those of other rows than
    ``learned`` are not read.  kernels: {name: float64[N, N]} between contrasts, positive
    semi-definite.
    Raises InputError with fewer than 3 rows to learn from, no kernel, and a contrast or error that
    is no number or an error that is not above 0.
    """
    y, noise = contrast[learned], error[learned]
    if len(y) < 3 or not kernels:
        raise InputError(
            f"{len(y)} contrasts and {len(kernels)} kernels to learn from; expected 3 and 1 or more"
        )
    if not (np.isfinite(y).all() and np.isfinite(noise).all() and (noise > 0).all()):
        raise InputError(
            "a contrast to learn from, or its standard error, is not a number above 0; leave the "
            "comparison out"
        )
    scale = float(np.mean(y**2))
    names = list(kernels)
    own = [kernels[n][np.ix_(learned, learned)] for n in names]
    logs = _most_likely(y, noise, own, scale)
    variance = np.exp(logs) * scale
    covariance = sum(v * k for v, k in zip(variance, own, strict=False)) + np.diag(
        noise**2 + variance[-1] + _JITTER * scale
    )
    factor = cho_factor(covariance, lower=True)
    cross = sum(
        v * kernels[n][np.ix_(asked, learned)] for v, n in zip(variance, names, strict=False)
    )
    before = sum(v * np.diag(kernels[n])[asked] for v, n in zip(variance, names, strict=False))
    told = (cross * cho_solve(factor, cross.T).T).sum(axis=1)
    return ContrastForecast(
        mean=cross @ cho_solve(factor, y),
        deviation=np.sqrt(np.maximum(before - told, 0.0) + variance[-1]),
        shares=dict(zip([*names, REST], (float(v) for v in np.exp(logs)), strict=True)),
    )


def contrast_kernel(experimental: np.ndarray, control: np.ndarray) -> np.ndarray:
    """float64[N, N] of the features float[N, F] of both arms, under a linear kernel of arms."""
    apart = experimental - control
    return apart @ apart.T


def _most_likely(
    y: np.ndarray, noise: np.ndarray, kernels: list[np.ndarray], scale: float
) -> np.ndarray:
    """Logs of the variances, over ``scale``, of kernels and rest: the mode given the contrasts."""

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        variance = np.exp(logs) * scale
        parts = [v * k for v, k in zip(variance, kernels, strict=False)]
        covariance = sum(parts) + np.diag(noise**2 + variance[-1] + _JITTER * scale)
        factor = cho_factor(covariance, lower=True)
        inverse = cho_solve(factor, np.eye(len(y)))
        weight = inverse @ y
        off = (logs - _PRIOR_MEAN) / _PRIOR_DEVIATION
        value = 0.5 * y @ weight + np.log(np.diag(factor[0])).sum() + 0.5 * off @ off
        slope = [0.5 * ((inverse * p).sum() - weight @ p @ weight) for p in parts]
        slope.append(0.5 * variance[-1] * (np.trace(inverse) - weight @ weight))
        return float(value), np.array(slope) + off / _PRIOR_DEVIATION

    start = np.full(len(kernels) + 1, -2.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[_BOUNDS] * len(start))
    return found.x

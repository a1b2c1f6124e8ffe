"""Dose-response curves of single drugs: what was measured, and the Hill curve with its inverse.

Effects are inhibition as a fraction of the vehicle: 0 = as without drug, 1 = nothing left
(1 - viability). A Hill curve rises from ``e0`` to ``emax``:

    inhibition(d) = e0 + (emax - e0) * d^slope / (ec50^slope + d^slope)
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

_LN10 = np.log(10.0)


@dataclass(frozen=True, kw_only=True)
class DoseResponse:
    """C measured curves: log_dose float64[C, W], log10 of um, ascending, then inf; inhibition
    float64[C, W], the mean over replicate wells, 0 under the inf."""

    log_dose: np.ndarray
    inhibition: np.ndarray

    def __len__(self) -> int:
        return len(self.log_dose)

    @property
    def measured(self) -> np.ndarray:
        """bool[C, W]: there is a dose in this place."""
        return np.isfinite(self.log_dose)

    def at(self, curve: np.ndarray, dose_um: np.ndarray) -> np.ndarray:
        """float64[N]: inhibition of ``curve`` int[N] at ``dose_um`` float[N], linear in log dose.

        0 at dose 0; beyond the doses measured, that of the nearest one. NaN without doses.
        """
        x, seen = log10_dose(dose_um), self.measured[curve]
        doses = np.where(seen, self.log_dose[curve], 0.0)
        last = seen.sum(axis=1) - 1
        right = np.clip((seen & (doses < x[:, None])).sum(axis=1), 0, np.maximum(last, 0))
        left = np.maximum(right - 1, 0)
        rows = np.arange(len(x))
        span = doses[rows, right] - doses[rows, left]
        # ``x`` is clipped first: beyond the ends the nearest measured value stands.
        share = np.divide(
            np.clip(x, doses[rows, left], doses[rows, right]) - doses[rows, left],
            span,
            out=np.zeros(len(x)),
            where=span > 0,
        )
        low, high = self.inhibition[curve, left], self.inhibition[curve, right]
        found = np.where(np.isneginf(x), 0.0, low + share * (high - low))
        return np.where(last < 0, np.nan, found)


def dose_response(
    curve: np.ndarray, dose_um: np.ndarray, inhibition: np.ndarray, *, n_curves: int
) -> DoseResponse:
    """Curves of wells [M]: which curve, its dose (um) and its inhibition; replicates are averaged.

    Wells at dose 0 are the vehicle and belong to no curve.
    """
    dosed = dose_um > 0
    keys = np.stack([curve[dosed].astype(np.float64), np.asarray(dose_um, np.float64)[dosed]], 1)
    unique, place, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    means = np.bincount(place.ravel(), weights=inhibition[dosed], minlength=len(unique)) / counts
    owner = unique[:, 0].astype(np.int64)
    per_curve = np.bincount(owner, minlength=n_curves)
    column = np.arange(len(owner)) - np.repeat(np.cumsum(per_curve) - per_curve, per_curve)
    shape = (n_curves, max(int(per_curve.max(initial=0)), 1))
    made = DoseResponse(log_dose=np.full(shape, np.inf), inhibition=np.zeros(shape))
    made.log_dose[owner, column] = np.log10(unique[:, 1])
    made.inhibition[owner, column] = means
    return made


def log10_dose(dose_um: np.ndarray) -> np.ndarray:
    """log10 of doses in um, -inf for no dose."""
    with np.errstate(divide="ignore"):
        return np.log10(np.asarray(dose_um, np.float64))


@dataclass(frozen=True, kw_only=True)
class HillCurves:
    """C curves, float64[C] each: e0 and emax (inhibition at no dose and at infinite dose),
    log_ec50 (log10 of um) and slope."""

    e0: np.ndarray
    emax: np.ndarray
    log_ec50: np.ndarray
    slope: np.ndarray

    def take(self, rows: np.ndarray) -> "HillCurves":
        """The curves of these rows (ids, repeats allowed, or mask)."""
        return HillCurves(
            e0=self.e0[rows],
            emax=self.emax[rows],
            log_ec50=self.log_ec50[rows],
            slope=self.slope[rows],
        )

    def inhibition(self, dose_um: np.ndarray) -> np.ndarray:
        """float64[C]: the effect of one dose (um) a curve."""
        return self.at_log(log10_dose(dose_um)[:, None])[:, 0]

    def at_log(self, log_dose: np.ndarray) -> np.ndarray:
        """float64[C, W]: the effect of ``log_dose`` [C, W] (log10 of um)."""
        return self.e0[:, None] + (self.emax - self.e0)[:, None] * self.share(log_dose)

    def share(self, log_dose: np.ndarray) -> np.ndarray:
        """float64[C, W]: the share of the way from e0 to emax that a dose goes."""
        return expit(_LN10 * self.slope[:, None] * (log_dose - self.log_ec50[:, None]))

    def log_dose(self, inhibition: np.ndarray) -> np.ndarray:
        """float64[C]: log10 of the dose (um) with this effect, the inverse of the curve.

        inf for an effect of emax or beyond, which no dose reaches; -inf for one of e0 or less.
        """
        done, left = inhibition - self.e0, self.emax - inhibition
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.log_ec50 + (np.log10(done) - np.log10(left)) / self.slope
        return np.where(left <= 0, np.inf, np.where(done <= 0, -np.inf, found))

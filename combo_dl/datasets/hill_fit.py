"""Hill curves fitted to many measured curves at once, by least squares."""

from dataclasses import dataclass, replace

import numpy as np

from combo_dl.datasets.dose_response import DoseResponse, HillCurves

# A slope or an ec50 beyond these says no more of the doses measured, and without an end a flat
# curve would run away.
SLOPES = (0.2, 8.0)
DECADES_AROUND_DOSES = 1.0
_STARTS = 12  # ec50 values that a fit may start from
_START_SLOPES = (0.4, 0.8, 1.6, 3.2)
_CHUNK = 20_000  # curves at once: memory
_STEPS = 200
_SMALL_STEP = 1e-9
_LN10 = np.log(10.0)


def fit_hill(
    curves: DoseResponse, *, e0: np.ndarray | float = 0.0, emax: np.ndarray | float | None = None
) -> HillCurves:
    """Least-squares Hill curves with this ``e0`` and this ``emax`` (a number, or one a curve).

    emax None: it is fitted too, between e0 and 1. The slope stays in 0.2..8 and the ec50 within a
    decade of the doses measured. Levenberg-Marquardt from the best point of a grid; a curve's fit
    does not depend on its company.
    """
    start = np.broadcast_to(np.asarray(e0, np.float64), len(curves))
    end = None if emax is None else np.broadcast_to(np.asarray(emax, np.float64), len(curves))
    rows = [slice(i, i + _CHUNK) for i in range(0, max(len(curves), 1), _CHUNK)]
    parts = [_fit(_problem(curves, start, end, rows=r)) for r in rows]
    names = ("e0", "emax", "log_ec50", "slope")
    return HillCurves(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


@dataclass(frozen=True, kw_only=True)
class _Problem:
    """Curves to fit; parameters are emax, log_ec50 and ln slope [C, 3] between low and high."""

    doses: np.ndarray
    effect: np.ndarray
    seen: np.ndarray
    e0: np.ndarray
    free_emax: bool
    low: np.ndarray
    high: np.ndarray

    def curves(self, theta: np.ndarray) -> HillCurves:
        return HillCurves(
            e0=self.e0, emax=theta[:, 0], log_ec50=theta[:, 1], slope=np.exp(theta[:, 2])
        )

    def take(self, rows: np.ndarray) -> "_Problem":
        names = ("doses", "effect", "seen", "e0", "low", "high")
        return replace(self, **{n: getattr(self, n)[rows] for n in names})

    def residual(self, theta: np.ndarray) -> np.ndarray:
        return np.where(self.seen, self.effect - self.curves(theta).at_log(self.doses), 0.0)

    def error(self, theta: np.ndarray) -> np.ndarray:
        """[C]: sum of squares."""
        return (self.residual(theta) ** 2).sum(axis=1)

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """[C, W, 3], the derivatives of the curve."""
        made = self.curves(theta)
        share = made.share(self.doses)
        rise = ((made.emax - made.e0) * made.slope * _LN10)[:, None] * share * (1 - share)
        by = np.stack([share, -rise, rise * (self.doses - made.log_ec50[:, None])], axis=2)
        by[:, :, 0] *= self.free_emax
        return np.where(self.seen[:, :, None], by, 0.0)


def _problem(
    curves: DoseResponse, e0: np.ndarray, emax: np.ndarray | None, *, rows: slice
) -> _Problem:
    seen, doses, start = curves.measured[rows], curves.log_dose[rows], e0[rows]
    first = np.where(seen.any(axis=1), doses[:, 0], 0.0)
    last = np.where(seen, doses, first[:, None]).max(axis=1)
    slopes = np.broadcast_to(np.log(SLOPES)[:, None], (2, len(start)))
    ends = (start, np.maximum(start, 1.0)) if emax is None else (emax[rows], emax[rows])
    return _Problem(
        doses=np.where(seen, doses, 0.0),
        effect=np.where(seen, curves.inhibition[rows], 0.0),
        seen=seen,
        e0=start,
        free_emax=emax is None,
        low=np.stack([ends[0], first - DECADES_AROUND_DOSES, slopes[0]], axis=1),
        high=np.stack([ends[1], last + DECADES_AROUND_DOSES, slopes[1]], axis=1),
    )


def _fit(problem: _Problem) -> HillCurves:
    return problem.curves(_descend(problem, _best_start(problem)))


def _best_start(problem: _Problem) -> np.ndarray:
    """theta [C, 3] with the least squared error on a grid of ec50 and slope."""
    best, error = problem.low.copy(), np.full(len(problem.low), np.inf)
    for share in np.linspace(0.0, 1.0, _STARTS):
        for slope in _START_SLOPES:
            theta = problem.low + share * (problem.high - problem.low)
            theta[:, 2] = np.log(slope)
            theta[:, 0] = _linear_emax(problem, theta)
            found = problem.error(theta)
            better = found < error
            best[better], error[better] = theta[better], found[better]
    return best


def _linear_emax(problem: _Problem, theta: np.ndarray) -> np.ndarray:
    """emax is linear in the curve: its least-squares value, kept in its range."""
    share = np.where(problem.seen, problem.curves(theta).share(problem.doses), 0.0)
    rest = problem.effect - problem.e0[:, None]
    fitted = (share * rest).sum(axis=1) / np.maximum((share**2).sum(axis=1), 1e-12)
    return np.clip(problem.e0 + fitted, problem.low[:, 0], problem.high[:, 0])


def _descend(problem: _Problem, theta: np.ndarray) -> np.ndarray:
    """Levenberg-Marquardt inside the bounds; curves that have come to rest are left alone.

    The damping follows the share of its promised gain that a step brings, since steps with too
    little of it leap to and fro across the floor of a noisy curve's error.
    """
    theta = theta.copy()
    damping = np.full(len(theta), 1e-2)
    live = np.arange(len(theta))
    for _ in range(_STEPS):
        now, here = problem.take(live), theta[live]
        square, downhill = _slopes(now, here)
        step = np.clip(here + _solve(square, downhill, damping[live]), now.low, now.high) - here
        promised = np.einsum("ck,ck->c", step, 2 * downhill - np.einsum("ckj,cj->ck", square, step))
        gain = now.error(here) - now.error(here + step)
        theta[live[gain > 0]] += step[gain > 0]
        good = (gain > 0) & (gain > 0.75 * promised)
        poor = (gain <= 0) | (gain < 0.25 * promised)
        damping[live] *= np.where(good, 0.2, np.where(poor, 5.0, 1.0))
        live = live[np.abs(step).max(axis=1, initial=0.0) > _SMALL_STEP]
        if not len(live):
            break
    return theta


def _slopes(problem: _Problem, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """J'J [C, 3, 3] and J'r [C, 3], without parameters that are pressed against a bound."""
    by, rest = problem.jacobian(theta), problem.residual(theta)
    downhill = np.einsum("cwk,cw->ck", by, rest)
    pressed = ((theta <= problem.low) & (downhill < 0)) | ((theta >= problem.high) & (downhill > 0))
    by = np.where(pressed[:, None, :], 0.0, by)
    return np.einsum("cwk,cwj->ckj", by, by), np.where(pressed, 0.0, downhill)


def _solve(square: np.ndarray, downhill: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """[C, 3]: the damped step. The small constant is for parameters that do nothing."""
    diagonal = np.einsum("ckk->ck", square)
    damped = square + np.eye(3) * (damping[:, None] * diagonal + 1e-12)[:, :, None]
    return np.linalg.solve(damped, downhill[:, :, None])[:, :, 0]

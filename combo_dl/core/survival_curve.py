"""SurvivalCurves: the share of patients without the event, row by row, on a common grid of days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_shape
from combo_dl.core.errors import InputError

# As far as float32 cumulative products stray from a law that they keep in exact numbers.
_SLACK = 1e-6


@dataclass(frozen=True, kw_only=True)
class SurvivalCurves:
    """N curves; between two days of the grid a curve is a straight line.

    times_days: float64[T], rising from 0.  survival: float64[N, T], 1 at day 0 and never rising.
    """

    times_days: np.ndarray
    survival: np.ndarray

    def __len__(self) -> int:
        return len(self.survival)

    @classmethod
    def of(cls, times_days: np.ndarray, survival: np.ndarray) -> "SurvivalCurves":
        """Curves float[N, T], or one curve float[T], checked.

        Raises InputError on shapes that do not fit, a grid that does not rise from 0, and a
        survival that is not a number, leaves 0 to 1, does not start at 1, or rises (each by more
        than a rounding of 1e-6, which is taken away).
        """
        grid, values = np.asarray(times_days, np.float64), np.asarray(survival, np.float64)
        values = values[None] if values.ndim == 1 else values
        check_shape("times_days", grid, (None,))
        check_shape("survival", values, (None, len(grid)))
        rising = np.isfinite(grid).all() and (np.diff(grid) > 0).all()
        if len(grid) < 2 or grid[0] != 0 or not rising:
            raise InputError(
                f"a grid of {len(grid)} days starts {grid[:3].tolist()}; expected 2 days or more, "
                "rising from 0"
            )
        _check(values)
        # 1 at day 0, and no rise by rounding.
        tidy = np.minimum.accumulate(np.clip(values, 0.0, 1.0), axis=1)
        tidy[:, 0] = 1.0
        return cls(times_days=grid, survival=tidy)

    @classmethod
    def steps(cls, times_days: np.ndarray, survival: np.ndarray) -> "SurvivalCurves":
        """Step functions: ``survival`` float[N, T] from each of ``times_days`` float[T] on, until
        the next one, as an estimate of Kaplan-Meier or Breslow is.

        A step is a fall within the smallest difference of two numbers. Raises InputError as ``of``.
        """
        grid, values = np.asarray(times_days, np.float64), np.asarray(survival, np.float64)
        days = np.empty(max(2 * len(grid) - 1, 0))
        days[::2], days[1::2] = grid, np.nextafter(grid[1:], 0.0)
        return cls.of(days, np.repeat(np.atleast_2d(values), 2, axis=1)[:, :-1])

    @classmethod
    def mean_of(cls, parts: "Sequence[SurvivalCurves]") -> "SurvivalCurves":
        """The mean of curves of the same N rows, such as those of the members of an ensemble, on
        the days of all of them up to the first last day of one."""
        days = np.unique(np.concatenate([c.times_days for c in parts]))
        days = days[days <= min(c.times_days[-1] for c in parts)]
        return cls.of(days, np.mean([c.at(days) for c in parts], axis=0))

    def take(self, rows: np.ndarray) -> "SurvivalCurves":
        """The curves of these rows: int[n] or bool[N]."""
        return SurvivalCurves(times_days=self.times_days, survival=self.survival[rows])

    def at(self, days: np.ndarray) -> np.ndarray:
        """float64[N, M]: survival at ``days`` float[M]. Raises InputError outside of the grid."""
        wanted = np.asarray(days, np.float64)
        inside = (wanted >= 0) & (wanted <= self.times_days[-1])
        if not inside.all():
            raise InputError(
                f"survival is asked at day {wanted[~inside][0]:g}; expected days from 0 to "
                f"{self.times_days[-1]:g}, the last of the curves"
            )
        made = [np.interp(wanted, self.times_days, row) for row in self.survival]
        return np.stack(made) if made else np.zeros((0, len(wanted)))

    def restricted_mean_days(self, horizon_days: float) -> np.ndarray:
        """float64[N]: restricted mean survival time, the area under the curve to the horizon
        (Royston & Parmar 2013, BMC Med Res Methodol 13:152). Raises InputError where the horizon is
        not above 0 or is beyond the grid."""
        if not 0 < horizon_days <= self.times_days[-1]:
            raise InputError(
                f"horizon_days is {horizon_days:g}; expected a day above 0 and up to "
                f"{self.times_days[-1]:g}, the last of the curves"
            )
        before = self.times_days[self.times_days < horizon_days]
        grid = np.append(before, horizon_days)
        return np.trapezoid(self.at(grid), grid, axis=1)


def _check(values: np.ndarray) -> None:
    wrong = {
        "is not a number": ~np.isfinite(values).all(axis=1),
        "leaves 0 to 1": ((values < -_SLACK) | (values > 1 + _SLACK)).any(axis=1),
        "does not start at 1": np.abs(values[:, 0] - 1) > _SLACK,
        "rises": (np.diff(values, axis=1) > _SLACK).any(axis=1),
    }
    for what, rows in wrong.items():
        if rows.any():
            raise InputError(
                f"survival curve {int(np.argmax(rows))} {what}; expected 1 at day 0, then a curve "
                f"that falls or stays, within 0 to 1 ({rows.sum()} such curves)"
            )

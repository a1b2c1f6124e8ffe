"""What the networks of a bundle say of survival, and how well that is known."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.days_calibration import AGREED, DaysCalibration
from combo_dl.nn.head.hazard import HazardHead


@dataclass(frozen=True, kw_only=True)
class MemberCurves:
    """What M networks say of N combinations.

    whole: a network's curves of the N rows, each on the same days.  alone: those of A drugs alone,
    of which ``owner`` int64[A], rising, is the combination.  unseen: bool[N], training knows no
    such row.  null_support: a text a row.
    """

    whole: tuple[SurvivalCurves, ...]
    alone: tuple[SurvivalCurves, ...]
    owner: np.ndarray
    unseen: np.ndarray
    null_support: tuple[str, ...]


def member_curves(
    heads: list[HazardHead], forecasts: list[np.ndarray]
) -> tuple[SurvivalCurves, ...]:
    """Curves of each network's forecasts float[n, width_forecast], on the days of all of them up
    to the first last day of one."""
    own = [h.survival_curves(f) for h, f in zip(heads, forecasts, strict=True)]
    days = np.unique(np.concatenate([c.times_days for c in own]))
    days = days[days <= min(c.times_days[-1] for c in own)]
    return tuple(SurvivalCurves.of(days, c.at(days)) for c in own)


def mean_curves(curves: tuple[SurvivalCurves, ...]) -> SurvivalCurves:
    """The mean of the networks' curves, which share their days."""
    mean = np.mean([c.survival for c in curves], axis=0)
    return SurvivalCurves.of(curves[0].times_days, mean)


@dataclass(frozen=True, kw_only=True)
class DaysScale:
    """How well mean days to ``horizon_days`` are known with probability ``level``: by ``law``, or,
    where nothing was held out to learn one from (None), as far as networks disagree."""

    horizon_days: float
    level: float
    law: DaysCalibration | None

    @property
    def _law(self) -> DaysCalibration:
        return AGREED if self.law is None else self.law

    def interval(self, days: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) float64[N] of mean days, from members float64[M, N]: a restricted mean is a
        share of the horizon, whose log-odds are taken to be normal. Without a law one network says
        nothing of it: all that is possible."""
        if self.law is None and len(members) == 1:
            return np.zeros_like(days), np.full_like(days, self.horizon_days)
        between = variance_between(members) / self.horizon_days**2
        low, high = self._law.interval(days / self.horizon_days, between, level=self.level)
        # Log-odds are kept off 0 and 1, where days are not.
        return np.minimum(low * self.horizon_days, days), np.maximum(high * self.horizon_days, days)

    def half_of_gain(self, days: np.ndarray, null: np.ndarray, members: np.ndarray) -> np.ndarray:
        """float64[N]: half the interval of ``days`` less those of a ``null``, of which ``members``
        float64[M, N] are what each network says.

        No patient shows the gain over a null, so that no held-out row calibrates it. Networks err
        together on a combination and its null; the rest of the error of each is taken to be
        independent. A part of it is the patient's and common to both, which would cancel (of two
        arms of a held-out randomised trial 0.7 of it was): the interval is rather too wide, and
        knows nothing of how wrong the null's own assumptions are.
        """
        if self.law is None and len(members) == 1:
            return np.full(len(days), np.inf)
        law, horizon = self._law, self.horizon_days
        rest = law.variance(days / horizon) + law.variance(null / horizon)
        return law.reach(self.level) * np.sqrt(variance_between(members) + rest * horizon**2)


def interval_note(law: DaysCalibration | None, networks: int) -> str:
    """What an interval of mean days is, as a sentence after the name of the endpoint."""
    if law is None and networks == 1:
        return "nothing tells the error of mean days: their intervals are all that is possible."
    if law is None:
        return (
            "the intervals of mean days are how far the networks disagree; nothing was held out to "
            "calibrate them."
        )
    of, limit = ("patients of the cohorts", "; in another hospital they are too narrow")
    if law.new_cohorts:
        of, limit = ("cohorts of patients", "")
    return (
        f"the intervals of mean days are calibrated on held-out {of}{limit}. They hold the mean of "
        "such patients, and not one patient's time."
    )


def variance_between(members: np.ndarray) -> np.ndarray:
    """float64[N] of members float64[M, N], unbiased; 0 of one."""
    return members.var(axis=0, ddof=1) if len(members) > 1 else np.zeros(members.shape[1])


def as_column(values: np.ndarray) -> np.ndarray:
    """float32[N, 1] of [N]."""
    return values.astype(np.float32)[:, None]

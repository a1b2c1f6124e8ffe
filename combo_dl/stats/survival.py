"""Kaplan-Meier with delayed entry, and restricted mean survival time."""

from dataclasses import dataclass

import numpy as np
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatError

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp


@dataclass(frozen=True, kw_only=True)
class KaplanMeier:
    """A step function: ``survival[i]`` from day ``times_days[i]`` on, until the next one.

    times_days: float64[T], rising from 0.  survival, low, high: float64[T], with the 95 % interval
    (exponential Greenwood: log of -log of survival).  last_days: the end of follow-up.
    """

    times_days: np.ndarray
    survival: np.ndarray
    low: np.ndarray
    high: np.ndarray
    last_days: float

    def reaches(self, day: float) -> bool:
        """Whether survival at ``day`` is known: someone was seen until then, or none is left."""
        return day <= self.last_days or self.survival[-1] == 0

    def at(self, days: np.ndarray | float) -> np.ndarray:
        """float64, survival at each of ``days``. Raises InputError below 0, and beyond the end of
        follow-up unless nobody is left."""
        return self.survival[self._place(days)]

    def interval_at(self, days: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) of the 95 % interval at each of ``days``. Raises as ``at``."""
        place = self._place(days)
        return self.low[place], self.high[place]

    def restricted_mean_days(self, horizon_days: float) -> float:
        """Restricted mean survival time: the area under the curve up to the horizon (Royston &
        Parmar 2013, BMC Med Res Methodol 13:152). Raises InputError on a horizon that is not above
        0, or beyond the end of follow-up unless nobody is left."""
        check_horizon(horizon_days)
        self.at(horizon_days)
        inside = self.times_days < horizon_days
        width = np.diff(np.append(self.times_days[inside], horizon_days))
        return float((self.survival[inside] * width).sum())

    def _place(self, days: np.ndarray | float) -> np.ndarray:
        wanted = np.asarray(days, np.float64)
        latest = wanted.max(initial=0.0)
        if not (wanted >= 0).all() or not self.reaches(latest):
            raise InputError(
                f"survival is asked at days {wanted.min():g} to {wanted.max():g}; expected days "
                f"from 0 to {self.last_days:g}, the end of follow-up: take an earlier horizon"
            )
        return np.searchsorted(self.times_days, wanted, side="right") - 1


def kaplan_meier(seen: FollowUp) -> KaplanMeier:
    """The product-limit estimate of having no event (Kaplan & Meier 1958, J Am Stat Assoc 53:457).

    A patient is at risk on the days after the entry up to the time (left truncation: Tsai, Jewell &
    Wang 1987, Biometrika 74:883). Raises InputError where a patient's event has a risk above 1: of
    one of several risks, use its incidence; and where so few came in early that all who were at
    risk then had an event.
    """
    check_one_risk(seen)
    entry = seen.entry_days if seen.has_delayed_entry else None
    try:
        fitted = KaplanMeierFitter().fit(seen.time_days, seen.event > 0, entry=entry)
    except StatError as error:
        raise InputError(
            f"survival of {len(seen)} patients is not defined: so few came in early that all who "
            "were at risk then had an event; expected more who are seen from day 0"
        ) from error
    curve = fitted.survival_function_.iloc[:, 0]
    low, high = fitted.confidence_interval_.to_numpy().T
    return KaplanMeier(
        times_days=curve.index.to_numpy(np.float64),
        survival=curve.to_numpy(np.float64),
        # Without an event so far, and with nobody left, the interval has no width.
        low=np.where(np.isnan(low), curve, low),
        high=np.where(np.isnan(high), curve, high),
        last_days=float(seen.time_days.max()),
    )


def restricted_mean_days(seen: FollowUp, horizon_days: float) -> float:
    """Restricted mean survival time of patients to a horizon, in days, from Kaplan-Meier.

    Raises InputError as ``kaplan_meier`` and ``KaplanMeier.restricted_mean_days``.
    """
    return kaplan_meier(seen).restricted_mean_days(horizon_days)


def check_horizon(horizon_days: float) -> None:
    """Raise InputError unless the horizon is a number of days above 0."""
    if not (np.isfinite(horizon_days) and horizon_days > 0):
        raise InputError(f"horizon_days is {horizon_days!r}; expected a number of days above 0")


def check_one_risk(seen: FollowUp) -> None:
    """Raise InputError where events are of several risks."""
    if seen.event.max() > 1:
        raise InputError(
            f"a patient has event {seen.event.max()}; expected 0 (censored) or 1: of competing "
            "risks, mark what counts as the event"
        )


def check_survival(seen: FollowUp, survival: np.ndarray) -> np.ndarray:
    """float64[N] of predicted survival. Raises InputError unless it is a probability a patient."""
    p = np.asarray(survival, np.float64)
    if p.shape != seen.time_days.shape:
        raise InputError(f"survival has shape {p.shape}; expected one value each of {len(seen)}")
    bad = ~((p >= 0) & (p <= 1))
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has predicted survival {p[row]:g}; expected a probability from 0 to 1 "
            f"({bad.sum()} such rows)"
        )
    return p

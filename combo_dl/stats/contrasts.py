"""What a randomised comparison says: the difference of restricted mean survival times of two arms,
and the log hazard ratio, each with its standard error."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.survival import check_horizon, kaplan_meier

SIGNIFICANT = 1.959963984540054  # standard errors from 0: two-sided 5 %


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The experimental arm against the control.

    rmst_days, rmst_se: difference of restricted mean survival times to the horizon, in days; above
    0 the experimental arm lives longer.  log_hr, log_hr_se: log of the hazard ratio; below 0 the
    experimental arm has fewer events.
    """

    rmst_days: float
    rmst_se: float
    log_hr: float
    log_hr_se: float

    @property
    def is_benefit(self) -> bool:
        """Whether the difference of mean times is above 0 by more than chance (two-sided 5 %)."""
        return self.rmst_days > SIGNIFICANT * self.rmst_se


def contrast(experimental: FollowUp, control: FollowUp, *, horizon_days: float) -> Contrast:
    """The randomised contrast of two arms.

    The difference of the areas under the two Kaplan-Meier curves to the horizon with the variance
    of each (Royston & Parmar 2013, BMC Med Res Methodol 13:152), and Cox's proportional hazards
    over all of follow-up (Cox 1972, J R Stat Soc B 34:187; ties by Efron).
    Raises InputError on an arm that is not followed to the horizon, on several risks, and where no
    patient has an event.
    """
    mean, variance = zip(
        *(restricted_mean_variance(arm, horizon_days) for arm in (experimental, control)),
        strict=True,
    )
    log_hr, log_hr_se = log_hazard_ratio(experimental, control)
    return Contrast(
        rmst_days=mean[0] - mean[1],
        rmst_se=float(np.sqrt(sum(variance))),
        log_hr=log_hr,
        log_hr_se=log_hr_se,
    )


def restricted_mean_variance(seen: FollowUp, horizon_days: float) -> tuple[float, float]:
    """(restricted mean survival time in days, its variance in days squared) of patients.

    The variance is the sum over event times t to the horizon of A(t)^2 d / (n (n - d)), where A is
    the area under the curve from t to the horizon, d the events and n the patients at risk at t
    (Klein & Moeschberger 2003, Survival Analysis, ch. 4.5). Raises InputError as ``kaplan_meier``,
    and on a horizon beyond the end of follow-up.
    """
    check_horizon(horizon_days)
    curve = kaplan_meier(seen)
    mean = curve.restricted_mean_days(horizon_days)
    inside = curve.times_days < horizon_days
    days = np.append(curve.times_days[inside], horizon_days)
    area = np.cumsum((curve.survival[inside] * np.diff(days))[::-1])[::-1]
    event = seen.event > 0
    times, deaths = np.unique(
        seen.time_days[event & (seen.time_days < horizon_days)], return_counts=True
    )
    at_risk = np.array(
        [((seen.time_days >= t) & (seen.entry_days < t)).sum() for t in times], np.float64
    )
    left = area[np.searchsorted(days[:-1], times)]
    # Where all who are left die, the curve is 0 from then on and so is the area.
    known = at_risk > deaths
    part = left[known] ** 2 * deaths[known] / (at_risk[known] * (at_risk[known] - deaths[known]))
    return mean, float(part.sum())


def log_hazard_ratio(experimental: FollowUp, control: FollowUp) -> tuple[float, float]:
    """(log hazard ratio of the experimental arm, its standard error) by Cox's model.

    Raises InputError where one arm has no event: the ratio is then 0 or endless.
    """
    for name, arm in (("experimental", experimental), ("control", control)):
        if not (arm.event > 0).any():
            raise InputError(
                f"the {name} arm has no event among {len(arm)} patients; expected one or more: "
                "leave the comparison out"
            )
    arms = (experimental, control)
    frame = pd.DataFrame(
        {
            "time": np.concatenate([a.time_days for a in arms]),
            "event": np.concatenate([a.event > 0 for a in arms]).astype(int),
            "entry": np.concatenate([a.entry_days for a in arms]),
            "experimental": np.repeat([1.0, 0.0], [len(a) for a in arms]),
        }
    )
    late = bool((frame["entry"] > 0).any())
    with warnings.catch_warnings():
        # Lifelines names columns that are constant among those with the event: one arm here.
        warnings.simplefilter("ignore")
        fitted = CoxPHFitter().fit(
            frame if late else frame.drop(columns="entry"),
            "time",
            "event",
            entry_col="entry" if late else None,
        )
    return float(fitted.params_["experimental"]), float(fitted.standard_errors_["experimental"])

"""Every score of predicted survival on one group of patients, to a day that their follow-up allows.

Weights for censoring are learned from the tested patients themselves, as in Uno et al. (2011): how
long a hospital followed its patients is no part of a model, and a cohort that was followed for a
year cannot be weighted by one that was followed for four.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.survival import kaplan_meier
from combo_dl.stats.survival_scores import (
    harrell_c,
    integrated_brier,
    time_dependent_auc,
    uno_c,
)

NAN = float("nan")
_GRID = 100  # days of the integrated Brier score
_EDGE = 1e-6  # of a survival of 0 or 1, whose log-odds are not finite


def followed_days(seen: FollowUp, *, fewest: int) -> float:
    """The last whole day beyond which ``fewest`` patients are seen; 0 where fewer are."""
    if len(seen) < fewest:
        return 0.0
    return float(np.ceil(np.sort(seen.time_days)[-fewest]) - 1)


def order_scores(
    seen: FollowUp, risk: np.ndarray, at_days: dict[int, np.ndarray], *, horizon_days: float
) -> dict[str, float]:
    """``harrell_c`` and ``uno_c`` of ``risk`` float[N], higher for earlier events, and
    ``auc_<day>`` of the risks float[N] of each day of ``at_days``; NaN where a score is not
    defined, such as one with weights for censoring where patients enter late, and after
    ``horizon_days``."""
    made = {"harrell_c": harrell_c(seen, risk), "uno_c": NAN}
    if not seen.has_delayed_entry:
        made["uno_c"] = _defined(lambda: uno_c(seen, seen, risk, horizon_days=horizon_days))
    for day, own in at_days.items():
        inside = day <= horizon_days and not seen.has_delayed_entry
        auc = partial(time_dependent_auc, seen, seen, own, horizon_days=day)
        made[f"auc_{day}"] = _defined(auc) if inside else NAN
    return made


def curve_scores(
    seen: FollowUp, curves: SurvivalCurves, days: tuple[int, ...], *, horizon_days: float
) -> dict[str, float]:
    """``ibs``, the integrated Brier score to the horizon; ``rmst_error_days``, the mean predicted
    less the observed restricted mean to it; at each of ``days`` ``gap_<day>``, mean predicted
    survival less Kaplan-Meier, and ``slope_<day>`` (``calibration_slope``). NaN where not defined,
    and after the horizon."""
    made = {"ibs": NAN, "rmst_error_days": NAN}
    made |= {f"{name}_{day}": NAN for day in days for name in ("gap", "slope")}
    if not seen.has_delayed_entry:
        grid = np.linspace(max(seen.time_days.min(), 1.0), horizon_days, _GRID)
        made["ibs"] = _defined(lambda: integrated_brier(seen, seen, curves, times_days=grid))
    try:
        observed = kaplan_meier(seen)
    except InputError:
        # With late entry the curve of few patients may not be defined.
        return made
    if observed.reaches(horizon_days):
        mean = float(curves.restricted_mean_days(horizon_days).mean())
        made["rmst_error_days"] = mean - observed.restricted_mean_days(horizon_days)
    for day in (d for d in days if d <= horizon_days and observed.reaches(d)):
        told = curves.at(np.array([day]))[:, 0]
        made[f"gap_{day}"] = float(told.mean() - observed.at(day))
        made[f"slope_{day}"] = calibration_slope(seen, told, day)
    return made


def calibration_slope(seen: FollowUp, survival: np.ndarray, horizon_days: float) -> float:
    """Slope of a Cox model of log(-log) of predicted survival float[N] at the horizon, on follow-up
    cut there: 1 is perfect, below 1 predictions are too far apart (van Houwelingen 2000, Stat Med
    19:3401; Crowson et al. 2016, Stat Methods Med Res 25:1692). NaN where all predictions are one,
    and where there is no event."""
    p = np.clip(np.asarray(survival, np.float64), _EDGE, 1 - _EDGE)
    kept = seen.entry_days < horizon_days
    rows = pd.DataFrame(
        {
            "line": np.log(-np.log(p)),
            "time": np.minimum(seen.time_days, horizon_days),
            "event": (seen.event > 0) & (seen.time_days <= horizon_days),
            "entry": seen.entry_days,
        }
    )[kept]
    if not rows["event"].any() or rows["line"].std() < _EDGE:
        return NAN
    entry = {"entry_col": "entry"} if seen.has_delayed_entry else {}
    used = rows if entry else rows.drop(columns="entry")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = CoxPHFitter().fit(used, duration_col="time", event_col="event", **entry)
    except ConvergenceError:
        # The order of predictions is that of events: no finite slope is the best one.
        return NAN
    return float(model.params_["line"])


def _defined(score: Callable[[], float]) -> float:
    """The score, NaN where these patients do not define it."""
    try:
        return float(score())
    except InputError:
        return NAN

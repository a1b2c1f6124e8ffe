"""Whether predicted survival at a horizon comes true, and what decisions by it would gain."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.survival import check_horizon, check_survival, kaplan_meier


@dataclass(frozen=True, kw_only=True)
class CalibrationGroup:
    """Patients of like predicted survival: how many, the mean prediction, and Kaplan-Meier at the
    horizon with its 95 % interval (NaN where the group is not followed so long)."""

    patients: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class NetBenefit:
    """Net benefit float64[M] at each threshold of risk: of treating those whose predicted risk is
    at least that, and of treating all; treating none has 0."""

    threshold: np.ndarray
    model: np.ndarray
    treat_all: np.ndarray


def calibration_at(
    seen: FollowUp, survival: np.ndarray, *, horizon_days: float, groups: int = 5
) -> list[CalibrationGroup]:
    """Predicted survival float[N] at the horizon against Kaplan-Meier, in groups of like numbers of
    patients from the lowest prediction to the highest; equal predictions share a group, and there
    may then be fewer (D'Agostino & Nam 2003, Handbook of Statistics 23:1).

    Delayed entry is taken into account. Raises InputError on a survival that is no probability, a
    horizon that is not above 0, no group, and several risks.
    """
    check_horizon(horizon_days)
    if groups < 1:
        raise InputError(f"groups is {groups}; expected 1 or more")
    p = check_survival(seen, survival)
    _, of = np.unique(p, return_inverse=True)
    size = np.bincount(of)
    middle = (np.cumsum(size) - size / 2) / len(p)
    place = np.minimum((middle * groups).astype(np.int64), groups - 1)[of]
    return [_group(seen, p, place == g, horizon_days) for g in np.unique(place)]


def _group(
    seen: FollowUp, p: np.ndarray, rows: np.ndarray, horizon_days: float
) -> CalibrationGroup:
    curve = kaplan_meier(seen.take(rows))
    observed = low = high = float("nan")
    if curve.reaches(horizon_days):
        observed = float(curve.at(horizon_days))
        low, high = (float(end) for end in curve.interval_at(horizon_days))
    return CalibrationGroup(
        patients=int(rows.sum()),
        predicted=float(p[rows].mean()),
        observed=observed,
        low=low,
        high=high,
    )


def net_benefit(
    seen: FollowUp, survival: np.ndarray, *, horizon_days: float, threshold: np.ndarray
) -> NetBenefit:
    """Decision curve at a horizon from predicted survival float[N]: at each ``threshold`` float[M]
    of the risk of an event by then, true positives less false positives times the odds of the
    threshold, per patient (Vickers & Elkin 2006, Med Decis Making 26:565), both by Kaplan-Meier
    among those treated (Vickers et al. 2008, BMC Med Inform Decis Mak 8:53).

    Those whose risk is at least the threshold are treated; of no such patient it is 0, and NaN
    where they are not followed to the horizon. Raises InputError as ``calibration_at`` and on a
    threshold that is not between 0 and 1.
    """
    check_horizon(horizon_days)
    risk = 1.0 - check_survival(seen, survival)
    cuts = np.asarray(threshold, np.float64)
    outside = ~((cuts > 0) & (cuts < 1))
    if outside.any():
        raise InputError(
            f"threshold {cuts[outside][0]:g} is not a risk between 0 and 1; expected such as 0.2"
        )
    every = np.ones(len(seen), bool)
    treated = [_benefit(seen, risk >= cut, cut, horizon_days) for cut in cuts]
    treat_all = [_benefit(seen, every, cut, horizon_days) for cut in cuts]
    return NetBenefit(threshold=cuts, model=np.array(treated), treat_all=np.array(treat_all))


def _benefit(seen: FollowUp, treated: np.ndarray, cut: float, horizon_days: float) -> float:
    if not treated.any():
        return 0.0
    curve = kaplan_meier(seen.take(treated))
    if not curve.reaches(horizon_days):
        return float("nan")
    event = 1.0 - float(curve.at(horizon_days))
    return float(treated.mean() * (event - (1.0 - event) * cut / (1.0 - cut)))

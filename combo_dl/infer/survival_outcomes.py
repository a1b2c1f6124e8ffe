"""Outcomes of survival: mean days to a horizon, survival at named days, and the days that a
combination gains over drugs that act independently, or whose times add."""

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.predictions import SURVIVAL_DAYS, Outcome
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.days_calibration import DaysCalibration
from combo_dl.infer.survival_members import DaysScale, MemberCurves, as_column, mean_curves
from combo_dl.infer.survival_nulls import NullModel, survival_null


def survival_outcome(
    found: MemberCurves,
    endpoint: Endpoint,
    law: DaysCalibration | None,
    *,
    level: float,
    spearman: float,
    first_scan_days: float | None,
) -> Outcome:
    """Restricted mean survival days to the endpoint's horizon, with the interval that holds it with
    probability ``level``, by the ``law`` of held-out groups. Without one it is how far networks
    disagree; one network says nothing of that, and its interval is all that is possible.

    ``curve`` is survival at SURVIVAL_DAYS, NaN after the last event of training. spearman: rank
    correlation of a patient's times under each drug alone, for both nulls (Palmer & Sorger 2017;
    Hwangbo et al. 2023).  first_scan_days: beyond which times add; None for no ``additive``.
    Raises InputError where training saw no event as late as the horizon.
    """
    horizon = _horizon(found, endpoint)
    mean = mean_curves(found.whole)
    days = mean.restricted_mean_days(horizon)
    members = np.stack([c.restricted_mean_days(horizon) for c in found.whole])
    scale = DaysScale(horizon_days=horizon, level=level, law=law)
    low, high = scale.interval(days, members)
    told = (days, low, high)
    models = {"null": NullModel(spearman=spearman)}
    if first_scan_days is not None:
        models["additive"] = NullModel(spearman=spearman, first_scan_days=first_scan_days)
    nulls = {name: survival_null(found, model, told, scale) for name, model in models.items()}
    return Outcome(
        mean=as_column(days),
        low=as_column(low),
        high=as_column(high),
        abstain=found.unseen[:, None],
        curve=_survival_at(mean),
        **nulls,
    )


def _horizon(found: MemberCurves, endpoint: Endpoint) -> float:
    last, horizon = float(found.whole[0].times_days[-1]), float(endpoint.horizon_days or 0.0)
    if last < horizon:
        raise InputError(
            f"{endpoint.name!r} is counted to day {horizon:g}, but the last event that this bundle "
            f"learned from was on day {last:g}; train it again with endpoint.{endpoint.name}."
            f"horizon_days={int(last)} or less"
        )
    return horizon


def _survival_at(curves: SurvivalCurves) -> np.ndarray:
    """float32[N, S] at SURVIVAL_DAYS, NaN after the last day of the curves."""
    days = np.array(SURVIVAL_DAYS, np.float64)
    inside = days <= curves.times_days[-1]
    made = np.full((len(curves), len(days)), np.nan, np.float32)
    made[:, inside] = curves.at(days[inside])
    return made

"""What is told of groups of patients: calibration, mean curves, decisions, and subgroups.

Nothing is told of fewer than FEWEST patients, nor of a number from which that could be subtracted.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.study import Study
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.concordance import stratified_c
from combo_dl.stats.survival import kaplan_meier
from combo_dl.stats.survival_calibration import calibration_at, net_benefit
from combo_dl.train.survivals import DAYS, FEWEST

GROUPS = 5
DECISION_DAYS = 365
THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(2, 19))  # 0.1 to 0.9
WEEK = 7.0
AGES = (50.0, 65.0, 75.0)
AGE, SEX, CANCER = "age_years", "sex", "cancer_type"
Rows = list[dict]


def events_told(seen: FollowUp) -> int | None:
    """How many have an event; None where they, or the others, are 1 to FEWEST - 1."""
    events = int((seen.event > 0).sum())
    small = {n for n in (events, len(seen) - events) if 0 < n < FEWEST}
    return None if small else events


def calibration_rows(seen: FollowUp, curves: SurvivalCurves, horizon_days: float) -> Rows:
    """One row a day of DAYS and fifth of patients by predicted survival (fewer parts of few
    patients): predicted, and Kaplan-Meier with its interval, None where it is not followed."""
    made = []
    groups = min(GROUPS, len(seen) // FEWEST)
    for day in (d for d in DAYS if d <= horizon_days and groups):
        told = curves.at(np.array([day]))[:, 0]
        found = calibration_at(seen, told, horizon_days=day, groups=groups)
        for place, g in enumerate(found):
            if g.patients >= FEWEST:
                numbers = {k: _known(getattr(g, k)) for k in ("observed", "low", "high")}
                head: dict = {"day": day, "group": place + 1, "patients": g.patients}
                made.append(head | {"predicted": g.predicted} | numbers)
    return made


def mean_curve(curves: SurvivalCurves, horizon_days: float) -> dict[str, list[float]]:
    """Mean predicted survival week by week to the horizon."""
    days = weeks(horizon_days)
    return {"days": days.tolist(), "survival": curves.at(days).mean(axis=0).tolist()}


def observed_curve(seen: FollowUp, horizon_days: float) -> dict[str, list[float]]:
    """Kaplan-Meier with its 95 % interval, week by week to the horizon."""
    days, curve = weeks(horizon_days), kaplan_meier(seen)
    low, high = curve.interval_at(days)
    told = {"survival": curve.at(days), "low": low, "high": high}
    return {"days": days.tolist()} | {k: v.tolist() for k, v in told.items()}


def weeks(horizon_days: float) -> np.ndarray:
    """float64[M]: every seventh day, and the horizon."""
    return np.append(np.arange(0.0, horizon_days, WEEK), horizon_days)


def decision_rows(seen: FollowUp, curves: SurvivalCurves, horizon_days: float) -> Rows:
    """Net benefit of treating by the predicted risk of an event by day DECISION_DAYS, and of
    treating all, one row a threshold; None where FEWEST are not treated or not left out."""
    if horizon_days < DECISION_DAYS:
        return []
    survival = curves.at(np.array([float(DECISION_DAYS)]))[:, 0]
    cuts = np.array(THRESHOLDS)
    found = net_benefit(seen, survival, horizon_days=DECISION_DAYS, threshold=cuts)
    made = []
    for cut, own, every in zip(cuts, found.model, found.treat_all, strict=True):
        treated = int((1.0 - survival >= cut).sum())
        small = any(0 < n < FEWEST for n in (treated, len(seen) - treated))
        told = {"net_benefit": None if small else _known(own), "net_benefit_all": _known(every)}
        made.append({"threshold": float(cut), **told})
    return made


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Scored test rows of all folds that one model says something of. fold: object[n], names.
    risk: float64[n], higher for earlier events.  survival: float64[n] at DECISION_DAYS, NaN of a
    model that states none, and of folds that are not followed so long."""

    rows: np.ndarray
    seen: FollowUp
    fold: np.ndarray
    risk: np.ndarray
    survival: np.ndarray


def subgroup_rows(study: Study, found: Pooled) -> Rows:
    """C of pairs within a fold, and predicted less observed survival at DECISION_DAYS, one row a
    level of sex, band of age, cancer and cohort. Levels of fewer than FEWEST patients are left out,
    and of a field whose levels left out are together fewer, the smallest other one too."""
    made = []
    for field, level in _levels(study, found).items():
        for name in _told_levels(level):
            at = level == name
            seen = found.seen.take(at)
            head = {"field": field, "level": str(name), "patients": int(at.sum())}
            c = _known(stratified_c(seen, found.risk[at], found.fold[at]))
            scores = {"events": events_told(seen), "harrell_c": c}
            told = at & np.isfinite(found.survival)
            gap = _gap(found.seen.take(told), found.survival[told])
            made.append(head | scores | {"gap_365": gap})
    return made


def _told_levels(level: np.ndarray) -> list[str]:
    names, counts = np.unique(level.astype(str), return_counts=True)
    known = [(n, str(name)) for name, n in zip(names, counts, strict=True) if n >= FEWEST]
    hidden = len(level) - sum(n for n, _ in known)
    if 0 < hidden < FEWEST and known:
        known.remove(min(known))
    return [name for _, name in known]


def _gap(seen: FollowUp, survival: np.ndarray) -> float | None:
    """Of folds that are followed so long; None of fewer than FEWEST patients."""
    if len(seen) < FEWEST:
        return None
    try:
        curve = kaplan_meier(seen)
    except InputError:
        # With late entry the curve of few patients may not be defined.
        return None
    if not curve.reaches(DECISION_DAYS):
        return None
    return float(survival.mean() - curve.at(DECISION_DAYS))


def _levels(study: Study, found: Pooled) -> dict[str, np.ndarray]:
    profile = study.combos.profile[found.rows]
    made: dict[str, np.ndarray] = {}
    for place, field in enumerate(study.profiles.category_fields):
        if field.name in (SEX, CANCER):
            names = np.array([*field.levels, "unknown"], dtype=object)
            made[field.name] = names[study.profiles.category[profile, place]]
    for place, field in enumerate(study.profiles.number_fields):
        if field.name == AGE:
            made[AGE] = _bands(study.profiles.number[profile, place])
    cohorts = study.tables.get("cohorts")
    if "cohort" in study.columns and cohorts is not None:
        names_of = {r["code"]: r["name"] for r in cohorts.to_pylist()}
        codes = study.columns["cohort"][found.rows]
        made["cohort"] = np.array([names_of.get(int(c), str(c)) for c in codes], dtype=object)
    return made


def _bands(age: np.ndarray) -> np.ndarray:
    names = [f"below {AGES[0]:g}"]
    names += [f"{low:g} to below {high:g}" for low, high in pairwise(AGES)]
    names += [f"{AGES[-1]:g} or more", "unknown"]
    place = np.where(np.isnan(age), len(AGES) + 1, np.searchsorted(AGES, age, side="right"))
    return np.array(names, dtype=object)[place]


def _known(value: float) -> float | None:
    return None if value != value else float(value)

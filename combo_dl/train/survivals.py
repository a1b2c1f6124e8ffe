"""Survival of held-out rows: what the networks of a fold say of follow-up, and its scores."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import FormatError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.study import Study
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.nn.head.hazard import forecast_curves
from combo_dl.stats.survival_panel import curve_scores, followed_days, order_scores
from combo_dl.train.member import TEST, VALIDATION, read_forecast
from combo_dl.train.work import Work

DAYS = (182, 365, 730)
FEWEST = 11  # patients that any number told is of, and that are still seen at the last day scored


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Rows of a fold with known follow-up: ``rows`` int64[n] of the study, ``at`` int64[n] their
    places among those asked for, and how each was seen. An event is any of several risks."""

    rows: np.ndarray
    at: np.ndarray
    seen: FollowUp


def survival_endpoints(work: Work) -> dict[str, Endpoint]:
    """Endpoints of survival that the first study has."""
    labels = work.studies[0].combos.labels
    return {
        n: e for n, e in work.settings.endpoints.items() if e.is_survival and e.columns[0] in labels
    }


def followed(study: Study, endpoint: Endpoint, rows: np.ndarray) -> Followed | None:
    """Those of ``rows`` whose follow-up is known; None where nobody's is. Raises InputError on a
    time, event or entry that is not one."""
    label = study.combos.labels[endpoint.columns[0]][rows].astype(np.float64)
    known = np.flatnonzero(~np.isnan(label).any(axis=1))
    if not len(known):
        return None
    label = label[known]
    label[:, 1] = label[:, 1] > 0
    return Followed(rows=rows[known], at=known, seen=FollowUp.of_label(label))


def scored_days(work: Work, fold: int, endpoint: Endpoint, tested: FollowUp) -> float:
    """The day that survival of a fold is scored to: the endpoint's horizon, the last event that was
    learned from, or the last day beyond which FEWEST tested patients are seen, whichever is first;
    0 where there is none."""
    learned = followed(work.studies[0], endpoint, work.folds[fold].search)
    last = 0.0
    if learned is not None:
        last = float(learned.seen.time_days[learned.seen.event > 0].max(initial=0.0))
    horizon = float(endpoint.horizon_days or 0.0)
    return min(horizon, float(np.floor(last)), followed_days(tested, fewest=FEWEST))


def survival_curves(
    work: Work, fold: int, *, seeds: int, file: str = TEST
) -> dict[str, SurvivalCurves]:
    """{endpoint: mean curves} of the first ``seeds`` members of a fold, of all of its test (or
    validation) rows; empty without any. Raises FormatError on members of an earlier version."""
    found = member_survivals(work, fold, seeds=seeds, file=file)
    return {name: SurvivalCurves.mean_of(parts) for name, parts in found.items()}


def member_survivals(
    work: Work, fold: int, *, seeds: int, file: str = TEST
) -> dict[str, list[SurvivalCurves]]:
    """{endpoint: curves of each} of those members. Raises FormatError as ``survival_curves``."""
    names = survival_endpoints(work)
    paths = [work.folder(fold, seed) / file for seed in range(seeds)]
    found = [read_forecast(p, names) for p in paths if p.is_file()] if names else []
    made: dict[str, list[SurvivalCurves]] = {}
    for name in names if found else ():
        made[name] = []
        for member in (f[name] for f in found):
            if member.times_days is None:
                raise FormatError(
                    f"a member in {work.settings.out} holds no days of its curves: it was trained "
                    "by an earlier version; train again into another out"
                )
            made[name].append(forecast_curves(member.times_days, member.mean))
    return made


def panel(seen: FollowUp, curves: SurvivalCurves, *, horizon_days: float) -> dict[str, float]:
    """Every score of curves of these patients (``stats.survival_panel``), to the horizon."""
    inside = [d for d in DAYS if d <= horizon_days]
    told = curves.at(np.array(inside, np.float64))
    at_days = {d: np.zeros(len(seen)) for d in DAYS}
    at_days |= {d: 1.0 - told[:, k] for k, d in enumerate(inside)}
    risk = -curves.restricted_mean_days(horizon_days)
    return order_scores(seen, risk, at_days, horizon_days=horizon_days) | curve_scores(
        seen, curves, DAYS, horizon_days=horizon_days
    )


def survival_rows(work: Work, fold: int, *, seeds: int | None) -> list[dict]:
    """One row of scores an endpoint of survival: of the test rows of a fold, or, where it has none,
    of the validation rows, under the name ``validation``. Nothing of fewer than FEWEST patients."""
    part = work.folds[fold]
    file, rows = (TEST, part.test) if len(part.test) else (VALIDATION, part.validation)
    count = work.settings.seeds if seeds is None else seeds
    made = []
    for name, curves in survival_curves(work, fold, seeds=count, file=file).items():
        endpoint = work.settings.endpoints[name]
        found = followed(work.studies[0], endpoint, rows)
        days = 0.0 if found is None else scored_days(work, fold, endpoint, found.seen)
        if found is not None and days > 0:
            head: dict = {"fold": part.name if file == TEST else "validation", "endpoint": name}
            own = panel(found.seen, curves.take(found.at), horizon_days=days)
            made.append({**head, "patients": len(found.rows), "days": days, **own})
    return made

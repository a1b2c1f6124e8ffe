"""Survival in a benchmark: what a model says of test rows, and what of them can be scored."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.train.survivals import (
    FEWEST,
    Followed,
    followed,
    scored_days,
    survival_endpoints,
)
from combo_dl.train.work import Work


@dataclass(frozen=True, kw_only=True)
class SurvivalPredicted:
    """One model, fold and endpoint, of all n test rows.

    curves: survival, None of a model that orders patients and states none.  score: float64[n] of
    such a model, higher for longer survival, NaN where it cannot be computed.
    """

    model: str
    fold: int
    endpoint: str
    curves: SurvivalCurves | None = None
    score: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Tested:
    """The test rows of a fold that one endpoint is scored on, to ``days``. ``unscored``: why there
    is no score, empty where there is one."""

    found: Followed | None
    days: float
    unscored: str


def survivals_of(work: Work) -> list[Endpoint]:
    """The endpoints of survival that the first study has."""
    return list(survival_endpoints(work).values())


def to_score(work: Work, fold: int, endpoint: Endpoint) -> Tested:
    """What of a fold can be scored. A cohort that cannot be is named and left out; all others are
    scored."""
    rows = work.folds[fold].test
    found = followed(work.studies[0], endpoint, rows)
    days = 0.0 if found is None else scored_days(work, fold, endpoint, found.seen)
    return Tested(found=found, days=days, unscored=_why_not(found, days))


def _why_not(found: Followed | None, days: float) -> str:
    if found is None:
        return "no follow-up is known"
    if len(found.rows) < FEWEST:
        return f"follow-up of fewer than {FEWEST} patients is known"
    if not (found.seen.event > 0).any():
        return "nobody has an event: all are censored"
    if days <= 0:
        return f"fewer than {FEWEST} patients are seen beyond the first day"
    if not ((found.seen.event > 0) & (found.seen.time_days < days)).any():
        return f"no event before day {days:g}, beyond which fewer than {FEWEST} patients are seen"
    return ""


def check_survivals(work: Work) -> None:
    """Raise InputError, before anything is fitted, on training rows without an event and where no
    fold can be scored."""
    for endpoint in survivals_of(work):
        for fold in work.folds:
            learned = followed(work.studies[0], endpoint, fold.search)
            if learned is None or not (learned.seen.event > 0).any():
                raise InputError(
                    f"no training row of fold {fold.name!r} has an event of {endpoint.name!r}: all "
                    "are censored or unknown; expected some: choose another split, or leave "
                    f"{endpoint.name!r} out of endpoint=[…]"
                )
        reasons = [to_score(work, k, endpoint).unscored for k in range(len(work.folds))]
        if all(reasons):
            told = "; ".join(f"{f.name}: {r}" for f, r in zip(work.folds, reasons, strict=True))
            raise InputError(
                f"{endpoint.name!r} can be scored in no fold ({told}); expected test rows with "
                "events: choose another split, or train and predict without evaluate"
            )

"""Scores of predicted survival: order (Harrell, Uno, time-dependent AUC) and Brier score.

A ``risk`` float[N] is any number that is higher for earlier events, such as 1 - survival at a
horizon. The scores that weigh by the inverse probability of censoring (IPCW) learn that from
``training`` patients and assume that censoring does not depend on the patient; they know no late
entry. Patients of ``tested`` who were seen for longer than the horizon count as seen to it.
"""

import numpy as np
from sksurv.metrics import (
    concordance_index_ipcw,
    cumulative_dynamic_auc,
    integrated_brier_score,
)
from sksurv.util import Surv

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.stats.survival import check_horizon, check_one_risk

_ROWS = 512  # events that are compared with all patients together


def harrell_c(seen: FollowUp, risk: np.ndarray) -> float:
    """Harrell's C: of the pairs of patients of whom one is seen to have the event first, the share
    in which that one has the higher risk; ties of risk count half (Harrell et al. 1982, JAMA
    247:2543). NaN without such a pair.

    With delayed entry a pair counts if both were at risk when the event came. A patient who was
    censored on the day of another's event was seen for longer. Raises InputError on a risk that is
    not a number, and on several risks.
    """
    score = _check_risk(seen, risk)
    earlier = ties = pairs = 0.0
    rows = np.flatnonzero(seen.event > 0)
    for at in range(0, len(rows), _ROWS):
        i = rows[at : at + _ROWS, None]
        time = seen.time_days[i]
        later = (time < seen.time_days) | ((time == seen.time_days) & (seen.event == 0))
        pair = later & (seen.entry_days < time)
        pairs += pair.sum()
        earlier += (pair & (score[i] > score)).sum()
        ties += (pair & (score[i] == score)).sum()
    return float((earlier + ties / 2) / pairs) if pairs else float("nan")


def uno_c(training: FollowUp, tested: FollowUp, risk: np.ndarray, *, horizon_days: float) -> float:
    """Uno's C, which does not depend on how patients were censored: Harrell's C of the events
    before the horizon, weighted by IPCW squared (Uno et al. 2011, Stat Med 30:1105).

    Raises InputError on late entry, several risks, a risk that is not a number, and a horizon at
    which nobody of training is left in follow-up or before which there is no pair to compare.
    """
    score = _check_risk(tested, risk)
    learned, test = _pair(training, tested, horizon_days)
    try:
        return float(concordance_index_ipcw(learned, test, score, tau=horizon_days)[0])
    except ValueError as error:
        raise _unscored("Uno's C", horizon_days, error) from error


def time_dependent_auc(
    training: FollowUp, tested: FollowUp, risk: np.ndarray, *, horizon_days: float
) -> float:
    """Area under the ROC curve of having the event by the horizon or being seen without it after
    that, weighted by IPCW (cumulative/dynamic AUC: Uno et al. 2007, J Am Stat Assoc 102:527;
    Hung & Chiang 2010, Can J Stat 38:8).

    Raises InputError as ``uno_c``, and where nobody of ``tested`` has an event by the horizon or is
    seen beyond it.
    """
    score = _check_risk(tested, risk)
    learned, test = _pair(training, tested, horizon_days)
    if not ((tested.event > 0) & (tested.time_days <= horizon_days)).any():
        raise InputError(
            f"no patient has an event by day {horizon_days:g}; expected some: take a later horizon"
        )
    try:
        found, _ = cumulative_dynamic_auc(learned, test, score, [horizon_days])
    except ValueError as error:
        raise _unscored("the time-dependent AUC", horizon_days, error) from error
    return float(found[0])


def integrated_brier(
    training: FollowUp, tested: FollowUp, curves: SurvivalCurves, *, times_days: np.ndarray
) -> float:
    """Integrated Brier score: the squared error of predicted survival, weighted by IPCW, its mean
    over the days from the first to the last of ``times_days`` float[M >= 2] by the trapezoid rule
    (Graf et al. 1999, Stat Med 18:2529). 0 is perfect, 0.25 is a coin.

    Raises InputError as ``uno_c``, on curves that are not one a patient or end before the last day,
    and on days that do not rise within the follow-up of ``tested``.
    """
    days = np.asarray(times_days, np.float64)
    if len(days) < 2 or not (np.diff(days) > 0).all():
        raise InputError(f"times_days is {days.tolist()}; expected 2 days or more that rise")
    if len(curves) != len(tested):
        raise InputError(f"{len(curves)} curves for {len(tested)} patients; expected one of each")
    learned, test = _pair(training, tested, float(days[-1]))
    predicted = curves.at(days)
    try:
        return float(integrated_brier_score(learned, test, predicted, days))
    except ValueError as error:
        raise _unscored("the integrated Brier score", float(days[-1]), error) from error


def _check_risk(seen: FollowUp, risk: np.ndarray) -> np.ndarray:
    check_one_risk(seen)
    score = np.asarray(risk, np.float64)
    if score.shape != seen.time_days.shape:
        raise InputError(f"risk has shape {score.shape}; expected one number each of {len(seen)}")
    bad = ~np.isfinite(score)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"row {row} has risk {score[row]}; expected a finite number")
    return score


def _pair(
    training: FollowUp, tested: FollowUp, horizon_days: float
) -> tuple[np.ndarray, np.ndarray]:
    """Both as scikit-survival reads them, ``tested`` cut right after the horizon."""
    check_horizon(horizon_days)
    for name, seen in (("training", training), ("tested", tested)):
        check_one_risk(seen)
        if seen.has_delayed_entry:
            raise InputError(
                f"{name} patients have delayed entry ({(seen.entry_days > 0).sum()} of "
                f"{len(seen)}), which weights for censoring do not know; use harrell_c, or those "
                "who were seen from day 0"
            )
        if seen.time_days.max() <= horizon_days:
            raise InputError(
                f"no {name} patient is seen beyond day {horizon_days:g}; expected a horizon before "
                f"day {seen.time_days.max():g}, the end of follow-up"
            )
    after = tested.time_days > horizon_days
    time = np.where(after, np.nextafter(horizon_days, np.inf), tested.time_days)
    event = (tested.event > 0) & ~after
    return (
        Surv.from_arrays(training.event > 0, training.time_days),
        Surv.from_arrays(event, time),
    )


def _unscored(score: str, horizon_days: float, error: ValueError) -> InputError:
    return InputError(
        f"{score} to day {horizon_days:g} is not defined: {str(error).strip()}; take another "
        "horizon or more patients"
    )

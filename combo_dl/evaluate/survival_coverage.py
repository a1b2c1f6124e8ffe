"""Whether intervals of mean days hold what groups of test patients had.

What a group had is known with its sampling error, which is added to every interval, so that an
interval that is right holds its level of them. A group is never among those that calibrated it:
of borrowed calibrations (``calibrate_from``), whose groups may be the same, nothing is told.
"""

import numpy as np

from combo_dl.data.days_calibration import (
    AGREED,
    DaysCalibration,
    GroupDays,
    fit_days_calibration,
    joined_groups,
)
from combo_dl.evaluate.survival_labels import survivals_of
from combo_dl.train.days import days_laws, group_days
from combo_dl.train.member import TEST
from combo_dl.train.work import Work

LEVELS = (80, 95)
ALONE, VALIDATED, OTHERS = "networks alone", "validation patients", "the other folds"
Rows = list[dict]


def interval_rows(work: Work) -> Rows:
    """One row an endpoint of survival and kind of interval: how many ``groups`` of test patients,
    the share that its intervals of 80 and 95 % held, their mean width in days of the horizon
    without sampling error, and ``spread``, the mean tau; none of an endpoint without groups."""
    seeds = work.settings.seeds
    folds = [group_days(work, fold, TEST, seeds=seeds) for fold in range(len(work.folds))]
    given = work.settings.calibrate_days_from or work.settings.calibrate_from
    own = range(0 if given else len(work.folds))
    validated = [days_laws(work, fold, networks=seeds) for fold in own]
    made = []
    for endpoint in survivals_of(work):
        tested = [found.get(endpoint.name) for found in folds]
        laws: dict[str, list[DaysCalibration | None]] = {}
        if seeds > 1:  # one network does not disagree
            laws[ALONE] = [AGREED] * len(folds)
        if validated:
            laws[VALIDATED] = [found.get(endpoint.name) for found in validated]
        laws[OTHERS] = [_of_others(tested, fold) for fold in range(len(folds))]
        for name, of_folds in laws.items():
            pairs = [(g, law) for g, law in zip(tested, of_folds, strict=True) if g is not None]
            told = [(g, law) for g, law in pairs if law is not None and len(g)]
            if told:
                head = {"endpoint": endpoint.name, "calibrated_on": name}
                made.append(head | _row(told, float(endpoint.horizon_days or 0.0)))
    return made


def _of_others(tested: list[GroupDays | None], fold: int) -> DaysCalibration | None:
    others = [g for k, g in enumerate(tested) if k != fold and g is not None]
    if not others:
        return None
    return fit_days_calibration(joined_groups(others), networks=others[0].networks)


def _row(told: list[tuple[GroupDays, DaysCalibration]], horizon_days: float) -> dict:
    held: dict[int, list[np.ndarray]] = {level: [] for level in LEVELS}
    width: dict[int, list[np.ndarray]] = {level: [] for level in LEVELS}
    for groups, law in told:
        for level in LEVELS:
            held[level].append(inside(groups, law, level=level / 100))
            low, high = law.interval(groups.predicted, groups.between, level=level / 100)
            width[level].append((high - low) * horizon_days)
    row: dict = {"groups": sum(len(g) for g, _ in told)}
    row |= {f"held_{v}": float(np.concatenate(found).mean()) for v, found in held.items()}
    row |= {f"width_{v}_days": float(np.concatenate(w).mean()) for v, w in width.items()}
    return row | {"spread": float(np.mean([law.spread for _, law in told]))}


def inside(groups: GroupDays, law: DaysCalibration, *, level: float) -> np.ndarray:
    """bool[G]: what a group had lies in its interval of ``level``, wider by its sampling error."""
    half = law.reach(level) * np.sqrt(groups.apart + law.spread**2 + groups.noise)
    return np.abs(groups.error) <= half

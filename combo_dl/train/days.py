"""Mean days of groups of held-out patients: what the networks of a fold say, and what they had."""

from pathlib import Path

import numpy as np

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.study import HOSPITAL, Study
from combo_dl.core.survival_curve import SurvivalCurves
from combo_dl.data.days_calibration import (
    DaysCalibration,
    GroupDays,
    fit_days_calibration,
    joined_groups,
)
from combo_dl.stats.contrasts import restricted_mean_variance
from combo_dl.stats.survival import kaplan_meier
from combo_dl.stats.survival_panel import followed_days
from combo_dl.train.held_out_days import read_days, write_days
from combo_dl.train.join_by_name import joined_by_name
from combo_dl.train.member import TEST, VALIDATION
from combo_dl.train.survivals import FEWEST, followed, member_survivals, survival_endpoints
from combo_dl.train.work import Work

FEWEST_PATIENTS = 20  # of a group
FEWEST_EVENTS = 5  # of a group: of fewer, the sampling error is itself a guess
MOST_GROUPS = 10  # of a cohort
LEAST_FOLLOWED = 0.5  # of the horizon: a shorter mean says little of it
COHORTS = ("cohort", "arm")  # columns of a study, the first that it has
CANCERS = ("cancer_type", "cancer")  # else such a field
_DIGITS = 3  # of mean days: patients of one description have one prediction
_Number = tuple[float, float, float, float]


def days_laws(work: Work, fold: int, *, networks: int) -> dict[str, DaysCalibration]:
    """{endpoint: calibration} for ensembles of ``networks`` from the held-out groups of the folders
    of ``calibrate_days_from``, else of ``calibrate_from``, else from the fold's own validation
    rows, where there are enough."""
    folders = work.settings.calibrate_days_from or work.settings.calibrate_from
    if folders:
        every = joined_by_name([read_days(folder) for folder in folders], joined_groups)
    else:
        every = group_days(work, fold, VALIDATION, seeds=work.settings.seeds)
    laws = {n: fit_days_calibration(g, networks=networks) for n, g in every.items()}
    return {name: law for name, law in laws.items() if law is not None}


def check_days_from(work: Work) -> None:
    """Raise ConfigError where ``calibrate_days_from`` is given and no folder of it has groups of an
    endpoint of survival, FormatError where one is broken."""
    folders = work.settings.calibrate_days_from
    if not folders:
        return
    found = [read_days(folder) for folder in folders]
    for name in survival_endpoints(work):
        if not any(len(groups[name]) for groups in found if name in groups):
            raise ConfigError(
                f"calibrate_days_from has no held-out groups of {name}: "
                f"{', '.join(map(str, folders))}; expected result folders of trainings that held "
                "patients out, made by this version"
            )


def keep_days(work: Work, folder: Path) -> None:
    """Keep the test groups of all folds, for the calibration of a bundle that learns from all."""
    seeds = work.settings.seeds
    write_days(
        folder, [group_days(work, fold, TEST, seeds=seeds) for fold in range(len(work.folds))]
    )


def group_days(work: Work, fold: int, file: str, *, seeds: int) -> dict[str, GroupDays]:
    """{endpoint: groups} of the validation or the test rows of a fold, as the first ``seeds``
    networks predict them: quantiles of the predicted mean days within a cohort (of arms within an
    arm; without either, within a type of cancer). Raises FormatError as ``survival_curves``."""
    part, study = work.folds[fold], work.studies[0]
    rows, trained = part.validation, part.search
    if file == TEST:
        rows, trained = part.test, work.fitted_rows(fold)
    if not len(rows):
        return {}
    learned, made = _learned(study, trained), {}
    for name, members in member_survivals(work, fold, seeds=seeds, file=file).items():
        endpoint = work.settings.endpoints[name]
        found = followed(study, endpoint, rows)
        of = np.zeros(0, object) if found is None else cohorts_of(study, found.rows)
        numbers: list[_Number] = []
        names: list[str] = []
        for cohort in np.unique(of.astype(str)):
            assert found is not None
            own = np.flatnonzero(of == cohort)
            told = [m.take(found.at[own]) for m in members]
            groups = _groups(found.seen.take(own), told, float(endpoint.horizon_days or 0.0))
            numbers += groups
            names += [str(cohort)] * len(groups)
        table = np.array(numbers, np.float64).reshape(-1, 4)
        made[name] = GroupDays(
            predicted=table[:, 0],
            between=table[:, 1],
            observed=table[:, 2],
            sampling=table[:, 3],
            cohort=np.array(names, dtype=object),
            new=np.array([n not in learned for n in names], dtype=bool),
            networks=len(members),
        )
    return made


def cohorts_of(study: Study, rows: np.ndarray) -> np.ndarray:
    """object[n]: a text for the cohort of each of ``rows`` (COHORTS, else CANCERS), one and the
    same where the study has neither."""
    for column in (c for c in COHORTS if c in study.columns):
        return study.columns[column][rows].astype(str).astype(object)
    profile = study.combos.profile[rows]
    for place, field in enumerate(study.profiles.category_fields):
        if field.name in CANCERS:
            names = np.array([*field.levels, "unknown"], dtype=object)
            return names[study.profiles.category[profile, place]]
    return np.full(len(rows), "all", dtype=object)


def _learned(study: Study, trained: np.ndarray) -> set[str]:
    """Cohorts that are no others': those of the rows ``trained``, and those that share a hospital
    (of arms: a trial) with one of them."""
    found = set(cohorts_of(study, trained))
    if HOSPITAL in study.columns:
        codes = study.columns[HOSPITAL]
        known = np.flatnonzero(np.isin(codes, np.unique(codes[trained])))
        found |= set(cohorts_of(study, known))
    return found


def _groups(seen: FollowUp, members: list[SurvivalCurves], horizon: float) -> list[_Number]:
    """Of a cohort, (predicted, between, observed, sampling) of each group that can be told."""
    last = min(m.times_days[-1] for m in members)
    days = min(horizon, last, followed_days(seen, fewest=FEWEST))
    count = min(MOST_GROUPS, len(seen) // FEWEST_PATIENTS)
    if days < LEAST_FOLLOWED * horizon or not count:
        return []
    mean = SurvivalCurves.mean_of(members).restricted_mean_days(days)
    place = quantile_groups(np.round(mean, _DIGITS), count)
    made = []
    for g in np.unique(place):
        own = np.flatnonzero(place == g)
        found = _group(seen.take(own), [m.take(own) for m in members], days, horizon)
        if len(own) >= FEWEST_PATIENTS and found is not None:
            made.append(found)
    return made


def quantile_groups(values: np.ndarray, count: int) -> np.ndarray:
    """int64[N]: the group, 0 to ``count`` - 1, of each value: of like numbers from the lowest on;
    equal values share a group, and there may then be fewer."""
    _, of = np.unique(values, return_inverse=True)
    size = np.bincount(of)
    middle = (np.cumsum(size) - size / 2) / len(values)
    return np.minimum((middle * count).astype(np.int64), count - 1)[of]


def _group(
    seen: FollowUp, members: list[SurvivalCurves], days: float, horizon: float
) -> _Number | None:
    """Of a group, to ``days`` or to the last day seen before it; None where too little is known."""
    try:
        curve = kaplan_meier(seen)
    except InputError:
        # With late entry the curve of few patients may not be defined.
        return None
    day = days if curve.reaches(days) else curve.last_days
    events = int(((seen.event > 0) & (seen.time_days < day)).sum())
    if day < LEAST_FOLLOWED * horizon or events < FEWEST_EVENTS:
        return None
    observed, sampling = restricted_mean_variance(seen, day)
    each = np.array([float(m.restricted_mean_days(day).mean()) for m in members]) / day
    between = float(each.var(ddof=1)) if len(each) > 1 else 0.0
    # The mean of the members' curves has the mean of their areas.
    return float(each.mean()), between, observed / day, sampling / day**2

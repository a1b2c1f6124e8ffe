"""Risks of held-out rows: what the networks of a fold say of 0/1 labels, calibrated."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.data.risk_calibration import (
    NONE,
    POOLED,
    RiskCalibration,
    RiskRows,
    fit_risk_calibration,
)
from combo_dl.data.splits import set_ids
from combo_dl.train.held_out import row_groups
from combo_dl.train.held_out_risks import joined_risks, read_risks, write_risks
from combo_dl.train.join_by_name import joined_by_name
from combo_dl.train.member import TEST, VALIDATION, read_forecast
from combo_dl.train.work import Work

CLUSTER = "arm"  # the column of a study whose rows lean the same way
MOST_ENTRIES = 200_000  # of a wide label, drawn for its calibration
LEVEL = 0.8
_ROWS = 8192  # of a wide risk, looked at together


@dataclass(frozen=True, kw_only=True)
class RiskTested:
    """Test rows of a fold and one endpoint of W columns.

    mean, low, high: float32[n, W], the risk and its 80 % interval.  label: float32[n, W], NaN
    unseen.  group: support of each row.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    label: np.ndarray
    group: tuple[str, ...]


def risk_endpoints(work: Work) -> dict[str, Endpoint]:
    """Endpoints of 0/1 labels that the first study has."""
    labels = work.studies[0].combos.labels
    return {
        n: e
        for n, e in work.settings.endpoints.items()
        if e.is_risk and all(c in labels for c in e.columns)
    }


def labels_of(study: Study, endpoint: Endpoint) -> np.ndarray:
    """float32[N, W], NaN unseen."""
    found = [study.combos.labels[c] for c in endpoint.columns]
    # One wide label is not copied whole.
    return found[0] if len(found) == 1 else np.concatenate(found, axis=1)


def risk_laws(work: Work, fold: int) -> dict[str, RiskCalibration]:
    """{endpoint: calibration} from the held-out rows of the folders of ``calibrate_from``, else
    from the fold's own validation rows, where there are enough."""
    folders = work.settings.calibrate_from
    if folders:
        every = joined_by_name([read_risks(folder) for folder in folders], joined_risks)
    else:
        every = _held_out(work, fold, VALIDATION)
    laws = {name: fit_risk_calibration(rows) for name, rows in every.items()}
    return {name: law for name, law in laws.items() if law is not None}


def keep_risks(work: Work, folder: Path) -> None:
    """Keep the test entries of all folds, for the calibration of a bundle that learns from all."""
    write_risks(folder, [_held_out(work, fold, TEST) for fold in range(len(work.folds))])


def _held_out(work: Work, fold: int, file: str) -> dict[str, RiskRows]:
    """{endpoint: entries} of the validation or the test rows of a fold."""
    part = work.folds[fold]
    rows, trained = part.validation, part.search
    if file == TEST:
        rows, trained = part.test, work.fitted_rows(fold)
    if not len(rows) or not risk_endpoints(work):
        return {}
    group = _groups(work, trained, rows)
    made = {}
    for name, endpoint in risk_endpoints(work).items():
        found = _risks(work, fold, name, file, seeds=work.settings.seeds)
        if found is not None:
            label = labels_of(work.studies[0], endpoint)[rows]
            made[name] = _entries(label, *found, _clusters(work)[rows], group)
    return made


def risk_tests(work: Work, fold: int, *, seeds: int | None = None) -> dict[str, RiskTested]:
    """{endpoint: RiskTested} of the first ``seeds`` members of a fold; empty without test rows."""
    count = work.settings.seeds if seeds is None else seeds
    rows, laws = work.folds[fold].test, risk_laws(work, fold)
    made: dict[str, RiskTested] = {}
    if not len(rows) or not risk_endpoints(work):
        return made
    group = row_groups(work, work.fitted_rows(fold), rows)
    for name, endpoint in risk_endpoints(work).items():
        found = _risks(work, fold, name, TEST, seeds=count)
        if found is None:
            continue
        mean, low, high = _calibrated(laws.get(name, NONE), *found, group)
        made[name] = RiskTested(
            mean=mean,
            low=low,
            high=high,
            label=labels_of(work.studies[0], endpoint)[rows],
            group=group,
        )
    return made


def _calibrated(
    law: RiskCalibration, risk: np.ndarray, between: np.ndarray, group: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Risks and their intervals float32[n, W], some rows at a time."""
    mean, low, high = (np.empty(risk.shape, np.float32) for _ in range(3))
    for start in range(0, len(risk), _ROWS):
        part = slice(start, start + _ROWS)
        mean[part] = law.risk(risk[part], group[part])
        low[part], high[part] = law.interval(risk[part], between[part], group[part], level=LEVEL)
    return mean, low, high


def _risks(
    work: Work, fold: int, name: str, file: str, *, seeds: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """float[n, W] mean risk over members, and the variance between them (unbiased, 0 of one
    member); None without any."""
    paths = [work.folder(fold, seed) / file for seed in range(seeds)]
    found = [read_forecast(p, {name})[name].mean for p in paths if p.is_file()]
    if not found:
        return None
    if len(found) == 1:
        # Of one number there is no spread; a view of 0 takes no room.
        return found[0], np.broadcast_to(np.float32(0.0), found[0].shape)
    mean, between = (np.empty(found[0].shape, np.float32) for _ in range(2))
    for start in range(0, len(mean), _ROWS):
        part = slice(start, start + _ROWS)
        risk = np.stack([f[part] for f in found]).astype(np.float64)
        mean[part], between[part] = risk.mean(axis=0), risk.var(axis=0, ddof=1)
    return mean, between


def _groups(work: Work, trained: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """object[n]: what has a line of its own: the support of a row, and of patients nothing.

    All patients are new, and a handful of classes of drugs known: their groups tell who was given
    one class or two. A line for each could reorder patients who were given different drugs.
    """
    if work.studies[0].profiles.space == PATIENT:
        return np.full(len(rows), POOLED, dtype=object)
    return np.array(row_groups(work, trained, rows), dtype=object)


def _clusters(work: Work) -> np.ndarray:
    """int64[N]: the patient or the arm of each row, or its set of drugs."""
    study = work.studies[0]
    if study.profiles.space == PATIENT:
        return study.combos.profile.astype(np.int64)
    if CLUSTER in study.columns:
        return study.columns[CLUSTER].astype(np.int64)
    return set_ids(study, work.world.identity(study))


def _entries(
    label: np.ndarray,
    risk: np.ndarray,
    between: np.ndarray,
    cluster: np.ndarray,
    group: np.ndarray,
) -> RiskRows:
    """The observed entries; of many, a sample by a fixed seed."""
    at = np.flatnonzero(~np.isnan(label).reshape(-1))
    if len(at) > MOST_ENTRIES:
        at = np.sort(np.random.default_rng(0).choice(at, MOST_ENTRIES, replace=False))
    width = label.shape[1]
    # Columns of one row are other questions: they do not lean together because the row does.
    own = cluster[at // width] * width + at % width
    return RiskRows(
        label=label.reshape(-1)[at].astype(np.float64),
        risk=risk.reshape(-1)[at].astype(np.float64),
        between=between[at // width, at % width].astype(np.float64),
        cluster=own,
        group=group[at // width],
    )

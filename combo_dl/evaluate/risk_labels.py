"""Risks of a benchmark: the endpoints whose labels are 0 or 1, and those labels as one matrix."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.study import Study
from combo_dl.data.splits import set_ids
from combo_dl.train.risks import CLUSTER, risk_endpoints
from combo_dl.train.work import Work


@dataclass(frozen=True, kw_only=True)
class RiskPredicted:
    """One model, fold and risk.

    mean: float[n, W] risks of the fold's test rows.  low, high: its 80 % interval, None for a model
    that states none.
    """

    model: str
    fold: int
    endpoint: str
    mean: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def risks_of(work: Work) -> list[Endpoint]:
    """The risks that the first study has every label of."""
    return list(risk_endpoints(work).values())


def row_weights(study: Study, rows: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """float64[n]: 1 over how many of ``rows`` with a label in ``truth`` float[n, W] are of the same
    group, so that replicates count together as one row.

    Labels of replicates are not averaged, as those of a measurement are: a mean is no 0 or 1.
    """
    group = np.unique(study.combos.group[rows], return_inverse=True)[1]
    size = np.bincount(group, ~np.isnan(truth).all(axis=1))
    return 1.0 / np.maximum(size, 1.0)[group]


def risk_clusters(study: Study, rows: np.ndarray) -> np.ndarray:
    """int64[n]: what rows are resampled by: the patient, the arm of a trial where the study names
    arms, else the set of drugs."""
    if study.profiles.space == PATIENT:
        return study.combos.profile[rows].astype(np.int64)
    if CLUSTER in study.columns:
        return np.unique(study.columns[CLUSTER][rows], return_inverse=True)[1].reshape(-1)
    return set_ids(study, study.drugs.names)[rows]


def cluster_name(study: Study) -> str:
    """What people call a cluster."""
    if study.profiles.space == PATIENT:
        return PATIENT
    return CLUSTER if CLUSTER in study.columns else "combination"

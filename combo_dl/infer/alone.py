"""The drugs of a combination alone, each at its dose and in its profile: rows for a null."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from combo_dl.data.study_tensors import StudyTensors

_MOST = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True, kw_only=True)
class AloneRows:
    """M rows of one drug each. owner: int64[M], the combination that it is part of."""

    tensors: StudyTensors
    owner: np.ndarray


def alone_rows(tensors: StudyTensors) -> AloneRows:
    """One row a drug of each combination of N."""
    owner, place = torch.nonzero(tensors.present, as_tuple=True)
    none = {name: value[:0] for name, value in tensors.labels.items()}
    return AloneRows(
        tensors=replace(
            tensors,
            drugs=tensors.drugs[owner, place][:, None],
            present=torch.ones(len(owner), 1, dtype=torch.bool),
            dose=tensors.dose[owner, place][:, None],
            dose_known=tensors.dose_known[owner, place][:, None],
            profile=tensors.profile[owner],
            weight=tensors.weight[owner],
            labels=none,
            observed={name: value[:0] for name, value in tensors.observed.items()},
        ),
        owner=owner.numpy(),
    )


def independent(risk: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """float64[count, W]: 1 - prod(1 - risk) over the rows float64[M, W] of each owner (Bliss CI.
    Ann Appl Biol 1939;26:585-615). A risk of 1 counts as the largest that is below it."""
    log_survival = np.zeros((count, risk.shape[1]))
    np.add.at(log_survival, owner, np.log1p(-np.minimum(risk, _MOST)))
    return -np.expm1(log_survival)

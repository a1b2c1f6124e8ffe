"""MatrixTensors: a study whose rows are wells, cut by whole matrices.

A batch of all the wells of some matrices needs one state a drug and profile and one pair term a
matrix; a batch of as many wells drawn one by one needs nearly one a well.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from combo_dl.data.batch import ComboBatch
from combo_dl.data.study_tensors import StudyTensors


@dataclass(frozen=True, kw_only=True)
class MatrixTensors(StudyTensors):
    """M matrices: (set of drugs, profile), of N wells.

    start: int64[M + 1] and well: int64[N]: matrix m has the wells well[start[m]:start[m + 1]].
    matrix: int64[N] of each well.
    """

    start: Tensor
    well: Tensor
    matrix: Tensor

    def __len__(self) -> int:
        return len(self.start) - 1

    def batch(self, rows: Tensor) -> ComboBatch:
        """The batch of all wells of these matrices (int64[m])."""
        counts = self.start[rows + 1] - self.start[rows]
        first = torch.cumsum(counts, 0) - counts
        within = torch.arange(int(counts.sum())) - torch.repeat_interleave(first, counts)
        places = torch.repeat_interleave(self.start[rows], counts) + within
        return super().batch(self.well[places])

    def matrices(self, wells: np.ndarray) -> Tensor:
        """int64[m]: the matrices that these wells (ids) belong to, each once, ascending."""
        return torch.unique(self.matrix[torch.from_numpy(wells)])


def matrix_tensors(tensors: StudyTensors) -> MatrixTensors:
    """The same study, its wells gathered by matrix."""
    drugs = torch.where(tensors.present, tensors.drugs, -1).numpy()
    keys = np.column_stack([drugs, tensors.profile.numpy()])
    _, matrix, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    matrix = matrix.reshape(-1)
    own = {f.name: getattr(tensors, f.name) for f in fields(StudyTensors)}
    return MatrixTensors(
        **own,
        start=torch.from_numpy(np.concatenate([[0], np.cumsum(counts)])),
        well=torch.from_numpy(np.argsort(matrix, kind="stable")),
        matrix=torch.from_numpy(matrix),
    )

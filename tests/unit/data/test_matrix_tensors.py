import numpy as np
import torch

from combo_dl.data.loader import TrainLoader
from combo_dl.data.matrix_tensors import matrix_tensors


def test_a_batch_has_all_wells_of_its_matrices_and_no_other(tensors):
    made = matrix_tensors(tensors)
    chosen = torch.tensor([5, 0, 17])
    row = made.batch(chosen).row
    mine = np.isin(made.matrix.numpy(), chosen.numpy())
    assert sorted(row.tolist()) == np.flatnonzero(mine).tolist()
    assert made.matrix[row].unique_consecutive().tolist() == chosen.tolist()


def test_a_matrix_is_a_set_of_drugs_in_a_profile(tensors, tiny_study):
    made = matrix_tensors(tensors)
    combos = tiny_study.combos
    keys = {(*d, p) for d, p in zip(combos.drugs.tolist(), combos.profile, strict=True)}
    assert len(made) == len(keys) == len(made.matrices(np.arange(len(combos))))
    for wells in made.matrix[None] == torch.arange(9)[:, None]:
        rows = np.flatnonzero(wells.numpy())
        assert len(np.unique(combos.drugs[rows], axis=0)) == 1
        assert len(np.unique(combos.profile[rows])) == 1


def test_a_batch_of_matrices_is_the_batch_of_its_wells(tensors):
    made = matrix_tensors(tensors)
    batch = made.batch(torch.tensor([3, 8]))
    plain = tensors.batch(batch.row)
    assert torch.equal(batch.drugs, plain.drugs) and torch.equal(batch.profile, plain.profile)
    assert torch.equal(batch.labels["loewe"], plain.labels["loewe"])


def test_an_epoch_of_matrices_holds_every_well_once(tensors):
    made = matrix_tensors(tensors)
    every = torch.arange(len(made))
    loader = TrainLoader([(made, every)], batch_size=len(made), seed=0, epoch=lambda: 0)
    rows = torch.cat([b.row for b in loader])
    assert sorted(rows.tolist()) == list(range(len(tensors)))

from dataclasses import replace

import pytest
import torch

from combo_dl.data.loader import EvalLoader, TrainLoader


class Epoch:
    """A counter in the place of the trainer's."""

    now = 0

    def __call__(self) -> int:
        return self.now


def loader(tensors, *, seed=0, epoch=None, rows=(130, 70), batch_size=32) -> TrainLoader:
    other = replace(tensors, study="other")
    parts = [(tensors, torch.arange(rows[0])), (other, torch.arange(100, 100 + rows[1]))]
    return TrainLoader(parts, batch_size=batch_size, seed=seed, epoch=epoch or Epoch())


def order(made) -> list[tuple[str, list[int]]]:
    return [(b.study, b.row.tolist()) for b in made]


def test_a_batch_belongs_to_one_study_and_rows_come_once(tensors):
    seen = {"synthetic": [], "other": []}
    for study, rows in order(loader(tensors)):
        seen[study] += rows
    # 130 = 4 * 32 + 2: the last two rows are too few for a batch; 70 = 2 * 32 + 6 likewise.
    assert len(set(seen["synthetic"])) == len(seen["synthetic"]) == 128
    assert set(seen["synthetic"]) < set(range(130)) and set(seen["other"]) < set(range(100, 170))
    assert len(set(seen["other"])) == len(seen["other"]) == 64


def test_the_order_is_a_function_of_seed_and_epoch(tensors):
    epoch = Epoch()
    one = loader(tensors, epoch=epoch)
    first = order(one)
    epoch.now = 1
    second = order(one)
    assert first != second and order(loader(tensors, seed=1)) != first
    resumed = Epoch()
    resumed.now = 1
    assert order(loader(tensors, epoch=resumed)) == second
    assert order(loader(tensors)) == first


def test_a_share_of_a_study_shows_other_rows_in_each_epoch_and_leaves_the_other_study_whole(
    tensors,
):
    parts = [(tensors, torch.arange(64)), (replace(tensors, study="other"), torch.arange(128))]
    epoch, seen, one = Epoch(), set(), None
    for epoch.now in range(40):
        one = TrainLoader(parts, shares=[1.0, 0.25], batch_size=32, seed=0, epoch=epoch)
        found = order(one)
        assert sum(study == "synthetic" for study, _ in found) == 2
        part = [rows for study, rows in found if study == "other"]
        assert len(part) == 1 and len(found) == len(one) == 3
        seen |= set(part[0])
    assert seen == set(range(128))


def test_the_smallest_share_is_a_batch(tensors):
    made = TrainLoader(
        [(tensors, torch.arange(64))], shares=[0.01], batch_size=32, seed=0, epoch=Epoch()
    )
    assert len(made) == len(order(made)) == 1


def test_what_is_dropped_differs_by_epoch(tensors):
    epoch = Epoch()
    made, seen = loader(tensors, epoch=epoch), set()
    for epoch.now in range(8):
        seen |= {i for study, rows in order(made) if study == "synthetic" for i in rows}
    assert seen == set(range(130))


@pytest.mark.parametrize(
    ("n_rows", "sizes"),
    [(0, []), (3, [3]), (32, [32]), (47, [32]), (48, [32, 16]), (64, [32, 32])],
)
def test_length_and_sizes_of_batches(tensors, n_rows, sizes):
    made = loader(tensors, rows=(n_rows, 0))
    assert len(made) == len(sizes)
    assert sorted((len(rows) for _, rows in order(made)), reverse=True) == sizes


def test_evaluation_keeps_every_row_in_order(tensors):
    rows = torch.tensor([9, 2, 200, 5, 5])
    made = EvalLoader([(tensors, rows), (tensors, rows[:0])], batch_size=2)
    assert torch.cat([b.row for b in made if len(b)]).tolist() == rows.tolist()

"""Loaders of batches. The order of an epoch is a function of (seed, epoch) alone, so that a run
that was stopped and resumed at an epoch sees the very batches it would have seen."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from combo_dl.data.batch import ComboBatch
from combo_dl.data.study_tensors import StudyTensors


class TrainLoader:
    """Shuffled batches of several studies; a batch never mixes studies.

    parts: (study, its training rows int64[n]) each.  shares: of each study's batches that an epoch
    shows, in (0, 1], other rows in every epoch; all of them by default.  epoch: gives the current
    epoch when asked.  share: gives (k, n) when asked: this process is the k-th of n and takes every
    n-th row of each batch; a batch of fewer than n rows goes to all of them. The last batch of a
    study is dropped where smaller than half a batch, unless it is the only one.
    """

    def __init__(
        self,
        parts: Sequence[tuple[StudyTensors, Tensor]],
        *,
        batch_size: int,
        seed: int,
        epoch: Callable[[], int],
        shares: Sequence[float] | None = None,
        share: Callable[[], tuple[int, int]] = lambda: (0, 1),
    ) -> None:
        self.share = share
        self.parts = list(parts)
        self.shares = [1.0] * len(self.parts) if shares is None else list(shares)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = epoch

    def __len__(self) -> int:
        return sum(self._count(part) for part in range(len(self.parts)))

    def __iter__(self) -> Iterator[ComboBatch]:
        random = torch.Generator().manual_seed(self.seed * 1_000_003 + self.epoch())
        cuts = [cut for i in range(len(self.parts)) for cut in self._cuts(i, random)]
        for at in torch.randperm(len(cuts), generator=random).tolist():
            part, rows = cuts[at]
            k, n = self.share()
            rows = rows[k::n] if len(rows) >= n else rows
            yield self.parts[part][0].batch(rows)

    def _count(self, part: int) -> int:
        n_rows = len(self.parts[part][1])
        batches = (n_rows + self.batch_size // 2) // self.batch_size
        # A companion study may have no row left that may train: it then has no batch.
        return max(min(n_rows, 1), round(batches * self.shares[part]))

    def _cuts(self, part: int, random: torch.Generator) -> list[tuple[int, Tensor]]:
        rows = self.parts[part][1]
        rows = rows[torch.randperm(len(rows), generator=random)]
        cuts = rows.split(self.batch_size)[: self._count(part)]
        return [(part, cut) for cut in cuts]


class EvalLoader:
    """Batches of rows in order, for validation and prediction."""

    def __init__(self, parts: Sequence[tuple[StudyTensors, Tensor]], *, batch_size: int) -> None:
        self.parts = list(parts)
        self.batch_size = batch_size

    def __len__(self) -> int:
        return sum(-(-len(rows) // self.batch_size) for _, rows in self.parts)

    def __iter__(self) -> Iterator[ComboBatch]:
        for tensors, rows in self.parts:
            for cut in rows.split(self.batch_size):
                yield tensors.batch(cut)

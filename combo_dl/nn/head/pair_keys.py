"""One number for each pair of training drugs, whatever their order."""

import torch
from torch import Tensor

_MOST = 2**31  # drugs: the keys of pairs fit in 64 bits


def pair_keys(known_BK: Tensor, present_BK: Tensor) -> Tensor:
    """int64[B]: the key of a row of exactly two training drugs, -1 of any other row.

    known_BK: int64, ids in the training vocabulary, -1 for a new drug.
    """
    if known_BK.shape[1] < 2:
        return torch.full_like(known_BK[:, 0], -1)
    ids = torch.where(present_BK, known_BK, -1).sort(dim=1, descending=True).values
    first, second = ids[:, 1], ids[:, 0]
    whole = (present_BK.sum(dim=1) == 2) & (first >= 0)
    return torch.where(whole, first * _MOST + second, -1)

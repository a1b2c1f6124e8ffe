"""ActiveRows: the pair terms of PairwiseFusion, of the units of a state that are not 0.

    |a - b| = a + b - 2 min(a, b),

so that the first layer of a pair term, both(a + b) + product(a * b) + difference(|a - b|), is

    own(a) + own(b) + product(a * b) - 2 difference(min(a, b)),    own = both + difference.

What is linear is made once a drug. States end in a ReLU: most of their units are 0, and where a
unit of one drug is 0 and no unit is negative, the product and the minimum are 0 with any other
drug. These units are left out, which changes no number: each profile has units of its own.
"""

import numpy as np
import torch
from torch import Tensor, nn

from combo_dl.nn.fusion.pair_rows import profiles_at_once


class ActiveRows:
    """PairRows of states h [U, D, H]. Needs no gradient.

    both, product, difference: the maps of the first layer.  further: linear maps, each after an
    activation by ReLU and before another one; its other layers do nothing at prediction.
    """

    def __init__(
        self,
        h_UDH: Tensor,
        *,
        both: nn.Linear,
        product: nn.Linear,
        difference: nn.Linear,
        further: nn.Sequential,
    ) -> None:
        # Unit by unit, so that units are taken by copying whole runs. No copy where it is so.
        self.h_UHD = h_UDH.transpose(1, 2).contiguous()
        own = (both.weight + difference.weight) @ self.h_UHD
        self.own_UPD = own.add_(both.bias[:, None] / 2)
        parts = (product.weight.T, -2.0 * difference.weight.T)
        self.maps = torch.stack(parts, dim=1).flatten(1)
        layers = [layer for layer in further if isinstance(layer, nn.Linear)]
        self.further = [(layer.weight[None], layer.bias[:, None]) for layer in layers]
        # On a GPU to count the units is to wait for them.
        cpu = h_UDH.device.type == "cpu"
        self.skips = cpu and bool((self.h_UHD >= 0).all())
        self.step = profiles_at_once(h_UDH)
        self.one, self.one_UH = -1, h_UDH[:, 0]

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """See PairRows."""
        return self._terms(profiles, i, others).transpose(1, 2)

    def weighed(self, profiles: slice, i: int, others: slice, weight: Tensor) -> Tensor:
        """See PairRows."""
        z_UPJ = self._terms(profiles, i, others)
        return torch.bmm(weight.expand(len(z_UPJ), 1, -1), z_UPJ)[:, 0]

    def _terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """[u, P, J]."""
        both, maps = self._first_inputs(profiles, i, others)
        own = self.own_UPD[profiles]
        z = own[..., others] + own[..., i : i + 1]
        if torch.is_autocast_enabled(z.device.type):
            # A product in place stays in float32, whatever was asked.
            z = torch.baddbmm(z, maps.transpose(1, 2), both).relu_()
        else:
            z.baddbmm_(maps.transpose(1, 2), both).relu_()
        for weight, bias in self.further:
            # A bias across the rows of a product is quicker added than begun with.
            z = torch.bmm(weight.expand(len(z), -1, -1), z).add_(bias).relu_()
        return z

    def _first_inputs(self, profiles: slice, i: int, others: slice) -> tuple[Tensor, Tensor]:
        """Products and minima [u, 2 A, J] of A units, and their maps [u, 2 A, P]."""
        if self.one != i:
            self.one, self.one_UH = i, self.h_UHD[..., i].contiguous()
        one_UH, maps = self.one_UH[profiles], self.maps
        some, width = one_UH.shape
        run, one = self.h_UHD[profiles].flatten(0, 1)[:, others], one_UH.flatten()
        if self.skips:
            units = _active(one_UH.numpy())
            at = torch.from_numpy((units + width * np.arange(some)[:, None]).ravel())
            run, one = run.index_select(0, at), one.index_select(0, at)
            maps, width = maps.index_select(0, torch.from_numpy(units.ravel())), units.shape[1]
        else:
            maps = maps.repeat(some, 1)
        # The maps of a unit stand one after the other, and so do its product and its minimum.
        both = run.new_empty(len(run), 2, run.shape[1])
        torch.mul(run, one[:, None], out=both[:, 0])
        torch.minimum(run, one[:, None], out=both[:, 1])
        shape = some, 2 * width
        return both.view(*shape, run.shape[1]), maps.view(*shape, maps.shape[1] // 2)


def _active(one_UH: np.ndarray) -> np.ndarray:
    """int64[U, A]: the units of each row that are not 0, and where these are fewer than in another
    row, units that are 0: they add nothing."""
    there = one_UH > 0
    if len(there) == 1:
        return np.flatnonzero(there)[None]
    most = int(there.sum(axis=1).max())
    return np.argsort(~there, axis=1, kind="stable")[:, :most]

"""ActiveRows: the pair terms of PairwiseFusion, of the units of a state that are not 0.

    |a - b| = a + b - 2 min(a, b),

so that the first layer of a pair term, both(a + b) + product(a * b) + difference(|a - b|), is

    own(a) + own(b) + product(a * b) - 2 difference(min(a, b)),    own = both + difference.

What is linear is made once a drug. States end in a ReLU: most of their units are 0, and where a
unit of one drug is 0 and no unit is negative, the product and the minimum are 0 with any other
drug. These units are left out, which changes no number. A whole run shares the units of its drug.
"""

import numpy as np
import torch
from torch import Tensor, nn

from combo_dl.nn.fusion.pair_rows import profiles_at_once

# A long run pays for a step of its own in each profile, in which fewer units are not 0 than in any
# of several; short runs of several profiles share the fixed costs of a step.
LONG = 200


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
        self.h_HUD = h_UDH.permute(2, 0, 1).contiguous()
        width, profiles, drugs = self.h_HUD.shape
        own = (both.weight + difference.weight) @ self.h_HUD.view(width, -1)
        self.own_PUD = own.add_(both.bias[:, None] / 2).view(-1, profiles, drugs)
        parts = (product.weight.T, -2.0 * difference.weight.T)
        self.maps = torch.stack(parts, dim=1).reshape(width, -1)
        layers = [layer for layer in further if isinstance(layer, nn.Linear)]
        self.further = [(layer.weight, layer.bias[:, None]) for layer in layers]
        # On a GPU to count the units is to wait for them.
        cpu = h_UDH.device.type == "cpu"
        self.skips = cpu and bool((self.h_HUD >= 0).all())
        self.step = 1 if self.skips and drugs >= LONG else profiles_at_once(h_UDH)
        self.one, self.one_UH = -1, h_UDH[:, :0]

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """See PairRows."""
        return self._terms(profiles, i, others).permute(1, 2, 0)

    def weighed(self, profiles: slice, i: int, others: slice, weight: Tensor) -> Tensor:
        """See PairRows."""
        z_PUJ = self._terms(profiles, i, others)
        return (weight[None] @ z_PUJ.flatten(1)).view(z_PUJ.shape[1:])

    def _terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """[P, u, J]."""
        both, maps = self._first_inputs(profiles, i, others)
        own = self.own_PUD[:, profiles]
        first = own[..., others] + own[..., i : i + 1]
        z = first.flatten(1)
        if torch.is_autocast_enabled(z.device.type):
            # A product in place stays in float32, whatever was asked.
            z = torch.addmm(z, maps.T, both).relu_()
        else:
            z.addmm_(maps.T, both).relu_()
        for weight, bias in self.further:
            # A bias across the rows of a product is quicker added than begun with.
            z = torch.mm(weight, z).add_(bias).relu_()
        return z.view(first.shape)

    def _first_inputs(self, profiles: slice, i: int, others: slice) -> tuple[Tensor, Tensor]:
        """Products and minima [2 A, u J] of A units, and their maps [2 A, P]."""
        if self.one != i:
            self.one, self.one_UH = i, self.h_HUD[..., i].T.contiguous()
        one_UH, run, maps = self.one_UH[profiles], self.h_HUD[:, profiles, others], self.maps
        if self.skips:
            units = torch.from_numpy(np.flatnonzero(one_UH.numpy().any(axis=0)))
            run, maps = run.index_select(0, units), maps.index_select(0, units)
            one_UH = one_UH.index_select(1, units)
        one, (count, some, length) = one_UH.T[..., None], run.shape
        # The maps of a unit stand one after the other, and so do its product and its minimum.
        both = run.new_empty(count, 2, some, length)
        torch.mul(run, one, out=both[:, 0])
        torch.minimum(run, one, out=both[:, 1])
        return both.view(2 * count, some * length), maps.view(2 * count, maps.shape[1] // 2)

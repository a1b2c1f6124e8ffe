"""PairwiseFusion: states of drugs in a profile, then main effects plus the sum of pair terms.

``h_dp = MLP([e_d; z_p; e_d * z_p])``; ``pair(a, b) = MLP([h_a + h_b; h_a * h_b; |h_a - h_b|])``,
which no order of the two changes.
"""

import torch
from torch import Tensor, nn

from combo_dl.nn.fusion.pair_rows import PairRows
from combo_dl.nn.fusion.states import SetFusion
from combo_dl.nn.layers import perceptron


class PairwiseFusion(SetFusion):
    """Encodings of drugs and profiles to one vector a combination.

    width: H of states.  pair_width: H of pair terms and of the result.  state_layers, pair_layers:
    depth, at least 1.  told_dropout: see SetFusion.
    """

    def __init__(
        self,
        *,
        width: int,
        pair_width: int,
        state_layers: int,
        pair_layers: int,
        state_dropout: float,
        pair_dropout: float,
        width_drug: int,
        width_profile: int,
        width_told: dict[str, int],
        told_dropout: dict[str, float],
    ) -> None:
        super().__init__(
            width=width,
            width_out=pair_width,
            state_layers=state_layers,
            state_dropout=state_dropout,
            width_drug=width_drug,
            width_profile=width_profile,
            told_dropout=told_dropout,
        )
        self.both = nn.Linear(width, pair_width)
        self.product = nn.Linear(width, pair_width, bias=False)
        self.difference = nn.Linear(width, pair_width, bias=False)
        self.pair_act = nn.Sequential(nn.ReLU(), nn.Dropout(pair_dropout))
        self.pair = perceptron(pair_width, [pair_width] * (pair_layers - 1), dropout=pair_dropout)
        self.main = nn.Linear(width, pair_width)
        self.read_told(width_told)

    def pair_term(self, a: Tensor, b: Tensor) -> Tensor:
        """[·, H] of two states, the same for (a, b) and (b, a)."""
        first = self.both(a + b) + self.product(a * b) + self.difference((a - b).abs())
        return self.pair(self.pair_act(first))

    def pair_rows(self, h_UDH: Tensor) -> PairRows:
        """Rows whose first layer is factorised: the map of the sum is linear, so that each drug is
        multiplied once and not once a pair."""
        return _FactorisedRows(self, h_UDH)


class _FactorisedRows:
    """Needs no gradient: buffers are used again from call to call.

    both(a + b) = own(a) + own(b), own = W a + bias / 2; product and difference share one matrix
    product over [a * b; |a - b|].
    """

    def __init__(self, fusion: PairwiseFusion, h_UDH: Tensor) -> None:
        self.h, self.fusion = h_UDH, fusion
        half = fusion.both.bias / 2
        self.own = nn.functional.linear(h_UDH, fusion.both.weight, half)
        parts = (fusion.product.weight, fusion.difference.weight)
        self.weight = torch.cat(parts, dim=1).T.contiguous()
        self.room = h_UDH.new_empty(0)

    def terms(self, profiles: slice, i: int, others: slice) -> Tensor:
        """See PairRows."""
        run, one = self.h[profiles, others], self.h[profiles, i : i + 1]
        width, shape = run.shape[2], run.shape[:2]
        both = self._room(shape[0] * shape[1] * 2 * width).view(*shape, 2 * width)
        torch.mul(run, one, out=both[..., :width])
        torch.sub(run, one, out=both[..., width:]).abs_()
        first = self.own[profiles, others] + self.own[profiles, i : i + 1]
        flat = first.view(-1, first.shape[2])
        if torch.is_autocast_enabled(flat.device.type):
            # A product in place stays in float32, whatever was asked.
            flat = torch.addmm(flat, both.view(-1, 2 * width), self.weight)
        else:
            flat.addmm_(both.view(-1, 2 * width), self.weight)
        return self.fusion.pair(self.fusion.pair_act(flat)).view(*shape, -1)

    def _room(self, count: int) -> Tensor:
        if self.room.numel() < count:
            self.room = self.h.new_empty(count)
        return self.room[:count]

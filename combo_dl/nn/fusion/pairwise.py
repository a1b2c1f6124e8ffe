"""PairwiseFusion: states of drugs in a profile, then main effects plus the sum of pair terms.

``h_dp = MLP([e_d; z_p; e_d * z_p])``; ``pair(a, b) = MLP([h_a + h_b; h_a * h_b; |h_a - h_b|])``,
which no order of the two changes.
"""

from torch import Tensor, nn

from combo_dl.nn.fusion.active_rows import ActiveRows
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
        """Rows of the units that are not 0, whose linear part is made once a drug; the plain ones
        where a fusion built on this one has a pair term or layers of its own."""
        own = type(self).pair_term is not PairwiseFusion.pair_term
        if own or not _rectified(nn.Sequential(*self.pair_act, *self.pair)):
            return super().pair_rows(h_UDH)
        return ActiveRows(
            h_UDH,
            both=self.both,
            product=self.product,
            difference=self.difference,
            further=self.pair,
        )


def _rectified(layers: nn.Sequential) -> bool:
    """Whether the layers are a ReLU, and then linear maps with a bias, each with a ReLU behind it;
    dropout, which does nothing at prediction, may stand anywhere."""
    acting = [layer for layer in layers if not isinstance(layer, nn.Dropout)]
    maps, bends = acting[1::2], acting[0::2]
    return (
        len(bends) == len(maps) + 1
        and all(type(layer) is nn.ReLU for layer in bends)
        and all(type(layer) is nn.Linear and layer.bias is not None for layer in maps)
    )

"""SetFusion: what all fusions share: the state of each drug in its profile, and sums over a set.

The first layer is factorised: each input has its own matrix, so that drugs and profiles are
multiplied once each and not once a row.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from combo_dl.data.batch import CURVE, GENES
from combo_dl.nn.fusion.pair_rows import PairRows, PlainRows
from combo_dl.nn.layers import perceptron


@dataclass(frozen=True, kw_only=True)
class Fused:
    """main_BH: sum over drugs.  interaction_BH: sum over pairs, exactly 0 for one drug.

    pairs_B: float, number of pairs.
    """

    main_BH: Tensor
    interaction_BH: Tensor
    pairs_B: Tensor


class SetFusion(nn.Module, ABC):
    """Encodings of drugs and profiles to one vector a combination.

    A fusion makes its layers ``main`` (state to H), then calls ``read_told``, and gives
    ``pair_term``.  width: H of states.  width_out: H of the result.  state_layers: depth, at least
    1; 0 = states are linear.  told_dropout: {what: probability that what is told of a drug in a
    profile (``ComboBatch.told``) is hidden in training}.
    """

    main: nn.Module
    curve: nn.Module | None
    genes: nn.Module | None

    def __init__(
        self,
        *,
        width: int,
        width_out: int,
        state_layers: int,
        state_dropout: float,
        width_drug: int,
        width_profile: int,
        told_dropout: dict[str, float],
    ) -> None:
        super().__init__()
        self.width_out, self.width_state = width_out, width
        self.drug = nn.Linear(width_drug, width)
        self.profile = nn.Linear(width_profile, width, bias=False)
        self.joint = (
            nn.Linear(width_drug, width, bias=False) if width_drug == width_profile else None
        )
        self.dose = nn.Linear(1, width, bias=False)
        # A network that never sees a dose in training must not be moved by one.
        nn.init.zeros_(self.dose.weight)
        active = [nn.ReLU(), nn.Dropout(state_dropout)] if state_layers else []
        self.state_act = nn.Sequential(*active)
        self.state = perceptron(width, [width] * (state_layers - 1), dropout=state_dropout)
        self.told_dropout = told_dropout

    def read_told(self, width_told: dict[str, int]) -> None:
        """Make the layers that read what is told of a drug in a profile, by width; 0 = not used."""
        layers = {
            what: nn.Linear(width, self.width_state, bias=False) if width else None
            for what, width in width_told.items()
        }
        self.curve, self.genes = layers.get(CURVE), layers.get(GENES)

    def heard(self, told: dict[str, Tensor]) -> list[Tensor]:
        """What [..., F] of ``told`` add to a state, [..., H] each."""
        layers = ((CURVE, self.curve), (GENES, self.genes))
        return [
            layer(self._shown(what, told[what]))
            for what, layer in layers
            if layer is not None and what in told
        ]

    @abstractmethod
    def pair_term(self, a: Tensor, b: Tensor) -> Tensor:
        """[·, H] of two states, the same for (a, b) and (b, a)."""

    def pair_rows(self, h_UDH: Tensor) -> PairRows:
        """The terms of all pairs of D drugs in U profiles, one drug with a run of others at a time,
        for prediction. A fusion overrides it where part of a term is of one drug alone."""
        return PlainRows(self.pair_term, h_UDH)

    def states(self, x_DH: Tensor, p_UH: Tensor, told: dict[str, Tensor] | None = None) -> Tensor:
        """[D, U, H]: every drug in every profile. told: {what: [D, U, F]}."""
        h = self.drug(x_DH)[:, None] + self.profile(p_UH)[None]
        if self.joint is not None:
            h = h + self.joint(x_DH[:, None] * p_UH[None])
        for part in self.heard(told or {}):
            h = h + part
        return self.state(self.state_act(h))

    def forward(
        self,
        x_DH: Tensor,
        p_UH: Tensor,
        *,
        drugs: Tensor,
        profile: Tensor,
        present: Tensor,
        dose: Tensor,
        dose_known: Tensor,
        told: dict[str, Tensor] | None = None,
    ) -> Fused:
        """Fuse B rows: drugs int64[B, K] index x_DH, profile int64[B] indexes p_UH.

        told: {what: [D, U, F]} of each drug in each profile.
        """
        h_BKH = self.gather(x_DH, p_UH, drugs=drugs, profile=profile, told=told)
        if bool(dose_known.any()):
            h_BKH = h_BKH + self.dose((dose * dose_known)[..., None])
        return self.combine(h_BKH, present)

    def _shown(self, what: str, told: Tensor) -> Tensor:
        dropout = self.told_dropout.get(what, 0.0)
        if not self.training or dropout == 0.0:
            return told
        keep = torch.rand(*told.shape[:-1], 1, device=told.device) >= dropout
        return told * keep

    def gather(
        self,
        x_DH: Tensor,
        p_UH: Tensor,
        *,
        drugs: Tensor,
        profile: Tensor,
        told: dict[str, Tensor] | None,
    ) -> Tensor:
        """[B, K, H]: the states of the drugs of B rows, of no dose."""
        n_drugs, n_profiles = len(x_DH), len(p_UH)
        flat = (drugs * n_profiles + profile[:, None]).reshape(-1)
        if n_drugs * n_profiles <= 4 * flat.numel():
            states = self.states(x_DH, p_UH, told).reshape(n_drugs * n_profiles, -1)
            return states.index_select(0, flat).reshape(*drugs.shape, -1)
        # Few rows over many drugs and profiles: only the states that occur.
        needed, place = torch.unique(flat, return_inverse=True)
        x, p = x_DH[needed // n_profiles], p_UH[needed % n_profiles]
        h = self.drug(x) + self.profile(p)
        if self.joint is not None:
            h = h + self.joint(x * p)
        own = {k: v.reshape(n_drugs * n_profiles, -1)[needed] for k, v in (told or {}).items()}
        for part in self.heard(own):
            h = h + part
        return self.state(self.state_act(h)).index_select(0, place).reshape(*drugs.shape, -1)

    def combine(self, h_BKH: Tensor, present: Tensor) -> Fused:
        """Main effects and pair terms of states; absent drugs add nothing."""
        mask = present.to(h_BKH.dtype)
        main = (self.main(h_BKH) * mask[..., None]).sum(dim=1)
        if h_BKH.shape[1] == 2 and bool(present.all()):
            term = self.pair_term(h_BKH[:, 0], h_BKH[:, 1])
            return Fused(main_BH=main, interaction_BH=term, pairs_B=torch.ones_like(mask[:, 0]))
        # Most sets are smaller than the largest: only the pairs that are there are computed.
        row, i, j, _ = present_pairs(present)
        term = self.pair_term(h_BKH[row, i], h_BKH[row, j])
        count = (mask.sum(dim=1) * (mask.sum(dim=1) - 1)) / 2
        interaction = torch.zeros_like(main).index_add(0, row, term.to(main.dtype))
        return Fused(main_BH=main, interaction_BH=interaction, pairs_B=count)


def present_pairs(present: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(row, i, j, place) int64[M] each: the pairs of drugs that are there, of bool[B, K]; ``place``
    numbers the pairs (i, j) of places, (0, 1) first."""
    width = present.shape[1]
    first, second = torch.triu_indices(width, width, offset=1, device=present.device)
    place, row = (present[:, first] & present[:, second]).T.nonzero(as_tuple=True)
    return row, first[place], second[place], place

"""FactorFusion: products over pairs beside sums over drugs, without hidden layers.

With one linear map to many labels after it, that is the factorisation of the tensor drug x drug x
label (DistMult: Yang et al., ICLR 2015; of side effects of pairs of drugs: Novacek & Mohamed,
AMIA Jt Summits Transl Sci Proc 2020:449-458). It is cheap enough for wide labels of many pairs.
"""

from torch import Tensor, nn
from torch.nn.functional import pad

from combo_dl.nn.fusion.states import SetFusion

MOST = 32_768  # factors of a half: without a bound, a hostile card could ask for any size


class FactorFusion(SetFusion):
    """Encodings of drugs and profiles to one vector a combination.

    A state h, linear in the vector of a drug, has two halves g and m. The vector of a combination
    is ``sum g_a * g_b`` over pairs beside ``sum m_d`` over drugs.

    factors: of each half.  dropout: of both.
    """

    def __init__(
        self,
        *,
        factors: int,
        dropout: float,
        width_drug: int,
        width_profile: int,
        width_told: dict[str, int],
        told_dropout: dict[str, float],
    ) -> None:
        if not 1 <= factors <= MOST:
            raise ValueError(f"factors is {factors!r}; expected a whole number from 1 to {MOST}")
        super().__init__(
            width=2 * factors,
            width_out=2 * factors,
            state_layers=0,
            state_dropout=0.0,
            width_drug=width_drug,
            width_profile=width_profile,
            told_dropout=told_dropout,
        )
        self.factors = factors
        self.main = _SecondHalf(factors, dropout)
        self.kept = nn.Dropout(dropout)
        self.read_told(width_told)

    def pair_term(self, a: Tensor, b: Tensor) -> Tensor:
        """[·, 2F] of two states, the same for (a, b) and (b, a)."""
        product = a[..., : self.factors] * b[..., : self.factors]
        return pad(self.kept(product), (0, self.factors))


class _SecondHalf(nn.Module):
    """[·, 2F] to [·, 2F]: zeros where the products of pairs stand."""

    def __init__(self, factors: int, dropout: float) -> None:
        super().__init__()
        self.factors, self.kept = factors, nn.Dropout(dropout)

    def forward(self, state: Tensor) -> Tensor:
        return pad(self.kept(state[..., self.factors :]), (self.factors, 0))

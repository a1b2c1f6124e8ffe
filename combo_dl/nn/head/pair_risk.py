"""PairRiskHead: many 0/1 labels of pairs, of which some labels of the same pair were seen.

Whether a pair was reported with one effect says much about its other effects: how often two drugs
are taken together is in all of them. A vector of its own for each training pair carries that.
It says nothing of a pair that training never saw, which has a zero vector: use it where single
labels of known pairs are asked for, and not where pairs are new.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from combo_dl.nn.head.risk import RiskHead, RiskLogits

_STEP = 10.0  # a vector is seen once an epoch, so it moves as many times as far as other weights


@dataclass(frozen=True, kw_only=True)
class PairRiskLogits(RiskLogits):
    """logit float[B, W].  prior: float[B], minus the log prior of the vectors of the pairs."""

    prior: Tensor


class PairRiskHead(RiskHead):
    """One linear map to W labels and, for each training pair, an intercept b and a vector v.

    ``logit = base + w z + b + <v, c>``, with c of each label of mean square 1 over labels, v normal
    with precision ``precision`` and b normal about the log ratio of the pair's events to those that
    the base rates expect, with precision ``intercept_precision``.
    known_pairs: of the training rows, from data.
    """

    reads_pairs = True
    pair_key: Tensor
    first: Tensor

    def __init__(
        self,
        *,
        pair_factors: int,
        pair_dropout: float,
        precision: float,
        intercept_precision: float,
        width_in: int,
        width_out: int,
        known_pairs: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__(
            rank=0,
            hidden=0,
            dropout=0.0,
            width_in=width_in,
            width_out=width_out,
            bounds=bounds,
        )
        if not 0 <= pair_factors <= MOST:
            raise ValueError(
                f"pair_factors is {pair_factors!r}; expected a number from 0 to {MOST}"
            )
        if min(precision, intercept_precision) <= 0:
            raise ValueError("precision and intercept_precision; expected numbers above 0")
        self.precision, self.intercept_precision = precision, intercept_precision
        self.vector = nn.Embedding(known_pairs, pair_factors)
        self.intercept = nn.Embedding(known_pairs, 1)
        self.direction = nn.Linear(pair_factors, width_out, bias=False)
        self.kept = nn.Dropout(pair_dropout)
        nn.init.normal_(self.vector.weight, std=0.1 / _STEP)
        nn.init.zeros_(self.intercept.weight)
        # Ascending keys of the training pairs, and the intercepts that their events say.
        self.register_buffer("pair_key", torch.arange(known_pairs))
        self.register_buffer("first", torch.zeros(known_pairs))

    def fit_pairs(self, known: Tensor, pair: Tensor, label: Tensor, observed: Tensor) -> None:
        """Set the keys to ``known`` int64[P], ascending, and first intercepts to training labels
        float[N, W] of pairs int64[N] (keys)."""
        self.pair_key = known
        place, found = self._place(pair)
        events, expected = torch.zeros(len(known)), torch.zeros(len(known))
        for rows in torch.arange(len(pair))[found].split(_ROWS):
            seen = observed[rows].float()
            events.index_add_(0, place[rows], (label[rows] * seen).sum(dim=1))
            expected.index_add_(0, place[rows], seen @ self.rate)
        self.first = torch.log((events + _PRIOR) / (expected + _PRIOR))

    def _place(self, pair: Tensor) -> tuple[Tensor, Tensor]:
        """(place of each key among the training pairs, is it one)."""
        if not len(self.pair_key):
            return torch.zeros_like(pair), torch.zeros_like(pair, dtype=torch.bool)
        place = torch.searchsorted(self.pair_key, pair).clamp(max=len(self.pair_key) - 1)
        return place, self.pair_key[place] == pair

    def forward(  # type: ignore[override]
        self, z_BH: Tensor, offset_B: Tensor, pair_B: Tensor | None = None
    ) -> PairRiskLogits:
        """Log-odds of B rows; ``pair_B``: the key of a pair, -1 where a row is no known pair (None:
        none is)."""
        logit = super().forward(z_BH, offset_B).logit
        if pair_B is None or not len(self.pair_key):
            return PairRiskLogits(logit=logit, prior=logit.new_zeros(len(logit)))
        place, known = self._place(pair_B)
        v = _STEP * self.vector(place) * known[:, None]
        shift = _STEP * self.intercept(place)[:, 0]
        b = (self.first[place] + shift) * known
        c = self.direction.weight
        c = c / c.square().mean(dim=0, keepdim=True).sqrt().clamp(min=1e-6)
        prior = self.precision * v.square().sum(dim=1) + self.intercept_precision * shift.square()
        logit = torch.addmm(logit + b[:, None], self.kept(v), c.T)
        return PairRiskLogits(logit=logit, prior=prior * known / 2)

    def nll(self, params: RiskLogits, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W]: binary cross-entropy, and the prior of a pair shared by its labels; zero
        where unobserved."""
        nll = super().nll(params, label, observed)
        assert isinstance(params, PairRiskLogits)
        share = params.prior / observed.sum(dim=1).clamp(min=1)
        return nll + share[:, None] * observed


_ROWS = 8192  # of a wide label, taken at once
_PRIOR = 0.3  # events added to what was seen and to what was expected
MOST = 4096

"""DrugRiskHead: many 0/1 labels of sets in which some drugs were never seen.

    logit = base + w z + sum over training drugs d of the set of (first_d + shift_d)

``z`` speaks of what a drug is, alike for known and new drugs; each training drug has log-odds of
its own beside it, which start at the log odds ratio of its labels in training rows to all labels.
So a training drug beside a new one is worth at least its own rates. A new drug has none: in
training the terms of a drug are hidden from a share of the rows, so that ``z`` learns to stand in
for them (as columns and rows without a past do in Volkovs et al., DropoutNet, NeurIPS 2017).
"""

import torch
from torch import Tensor, nn

from combo_dl.nn.head.risk import RiskHead, RiskLogits

_ROWS = 8192  # of a wide label, taken at once


class DrugRiskHead(RiskHead):
    """One linear map of a vector a row to W labels, and log-odds of each training drug.

    hidden_share: how often the terms of a drug are hidden from a row in training, 0 to below 1; in
    prediction never.  prior_rows: rows that a drug is taken to have at the base rate before its own
    count.  step: how many times as far as other weights the terms of a drug move.
    known_drugs: of the training rows, from data.
    """

    reads_drugs = True
    first: Tensor

    def __init__(
        self,
        *,
        hidden_share: float,
        prior_rows: float,
        step: float,
        width_in: int,
        width_out: int,
        known_drugs: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        sizes = {"width_in": width_in, "width_out": width_out}
        super().__init__(rank=0, hidden=0, dropout=0.0, bounds=bounds, **sizes)
        if not 0 <= hidden_share < 1:
            raise ValueError(
                f"hidden_share is {hidden_share!r}; expected a number from 0 to below 1"
            )
        for name, value in (("prior_rows", prior_rows), ("step", step)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}; expected a number above 0")
        self.hidden_share, self.prior_rows, self.step = hidden_share, prior_rows, step
        self.shift = nn.Embedding(known_drugs, width_out)
        nn.init.zeros_(self.shift.weight)
        self.register_buffer("first", torch.zeros(known_drugs, width_out))

    def fit_drugs(self, known_NK: Tensor, label: Tensor, observed: Tensor) -> None:
        """Set the first terms to labels float[N, W] of training rows, whose drugs are ``known_NK``
        int64[N, K] (ids in the training vocabulary, -1 where there is none). ``fit`` comes first.

        A drug's rate is (its events + prior_rows x base rate) / (its rows + prior_rows): the mean
        of a beta law.
        """
        events = torch.zeros_like(self.first)
        rows = torch.zeros_like(self.first)
        for part in torch.arange(len(label)).split(_ROWS):
            seen = observed[part].float()
            hits = torch.where(observed[part], label[part], 0.0)
            for ids in known_NK[part].T:
                there = ids >= 0
                events.index_add_(0, ids[there], hits[there])
                rows.index_add_(0, ids[there], seen[there])
        rate = (events + self.prior_rows * self.rate) / (rows + self.prior_rows)
        self.first = torch.logit(rate) - torch.logit(self.rate)

    def forward(  # type: ignore[override]
        self, z_BH: Tensor, offset_B: Tensor, known_BK: Tensor | None = None
    ) -> RiskLogits:
        """Log-odds of B rows; ``known_BK``: int64, ids of the drugs of each row in the training
        vocabulary, -1 for a new drug or none (None: all are new)."""
        found = super().forward(z_BH, offset_B)
        if known_BK is None or not len(self.first):
            return found
        shown = known_BK >= 0
        if self.training and self.hidden_share:
            shown = shown & (torch.rand(shown.shape, device=shown.device) >= self.hidden_share)
        row, place = shown.nonzero(as_tuple=True)
        # One sparse product instead of a copy of the terms a row.
        member = torch.zeros(len(z_BH), len(self.first), dtype=z_BH.dtype, device=z_BH.device)
        member = member.index_put((row, known_BK[row, place]), member.new_ones(1), accumulate=True)
        term = self.first + self.step * self.shift.weight
        return RiskLogits(logit=torch.addmm(found.logit, member, term.to(member.dtype)))

"""RiskHead: a vector a row to many 0/1 labels, by one linear map or through a few factors."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from combo_dl.nn.head.bernoulli import BernoulliHead


@dataclass(frozen=True, kw_only=True)
class RiskLogits:
    """Log-odds of the labels: logit float[B, W]."""

    logit: Tensor


class RiskHead(BernoulliHead):
    """A vector a row to W Bernoulli probabilities.

    rank: 0 = one linear map; above 0, the vector becomes that many factors, and each column weighs
    them. With the product of two drugs' states in the vector, that is a factorisation of the tensor
    drug x drug x label (DistMult, Yang et al. 2015; SimplE, Kazemi & Poole 2018), whose columns
    learn from each other.
    hidden: width of a layer before it, 0 for none.  dropout: of the hidden layer and of factors.
    bounds: possible range of the risk, None = open.

    There is no bias but the base log-odds, and the last map starts at zero: a zero vector, and each
    row before training, has the base rate.
    """

    def __init__(
        self,
        *,
        rank: int,
        hidden: int,
        dropout: float,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__(width_out=width_out, bounds=bounds)
        for name, value in (("rank", rank), ("hidden", hidden)):
            if value < 0:
                raise ValueError(f"{name} is {value!r}; expected 0 or more")
        layers: list[nn.Module] = []
        if hidden:
            layers += [nn.Linear(width_in, hidden, bias=False), nn.ReLU(), nn.Dropout(dropout)]
        if rank:
            layers += [nn.Linear(hidden or width_in, rank, bias=False), nn.Dropout(dropout)]
        self.factors = nn.Sequential(*layers)
        self.column = nn.Linear(rank or hidden or width_in, width_out, bias=False)
        nn.init.zeros_(self.column.weight)

    def forward(self, z_BH: Tensor, offset_B: Tensor) -> RiskLogits:
        """Log-odds of B rows. ``offset_B`` is not read: no risk is 0 by definition."""
        base = torch.logit(self.rate)
        return RiskLogits(
            logit=nn.functional.linear(self.factors(z_BH), self.column.weight, bias=base)
        )

    def risk(self, params: RiskLogits) -> Tensor:  # type: ignore[override]
        """float[B, W], the probability of a label 1."""
        return torch.sigmoid(params.logit)

    def nll(self, params: RiskLogits, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W]: binary cross-entropy, zero with zero gradient where unobserved."""
        return _CrossEntropy.apply(params.logit.float(), label, observed)


class _CrossEntropy(torch.autograd.Function):
    """log(1 + e^x) - y x, and its gradient sigmoid(x) - y, where observed.

    As one step because a batch of a thousand labels is bound by memory: what is kept for the
    gradient is one array instead of four.
    """

    @staticmethod
    def forward(ctx: Any, logit: Tensor, label: Tensor, observed: Tensor) -> Tensor:
        if ctx.needs_input_grad[0]:
            slope = torch.sigmoid(logit).sub_(label)
            ctx.save_for_backward(torch.where(observed, slope, 0.0))
        loss = nn.functional.softplus(logit).addcmul_(logit, label, value=-1.0)
        return torch.where(observed, loss, 0.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return grad * ctx.saved_tensors[0], None, None

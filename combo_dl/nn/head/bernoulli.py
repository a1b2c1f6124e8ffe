"""What heads of 0/1 labels share: base rates, the Brier score, and intervals of a risk."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from combo_dl.core.errors import InputError
from combo_dl.core.predictions import Outcome
from combo_dl.nn.head.quantile import student_quantile

# A risk that is told is further than this from 0 and from 1: nothing learned is certain.
LEAST_RISK = 1e-6
# Of rarer labels the Brier score is taken relative to a label this rare, so that one event in a
# column that had none in training does not outweigh all others.
_RAREST = 0.01
_ROWS = 16_384  # a wide label is not copied whole


class BernoulliHead(nn.Module, ABC):
    """W probabilities a row. A head gives ``forward``, ``nll`` and ``risk``.

    bounds: possible range of the risk, None = open; 0 to 1 at the widest.
    """

    rate: Tensor

    def __init__(self, *, width_out: int, bounds: tuple[float | None, float | None]) -> None:
        super().__init__()
        low, high = bounds
        self.bounds = max(0.0, low or 0.0), min(1.0, 1.0 if high is None else high)
        self.register_buffer("rate", torch.full((width_out,), 0.5))

    @abstractmethod
    def risk(self, params: object) -> Tensor:
        """float[B, W], the probability of a label 1."""

    @property
    def size(self) -> Tensor:
        """float[W], the standard deviation of training labels."""
        return (self.rate * (1.0 - self.rate)).sqrt()

    def fit(self, label: Tensor, observed: Tensor, weight: Tensor) -> None:
        """Fit the base rates to training labels float[N, W], with row weights float[N].

        Half an event and half a row without one are added to each column (Jeffreys' prior), so that
        a rate is never 0 or 1. Raises InputError unless observed labels are from 0 to 1.
        """
        total, squares, events = (label.new_zeros(label.shape[1]) for _ in range(3))
        parts = (t.split(_ROWS) for t in (label, observed, weight))
        for values, seen, w in zip(*parts, strict=True):
            y, share = torch.where(seen, values, 0.0), seen.to(values.dtype)
            _check(y)
            total, squares, events = total + w @ share, squares + w**2 @ share, events + w @ y
        # Rows by their weights, but as many as those weights are worth (Kish 1965).
        rows = total**2 / squares.clamp(min=1e-12)
        rate = events / total.clamp(min=1e-12)
        self.rate = (rate * rows + 0.5) / (rows + 1.0)

    def error(self, params: object, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W]: the Brier score relative to that of the base rate, zero where unobserved."""
        of_rate = (self.rate * (1.0 - self.rate)).clamp(min=_RAREST * (1.0 - _RAREST))
        return torch.where(observed, (label - self.risk(params)) ** 2 / of_rate, 0.0)

    def natural(self, params: object) -> tuple[Tensor, Tensor]:
        """Risk and standard deviation of new 0/1 labels, float[B, W] each."""
        p = self.risk(params).float().clamp(LEAST_RISK, 1.0 - LEAST_RISK)
        return p, (p * (1.0 - p)).sqrt()

    def quantile(self, share: float) -> float:
        """Quantile of the log-odds of a risk in units of their standard deviation (normal law)."""
        return student_quantile(share, None)

    def widened(self, deviation: Tensor, unseen: Tensor) -> Tensor:
        """Deviations float[B, W] of a risk, of which those of ``unseen`` rows (bool[B]) are at
        least that of training labels: as much as risks can vary at this base rate."""
        return torch.where(unseen[:, None], torch.maximum(deviation, self.size), deviation)

    def summary(self, mean: Tensor, deviation: Tensor, *, level: float) -> Outcome:
        """Outcome with the central interval that holds the *risk* with probability ``level``.

        deviation: float[B, W], of the risk (how well it is known, such as the spread of an
        ensemble), not that of 0/1 labels, of which no interval between 0 and 1 says anything. It is
        carried to log-odds by their slope 1 / (p (1 - p)), where the interval is symmetric.
        """
        inside = mean.clamp(LEAST_RISK, 1.0 - LEAST_RISK)
        half = self.quantile(0.5 + level / 2) * deviation / (inside * (1.0 - inside))
        logit = torch.logit(inside)
        low = torch.minimum(torch.sigmoid(logit - half), mean)
        high = torch.maximum(torch.sigmoid(logit + half), mean)
        found = [t.clamp(*self.bounds).numpy() for t in (mean, low, high)]
        return Outcome(mean=found[0], low=found[1], high=found[2])


def _check(label: Tensor) -> None:
    outside = ~((label >= 0.0) & (label <= 1.0))
    if bool(outside.any()):
        raise InputError(
            f"a risk has the label {label[outside][0].item():g}; expected 0 or 1 (or a share "
            "between): choose a head of another law, or mend the labels"
        )

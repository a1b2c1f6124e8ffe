"""OrdinalHead: grades in order, such as the worst grade of a toxicity, by cumulative log-odds.

P(grade <= g) = sigmoid(threshold_g - location) (McCullagh P. J R Stat Soc B 1980;42:109-142), with
thresholds that rise by construction.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from combo_dl.core.errors import InputError
from combo_dl.core.predictions import Outcome
from combo_dl.nn.head.log1mexp import log1mexp
from combo_dl.nn.head.quantile import student_quantile

# Errors of grades that hardly vary in training are not scaled up beyond this deviation.
_LEAST_SIZE = 0.1


@dataclass(frozen=True, kw_only=True)
class Graded:
    """location: float[B, W].  threshold: float[W, G], rising."""

    location: Tensor
    threshold: Tensor


class OrdinalHead(nn.Module):
    """A vector a row to W laws of a grade 0..G; a label is the number of the grade.

    grades: G, the highest.  hidden: width of a layer before the output, 0 for none.  dropout: of
    the hidden layer.  bounds: possible range, None = open; 0 to G at the widest.

    A zero vector, and each row before training, has the share of each grade in training.
    """

    first: Tensor
    gap: Tensor
    size: Tensor

    def __init__(
        self,
        *,
        grades: int,
        hidden: int,
        dropout: float,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__()
        if not 1 <= grades <= 100:
            raise ValueError(f"grades is {grades!r}; expected the highest grade, from 1 to 100")
        low, high = bounds
        self.grades = grades
        self.bounds = max(0.0, low or 0.0), min(float(grades), grades if high is None else high)
        self.hidden: nn.Module = nn.Identity()
        if hidden:
            before = nn.Linear(width_in, hidden, bias=False)
            self.hidden = nn.Sequential(before, nn.ReLU(), nn.Dropout(dropout))
        self.location = nn.Linear(hidden or width_in, width_out, bias=False)
        nn.init.zeros_(self.location.weight)
        # How far gaps between thresholds stray from those of training labels, as log factors.
        self.stretch = nn.Parameter(torch.zeros(width_out, grades - 1))
        self.register_buffer("first", torch.zeros(width_out))
        self.register_buffer("gap", torch.ones(width_out, grades - 1))
        self.register_buffer("size", torch.ones(width_out))

    def fit(self, label: Tensor, observed: Tensor, weight: Tensor) -> None:
        """Fit thresholds to training labels float[N, W], with row weights float[N].

        One row, spread over the grades, is added to each column, so that each grade is possible.
        Raises InputError unless observed labels are whole numbers from 0 to ``grades``.
        """
        self._check(label, observed)
        y = torch.where(observed, label, -1.0)
        share = weight / weight.mean().clamp(min=1e-12)
        counts = torch.stack([share @ (y == g).float() for g in range(self.grades + 1)], dim=1)
        p_WG = counts + 1.0 / (self.grades + 1)
        p_WG = (p_WG / p_WG.sum(dim=1, keepdim=True)).double()
        # From both ends, so that a share near 1 keeps the digits of what is missing.
        below, above = p_WG.cumsum(1)[:, :-1], p_WG.flip(1).cumsum(1).flip(1)[:, 1:]
        threshold = (below.log() - above.log()).to(label.dtype)
        grade = torch.arange(self.grades + 1, device=label.device)
        mean = (p_WG * grade).sum(1, keepdim=True)
        self.first = threshold[:, 0].clone()
        self.gap = threshold.diff(dim=1).clamp(min=1e-6)
        spread = (p_WG * (grade - mean) ** 2).sum(1).sqrt()
        self.size = spread.clamp(min=_LEAST_SIZE).to(label.dtype)

    def _check(self, label: Tensor, observed: Tensor) -> None:
        wrong = ~((label >= 0) & (label <= self.grades) & (label == label.round())) & observed
        if bool(wrong.any()):
            raise InputError(
                f"a grade has the label {label[wrong][0].item():g}; expected a whole number from "
                f"0 to {self.grades}: set grades to the highest, or mend the labels"
            )

    def forward(self, z_BH: Tensor, offset_B: Tensor) -> Graded:
        """Parameters of B rows. ``offset_B`` is not read: no grade is 0 by definition."""
        rise = (self.gap * self.stretch.exp()).cumsum(dim=1)
        threshold = torch.cat([self.first[:, None], self.first[:, None] + rise], dim=1)
        return Graded(location=self.location(self.hidden(z_BH)), threshold=threshold)

    def log_probabilities(self, params: Graded) -> Tensor:
        """float[B, W, G + 1] of each grade, finite for any location."""
        away = params.threshold - params.location.float()[..., None]
        # s(a) - s(b) = s(a) s(-b) (1 - exp(b - a)), where s is the sigmoid and a > b.
        up_to, above = logsigmoid(away), logsigmoid(-away)
        between = log1mexp(params.threshold.diff(dim=1).clamp(min=1e-12))
        pad = nn.functional.pad
        return pad(up_to, (0, 1)) + pad(above, (1, 0)) + pad(between, (1, 1))

    def probabilities(self, params: Graded) -> Tensor:
        """float[B, W, G + 1] of each grade; they sum to 1."""
        return self.log_probabilities(params).exp()

    def nll(self, params: Graded, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W], zero with zero gradient where unobserved."""
        location = torch.where(observed, params.location, 0.0)
        log_p = self.log_probabilities(Graded(location=location, threshold=params.threshold))
        grade = torch.where(observed, label, 0.0).long()
        loss = -log_p.gather(2, grade[..., None])[..., 0]
        return torch.where(observed, loss, 0.0)

    def error(self, params: Graded, label: Tensor, observed: Tensor) -> Tensor:
        """Squared error in standard deviations of training labels, zero where unobserved."""
        mean, _ = self.natural(params)
        return torch.where(observed, ((label - mean) / self.size) ** 2, 0.0)

    def natural(self, params: Graded) -> tuple[Tensor, Tensor]:
        """Expected grade and standard deviation of new grades, float[B, W] each."""
        p = self.probabilities(params)
        grade = torch.arange(self.grades + 1, device=p.device)
        mean = (p * grade).sum(dim=2)
        variance = (p * (grade - mean[..., None]) ** 2).sum(dim=2)
        return mean, variance.clamp(min=1e-12).sqrt()

    def quantile(self, share: float) -> float:
        """Quantile of a new grade in units of its standard deviation (as of a normal law)."""
        return student_quantile(share, None)

    def widened(self, deviation: Tensor, unseen: Tensor) -> Tensor:
        """Deviations float[B, W] of which those of ``unseen`` rows (bool[B]) are at least that of
        all training labels."""
        return torch.where(unseen[:, None], torch.maximum(deviation, self.size), deviation)

    def summary(self, mean: Tensor, deviation: Tensor, *, level: float) -> Outcome:
        """Outcome with the central interval that is meant to hold ``level`` of new grades.

        ``mean`` and ``deviation`` (grades) are one network's, or those of an ensemble.
        """
        reach = deviation * self.quantile(0.5 + level / 2)
        found = [t.clamp(*self.bounds).numpy() for t in (mean, mean - reach, mean + reach)]
        return Outcome(mean=found[0], low=found[1], high=found[2])

"""Heads of a continuous endpoint: a location and a scale a row, Gaussian or Student-t.

Targets are standardised by buffers fitted on training rows, so that there is one meaning of
``summary``: natural units.
"""

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor, nn

from combo_dl.core.predictions import Outcome
from combo_dl.nn.head.quantile import student_quantile


@dataclass(frozen=True, kw_only=True)
class LocationScale:
    """Parameters in standardised units: location and log_scale float[B, W].

    offset: float[B, 1], how often the centre is in the mean: 0 for a row whose value is 0 by
    definition, such as the synergy of one drug.
    """

    location: Tensor
    log_scale: Tensor
    offset: Tensor


class LocationScaleHead(nn.Module):
    """A vector a row to a law of W columns.

    degrees: degrees of freedom of Student-t; None is the Gaussian.
    mean_weight: 0 trains by the likelihood; 1 trains the location by squared error and the scale by
    the likelihood around it (beta-NLL with beta = 1, Seitzer et al. 2022); between, a mixture.
    hidden: width of a layer before the two outputs, 0 for none.
    bounds: possible range of the endpoint in natural units, None = open.
    """

    def __init__(
        self,
        *,
        degrees: float | None,
        mean_weight: float,
        hidden: int,
        dropout: float,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__()
        if degrees is not None and not 2.0 < degrees < inf:
            raise ValueError(f"degrees is {degrees!r}; expected a number above 2, or null")
        if not 0.0 <= mean_weight <= 1.0:
            raise ValueError(f"mean_weight is {mean_weight!r}; expected a share from 0 to 1")
        self.degrees, self.mean_weight, self.bounds = degrees, mean_weight, bounds
        self.hidden: nn.Module = nn.Identity()
        if hidden:
            first = nn.Linear(width_in, hidden, bias=False)
            self.hidden = nn.Sequential(first, nn.ReLU(), nn.Dropout(dropout))
        # Without bias: a combination without interaction has exactly the location 0 of its offset.
        self.location = nn.Linear(hidden or width_in, width_out, bias=False)
        self.log_scale = nn.Linear(hidden or width_in, width_out)
        nn.init.zeros_(self.log_scale.weight)
        nn.init.constant_(self.log_scale.bias, -0.5)
        self.register_buffer("centre", torch.zeros(width_out))
        self.register_buffer("size", torch.ones(width_out))

    def fit(self, label: Tensor, observed: Tensor, weight: Tensor) -> None:
        """Fit the buffers to training labels float[N, W], with row weights float[N]."""
        share = observed * weight[:, None]
        total = share.sum(0).clamp(min=1e-12)
        centre = (label * share).sum(0) / total
        var = ((label - centre) ** 2 * share).sum(0) / total
        self.centre = centre
        self.size = torch.where(var > 1e-12, var.sqrt(), torch.ones_like(var))

    def forward(self, z_BH: Tensor, offset_B: Tensor) -> LocationScale:
        """Parameters of B rows; a zero vector means ``offset_B`` times the centre."""
        z = self.hidden(z_BH)
        # Where the mean is trained by squared error alone, the scale must not bend the trunk.
        of_scale = z.detach() if self.mean_weight == 1.0 else z
        log_scale = self.log_scale(of_scale).clamp(-5.0, 3.0)
        return LocationScale(
            location=self.location(z), log_scale=log_scale, offset=offset_B[:, None]
        )

    def nll(self, params: LocationScale, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W], zero with zero gradient where unobserved."""
        target = torch.where(observed, (label - params.offset * self.centre) / self.size, 0.0)
        location = torch.where(observed, params.location, 0.0)
        log_scale = torch.where(observed, params.log_scale, 0.0)
        loss = (1.0 - self.mean_weight) * self._nll(target - location, log_scale)
        if self.mean_weight > 0.0:
            around = self._nll(target - location.detach(), log_scale)
            loss = loss + self.mean_weight * (0.5 * (target - location) ** 2 + 0.1 * around)
        return torch.where(observed, loss, 0.0)

    def _nll(self, residual: Tensor, log_scale: Tensor) -> Tensor:
        squared = residual**2 * torch.exp(-2 * log_scale)
        if self.degrees is None:
            return 0.5 * squared + log_scale
        return 0.5 * (self.degrees + 1) * torch.log1p(squared / self.degrees) + log_scale

    def error(self, params: LocationScale, label: Tensor, observed: Tensor) -> Tensor:
        """Squared error in standardised units float[B, W], zero where unobserved."""
        target = (label - params.offset * self.centre) / self.size
        return torch.where(observed, (target - params.location) ** 2, 0.0)

    def natural(self, params: LocationScale) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of new observations in natural units, float[B, W] each."""
        spread = 1.0
        if self.degrees is not None:
            spread = (self.degrees / (self.degrees - 2)) ** 0.5
        mean = params.offset * self.centre + self.size * params.location
        return mean, self.size * spread * params.log_scale.exp() * (params.offset > 0)

    @property
    def additive(self) -> bool:
        """Whether the mean of a set is the sum of what its drugs and pairs add."""
        return isinstance(self.hidden, nn.Identity)

    def weight_of_pairs(self, column: int) -> Tensor:
        """float[H]: what a vector adds to the location of one column is the vector times this."""
        return self.location.weight[column]

    def quantile(self, share: float) -> float:
        """Quantile of a new observation in units of its standard deviation."""
        return student_quantile(share, self.degrees)

    def widened(self, deviation: Tensor, unseen: Tensor) -> Tensor:
        """Deviations float[B, W] of which those of ``unseen`` rows (bool[B]) are at least that of
        all training labels; a deviation of exactly 0 (nothing to predict) stays."""
        widen = unseen[:, None] & (deviation > 0)
        return torch.where(widen, torch.maximum(deviation, self.size), deviation)

    def summary(self, mean: Tensor, deviation: Tensor, *, level: float) -> Outcome:
        """Outcome with the central interval that holds ``level`` of new observations.

        ``mean`` and ``deviation`` (natural units) are one network's, or those of an ensemble.
        """
        reach = deviation * self.quantile(0.5 + level / 2)
        low, high = self.bounds
        parts = [
            t.clamp(low, high) if (low, high) != (None, None) else t
            for t in (mean, mean - reach, mean + reach)
        ]
        return Outcome(mean=parts[0].numpy(), low=parts[1].numpy(), high=parts[2].numpy())

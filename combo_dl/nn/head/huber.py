"""HuberHead: a location by Huber's loss, which a few extreme scores cannot pull away."""

import torch
from torch import Tensor

from combo_dl.nn.head.location_scale import LocationScale, LocationScaleHead


class HuberHead(LocationScaleHead):
    """LocationScaleHead whose location is trained by Huber's loss (Huber 1964) and whose scale is
    trained by the likelihood around it.

    delta: where the loss turns from squared to absolute, in standard deviations of the training
    labels, above 0.
    """

    def __init__(
        self,
        *,
        delta: float,
        degrees: float | None,
        hidden: int,
        dropout: float,
        width_in: int,
        width_out: int,
        bounds: tuple[float | None, float | None],
    ) -> None:
        super().__init__(
            degrees=degrees,
            mean_weight=1.0,
            hidden=hidden,
            dropout=dropout,
            width_in=width_in,
            width_out=width_out,
            bounds=bounds,
        )
        if not 0.0 < delta < 1e6:
            raise ValueError(f"delta is {delta!r}; expected a number above 0")
        self.delta = delta

    def nll(self, params: LocationScale, label: Tensor, observed: Tensor) -> Tensor:
        """float[B, W], zero with zero gradient where unobserved."""
        target = torch.where(observed, (label - params.offset * self.centre) / self.size, 0.0)
        location = torch.where(observed, params.location, 0.0)
        log_scale = torch.where(observed, params.log_scale, 0.0)
        pulled = torch.nn.functional.huber_loss(
            location, target, reduction="none", delta=self.delta
        )
        loss = pulled + 0.1 * self._nll(target - location.detach(), log_scale)
        return torch.where(observed, loss, 0.0)

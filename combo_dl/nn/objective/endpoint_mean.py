"""Objective: the mean negative log-likelihood of each endpoint, averaged over endpoints."""

from dataclasses import dataclass

from torch import Tensor, nn

from combo_dl.data.batch import ComboBatch
from combo_dl.nn.network import ComboNet


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The total to minimise and its named parts (detached)."""

    total: Tensor
    parts: dict[str, Tensor]


class EndpointMean(nn.Module):
    """Rows are averaged within an endpoint (by their weights), endpoints by theirs.

    An endpoint with many rows or columns therefore does not drown one with few.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, net: ComboNet, params: dict[str, object], batch: ComboBatch) -> Loss:
        """Loss of a batch over the endpoints that it carries."""
        total, share, parts = batch.weight.new_zeros(()), 0.0, {}
        for name, label in batch.labels.items():
            observed = batch.observed[name]
            nll = net.heads[name].nll(params[name], label, observed)  # type: ignore[operator]
            weight = observed * batch.weight[:, None]
            part = (nll * weight).sum() / weight.sum().clamp(min=1e-12)
            total = total + net.endpoints[name].weight * part
            share += net.endpoints[name].weight
            parts[name] = part.detach()
        return Loss(total=total / max(share, 1e-12), parts=parts)

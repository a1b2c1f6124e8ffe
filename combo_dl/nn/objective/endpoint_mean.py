"""Objective: the mean negative log-likelihood of each endpoint, averaged over endpoints."""

from dataclasses import dataclass

from torch import Tensor, distributed, nn

from combo_dl.data.batch import ComboBatch
from combo_dl.nn.head.joined import outcomes_observed
from combo_dl.nn.network import ComboNet


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The total to minimise and its named parts (detached)."""

    total: Tensor
    parts: dict[str, Tensor]


class EndpointMean(nn.Module):
    """Rows are averaged within an endpoint (by their weights); then the mean over a batch's
    endpoints of weight times average.

    An endpoint with many rows or columns therefore does not drown one with few, and a weight counts
    also where its endpoint is alone in its study's batches.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, net: ComboNet, params: dict[str, object], batch: ComboBatch) -> Loss:
        """Loss of a batch over the endpoints that it carries."""
        total, parts = batch.weight.new_zeros(()), {}
        for name, label in batch.labels.items():
            observed = batch.observed[name]
            nll = net.heads[name].nll(params[name], label, observed)  # type: ignore[operator]
            weight = outcomes_observed(net.heads[name], observed) * batch.weight[:, None]
            part = (nll * weight).sum() / weight_of_batch(weight).clamp(min=1e-12)
            total = total + net.endpoints[name].weight * part
            parts[name] = part.detach()
        return Loss(total=total / max(len(parts), 1), parts=parts)


def weight_of_batch(weight: Tensor) -> Tensor:
    """What a sum over rows is divided by: their weight; where processes share a batch, the mean of
    what each of them has, so that the mean of their gradients is that of the whole batch."""
    total = weight.sum()
    if not (distributed.is_available() and distributed.is_initialized()):
        return total
    shared = total.detach().clone()
    distributed.all_reduce(shared)
    return shared / distributed.get_world_size()

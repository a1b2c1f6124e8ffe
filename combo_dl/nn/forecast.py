"""What a fitted network says of rows: mean and deviation in natural units; and how members join."""

from dataclasses import dataclass

import numpy as np
import torch

from combo_dl.data.loader import EvalLoader
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.world import WorldTensors
from combo_dl.nn.head.bernoulli import BernoulliHead
from combo_dl.nn.network import ComboNet


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """float[N, W] mean and standard deviation of new observations, in natural units.

    The deviation of a risk p is float[N, 0]: sqrt(p (1 - p)) says no more than p does, and of a
    wide label it would take as much room.
    times_days: float64[J], of survival the ends of the bins that its curves are told at, else None.
    """

    mean: np.ndarray
    deviation: np.ndarray
    times_days: np.ndarray | None = None


def forecast(
    net: ComboNet,
    world: WorldTensors,
    tensors: StudyTensors,
    rows: np.ndarray,
    *,
    batch_size: int = 8192,
) -> dict[str, Forecast]:
    """{endpoint: Forecast} of these rows, drugs encoded once, where the network is."""
    net.eval()
    device = next(net.parameters()).device
    loader = EvalLoader([(tensors, torch.from_numpy(rows))], batch_size=batch_size)
    parts: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {name: [] for name in net.heads}
    with torch.no_grad():
        world = world.to(device)
        x_DH = net.encode_drugs(world)
        for batch in loader:
            for name, params in net(world, batch.to(device), x_DH).items():
                parts[name].append(_natural(net.heads[name], params))
    made = {}
    for name in list(parts):
        # Each endpoint's parts go as soon as they are joined: of a wide label they are large.
        mean, deviation = (torch.cat(c).cpu().numpy() for c in zip(*parts.pop(name), strict=True))
        days = getattr(net.heads[name], "times_days", None)
        made[name] = Forecast(mean=mean, deviation=deviation, times_days=days)
    return made


def _natural(head: torch.nn.Module, params: object) -> tuple[torch.Tensor, torch.Tensor]:
    mean, deviation = head.natural(params)  # type: ignore[operator]
    return mean, deviation[:, :0].clone() if isinstance(head, BernoulliHead) else deviation


def spread(forecasts: list[Forecast]) -> tuple[Forecast, np.ndarray]:
    """An ensemble as one law, and float64[N, W], the variance between its members.

    Both variances are unbiased (0 between members of which there is one), so that they mean the
    same for few members as for many.
    """
    means = np.stack([f.mean for f in forecasts]).astype(np.float64)
    within = np.stack([f.deviation for f in forecasts]).astype(np.float64) ** 2
    between = means.var(axis=0, ddof=1) if len(means) > 1 else np.zeros(means.shape[1:])
    # What is nothing to predict (one drug alone) has no spread, also not by rounding.
    deviation = np.where(within.mean(axis=0) > 0, np.sqrt(within.mean(axis=0) + between), 0.0)
    return Forecast(mean=means.mean(axis=0), deviation=deviation), between


def joined(forecasts: list[Forecast], *, factor: float = 1.0) -> Forecast:
    """An ensemble as one law: the mean of means, and the variance within plus that between members
    (Lakshminarayanan et al. 2017).

    factor: scales the deviation within, as validation rows asked for; how much the members disagree
    is not noise of the measurement and is added as it is.
    """
    means = np.stack([f.mean for f in forecasts]).astype(np.float64)
    within = np.stack([f.deviation for f in forecasts]).astype(np.float64) ** 2
    deviation = np.sqrt(factor**2 * within.mean(axis=0) + means.var(axis=0))
    return Forecast(
        mean=means.mean(axis=0).astype(np.float32), deviation=deviation.astype(np.float32)
    )

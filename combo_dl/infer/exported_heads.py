"""What heads were fitted to, as it may leave: shares of many events, bins at nobody's day."""

import numpy as np
import torch
from torch import Tensor

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.core.study import Study
from combo_dl.infer.bundle_reader import BundleParts
from combo_dl.infer.exported_counts import people
from combo_dl.nn.head.hazard import HazardHead
from combo_dl.nn.head.risk import RiskHead

_FITTED = ("edge", "base", "base_loss", "rate")


def coarse_heads(
    parts: BundleParts, study: Study, *, threshold: int
) -> tuple[dict[str, Tensor], dict[str, int]]:
    """(weights of all networks, people behind each share that a head holds). Ends of bins are means
    of the times of the ``threshold`` events around them. Raises InputError on a head, or a number
    beside the weights, that the gate does not know, and where bins do not stay in order."""
    weights: dict[str, Tensor] = {}
    counts: dict[str, int] = {}
    for member, net in enumerate(parts.members):
        learned = {name for name, _ in net.named_parameters()}
        for name in set(net.state_dict()) - learned:
            if not (name.startswith("heads.") and name.rsplit(".", 1)[1] in _FITTED):
                raise InputError(f"the networks hold {name!r}, which the gate does not know")
        own = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        for name, raw in parts.card["endpoints"].items():
            endpoint = Endpoint.from_json(name, raw)
            head = net.heads[name]
            if isinstance(head, HazardHead):
                edges, found = _of_hazards(head, study, endpoint, threshold)
                own[f"heads.{name}.edge"] = edges.to(head.edge)
            elif isinstance(head, RiskHead):
                found = _of_risk(study, endpoint.columns)
            else:
                raise InputError(
                    f"{name!r} has a {type(head).__name__}, which the gate does not know"
                )
            counts |= found
        weights |= {f"{member}/{name}": tensor.contiguous() for name, tensor in own.items()}
    return weights, counts


def _of_risk(study: Study, columns: tuple[str, ...]) -> dict[str, int]:
    made = {}
    for column in columns:
        label = study.combos.labels[column]
        for k in range(label.shape[1]):
            name = column if label.shape[1] == 1 else f"{column} {k + 1}"
            made[f"{name} yes"] = people(study, label[:, k] > 0)
            made[f"{name} no"] = people(study, label[:, k] <= 0)
    return made


def _of_hazards(
    head: HazardHead, study: Study, endpoint: Endpoint, threshold: int
) -> tuple[Tensor, dict[str, int]]:
    label = study.combos.labels[endpoint.columns[0]].astype(np.float64)
    seen = FollowUp.of_label(label[~np.isnan(label).any(axis=1)])
    had = np.sort(seen.time_days[seen.event > 0])
    old = head.edge.double().cpu().numpy()
    edges = np.array([0.0, *(_mean_around(had, day, threshold) for day in old[1:])])
    if (np.diff(edges) <= 0).any() or edges[-1] < (endpoint.horizon_days or 0.0):
        raise InputError(
            f"the bins of {endpoint.name!r} are too many or end too early to be told: train with "
            f"head.hazard.bins={max(1, len(had) // (2 * threshold))} or less, and a horizon of "
            f"{int(edges.max())} days or less"
        )
    # In the digits of float32, in which labels and bins are compared.
    place = np.searchsorted(old[1:].astype(np.float32), seen.time_days.astype(np.float32))
    made = {f"{endpoint.name} without event": int((seen.event == 0).sum())}
    for risk in range(1, head.risks + 1):
        for k in range(head.bins):
            days = f"event {risk} of {endpoint.name} in bin {k + 1} of {head.bins}"
            made[days] = int(((seen.event == risk) & (place == k)).sum())
    return torch.from_numpy(edges), made


def _mean_around(had: np.ndarray, day: float, threshold: int) -> float:
    """The mean of the ``threshold`` times around a day; of all where there are fewer."""
    place = int(np.searchsorted(had, day))
    start = int(np.clip(place - threshold // 2, 0, max(0, len(had) - threshold)))
    return float(had[start : start + threshold].mean())

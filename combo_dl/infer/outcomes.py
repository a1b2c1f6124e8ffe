"""Outcomes of asked rows: networks and kernel ridge together, with intervals that were calibrated
on held-out rows of the same support."""

from dataclasses import dataclass

import numpy as np
import torch

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import FormatError
from combo_dl.core.predictions import Outcome
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.world import WorldTensors
from combo_dl.infer.alone import alone_rows
from combo_dl.infer.assumed import Assumed
from combo_dl.infer.bundle_reader import BundleParts
from combo_dl.infer.risk_outcomes import MemberRisks, risk_outcome
from combo_dl.infer.survival_members import MemberCurves, member_curves
from combo_dl.infer.survival_outcomes import survival_outcome
from combo_dl.kernels.inputs import kernel_inputs
from combo_dl.nn.forecast import Forecast, forecast, joined, spread
from combo_dl.nn.head.hazard import HazardHead


@dataclass(frozen=True, kw_only=True)
class AskedRows:
    """N rows as tensors. world: the drugs asked.  related: what networks are given, the same drugs
    first, and behind them those that they hear of in the graph.  group: support of each row.
    unseen: bool[N], a drug or profile is new.  beyond: bool[N], training of the study knows no such
    row: no drug of it, or no combination.  null_support: what a null of the row rests on."""

    world: WorldTensors
    related: WorldTensors
    tensors: StudyTensors
    group: tuple[str, ...]
    unseen: np.ndarray
    beyond: np.ndarray
    null_support: tuple[str, ...]


def outcomes(
    parts: BundleParts,
    endpoints: dict[str, Endpoint],
    rows: AskedRows,
    *,
    first: bool,
    assumed: Assumed,
) -> dict[str, Outcome]:
    """{endpoint: Outcome}. first: whether the rows are of the study that the kernels learned."""
    every = np.arange(len(rows.tensors))
    found = [forecast(net, rows.related, rows.tensors, every) for net in parts.runners]
    kernel: dict[str, np.ndarray] = {}
    if parts.kernels is not None and first:
        kernel = parts.kernels.predict(kernel_inputs(rows.world, rows.tensors), every)
    made = _against_null(parts, endpoints, rows, found, assumed)
    for name, endpoint in endpoints.items():
        if name in made:
            continue
        members = [f[name] for f in found]
        made[name] = (
            _by_factor(parts, name, members, rows, assumed.level)
            if parts.laws is None
            else _by_laws(parts, endpoint, members, kernel, rows, assumed.level)
        )
    return {name: made[name] for name in endpoints}


def _against_null(
    parts: BundleParts,
    endpoints: dict[str, Endpoint],
    rows: AskedRows,
    found: list[dict[str, Forecast]],
    assumed: Assumed,
) -> dict[str, Outcome]:
    """Risks and survival, beside what the drugs of a row would do independently of each other."""
    named = [n for n, e in endpoints.items() if e.is_risk or e.is_survival]
    if not named:
        return {}
    apart = alone_rows(rows.tensors)
    every = np.arange(len(apart.owner))
    alone = [forecast(net, rows.related, apart.tensors, every) for net in parts.runners]
    made = {}
    for name in named:
        pair = [f[name].mean for f in found], [f[name].mean for f in alone]
        made[name] = (
            _survival(parts, endpoints[name], rows, pair, apart.owner, assumed)
            if endpoints[name].is_survival
            else _risk(parts, name, rows, pair, apart.owner, assumed.level)
        )
    return made


# Forecasts of each network, of the rows and of their drugs alone.
Means = tuple[list[np.ndarray], list[np.ndarray]]


def _risk(
    parts: BundleParts, name: str, rows: AskedRows, means: Means, owner: np.ndarray, level: float
) -> Outcome:
    risks = MemberRisks(
        risk=np.stack(means[0]).astype(np.float64),
        alone=np.stack(means[1]).astype(np.float64),
        owner=owner,
        unseen=rows.beyond,
        null_support=rows.null_support,
    )
    return risk_outcome(risks, parts.risk_laws.get(name), rows.group, level=level)


def _survival(
    parts: BundleParts,
    endpoint: Endpoint,
    rows: AskedRows,
    means: Means,
    owner: np.ndarray,
    assumed: Assumed,
) -> Outcome:
    heads = [net.heads[endpoint.name] for net in parts.members]
    hazards = [h for h in heads if isinstance(h, HazardHead)]
    if len(hazards) < len(heads):
        raise FormatError(
            f"the survival endpoint {endpoint.name!r} has the head {endpoint.head!r}, which gives "
            "no curves; expected a head of hazards"
        )
    curves = MemberCurves(
        whole=member_curves(hazards, means[0]),
        alone=member_curves(hazards, means[1]),
        owner=owner,
        unseen=rows.beyond,
        null_support=rows.null_support,
    )
    return survival_outcome(
        curves,
        endpoint,
        parts.days_laws.get(endpoint.name),
        level=assumed.level,
        spearman=assumed.spearman,
        first_scan_days=assumed.first_scan_days,
    )


def _by_factor(
    parts: BundleParts, name: str, members: list[Forecast], rows: AskedRows, level: float
) -> Outcome:
    """As bundles of format 1: one factor for all deviations."""
    law = joined(members, factor=float(parts.card["calibration"].get(name, 1.0)))
    head = parts.members[0].heads[name]
    mean, deviation = torch.from_numpy(law.mean), torch.from_numpy(law.deviation)
    # Intervals were scaled on known drugs and profiles; for others the spread of all training
    # labels is the least that is honest to claim.
    wide = head.widened(deviation, torch.from_numpy(rows.unseen))  # type: ignore[operator]
    return head.summary(mean, wide, level=level)  # type: ignore[operator]


def _by_laws(
    parts: BundleParts,
    endpoint: Endpoint,
    members: list[Forecast],
    kernel: dict[str, np.ndarray],
    rows: AskedRows,
    level: float,
) -> Outcome:
    law, _ = spread(members)
    head, none = parts.members[0].heads[endpoint.name], np.full(len(rows.group), np.nan)
    means, halves, abstains = [], [], []
    for w, column in enumerate(endpoint.columns):
        found = (parts.laws or {}).get(column)
        mean, deviation = law.mean[:, w], law.deviation[:, w]
        rest = np.ones(len(rows.group), bool)
        multiplier = np.full(len(mean), head.quantile(0.5 + level / 2))  # type: ignore[operator]
        at_80 = multiplier
        if found is not None:
            mean, added = found.mixed(mean, kernel.get(column, none), rows.group)
            deviation = np.where(deviation > 0, np.sqrt(deviation**2 + added), 0.0)
            multiplier, at_80 = found.reach(rows.group, level), found.reach(rows.group, 0.8)
            rest = ~found.covers(rows.group) | without_curves(rows)
        wide = _widened(head, w, deviation, rest & rows.unseen)
        means.append(mean)
        halves.append(wide * multiplier)
        # Where nothing was held out to learn a limit from, at least what training knows nothing of.
        abstains.append(rows.beyond if found is None else wide * at_80 > found.abstain)
    return _bounded(endpoint, *(np.stack(a, axis=1) for a in (means, halves, abstains)))


def without_curves(rows: AskedRows) -> np.ndarray:
    """bool[N]: a drug lacks the single-drug curves that held-out rows had, where they are used."""
    response = rows.world.response.numpy()
    if not response.shape[1]:
        return np.zeros(len(rows.group), bool)
    # The last number of a response says whether there is any curve.
    lacking = response[:, -1] <= 0
    return (lacking[rows.tensors.drugs.numpy()] & rows.tensors.present.numpy()).any(axis=1)


def _widened(
    head: torch.nn.Module, column: int, deviation: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Rows beyond all that was held out get at least the spread of all training labels: harder
    groups, and new drugs of which less is known than of those that were held out."""
    size = float(head.size[column])  # type: ignore[index]
    return np.where(rows & (deviation > 0), np.maximum(deviation, size), deviation)


def _bounded(
    endpoint: Endpoint, mean: np.ndarray, half: np.ndarray, abstain: np.ndarray
) -> Outcome:
    low, high = endpoint.bounds
    if (low, high) == (None, None):
        low, high = -np.inf, np.inf
    parts = [np.clip(a, low, high).astype(np.float32) for a in (mean, mean - half, mean + half)]
    return Outcome(mean=parts[0], low=parts[1], high=parts[2], abstain=abstain)

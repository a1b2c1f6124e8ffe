"""Integrated gradients of one endpoint by one network (Sundararajan, Taly & Yan, ICML 2017).

What a network is told of a drug or a profile is added up before its first bend: one token for the
structure, one for the target genes, and so on. The path goes in a straight line from the sum of
a drug (or profile) of which nothing is known to the sum that was asked. As the sums are linear in
what goes into them, each input's attribution is its own part of the way times the mean gradient.
Doses, what neighbours say in a graph, and what a network learned of one pair by heart stay as they
are from start to end.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from combo_dl.core.endpoint import Endpoint
from combo_dl.data.study_tensors import StudyTensors
from combo_dl.data.world import WorldTensors
from combo_dl.nn.network import ComboNet
from combo_dl.nn.relation.no_relation import NoRelation

ROWS = 64  # rows of a step
NODES = 256  # points of a path: each bend of a network that a path crosses costs some exactness
POWER = 2


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is explained. tensors: N rows.  world: the D drugs asked.  related: the same drugs first
    and behind them those that they hear of.  column: of the endpoint; 0 for survival, whose mean
    days to the horizon are explained."""

    world: WorldTensors
    related: WorldTensors
    tensors: StudyTensors
    endpoint: Endpoint
    column: int


@dataclass(frozen=True, kw_only=True)
class PathGradients:
    """Of N rows of K drugs. drug: float64[N, K, H] and profile: float64[N, H], mean gradients along
    the path.  told: {what: float64[N, K]}, the attribution of what is told of each drug in the
    row's profile (``ComboBatch.told``).
    start, end: float64[N], the value where nothing is known, and the value asked, in the unit of
    the endpoint."""

    drug: np.ndarray
    profile: np.ndarray
    told: dict[str, np.ndarray]
    start: np.ndarray
    end: np.ndarray


def path_gradients(net: ComboNet, asked: Asked, *, nodes: int = NODES) -> PathGradients:
    """Mean gradients of all rows, a few rows at a time."""
    net.eval()
    every = torch.arange(len(asked.tensors))
    parts = [_Path(net, asked, rows).gradients(nodes) for rows in every.split(ROWS)]
    arrays = ("drug", "profile", "start", "end")
    return PathGradients(
        **{n: np.concatenate([getattr(p, n) for p in parts]) for n in arrays},
        told={w: np.concatenate([p.told[w] for p in parts]) for w in parts[0].told},
    )


class _Path:
    """The way of some rows; each has its own copy of its drugs and of its profile."""

    def __init__(self, net: ComboNet, asked: Asked, rows: Tensor) -> None:
        self.net, self.asked = net, asked
        tensors = asked.tensors
        profile = tensors.profile[rows]
        self.ids, self.present = tensors.drugs[rows], tensors.present[rows]
        n, width = self.ids.shape
        encoder = net.profiles[tensors.study]
        fields = (tensors.number, tensors.seen, tensors.category, tensors.known_profile)
        with torch.no_grad():
            self.drugs = net.drug.sums(asked.related)  # type: ignore[operator]
            self.drug = self.drugs[self.ids]
            self.profile = encoder.summed(encoder.tokens(*(f[profile] for f in fields)))  # type: ignore[operator]
            self.profile = self.profile.expand(n, -1)
            self.no_drug = net.drug.summed(net.drug.blank())  # type: ignore[operator]
            self.no_profile = encoder.summed(encoder.blank())  # type: ignore[operator]
        self.told = {w: t[self.ids, profile[:, None]] for w, t in tensors.told.items()}
        self.batch = replace(
            tensors.batch(rows),
            drugs=torch.arange(n * width).view(n, width),
            profile=torch.arange(n),
        )
        self.known = asked.related.known_id[self.ids].reshape(-1)

    def gradients(self, nodes: int) -> PathGradients:
        """Mean gradients along the way, and the values at both ends."""
        places, shares = path_nodes(nodes)
        drug, profile = (
            torch.zeros_like(self.drug).double(),
            torch.zeros_like(self.profile).double(),
        )
        told = {w: torch.zeros(self.ids.shape, dtype=torch.float64) for w in self.told}
        for place, share in zip(places, shares, strict=True):
            leaves = [leaf.requires_grad_() for leaf in self._at(float(place))]
            found = torch.autograd.grad(self._value(leaves).sum(), leaves, allow_unused=True)
            # A part that an endpoint does not read has no gradient.
            slopes = [
                torch.zeros_like(a) if g is None else g for a, g in zip(leaves, found, strict=True)
            ]
            drug += share * slopes[0]
            profile += share * slopes[1]
            for (what, value), slope in zip(self.told.items(), slopes[2:], strict=True):
                told[what] += share * (slope * value).sum(dim=2)
        with torch.no_grad():
            start, end = (self._value(self._at(place)).double() for place in (0.0, 1.0))
        return PathGradients(
            **{
                name: value.numpy()
                for name, value in (
                    ("drug", drug * self.present[..., None]),
                    ("profile", profile),
                    ("start", start),
                    ("end", end),
                )
            },
            told={what: (value * self.present).numpy() for what, value in told.items()},
        )

    def _at(self, place: float) -> list[Tensor]:
        """Sums of drugs and profiles, and what is told of both, at a share of the way."""
        made = [
            self.no_drug + place * (self.drug - self.no_drug),
            self.no_profile + place * (self.profile - self.no_profile),
        ]
        return [*made, *(place * value for value in self.told.values())]

    def _value(self, leaves: list[Tensor]) -> Tensor:
        """float[n] of the endpoint's column."""
        batch, (n, width) = self.batch, self.ids.shape
        told, rows = {}, torch.arange(n)
        for what, leaf in zip(self.told, leaves[2:], strict=True):
            # Of a row's drugs, in the row's own profile.
            own = leaf.new_zeros(n, width, n, leaf.shape[2]).index_put(
                (rows[:, None], torch.arange(width)[None], rows[:, None]), leaf
            )
            told[what] = own.flatten(0, 1)
        batch = replace(batch, told=told)
        encoder = self.net.profiles[batch.study]
        name = self.asked.endpoint.name
        params = self.net.answers(
            self._encoded(leaves[0]),
            encoder.out(leaves[1]),  # type: ignore[operator]
            self.known,
            batch,
            [name],  # type: ignore[operator]
        )
        return _natural(self.net.heads[name], params[name], self.asked)

    def _encoded(self, drug_NKH: Tensor) -> Tensor:
        """x [N * K, H] of the copies; each row has the graph of all drugs to itself."""
        net, width = self.net, self.ids.shape[1]
        if isinstance(net.relation, NoRelation):
            return net.drug.out(drug_NKH.flatten(0, 1))  # type: ignore[operator]
        made = []
        for ids, present, own in zip(self.ids, self.present, drug_NKH, strict=True):
            there = ids[present]
            x = net.drug.out(self.drugs.index_put((there,), own[present]))  # type: ignore[operator]
            heard = net.relation(x, self.asked.related)[there]
            made.append(torch.cat([heard, heard.new_zeros(width - len(there), heard.shape[1])]))
        return torch.cat(made)


def path_nodes(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """(places, shares) float64[nodes] of an integral from 0 to 1, dense near 0: where little is
    known yet, an encoder that normalises its sums turns fastest."""
    at, share = np.polynomial.legendre.leggauss(nodes)
    at, share = (at + 1) / 2, share / 2
    return at**POWER, share * POWER * at ** (POWER - 1)


def _natural(head: torch.nn.Module, params: object, asked: Asked) -> Tensor:
    mean: Tensor = head.natural(params)[0]  # type: ignore[operator]
    if not asked.endpoint.is_survival:
        return mean[:, asked.column]
    days = np.concatenate([[0.0], head.times_days])  # type: ignore[arg-type]
    weight = day_weights(days, float(asked.endpoint.horizon_days or 0.0))
    count = len(days) - 1
    return weight[0] + mean[:, :count] @ torch.from_numpy(weight[1:]).to(mean.dtype)


def day_weights(days: np.ndarray, horizon_days: float) -> np.ndarray:
    """float64[T]: the area under a curve up to the horizon is the sum of these times its values at
    ``days`` float[T], between which it is a straight line."""
    grid = np.append(days[days < horizon_days], horizon_days)
    at = np.stack([np.interp(grid, days, hat) for hat in np.eye(len(days))], axis=1)
    return np.asarray(np.trapezoid(at, grid, axis=0))

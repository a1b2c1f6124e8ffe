"""The drugs of a request among those of the training: neighbours speak, asked of or not."""

from dataclasses import replace

import torch
from torch import Tensor

from combo_dl.data.world import WorldTensors

_BY_DRUG = (
    *("structure", "fingerprint", "target", "has_target"),
    *("modality", "drug_class", "known_id", "response"),
)


def among(asked: WorldTensors, trained: WorldTensors, same: Tensor) -> WorldTensors:
    """The D drugs of ``asked``, in their places, and behind them the D' of ``trained``.

    same: int64[D] place in ``trained`` of each drug asked, -1 for one that it lacks.
    A drug asked that training had takes its place in the graph: it has the edges to drugs that the
    training drug has, its own edges to targets, and leaves the training drug none. So a request of
    training drugs has their graph, whichever of them it names. Of two drugs asked that are one
    training drug the first takes the place, the other hears what it hears and is heard by none.
    A drug that training lacks has no edges to drugs.
    """
    joined = {n: torch.cat([getattr(asked, n), getattr(trained, n)]) for n in _BY_DRUG}
    return replace(
        asked,
        **joined,
        atom=torch.cat([asked.atom, trained.atom]),
        bond=torch.cat([asked.bond, trained.bond]),
        bond_index=torch.cat([asked.bond_index, trained.bond_index + len(asked.atom)], dim=1),
        atom_drug=torch.cat([asked.atom_drug, trained.atom_drug + len(asked)]),
        edges=_edges(asked, trained, same),
    )


def _edges(asked: WorldTensors, trained: WorldTensors, same: Tensor) -> dict[str, Tensor]:
    place = torch.arange(len(trained)) + len(asked)
    further = []
    for drug, own in enumerate(same.tolist()):
        if own >= 0 and place[own] >= len(asked):
            place[own] = drug
        elif own >= 0:
            further.append((drug, own))
    found = {}
    for key, edge in trained.edges.items():
        source, _, destination = key.split("|")
        if source == destination == "drug":
            heard = [edge[:, edge[1] == own] for _, own in further]
            more = [
                torch.stack([place[e[0]], torch.full_like(e[1], drug)])
                for (drug, _), e in zip(further, heard, strict=True)
            ]
            found[key] = torch.cat([place[edge], *more], dim=1)
        elif source == "drug":
            others = edge[:, place[edge[0]] >= len(asked)]
            moved = torch.stack([place[others[0]], others[1]])
            found[key] = torch.cat([asked.edges[key], moved], dim=1)
        else:
            found[key] = edge
    return found

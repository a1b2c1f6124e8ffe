"""What training measured near a prediction: sets of drugs whose last vector is like the asked one.

A mean is (nearly) linear in the vector of a combination that heads are given, so that what the
network leans on are the training combinations whose vectors point the same way. Where a bundle
names its profiles, it says which were measured in the same one. The measured values are not in a
bundle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from combo_dl.core.endpoint import Endpoint
from combo_dl.data.fitted_study import FittedStudy
from combo_dl.infer.asked import AskedPart
from combo_dl.infer.bundle import Bundle
from combo_dl.nn.network import ComboNet

COLUMNS = ("row", "asked", "profile", "measured", "likeness", "in_this_profile", "profiles")
_BATCH = 4096


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Sets of one or two drugs that training rows hold. sets: (ids in the bundle's catalog)."""

    sets: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]


def evidence(
    bundle: Bundle,
    part: AskedPart,
    endpoint: Endpoint,
    *,
    profiles: pd.DataFrame | None,
    nearest: int,
) -> pd.DataFrame:
    """COLUMNS: for each pair of drugs of each row the ``nearest`` measured pairs, for a row of one
    drug the nearest drugs measured alone.

    likeness: cosine, -1 to 1, of the vectors of both in the row's profile, mean over networks.
    in_this_profile: training has it in the row's profile; empty where the bundle does not name
    profiles.  profiles: in how many named profiles it was measured, 0 where none is named.
    """
    fitted = part.fitted_study
    catalog = bundle.parts.fitted.catalog.drugs.names
    kinds = {1: _alone(fitted, catalog), 2: _pairs(fitted, catalog)}
    rows: list[dict[str, object]] = []
    for shown in dict.fromkeys(part.part.shown):
        own = [n for n, name in enumerate(part.part.shown) if name == shown]
        for size, measured in kinds.items():
            if not measured.sets:
                continue
            asked = [(n, s) for n in own for s in _subsets(part, n, size)]
            if not asked:
                continue
            near = _likeness(bundle, part, endpoint, asked, measured, (shown, profiles))
            for (n, ids), like in zip(asked, near, strict=True):
                rows += _lines(part, n, ids, like, measured, shown, nearest)
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values("row", kind="stable", ignore_index=True)


def _subsets(part: AskedPart, row: int, size: int) -> Iterable[tuple[int, ...]]:
    """Pairs of a row; of a row of one drug the drug."""
    ids = tuple(int(d) for d in part.request.sets[row] if d >= 0)
    if size == 1:
        return [ids] if len(ids) == 1 else []
    return combinations(ids, 2)


def _pairs(fitted: FittedStudy, names: tuple[str, ...]) -> Measured:
    sets = [tuple(map(int, pair)) for pair in fitted.pairs]
    return Measured(sets=tuple(sets), names=tuple(" + ".join(names[d] for d in s) for s in sets))


def _alone(fitted: FittedStudy, names: tuple[str, ...]) -> Measured:
    sets = [(int(d),) for d in fitted.alone]
    return Measured(sets=tuple(sets), names=tuple(names[s[0]] for s in sets))


def _lines(
    part: AskedPart,
    row: int,
    ids: tuple[int, ...],
    like: np.ndarray,
    measured: Measured,
    shown: str,
    nearest: int,
) -> list[dict[str, object]]:
    fitted = part.fitted_study
    order = np.argsort(-like, kind="stable")[:nearest]
    drugs = [part.request.drugs[d].name for d in ids]
    here = fitted.known.index(shown) if shown in fitted.known else -1
    made = []
    for at in order:
        places = _profiles_of(fitted, measured.sets[at])
        made.append(
            {
                "row": int(part.part.rows[row]),
                "asked": " + ".join(drugs),
                "profile": shown,
                "measured": measured.names[at],
                "likeness": float(like[at]),
                "in_this_profile": bool(here in places) if len(fitted.triples) else None,
                "profiles": len(places),
            }
        )
    return made


def _profiles_of(fitted: FittedStudy, ids: tuple[int, ...]) -> set[int]:
    if len(ids) != 2 or not len(fitted.triples):
        return set()
    at = (fitted.triples[:, :2] == np.array(ids)).all(axis=1)
    return set(fitted.triples[at, 2].tolist())


def _likeness(
    bundle: Bundle,
    part: AskedPart,
    endpoint: Endpoint,
    asked: list[tuple[int, tuple[int, ...]]],
    measured: Measured,
    where: tuple[str, pd.DataFrame | None],
) -> np.ndarray:
    """float64[asked, measured]: mean cosine over networks, all in one profile."""
    other = _request_of(bundle, part, measured, where)
    inputs, theirs = part.inputs(), other.inputs()
    row = asked[0][0]
    ids = torch.tensor([s for _, s in asked])
    found = np.zeros((len(asked), len(measured.sets)))
    for net in bundle.parts.members:
        with torch.no_grad():
            own = _vectors(net, inputs, ids, torch.full((len(ids),), row), endpoint)
            every = torch.arange(len(theirs.tensors))
            others = _vectors(net, theirs, theirs.tensors.drugs, every, endpoint)
        found += (_unit(own) @ _unit(others).T).double().numpy()
    return found / len(bundle.parts.members)


def _request_of(
    bundle: Bundle,
    part: AskedPart,
    measured: Measured,
    where: tuple[str, pd.DataFrame | None],
) -> AskedPart:
    """The measured sets, asked of the same study in the same profile."""
    names = bundle.parts.fitted.catalog.drugs.names
    size = len(measured.sets[0])
    frame = pd.DataFrame(
        {f"drug_{'ab'[k]}": [names[s[k]] for s in measured.sets] for k in range(size)}
    ).assign(profile=where[0] or None)
    (found,) = bundle.asked(
        frame, profiles=where[1], study=part.part.study, allow_missing_fields=True
    )
    return found


def _vectors(
    net: ComboNet, inputs: object, ids: Tensor, rows: Tensor, endpoint: Endpoint
) -> Tensor:
    """[n, H]: the pair term of sets int64[n, K] in the profiles of ``rows``; beside it, where not
    synergy is asked, the sum of the states of the drugs."""
    tensors = inputs.tensors  # type: ignore[attr-defined]
    x = net.encode_drugs(inputs.related)  # type: ignore[attr-defined]
    encoder = net.profiles[tensors.study]
    fields = (tensors.number, tensors.seen, tensors.category, tensors.known_profile)
    made = []
    for at, part in zip(rows.split(_BATCH), ids.split(_BATCH), strict=True):
        used, place = torch.unique(tensors.profile[at], return_inverse=True)
        p = encoder(*(f[used] for f in fields))
        told = tensors.told_of(used)
        h = net.fusion.gather(x, p, drugs=part, profile=place, told=told)  # type: ignore[operator]
        if part.shape[1] == 1:
            made.append(h[:, 0])
            continue
        term = net.fusion.pair_term(h[:, 0], h[:, 1])  # type: ignore[operator]
        made.append(term if endpoint.kind == "synergy" else torch.cat([h.sum(dim=1), term], dim=1))
    return torch.cat(made)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)

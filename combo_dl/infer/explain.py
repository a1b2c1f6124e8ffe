"""Why a prediction is what it is: attributions of each row by name, and the nearest evidence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from combo_dl.core.errors import ConfigError
from combo_dl.infer.asked import AskedPart
from combo_dl.infer.bundle import Bundle
from combo_dl.infer.evidence import evidence
from combo_dl.infer.explain_parts import FIELD, Described, Part, named_parts
from combo_dl.infer.explain_path import NODES, Asked, path_gradients


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Of one column of an endpoint.

    rows: ``row, drugs, profile, endpoint, unit, prediction, networks, start, gap``: what
    ``predict`` says, the mean of the networks before calibration, their mean where nothing is known
    of the drugs and the profile, and by how much attributions miss networks - start.
    attributions: ``row, kind, of, name, place, attribution, members_sd``, in the unit of the
    endpoint.  evidence: see ``infer.evidence``.  smiles: {drug: structure whose atoms are
    numbered}.  notes: sentences on what is not explained.
    """

    rows: pd.DataFrame
    attributions: pd.DataFrame
    evidence: pd.DataFrame
    smiles: dict[str, str]
    notes: tuple[str, ...]


def explain(
    bundle: Bundle,
    rows: pd.DataFrame,
    *,
    column: str | None = None,
    profiles: pd.DataFrame | None = None,
    drugs: pd.DataFrame | None = None,
    allow_missing_fields: bool = False,
    nearest: int = 5,
    most_fields: int | None = 30,
    nodes: int = NODES,
) -> Explanation:
    """Attributions by integrated gradients, mean over the networks of the bundle.

    rows, profiles, drugs: as of ``Bundle.predict``.  column: what is explained, by default the
    first of the bundle.  nearest: measured sets told of each pair.  most_fields: fields of a
    profile told by name, those of the largest share; of the others one sum a block; None = all.
    nodes: points of the path.  Raises ComboError as ``Bundle.predict``, ConfigError on a column
    that is not predicted or a number below 1.
    """
    for name, value in (("nearest", nearest), ("most_fields", most_fields), ("nodes", nodes)):
        if value is not None and value < 1:
            raise ConfigError(f"{name} is {value}; expected a whole number from 1")
    if column is None:
        column = next(iter(bundle.columns.values()))[0]
    endpoint, place = bundle.place_of(column, setting="column")
    given: dict[str, Any] = {
        "profiles": profiles,
        "drugs": drugs,
        "allow_missing_fields": allow_missing_fields,
    }
    part = _part(bundle, rows, endpoint, given)
    asked = _asked(bundle, part, endpoint, place)
    described = _described(bundle, part)
    each, ends = [], []
    for net in bundle.parts.members:
        told = path_gradients(net, asked, nodes=nodes)
        each.append(named_parts(net, asked, told, described))
        ends.append((told.start, told.end))
    table = _attributions(part, each, most_fields)
    start, end = (np.mean([e[i] for e in ends], axis=0) for i in range(2))
    shown = bundle.columns[endpoint][place]
    predicted = bundle.predict(rows, **given)
    mean = predicted[predicted["endpoint"] == shown].set_index("row")["mean"]
    total = table.groupby("row")["attribution"].sum().loc[part.part.rows].to_numpy()
    about = _about(part, mean, start=start, end=end, total=total).assign(
        endpoint=shown, unit=bundle.endpoints[endpoint].unit
    )
    near = evidence(bundle, part, bundle.endpoints[endpoint], profiles=profiles, nearest=nearest)
    catalog = described.catalog
    return Explanation(
        rows=about[list(_ABOUT)],
        attributions=table,
        evidence=near,
        smiles={n: s for n, s in zip(catalog.drugs.names, catalog.smiles, strict=True) if s},
        notes=_notes(bundle, part, endpoint),
    )


_ABOUT = (
    *("row", "drugs", "profile", "endpoint", "unit"),
    *("prediction", "networks", "start", "gap"),
)


def _about(
    part: AskedPart, mean: pd.Series, *, start: np.ndarray, end: np.ndarray, total: np.ndarray
) -> pd.DataFrame:
    """A row of each prediction: where the path starts and ends, what attributions miss."""
    return pd.DataFrame(
        {
            "row": part.part.rows,
            "drugs": [" + ".join(names) for names in part.request.names],
            "profile": part.part.shown,
            "prediction": mean.loc[part.part.rows].to_numpy(np.float64),
            "networks": end,
            "start": start,
            "gap": (end - start) - total,
        }
    )


def _part(bundle: Bundle, rows: pd.DataFrame, endpoint: str, given: dict) -> AskedPart:
    for part in bundle.asked(rows, **given):
        if endpoint in part.part.endpoints and len(part.part.rows):
            return part
    raise ConfigError(
        f"{endpoint} is predicted in none of the profiles asked; name profiles of the study that "
        "it was learned in, or another endpoint"
    )


def _asked(bundle: Bundle, part: AskedPart, endpoint: str, place: int) -> Asked:
    inputs = part.inputs()
    return Asked(
        world=inputs.world,
        related=inputs.related,
        tensors=inputs.tensors,
        endpoint=bundle.endpoints[endpoint],
        column=place,
    )


def _described(bundle: Bundle, part: AskedPart) -> Described:
    fitted = bundle.parts.fitted
    genes = fitted.graph.targets.names
    index = {g: i for i, g in enumerate(genes)}
    targets = np.zeros((len(part.request.drugs), len(genes)), bool)
    for d, drug in enumerate(part.request.drugs):
        targets[d, [index[g] for g in drug.targets if g in index]] = True
    return Described(
        catalog=part.drugs.catalog,
        genes=genes,
        targets=targets,
        drugs=fitted.drugs,
        people=part.part.people,
        fitted=part.fitted_study,
        shown=part.part.shown,
    )


def _attributions(
    part: AskedPart, each: list[list[dict[Part, float]]], most_fields: int | None
) -> pd.DataFrame:
    """Mean and standard deviation over networks, in the order of parts."""
    lines = []
    for place, row in enumerate(part.part.rows):
        parts = [member[place] for member in each]
        values = {key: np.array([p[key] for p in parts]) for key in parts[0]}
        for (kind, of, name, atom), own in _shortened(values, most_fields).items():
            spread = float(own.std(ddof=1)) if len(own) > 1 else np.nan
            lines.append((int(row), kind, of, name, atom, float(own.mean()), spread))
    columns = ["row", "kind", "of", "name", "place", "attribution", "members_sd"]
    return pd.DataFrame(lines, columns=columns)


def _shortened(values: dict[Part, np.ndarray], most_fields: int | None) -> dict[Part, np.ndarray]:
    fields = [k for k in values if k[0] == FIELD]
    if most_fields is None or len(fields) <= most_fields:
        return values
    ranked = sorted(fields, key=lambda k: -abs(float(values[k].mean())))
    rest = set(ranked[most_fields:])
    kept = {k: v for k, v in values.items() if k not in rest}
    blocks: dict[str, list[Part]] = {}
    for key in (k for k in fields if k in rest):
        blocks.setdefault(key[2].split(":")[0] if ":" in key[2] else "", []).append(key)
    for block, keys in blocks.items():
        what = "other field" if len(keys) == 1 else "other fields"
        name = f"{len(keys)} {what}{f' of {block}' if block else ''}"
        kept[(FIELD, keys[0][1], name, -1)] = np.sum([values[k] for k in keys], axis=0)
    return kept


def _notes(bundle: Bundle, part: AskedPart, endpoint: str) -> tuple[str, ...]:
    made = []
    if bundle.parts.kernels is not None and bundle.is_first(part):
        made.append(
            "The prediction is an average of networks and a kernel ridge; the networks alone are "
            "explained."
        )
    if bundle.endpoints[endpoint].is_risk:
        made.append(
            "A risk is calibrated after the networks; what is explained is their own mean, before."
        )
    made.append(
        "Attributions say what the networks use, not what causes an effect in a cell or a patient."
    )
    return tuple(made)

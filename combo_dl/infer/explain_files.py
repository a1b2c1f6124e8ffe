"""``explain`` on files: tables in, a result folder out."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from combo_dl.core.errors import ConfigError
from combo_dl.core.files import write_json, write_text
from combo_dl.core.predictions import DISCLAIMER
from combo_dl.core.spreadsheet import csv_for_people
from combo_dl.infer.bundle import load_bundle
from combo_dl.infer.explain import Explanation, explain
from combo_dl.infer.files import read_table

ATTRIBUTIONS, EVIDENCE, ABOUT = "attributions.csv", "evidence.csv", "explain.json"


@dataclass(frozen=True, kw_only=True)
class ExplainTables:
    """Tables of a request. rows: a table of combinations, or its file."""

    rows: Path | pd.DataFrame
    profiles: Path | None = None
    drugs: Path | None = None


def explain_files(
    bundle: Path,
    tables: ExplainTables,
    out: Path,
    *,
    column: str | None,
    allow_missing_fields: bool,
    nearest: int,
    most_fields: int | None,
    nodes: int,
) -> Explanation:
    """Explain, and write ATTRIBUTIONS, EVIDENCE and ABOUT to the folder ``out``.

    Settings as of ``infer.explain.explain``. Raises ComboError in one line.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"out={out} is a file; name a folder")
    rows = tables.rows
    found = load_bundle(bundle)
    told = explain(
        found,
        rows if isinstance(rows, pd.DataFrame) else read_table(rows, what="table of combinations"),
        column=column,
        profiles=_optional(tables.profiles, "table of profiles"),
        drugs=_optional(tables.drugs, "table of drugs"),
        allow_missing_fields=allow_missing_fields,
        nearest=nearest,
        most_fields=most_fields,
        nodes=nodes,
    )
    write_text(out / ATTRIBUTIONS, csv_for_people(told.attributions))
    write_text(out / EVIDENCE, csv_for_people(told.evidence))
    about = {
        "format": 1,
        "bundle": found.card["digest"],
        "rows": json.loads(told.rows.to_json(orient="records")),
        "attributions": json.loads(told.attributions.to_json(orient="records")),
        "evidence": json.loads(told.evidence.to_json(orient="records")),
        "smiles": told.smiles,
        "notes": list(told.notes),
        "use": DISCLAIMER,
    }
    write_json(out / ABOUT, about)
    return told


def _optional(path: Path | None, what: str) -> pd.DataFrame | None:
    return None if path is None else read_table(path, what=what)

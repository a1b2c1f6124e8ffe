"""What is written of a cohort: what stays (study, audit) and what may leave (through the gate)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pandas as pd

from combo_dl.cohort.protocol import Protocol
from combo_dl.cohort.run import Cohort
from combo_dl.cohort.sift import Exclusion
from combo_dl.core.coarse import SMALLEST, coarse_quantile
from combo_dl.core.export_gate import ALL, export_gate
from combo_dl.core.export_kinds import CountTable, Export, FlowTable, ValueTable
from combo_dl.core.files import write_json, write_text
from combo_dl.core.study_files import write_study

QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
STRATEGY = "strategy"
_EXCLUSION = [f.name for f in fields(Exclusion)]


def write_cohort(
    cohort: Cohort,
    protocol: Protocol,
    out: Path,
    *,
    threshold: int = SMALLEST,
    draw: Callable[[pd.DataFrame], bytes] | None = None,
    names: Mapping[frozenset[str], str] | None = None,
) -> None:
    """Write ``study`` (a Study), ``audit.csv`` (each rule, what it asks, who is left),
    ``source_audit.csv`` (what the reading of the source left out), ``columns_read.csv`` (each table
    and column that was read) and ``protocol.json``, which stay with the records; and ``export``:
    the flow chart, table 1 and the strategies, with a manifest.

    draw: what makes the picture of the flow chart of its table.  names: of sets of drugs.
    Raises ConfigError, InputError where nothing may leave; ComboError where the disk refuses.
    """
    named = _named(cohort, names or {})
    exports = [_flow(cohort, draw), *_table_one(named, threshold)]
    export_gate(exports, out / "export", threshold=threshold)
    write_study(cohort.study, out / "study")
    audit = pd.DataFrame(cohort.flow, columns=["rule", "people_left", "asks"])
    audit["excluded"] = (-audit["people_left"].diff()).fillna(0).astype(int)
    write_text(out / "audit.csv", audit.to_csv(index=False, lineterminator="\n"))
    left_out = pd.DataFrame(map(asdict, cohort.exclusions), columns=_EXCLUSION)
    write_text(out / "source_audit.csv", left_out.to_csv(index=False, lineterminator="\n"))
    read = pd.DataFrame(cohort.columns_read, columns=["table", "column"])
    write_text(out / "columns_read.csv", read.to_csv(index=False, lineterminator="\n"))
    plain = asdict(protocol) | {"data_cut": str(protocol.data_cut or "")}
    write_json(out / "protocol.json", plain | {"notes": list(cohort.notes)})


def _named(cohort: Cohort, names: Mapping[frozenset[str], str]) -> pd.DataFrame:
    """Table 1's rows; a strategy that is a set of drugs under the name that a user gave it."""
    own = {
        s: names.get(frozenset(d), s)
        for s, d in zip(cohort.people[STRATEGY], cohort.people["drugs"], strict=True)
    }
    return cohort.table_one.assign(**{STRATEGY: cohort.table_one[STRATEGY].map(own)})


def _flow(cohort: Cohort, draw: Callable[[pd.DataFrame], bytes] | None) -> FlowTable:
    frame = pd.DataFrame([s[:2] for s in cohort.flow], columns=["step", "people"])
    return FlowTable(
        file="flow_chart.csv",
        frame=frame,
        figure=("flow_chart.png", draw) if draw else None,
    )


def _table_one(rows: pd.DataFrame, threshold: int) -> list[Export]:
    """Categories as counts by strategy, numbers as coarse quartiles by strategy."""
    made: list[Export] = []
    numbers = [c for c in rows.columns if pd.api.types.is_numeric_dtype(rows[c])]
    for column in (c for c in rows.columns if c not in (*numbers, STRATEGY)):
        values = rows[column].astype(object).where(rows[column].notna(), "missing")
        counted = pd.crosstab(rows[STRATEGY], values, margins=True, margins_name=ALL)
        long = counted.rename_axis(columns=column).stack().rename("people").reset_index()
        made.append(
            CountTable(
                file=f"table_one_{column}.csv",
                frame=long,
                dimensions=(STRATEGY, column),
                why=f"table 1: {column} by strategy",
            )
        )
    parts = [
        {STRATEGY: name, "field": column, **_quartiles(own[column], threshold)}
        for name, own in [*rows.groupby(STRATEGY), (ALL, rows)]
        for column in numbers
    ]
    values = pd.DataFrame(parts)
    made.append(
        ValueTable(file="table_one_numbers.csv", frame=values, why="table 1: numbers by strategy")
    )
    return made


def _quartiles(values: pd.Series, threshold: int) -> dict[str, float | int]:
    own = values.to_numpy(np.float64)
    found = {
        name: round(coarse_quantile(own, share, threshold=threshold), 2)
        for name, share in QUARTILES.items()
    }
    return found | {"people": int(np.isfinite(own).sum())}

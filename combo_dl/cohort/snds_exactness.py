"""Events read from generated claims held against the truth that the claims were drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow.parquet as pq

from combo_dl.cohort.drug_codes import NAME
from combo_dl.cohort.drug_codes import UNNAMED_CHEMOTHERAPY as UNNAMED
from combo_dl.cohort.snds_generator_world import DRUGS
from combo_dl.cohort.snds_settings import PARTS

METASTASES = ("C77", "C78", "C79")


@dataclass(frozen=True)
class Exactness:
    """n_true facts, of which n_right were read exactly; n_extra read that are not true."""

    n_true: int
    n_right: int
    n_extra: int

    @property
    def share(self) -> float:
        """Facts read exactly, of all that are true or were read."""
        return self.n_right / max(self.n_true + self.n_extra, 1)


def tumours(events: ir.Table) -> ir.Table:
    """person, icd10 (three characters), start: the first diagnosis of each primary tumour."""
    rows = events.filter(
        (events.kind == "diagnosis") & (events.vocabulary == "ICD10") & events.code.startswith("C")
    )
    rows = rows.mutate(icd10=rows.code.substr(0, 3))
    rows = rows.filter(~rows.icd10.isin(METASTASES) & (rows.icd10 <= "C97"))
    return rows.group_by(["person", "icd10"]).aggregate(start=rows.start.min())


def exactness(
    events: ir.Table, truth: Path, parts: tuple[str, ...] = PARTS
) -> dict[str, Exactness]:
    """Events against the truth, as far as the ``parts`` of SNDS that were read can show it.

    people (with birth month and sex), tumours (with first day), doses (drug, day, units),
    exposures (drug, first and last day), sessions (chemotherapy without a name: the day), deaths
    (the day), outcomes (toxic stays)."""
    birth = events.filter(events.kind == "birth").select("person", birth="start")
    sex = events.filter(events.kind == "sex").select("person", sex="code")
    drugs = events.filter((events.kind == "drug") & (events.vocabulary == NAME))
    drugs = drugs.filter(drugs.code != UNNAMED)
    given = drugs.group_by(["person", "code", "start"]).aggregate(units=drugs.value.sum())
    spans = drugs.group_by(["person", "code"]).aggregate(
        first=drugs.start.min(), last=drugs.start.max()
    )
    sessions = events.filter((events.code == UNNAMED) & (events.source != "COD_LES"))
    deaths = events.filter(events.kind == "death").select("person", "start")
    toxic = events.filter((events.kind == "diagnosis") & events.code.isin(["K521", "J702"])).select(
        "person", "code", "start"
    )
    found = {
        "people": _set(birth.join(sex, "person"), "person", "birth", "sex"),
        "tumours": _set(tumours(events), "person", "icd10", "start"),
        "doses": _set(given, "person", "code", "start", "units"),
        "exposures": _set(spans, "person", "code", "first", "last"),
        "sessions": _set(sessions.select("person", "start").distinct(), "person", "start"),
        "deaths": _set(deaths, "person", "start"),
        "outcomes": _set(toxic.distinct(), "person", "code", "start"),
    }
    true = true_facts(truth, parts)
    return {
        name: Exactness(
            len(true[name]), len(true[name] & found[name]), len(found[name] - true[name])
        )
        for name in true
    }


def true_facts(truth: Path, parts: tuple[str, ...] = PARTS) -> dict[str, set[tuple[Any, ...]]]:
    """The facts of a truth folder that the SNDS can hold, in the form that ``exactness`` reads."""
    tables = {p.stem: pq.read_table(p) for p in truth.glob("*.parquet")}
    people = tables["people"].select(["person", "birth", "sex"])
    icd = [
        (p, code[:3], day) for p, code, day in _rows(tables["tumours"], "person", "icd10", "start")
    ]
    rows = _rows(tables["doses"], "person", "visible_as", "day", "units")
    ways = dict(_rows(tables["people"], "person", "channel"))
    named = {
        (p, drug, day, float(units))
        for p, drug, day, units in rows
        if drug != UNNAMED and _part(drug, ways[p]) in parts
    }
    # Of a session with a listed drug in the same stay, or claimed that day, the rest is hidden.
    hidden = {(p, day) for p, drug, day, _ in named if _in_stay(drug, ways[p])}
    spans: dict[tuple[Any, ...], tuple[Any, Any]] = {}
    for p, drug, day, _ in named:
        first, last = spans.get((p, drug), (day, day))
        spans[p, drug] = (min(first, day), max(last, day))
    facts: dict[str, set[tuple[Any, ...]]] = {
        "people": set(_rows(people, "person", "birth", "sex")),
        "doses": named,
        "exposures": {(*key, *span) for key, span in spans.items()},
        "deaths": set(_rows(tables["deaths"], "person", "death")),
    }
    if "mco" in parts:
        facts["tumours"] = set(icd)
        facts["sessions"] = {(p, day) for p, drug, day, _ in rows if drug == UNNAMED} - hidden
        facts["outcomes"] = set(_rows(tables["outcomes"], "person", "code", "start"))
    return facts


def _part(drug: str, channel: str) -> str:
    """The part of SNDS that shows a drug of a person."""
    if DRUGS[drug].way == "oral" or channel == "claims":
        return "dcir"
    return "had" if channel == "home" else "mco"


def _in_stay(drug: str, channel: str) -> bool:
    return DRUGS[drug].way == "listed" and channel in ("public", "private", "claims")


def _rows(table: Any, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table.column(c).to_pylist() for c in columns), strict=True))


def _set(rows: ir.Table, *columns: str) -> set[tuple[Any, ...]]:
    return set(_rows(rows.select(*columns).to_pyarrow(), *columns))

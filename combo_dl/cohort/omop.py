"""An OMOP CDM (5.3 or 5.4) becomes the event table.

Observation periods are the only time at risk: what lies outside is left out and counted. Drug eras
are not read: their 30 days of persistence are wrong for infusions in cycles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from combo_dl.cohort.engine import engine_of
from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.events import as_events, union_events
from combo_dl.cohort.omop_tables import day_of, id_of, read_tables, text_of
from combo_dl.cohort.omop_vocabulary import OMOP, SOURCE, Vocabulary
from combo_dl.cohort.source import SourceTables
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import sha256
from combo_dl.core.study import Source

SEXES = {8507: "male", 8532: "female"}
REGIMEN_EPISODE = 32531
# Units of UCUM concepts in the words of the contract of patients' fields.
UNITS = {8713: "g/dL", 8636: "g/L", 8554: "%", 8645: "U/L", 8848: "10^9/L", 9444: "10^9/L"}
# table: (kind, concept, start, end, value, source value)
_FACTS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "visit_occurrence": (
        *("visit", "visit_concept_id", "visit_start_date", "visit_end_date", ""),
        "visit_source_value",
    ),
    "condition_occurrence": (
        *("diagnosis", "condition_concept_id", "condition_start_date", "condition_end_date", ""),
        "condition_source_value",
    ),
    "drug_exposure": (
        *("drug", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date"),
        *("quantity", "drug_source_value"),
    ),
    "procedure_occurrence": (
        *("procedure", "procedure_concept_id", "procedure_date", "procedure_end_date", ""),
        "procedure_source_value",
    ),
    "measurement": (
        *("measurement", "measurement_concept_id", "measurement_date", "", "value_as_number"),
        "measurement_source_value",
    ),
}


def read_omop(
    *,
    folder: str,
    licence: str = "none stated",
    engine: str | BaseBackend = "duckdb",
    memory_limit_gib: float = 4.0,
    threads: int = 1,
) -> EventSource:
    """The events of a folder with the tables of a CDM, Parquet or CSV.

    licence: what the owner of the records states.  engine, memory_limit_gib, threads:
    see ``engine_of``. Raises SourceError (a table), InputError (a column, a form of dates).
    """
    if not folder:
        raise ConfigError("source.folder is empty; give the folder with the tables of an OMOP CDM")
    path = Path(folder)
    opened = engine_of(engine, threads=threads, memory_limit_gib=memory_limit_gib)
    tables = SourceTables(opened, path, lower_case=True)
    read = read_tables(tables)
    files = [tables.place(name) for name in sorted(read)]
    made = omop_source(
        read,
        name=path.name,
        files=tuple(
            Source(file=p.name, sha256=sha256(p), licence=licence, origin="OMOP CDM")
            for p in files
            if p.is_file()
        ),
    )
    return replace(made, columns_read=tables.columns_read)


def omop_source(
    tables: Mapping[str, ir.Table], *, name: str, files: tuple[Source, ...] = ()
) -> EventSource:
    """The events of tables of one engine (columns: ``omop_tables.COLUMNS``).

    Codes are concept ids (vocabulary OMOP), or what the source wrote where a concept is 0
    (vocabulary source). Raises InputError on a form of dates.
    """
    vocabulary = Vocabulary({k: v for k, v in tables.items() if k.startswith("concept")})
    spans = _spans(tables["observation_period"])
    facts = [_facts(t, tables[t]) for t in _FACTS if t in tables]
    if "episode" in tables:
        facts.append(_episodes(tables["episode"]))
    found = union_events(*facts)
    kept = found.semi_join(
        spans,
        [
            found.person == spans.person,
            found.start >= spans.start,
            found.start <= spans.end,
        ],
    )
    outside = int(found.count().execute()) - int(kept.count().execute())
    parts = [*_people(tables["person"]), spans, kept]
    if "death" in tables:
        parts.append(_deaths(tables["death"]))
    notes = (f"{outside} facts outside of observation periods were left out",)
    return EventSource(
        name=name,
        events=union_events(*parts),
        drugs=vocabulary.drugs(),
        expand=vocabulary.expand,
        systems=vocabulary.systems,
        files=files,
        notes=vocabulary.notes + notes,
    )


def _spans(table: ir.Table) -> ir.Table:
    return as_events(
        table.select(
            person=id_of(table.person_id).cast("string"),
            kind=ibis.literal("observed"),
            code=ibis.literal("observation_period"),
            vocabulary=ibis.literal(OMOP),
            start=day_of(table, "observation_period_start_date"),
            end=day_of(table, "observation_period_end_date"),
            source=ibis.literal("observation_period"),
        )
    )


def _people(table: ir.Table) -> list[ir.Table]:
    """Birth and sex. A month that is not given is July, a day the first: the middle of the year."""
    day = ibis.date(
        table.year_of_birth.cast("int32"),
        ibis.coalesce(table.month_of_birth.cast("int32"), 7),
        ibis.coalesce(table.day_of_birth.cast("int32"), 1),
    )
    own = table.select(
        person=id_of(table.person_id).cast("string"),
        gender=table.gender_concept_id.cast("int64"),
        start=day,
        vocabulary=ibis.literal(OMOP),
        source=ibis.literal("person"),
    ).filter(lambda t: t.start.notnull())
    birth = own.mutate(kind=ibis.literal("birth"), code=ibis.literal("birth"))
    sexed = own.filter(own.gender.isin(list(SEXES)))
    code = ibis.ifelse(sexed.gender == 8507, SEXES[8507], SEXES[8532])
    return [as_events(birth), as_events(sexed.mutate(kind=ibis.literal("sex"), code=code))]


def _deaths(table: ir.Table) -> ir.Table:
    return as_events(
        table.select(
            person=id_of(table.person_id).cast("string"),
            kind=ibis.literal("death"),
            code=ibis.literal("death"),
            vocabulary=ibis.literal(OMOP),
            start=day_of(table, "death_date"),
            source=ibis.literal("death"),
        )
    )


def _facts(name: str, table: ir.Table) -> ir.Table:
    kind, concept, start, end, value, written = _FACTS[name]
    columns: dict[str, ir.Value] = {
        "person": id_of(table.person_id).cast("string"),
        "kind": ibis.literal(kind),
        "start": day_of(table, start),
        "source": ibis.literal(name),
    }
    columns |= _coded(table[concept], table[written])
    if end:
        columns["end"] = ibis.greatest(day_of(table, end), columns["start"])
    if value:
        columns["value"] = table[value].cast("float64")
    if name == "measurement":
        columns["unit"] = _unit(table)
    return as_events(table.select(**columns))


def _coded(concept: ir.Value, written: ir.Value) -> dict[str, ir.Value]:
    """Concept 0 is unmapped, never "none": the source's own value stands in its place."""
    number = concept.cast("int64").fill_null(0)
    return {
        "code": ibis.ifelse(
            number == 0, ibis.coalesce(text_of(written), "unmapped"), number.cast("string")
        ),
        "vocabulary": ibis.ifelse(number == 0, SOURCE, OMOP),
    }


def _unit(table: ir.Table) -> ir.Value:
    number = table.unit_concept_id.cast("int64")
    known = number.cases(*UNITS.items(), else_=ibis.null("string"))
    return ibis.coalesce(known, text_of(table.unit_source_value))


def _episodes(table: ir.Table) -> ir.Table:
    """Treatment regimens that the source itself states."""
    own = table.filter(table.episode_concept_id.cast("int64") == REGIMEN_EPISODE)
    return as_events(
        own.select(
            person=id_of(own.person_id).cast("string"),
            kind=ibis.literal("regimen"),
            start=day_of(own, "episode_start_date"),
            end=day_of(own, "episode_end_date"),
            source=ibis.literal("episode"),
            **_coded(own.episode_object_concept_id, own.episode_source_value),
        )
    )

"""A hospital record becomes the event table: structured extracts, and French notes beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from combo_dl.cohort.drug_codes import NAME
from combo_dl.cohort.engine import engine_of
from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.events import as_events, union_events
from combo_dl.cohort.from_yaml import typed
from combo_dl.cohort.hospital_facts import (
    FIELD,
    PERFORMANCE,
    STATUS,
    check_dose_units,
    in_units_of_contract,
    recoded,
)
from combo_dl.cohort.hospital_settings import (
    DrugsTable,
    HospitalTables,
    LabsTable,
    PeopleTable,
    StatusTable,
)
from combo_dl.cohort.notes import note_events, notes_of
from combo_dl.cohort.notes_qualified import NoteReader
from combo_dl.cohort.notes_text import CTCAE, METASTASIS, STAGE, TNM
from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import TypedTables
from combo_dl.core.errors import ConfigError
from combo_dl.core.files import sha256
from combo_dl.core.study import Source

_SYSTEMS = frozenset({NAME, FIELD, "RECIST", TNM, STAGE, METASTASIS, CTCAE})
# kind and vocabulary of each column of a table of status; None: the measured value is the code.
_OF_STATUS = {
    "ecog": ("measurement", FIELD),
    "recist": ("measurement", "RECIST"),
    "t": ("diagnosis", "TNM"),
    "n": ("diagnosis", "TNM"),
    "m": ("diagnosis", "TNM"),
    "stage": ("diagnosis", "stage"),
}


def read_hospital(
    *,
    folder: str,
    tables: Mapping[str, Any],
    licence: str = "none stated",
    engine: str | BaseBackend = "duckdb",
    memory_limit_gib: float = 4.0,
    threads: int = 1,
) -> EventSource:
    """The events of a folder of CSV or Parquet tables.

    tables: settings of ``HospitalTables``.  engine, memory_limit_gib, threads: see
    ``engine_of``.
    Raises ConfigError (settings), SourceError (a missing table or column, a value of a wrong type,
    dates written in two ways), InputError (an unknown unit, a value that cannot be).
    """
    if not folder:
        raise ConfigError("source.folder is empty; give the folder with the tables of the record")
    asked = typed(HospitalTables, tables, where="source.tables").validate()
    path = Path(folder)
    opened = engine_of(engine, threads=threads, memory_limit_gib=memory_limit_gib)
    source = SourceTables(opened, path)
    read = TypedTables(source)
    parts = [*_people(read, asked.people)]
    parts += [_drugs(read, one) for one in asked.drugs]
    left_out = {}
    for one in asked.labs:
        events, left_out[one.table] = _labs(read, one)
        parts.append(events)
    for coded in asked.coded:
        rows = _dated(read, coded, {"code": coded.code})
        parts.append(_facts(rows, coded.table, coded.kind, coded.vocabulary))
    parts += [part for one in asked.status for part in _status(read, one)]
    if asked.notes:
        reader = NoteReader()
        for notes in asked.notes:
            texts = _dated(read, notes, {"text": notes.text}).rename(day="start")
            parts.append(note_events(notes_of(texts), reader, fields=notes.fields))
    own = {d.vocabulary for d in asked.drugs} | {c.vocabulary for c in asked.coded}
    return EventSource(
        name=path.name,
        events=union_events(*parts),
        systems=_SYSTEMS | own,
        files=_files(source, path, licence),
        columns_read=source.columns_read,
        notes=tuple(
            f"{n} values of {table} are of no field that is asked for and were left out"
            for table, n in left_out.items()
        ),
    )


def _files(source: SourceTables, path: Path, licence: str) -> tuple[Source, ...]:
    names = {table for table, _ in source.columns_read}
    files = [p for p in sorted(path.iterdir()) if p.stem in names and p.is_file()]
    return tuple(
        Source(file=p.name, sha256=sha256(p), licence=licence, origin="hospital record")
        for p in files
    )


def _dated(
    read: TypedTables, one: Any, columns: Mapping[str, str], kinds: Mapping[str, str] | None = None
) -> ir.Table:
    """``person, start`` and these columns (new name: column of the table), text but for ``kinds``.

    Rows without a person or a day are left out.
    """
    types = {one.person: "text", one.day: "date"}
    types |= {column: (kinds or {}).get(new, "text") for new, column in columns.items()}
    rows = read.read(one.table, types)
    made = {"person": rows[one.person], "start": rows[one.day]}
    made |= {new: rows[column] for new, column in columns.items()}
    rows = rows.select(**made)
    return rows.filter(rows.person.notnull() & rows.start.notnull())


def _facts(rows: ir.Table, table: str, kind: str, vocabulary: str) -> ir.Table:
    named = rows.filter(rows.code.notnull()).mutate(
        kind=ibis.literal(kind), vocabulary=ibis.literal(vocabulary), source=ibis.literal(table)
    )
    return as_events(named)


def _people(read: TypedTables, one: PeopleTable) -> Iterator[ir.Table]:
    types = {one.person: "text", one.sex: "text", one.birth: "date"}
    types |= {one.seen_from: "date", one.seen_to: "date"}
    types |= {one.death: "date"} if one.death else {}
    rows = read.read(one.table, types)
    person, source = rows[one.person], ibis.literal(one.table)
    sex = rows[one.sex].cases((one.female, "female"), (one.male, "male"))
    days = {"birth": one.birth, "death": one.death, "observed": one.seen_from, "sex": one.birth}
    for kind, column in days.items():
        if column:
            code = sex if kind == "sex" else ibis.literal(kind)
            end = rows[one.seen_to] if kind == "observed" else rows[column]
            made = rows.select(
                person=person,
                kind=ibis.literal(kind),
                code=code,
                vocabulary=ibis.literal(FIELD),
                start=rows[column],
                end=end,
                source=source,
            )
            yield as_events(made.filter(made.start.notnull() & made.code.notnull()))


def _drugs(read: TypedTables, one: DrugsTable) -> ir.Table:
    columns = {"code": one.drug}
    if one.dose and one.unit:
        columns |= {"value": one.dose, "unit": one.unit}
    rows = _dated(read, one, columns, {"value": "number"})
    if one.dose:
        check_dose_units(rows, table=one.table)
    return _facts(rows, one.table, "drug", one.vocabulary)


def _labs(read: TypedTables, one: LabsTable) -> tuple[ir.Table, int]:
    columns = {"code": one.name, "value": one.value, "unit": one.unit}
    rows = _dated(read, one, columns, {"value": "number"})
    rows = rows.filter(rows.value.notnull())
    known = rows.filter(rows.code.isin(list(one.names)))
    known = known.mutate(code=known.code.cases(*one.names.items(), else_=known.code))
    left_out = int(rows.count().execute()) - int(known.count().execute())
    made = in_units_of_contract(known, table=one.table)
    return _facts(made, one.table, "measurement", FIELD), left_out


def _status(read: TypedTables, one: StatusTable) -> Iterator[ir.Table]:
    for what, (form, expected) in STATUS.items():
        column = getattr(one, what)
        if column is None:
            continue
        rows = _dated(read, one, {"code": column})
        rows = recoded(rows, form, table=one.table, column=column, expected=expected)
        if what == "ecog":
            rows = rows.mutate(value=rows.code.cast("float64"), code=ibis.literal(PERFORMANCE))
        yield _facts(rows, one.table, *_OF_STATUS[what])

"""Notes of a hospital record become events: what each says of its patient on its day.

Of a note nothing is kept but codes of closed lists (drugs of the catalogue, TNM, sites, terms of
CTCAE) with their numbers: no text, no name, no place in a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.drug_codes import NAME
from combo_dl.cohort.events import EVENT_COLUMNS, as_events
from combo_dl.cohort.hospital_facts import FIELD, PERFORMANCE
from combo_dl.cohort.notes_qualified import NoteReader
from combo_dl.cohort.notes_text import CTCAE, DRUG, ECOG, METASTASIS, STAGE, TNM, Found
from combo_dl.core.errors import ConfigError

NOTE_FIELDS = (DRUG, TNM, STAGE, ECOG, METASTASIS, CTCAE)
SOURCE = "notes"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note: whose, of which day, and what it says."""

    person: str
    day: date
    text: str


def note_events(notes: Iterable[Note], reader: NoteReader, *, fields: Iterable[str]) -> ir.Table:
    """The event table of notes, one row a person, day and fact, in the order of the notes.

    fields: which of NOTE_FIELDS become events. A drug is a mention of one that is given or goes on,
    with the dose that is written: keep ``drug`` out where the record of doses is read too.
    Raises ConfigError on an unknown field.
    """
    wanted = tuple(fields)
    for name in wanted:
        if name not in NOTE_FIELDS:
            raise ConfigError(f"notes have no field {name!r}; expected {', '.join(NOTE_FIELDS)}")
    rows = dict.fromkeys(row for note in notes for row in _rows(note, reader, wanted))
    columns = ("person", "kind", "code", "vocabulary", "value", "unit", "start")
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    frame["value"] = frame["value"].astype(float)
    table = ibis.memtable(frame, schema={c: EVENT_COLUMNS[c] for c in columns})
    return as_events(table.mutate(source=ibis.literal(SOURCE)))


def notes_of(table: ir.Table) -> Iterator[Note]:
    """The notes of a table ``person, day, text``, a batch at a time; rows without one are none."""
    kept = table.filter(table.person.notnull() & table.day.notnull() & table.text.notnull())
    for batch in kept.order_by(["person", "day", "text"]).to_pyarrow_batches(chunk_size=2000):
        for row in batch.to_pylist():
            yield Note(person=row["person"], day=row["day"], text=row["text"])


def _rows(note: Note, reader: NoteReader, fields: tuple[str, ...]) -> Iterator[tuple]:
    for found in reader.read(note.text):
        if found.field in fields:
            yield (note.person, *_fact(found), note.day)


def _fact(found: Found) -> tuple[str, str, str, float | None, str | None]:
    """kind, code, vocabulary, value, unit. A grade is in the code of an event too, so that lists of
    codes can ask for it: ``CTCAE:colitis*``, ``CTCAE:colitis grade 3``."""
    if found.field == DRUG:
        return DRUG, found.code, NAME, found.value, found.unit
    if found.field == ECOG:
        return "measurement", PERFORMANCE, FIELD, found.value, None
    code = f"{found.code} grade {found.value:g}" if found.field == CTCAE and found.value else None
    return "diagnosis", code or found.code, found.field, found.value, found.unit

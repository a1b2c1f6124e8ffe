"""The event table: what every source of patient records becomes, and all that is read after it.

One row is one dated fact of one person. Nothing downstream of this table knows which source it came
from, so a rule written here serves claims, OMOP and the hospital record alike.
"""

from __future__ import annotations

from functools import reduce

import ibis
import ibis.expr.types as ir

from combo_dl.core.errors import InputError

# start and end are calendar days, end inclusive; a fact of one day has end = start. value is a
# number with its unit (a dose, a laboratory value, boxes); NULL where the fact holds none.
EVENT_COLUMNS = {
    "person": "string",
    "kind": "string",
    "code": "string",
    "vocabulary": "string",
    "value": "float64",
    "unit": "string",
    "start": "date",
    "end": "date",
    "source": "string",
}

# What a row says of its person. `birth` and `sex` (code male or female) are dated by the day of
# birth; `observed` is a span in which events of the person would be seen; `regimen` is a named
# treatment that the source itself states (an OMOP episode), never one that was derived.
KINDS = (
    "birth",
    "sex",
    "death",
    "observed",
    "diagnosis",
    "drug",
    "procedure",
    "measurement",
    "visit",
    "regimen",
)


def as_events(rows: ir.Table) -> ir.Table:
    """Bring a table of facts to the columns, order and types of the event table.

    A column that is absent is NULL throughout, but for `person`, `kind`, `code` and `start`,
    without which a fact says nothing; an `end` that is NULL becomes `start`.

    Raises:
        InputError: one of the four needed columns is missing.
    """
    lacking = [name for name in ("person", "kind", "code", "start") if name not in rows.columns]
    if lacking:
        raise InputError(
            f"events lack the column {', '.join(lacking)}; found {', '.join(rows.columns)}; "
            "person, kind, code and start are needed"
        )
    have = {
        name: rows[name].cast(kind) if name in rows.columns else ibis.null(kind)
        for name, kind in EVENT_COLUMNS.items()
    }
    have["end"] = ibis.coalesce(have["end"], have["start"])
    return rows.select(**have)


def union_events(*parts: ir.Table) -> ir.Table:
    """Put event tables of one engine under one another, rows of equal content kept.

    Raises:
        InputError: no table was given.
    """
    if not parts:
        raise InputError("no table of events was given; expected one or more")
    return reduce(lambda above, below: above.union(below, distinct=False), map(as_events, parts))

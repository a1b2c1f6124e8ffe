"""Types at ingestion: text, keys, numbers and dates of a delivered table, checked first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from combo_dl.cohort.source import SourceTables
from combo_dl.core.errors import SourceError

KINDS = ("text", "key", "integer", "number", "date")
NOUNS = {"date": "a date", "integer": "a whole number", "number": "a number"}
INTEGER = r"^[+-]?[0-9]+([.]0*)?$"
NUMBER = r"^[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]+)?$"
# How dates are written, and how many leading characters hold the day. The two compact forms
# exclude one another: characters 5 and 6 are a month in the one and a century in the other.
DATE_FORMS = {
    "%Y-%m-%d": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?$", 10),
    "%d/%m/%Y": (r"^[0-9]{2}/[0-9]{2}/[0-9]{4}([ T].*)?$", 10),
    "%Y%m%d": (r"^[0-9]{4}(0[1-9]|1[0-2])[0-9]{2}$", 8),
    "%d%m%Y": (r"^[0-9]{2}(0[1-9]|1[0-2])(1[6-9]|2[0-9])[0-9]{2}$", 8),
    "%d%b%Y": (r"^[0-9]{2}[A-Za-z]{3}[0-9]{4}(:.*)?$", 9),
}
MISSING_YEAR = 1600  # a date that is not known is 1600-01-01


class TypedTables:
    """Tables with the types of a dictionary; each one is checked once, when it is first read."""

    def __init__(self, tables: SourceTables) -> None:
        self.tables = tables
        self._forms: dict[tuple[str, str], str] = {}

    def check(self, name: str, kinds: Mapping[str, str]) -> None:
        """Look at the values of every text column that is to be a number or a date.

        Raises:
            SourceError: a value is of the wrong type, or dates are written in two ways.
        """
        raw = self.tables.read(name, tuple(kinds))
        asked = [
            (c, k)
            for c, k in kinds.items()
            if k in ("integer", "number", "date") and raw[c].type().is_string()
        ]
        for column, kind in kinds.items():
            have = raw[column].type()
            if kind == "date" and not (have.is_string() or have.is_date() or have.is_timestamp()):
                raise SourceError(f"column {column} of {name} holds {have}; expected dates")
            countable = have.is_string() or have.is_numeric() or have.is_boolean()
            if kind in ("integer", "number") and not countable:
                raise SourceError(f"column {column} of {name} holds {have}; expected numbers")
        if asked:
            self._look(name, raw, asked)

    def _look(self, name: str, raw: ir.Table, asked: list[tuple[str, str]]) -> None:
        sums: dict[str, Any] = {}
        for i, (column, kind) in enumerate(asked):
            value = _text(raw[column])
            forms = [p for p, _ in DATE_FORMS.values()] if kind == "date" else [_pattern(kind)]
            fits = [value.re_search(p) for p in forms]
            sums |= {f"n{i}_{j}": fit.ifelse(1, 0).sum() for j, fit in enumerate(fits)}
            alien = value.notnull() & ~reduce(or_, fits)
            sums[f"alien{i}"] = alien.ifelse(value, ibis.null("string")).max()
        found = raw.aggregate(**sums).to_pyarrow().to_pylist()[0]
        for i, (column, kind) in enumerate(asked):
            if found[f"alien{i}"] is not None:
                raise SourceError(
                    f"column {column} of {name} holds {found[f'alien{i}']!r}; "
                    f"expected {NOUNS[kind]}"
                )
            if kind == "date":
                used = [f for j, f in enumerate(DATE_FORMS) if found[f"n{i}_{j}"]]
                if len(used) > 1:
                    raise SourceError(
                        f"dates of column {column} of {name} are written in {len(used)} ways "
                        f"({' and '.join(used)}); expected one"
                    )
                self._forms[name, column] = used[0] if used else "%Y-%m-%d"

    def read(self, name: str, kinds: Mapping[str, str]) -> ir.Table:
        """These columns of a table, each of its kind; see ``check`` for what is refused."""
        raw = self.tables.read(name, tuple(kinds))
        texts = [c for c, k in kinds.items() if k == "date" and raw[c].type().is_string()]
        if any((name, c) not in self._forms for c in texts):
            self.check(name, kinds)
        return raw.select(**{c: self._typed(name, raw, c, k) for c, k in kinds.items()})

    def _typed(self, name: str, raw: ir.Table, column: str, kind: str) -> ir.Value:
        value = raw[column]
        if kind in ("text", "key"):
            # A key that was stored as a number lost its leading zeros: none keeps them.
            text = _text(value.cast("int64").cast("string") if _whole(value) else value)
            return text.re_replace("^0+", "") if kind == "key" else text
        if kind in ("integer", "number"):
            number = _text(value) if value.type().is_string() else value
            number = number.cast("int32") if value.type().is_boolean() else number
            number = number.cast("float64")
            return number.cast("int64") if kind == "integer" else number
        if value.type().is_string():
            form = self._forms[name, column]
            day = _text(value).substr(0, DATE_FORMS[form][1]).as_date(form)
        else:
            day = cast(ir.DateValue, value.cast("date"))
        return (day.year() > MISSING_YEAR).ifelse(day, ibis.null("date"))


def _pattern(kind: str) -> str:
    return INTEGER if kind == "integer" else NUMBER


def _whole(value: ir.Value) -> bool:
    kind: dt.DataType = value.type()
    return kind.is_floating() or kind.is_decimal()


def _text(value: ir.Value) -> ir.StringValue:
    """Text without the blanks around it, NULL where nothing is left."""
    return cast(ir.StringValue, value.cast("string").strip().nullif(""))

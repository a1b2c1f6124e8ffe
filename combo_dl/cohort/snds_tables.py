"""The tables of a delivery of the SNDS under their official names, all of them checked first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import ibis
import ibis.expr.types as ir

from combo_dl.cohort.snds_columns import (
    CREATED,
    OPTIONAL,
    official_columns,
    official_tables,
)
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import TypedTables
from combo_dl.core.errors import SourceError

_KINDS = {
    "text": "string",
    "key": "string",
    "integer": "int64",
    "number": "float64",
    "date": "date",
}
_PARTS = {"ER_": "dcir", "IR_IMB": "ald", "KI_": "causes", "T_MCO": "mco", "T_HAD": "had"}


class SndsTables:
    """Official names in, typed tables out; nothing but the columns of the dictionary is read."""

    def __init__(self, tables: SourceTables, settings: SndsSettings) -> None:
        self.source = tables
        self.settings = settings
        self._typed = TypedTables(tables)

    def check(self) -> None:
        """Look for every table, column, type and date format before any long work.

        Raises:
            SourceError: something is missing or of the wrong form; one line says what.
        """
        for official in official_tables():
            if self.wanted(official):
                for delivered in self._delivered(official):
                    self._typed.check(delivered, self._kinds(official, delivered))

    def wanted(self, official: str) -> bool:
        """Whether the settings ask for the part that a table belongs to."""
        part = next((p for start, p in _PARTS.items() if official.startswith(start)), None)
        return part is None or part in self.settings.parts

    def present(self, official: str) -> bool:
        """Whether there is such a table (an optional one may be absent)."""
        return self.wanted(official) and bool(self._delivered(official))

    def read(self, official: str) -> ir.Table:
        """One table, with its archives of old years under it; columns by their official names."""
        return reduce(
            lambda above, below: above.union(below),
            [self._read(official, name) for name in self._delivered(official)],
        )

    def by_year(self, official: str) -> Iterator[tuple[int, ir.Table]]:
        """The year and the table of each year, of a table that goes by year."""
        for year in self.settings.years:
            name = self.settings.names.table(official, year)
            if self.source.has(name):
                yield year, self._read(official, name)

    def yearly(self, official: str, *keys: str) -> ir.Table:
        """All years of a table under one another; ``stay`` joins the year and the keys."""
        parts = [
            table.mutate(stay=ibis.literal(f"{year}/") + table[keys[0]] + "/" + table[keys[1]])
            for year, table in self.by_year(official)
        ]
        return reduce(lambda above, below: above.union(below), parts)

    def _delivered(self, official: str) -> list[str]:
        """The names of the tables there are. Raises SourceError where one is missing."""
        names, years = self.settings.names, self.settings.years
        if "aa" in official:
            first = CREATED.get(official, 0)
            wanted = {y: names.table(official, y) for y in years if y >= first}
            found = [n for n in wanted.values() if self.source.has(n)]
            if (found and len(found) < len(wanted)) or (not found and official not in OPTIONAL):
                gone = [f"{y} ({n})" for y, n in wanted.items() if not self.source.has(n)]
                raise SourceError(
                    f"no table of {official} for {', '.join(gone)}; the span "
                    f"{self.settings.first_day}..{self.settings.last_day} needs every year of it"
                )
            return found
        name = names.table(official)
        wanted_names = [name]
        if official.startswith("ER_"):
            wanted_names += [
                names.archive.format(table=name, year=y) for y in self.settings.archive_years
            ]
        found = [n for n in wanted_names if self.source.has(n)]
        if not found and official not in OPTIONAL:
            self.source.columns(name)  # says what is missing, and what is near
        return found

    def _kinds(self, official: str, delivered: str) -> dict[str, str]:
        have = set(self.source.columns(delivered))
        names = self.settings.names
        return {
            names.column(official, column): kind
            for column, (kind, may_lack) in official_columns(official).items()
            if names.column(official, column) in have or not may_lack
        }

    def _read(self, official: str, delivered: str) -> ir.Table:
        kinds = self._kinds(official, delivered)
        table = self._typed.read(delivered, kinds)
        names = self.settings.names
        values: dict[str, ir.Value] = {}
        for column, (kind, _) in official_columns(official).items():
            given = names.column(official, column)
            values[column] = table[given] if given in kinds else ibis.null(_KINDS[kind])
        return table.select(**values)

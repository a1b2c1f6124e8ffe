"""The tables of a delivery: files of a folder, or tables that the engine already holds.

All text of a CSV file is read as text, so that the same file gives the same values on every engine;
types are given afterwards, by the dictionary of the source.
"""

from __future__ import annotations

from pathlib import Path

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from combo_dl.core.errors import SourceError
from combo_dl.core.names import hint

DELIMITERS = (";", ",", "|", "\t")


class SourceTables:
    """Named tables on one engine, and a register of the columns that were read of each.

    A table of a folder is ``NAME.parquet``, a folder ``NAME`` of Parquet parts, or ``NAME.csv``
    (delimiter ; , | or tab). Without a folder the tables are those that the engine knows.
    """

    def __init__(
        self, engine: BaseBackend, folder: Path | None = None, *, lower_case: bool = False
    ) -> None:
        """lower_case: names of tables and columns are those of the files in lower case.

        Raises SourceError when the folder is missing."""
        if folder is not None and not folder.is_dir():
            raise SourceError(f"no folder {folder}; give the folder that holds the tables")
        self.engine = engine
        self.folder = folder
        self._read: dict[str, set[str]] = {}
        self._opened: dict[str, ir.Table] = {}
        self._lower_case = lower_case
        self._places = {} if folder is None else _files(folder)
        if lower_case:
            self._places = {name.lower(): place for name, place in self._places.items()}
        known = self._places if folder is not None else engine.list_tables()
        self._names = tuple(sorted(known))

    @property
    def names(self) -> tuple[str, ...]:
        """The tables there are."""
        return self._names

    @property
    def columns_read(self) -> tuple[tuple[str, str], ...]:
        """(table, column) of everything that was read, sorted: what an access request lists."""
        return tuple((t, c) for t in sorted(self._read) for c in sorted(self._read[t]))

    def place(self, name: str) -> Path:
        """The file or folder of a table that ``has`` knows."""
        return self._places[name]

    def has(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return name in self._names

    def columns(self, name: str) -> tuple[str, ...]:
        """The columns that a table has (its header; no row is read)."""
        return tuple(self._open(name).columns)

    def read(self, name: str, columns: tuple[str, ...]) -> ir.Table:
        """These columns of a table, untyped where the file is CSV, entered in the register.

        Raises:
            SourceError: the table or a column is missing.
        """
        table = self._open(name)
        for column in columns:
            if column not in table.columns:
                raise SourceError(
                    f"table {name} lacks the column {column}; "
                    f"{hint(column, tuple(table.columns))}; "
                    "say what it is called (configs/snds_names)"
                )
        self._read.setdefault(name, set()).update(columns)
        return table.select(*columns)

    def _open(self, name: str) -> ir.Table:
        if not self.has(name):
            where = self.folder if self.folder is not None else "the engine"
            raise SourceError(f"no table {name} in {where}; {hint(name, self._names)}")
        if name not in self._opened:
            place = self._places.get(name)
            table = self.engine.table(name) if place is None else self._read_file(place)
            if self._lower_case:
                table = table.rename({c.lower(): c for c in table.columns})
            self._opened[name] = table
        return self._opened[name]

    def _read_file(self, place: Path) -> ir.Table:
        if place.suffix != ".csv":
            spark = self.engine.name == "pyspark"
            whole = place if place.is_file() or spark else place / "*.parquet"
            return self.engine.read_parquet(str(whole))
        with place.open(encoding="utf-8-sig", errors="replace") as lines:
            header = lines.readline()
        delimiter = max(DELIMITERS, key=header.count)
        if self.engine.name == "duckdb":
            return self.engine.read_csv(str(place), all_varchar=True, sep=delimiter, header=True)
        return self.engine.read_csv(str(place), sep=delimiter, header=True, inferSchema=False)


def _files(folder: Path) -> dict[str, Path]:
    """The place of every table of a folder, by name."""
    found = {p.stem: p for p in sorted(folder.glob("*.csv")) if p.is_file()}
    found |= {p.stem: p for p in sorted(folder.glob("*.parquet")) if p.is_file()}
    return found | {p.name: p for p in folder.iterdir() if p.is_dir() and any(p.glob("*.parquet"))}

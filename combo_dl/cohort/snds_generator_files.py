"""Generated tables to files, chunk by chunk, so that memory does not grow with the people."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from combo_dl.cohort.snds_columns import official_columns
from combo_dl.cohort.snds_generator_rows import Rows, as_dates

FORMATS = ("parquet", "csv")
_TYPES = {
    "text": pa.string(),
    "key": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
}


class TableFiles:
    """Open files by table, each with a fixed schema; a context manager that closes them all."""

    def __init__(self, folder: Path, form: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._form = folder, form
        self._files: dict[str, pq.ParquetWriter | csv.CSVWriter] = {}

    def __enter__(self) -> TableFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()

    def official(self, official: str, rows: Rows, name: str) -> None:
        """Rows of an official table; a column that they lack is empty."""
        kinds = {c: kind for c, (kind, _) in official_columns(official).items()}
        n = len(next(iter(rows.values()))) if rows else 0
        schema = pa.schema([(c, _TYPES[kind]) for c, kind in kinds.items()])
        values = [
            _values(rows[c], k) if c in rows else pa.nulls(n, _TYPES[k]) for c, k in kinds.items()
        ]
        self.write(name, pa.table(values, schema=schema))

    def write(self, name: str, table: pa.Table) -> None:
        """Append to a table of this name."""
        if name not in self._files:
            place = self._folder / f"{name}.{self._form}"
            if self._form == "parquet":
                self._files[name] = pq.ParquetWriter(place, table.schema, compression="zstd")
            else:
                options = csv.WriteOptions(delimiter=";", quoting_style="needed")
                self._files[name] = csv.CSVWriter(place, table.schema, write_options=options)
        if table.num_rows or self._form == "csv":
            self._files[name].write_table(table)


def _values(values: np.ndarray, kind: str) -> pa.Array:
    if kind == "date":
        return pa.array(as_dates(values), pa.date32())
    if kind in ("integer", "number") and values.dtype.kind == "f":
        return pa.array(values, _TYPES["number"], from_pandas=True).cast(_TYPES[kind])
    return pa.array(values).cast(_TYPES[kind])

"""Source files: where each comes from, and a read that checks every column it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from combo_dl.core.errors import InputError, SourceError
from combo_dl.core.files import require_source, sha256
from combo_dl.core.names import hint
from combo_dl.core.study import Source


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file of the source folder: its place there, its public origin, licence and sha256."""

    file: str
    what: str
    origin: str
    licence: str
    digest: str

    def locate(self, folder: Path, *, check_digest: bool) -> Path:
        """Its path under ``folder``. Raises SourceError when missing or (checked) different."""
        digest = self.digest if check_digest else None
        return require_source(folder / self.file, what=self.what, origin=self.origin, digest=digest)

    def record(self, path: Path) -> Source:
        """The line of a study's provenance for the file at ``path``."""
        return Source(file=self.file, sha256=sha256(path), licence=self.licence, origin=self.origin)


def read_columns(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """These columns of a Parquet or CSV file, each of its kind; other columns are left unread.

    Kinds: ``text`` (never empty), ``optional_text`` (empty = ''), ``integer`` (never empty),
    ``number`` (float64, NaN where empty) and ``person`` (a patient's identifier: text or whole
    numbers, as text, each once; no error shows it).
    Raises SourceError when the file cannot be read, InputError naming the column that is wrong.
    """
    raw = _read(path)
    for name in columns:
        if name not in raw.columns:
            raise InputError(f"{path} has no column {name!r}; {hint(name, map(str, raw.columns))}")
    return pd.DataFrame({name: _as_kind(raw[name], kind, path) for name, kind in columns.items()})


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas()
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path} cannot be read: {reason}; fetch or make it again") from error


def _as_kind(column: pd.Series, kind: str, path: Path) -> pd.Series:
    if kind == "person":
        return _as_person(column, path)
    if kind in ("text", "optional_text"):
        return _as_text(column, path, may_be_empty=kind == "optional_text")
    values = pd.to_numeric(column.replace("", np.nan), errors="coerce").astype(np.float64)
    bad = values.isna() & column.notna() & (column.astype(str) != "")
    if kind == "integer":
        bad |= values.isna() | (values != values.round())
    _refuse(column, bad.to_numpy(), path, expected="a whole number" if kind == "integer" else kind)
    return values.astype(np.int32) if kind == "integer" else values


def _as_text(column: pd.Series, path: Path, *, may_be_empty: bool) -> pd.Series:
    text = column.astype(object).where(column.notna(), "")
    bad = [not isinstance(v, str) or not (v.strip() or may_be_empty) for v in text]
    _refuse(column, np.array(bad, dtype=bool), path, expected="text")
    return text


def _as_person(column: pd.Series, path: Path) -> pd.Series:
    text = column.astype(object).where(column.notna(), "").map(str)
    empty, twice = (text.str.strip() == "").to_numpy(), text.duplicated().to_numpy()
    for bad, said in ((empty, "is empty"), (twice, "is that of an earlier row")):
        if bad.any():
            raise InputError(
                f"{path}, column {column.name!r}, row {int(np.argmax(bad))} {said}; "
                f"expected one row a patient ({int(bad.sum())} such rows)"
            )
    return text


def _refuse(column: pd.Series, bad: np.ndarray, path: Path, *, expected: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{path}, column {column.name!r}, row {row} holds {column.iloc[row]!r}; "
            f"expected {expected} ({int(bad.sum())} such rows)"
        )

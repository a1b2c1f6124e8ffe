"""``predict`` on files: tables in, a table out, whole or not at all."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.files import write_text
from combo_dl.core.spreadsheet import csv_for_people
from combo_dl.infer.assumed import Assumed
from combo_dl.infer.effects import chosen_effects
from combo_dl.infer.predict_folder import describe
from combo_dl.infer.together import load_together

MAX_BYTES = 1 << 30
PREDICTIONS = "predictions.csv"
# How people and programs write that a number is not there.
EMPTY = ["", "NA", "N/A", "n/a", "#N/A", "nan", "NaN", "NULL", "null", "None", "<NA>"]
NAMED = ("drug", "dose_unit", "profile", "combination", "name", "synonyms", "targets")


def read_table(path: Path, *, what: str) -> pd.DataFrame:
    """A CSV (or TSV, by its ending) with text kept as text. Raises InputError in one line."""
    if not path.is_file():
        raise InputError(f"no {what} at {path}; expected a CSV file")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path} has {path.stat().st_size} bytes; at most {MAX_BYTES} are read")
    separator = "\t" if path.suffix in (".tsv", ".tab") else ","
    try:
        frame = _parsed(path, separator)
    except pd.errors.EmptyDataError as error:
        raise InputError(f"{path} is empty; expected a header and at least one row") from error
    except pd.errors.ParserWarning as error:
        raise InputError(
            f"{path} has a row with more fields than its header; quote cells that hold commas"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not a CSV table: it is not text in UTF-8; save it as a CSV file in UTF-8"
        ) from error
    except pd.errors.ParserError as error:
        raise InputError(f"{path} is not a CSV table: {str(error).strip()}") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    if len(frame.columns) == 1:
        _refuse_separator(path, str(frame.columns[0]))
    if frame.empty:
        raise InputError(f"{path} has a header and no rows; give at least one")
    return frame


def _refuse_separator(path: Path, header: str) -> None:
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas")):
        if mark in header:
            raise InputError(f"{path} is separated by {name}; expected commas, or tabs in a .tsv")


def _refuse_zeros(path: Path) -> None:
    """Raise InputError on a byte of zero: the reader would cut the cell there, "a\\0b" to "a"."""
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            if b"\0" in block:
                raise InputError(
                    f"{path} is not a CSV table: it holds bytes of zero; save it as a CSV file in "
                    "UTF-8"
                )


def _parsed(path: Path, separator: str) -> pd.DataFrame:
    _refuse_zeros(path)
    header = pd.read_csv(path, sep=separator, skipinitialspace=True, nrows=0)
    # Names are text, also those that look like numbers: a profile "007" is not 7.
    text = {c: str for c in header.columns if str(c).startswith(NAMED)}
    with warnings.catch_warnings():
        # A row with more fields than the header would otherwise lose its last one in silence.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep=separator,
            skipinitialspace=True,
            dtype=text,
            index_col=False,
            keep_default_na=False,
            # A drug called "NA" is a mistake to be told of, not an empty cell.
            na_values={c: [""] if c in text else EMPTY for c in header.columns},
        )


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables of a request: combinations, and a user's own profiles, drugs and single drugs."""

    rows: Path
    profiles: Path | None = None
    drugs: Path | None = None
    monotherapy: Path | None = None


def predict_file(
    *,
    bundles: Sequence[Path],
    tables: Tables,
    out: Path,
    assumed: Assumed,
    allow_missing_fields: bool,
    study: str | None = None,
    effects: list[str] | None = None,
    folder: bool = False,
    device: str = "cpu",
) -> pd.DataFrame:
    """Predict the combinations of ``tables``, write the tidy table to ``out``. Raises ComboError.

    bundles: folders, each of which predicts its own endpoints (``infer.together``).
    folder: ``out`` is a folder, which also gets what a report needs: the bundle's card and what
    the columns are.
    device: cpu or cuda.  study: as of ``Bundle.predict``.
    effects: names of columns of wide endpoints that are to be shown; the table holds all of them,
    and those to show in ``attrs["effects"]``.
    """
    frame = read_table(tables.rows, what="table of combinations")
    people = _optional(tables.profiles, "table of profiles")
    own = _optional(tables.drugs, "table of drugs")
    alone = _optional(tables.monotherapy, "table of single drugs")
    if folder and out.exists() and not out.is_dir():
        raise InputError(f"out={out} is a file; name a folder, or leave the last / out")
    target = out / PREDICTIONS if folder else out
    given = (tables.rows, tables.profiles, tables.drugs, tables.monotherapy)
    check_target(target, inputs=[path for path in given if path is not None])
    found = load_together(bundles, device=device)
    chosen = None if effects is None else chosen_effects(found.columns, effects)
    table = found.predict(
        frame,
        profiles=people,
        drugs=own,
        level=assumed.level,
        allow_missing_fields=allow_missing_fields,
        study=study,
        monotherapy=alone,
        spearman=assumed.spearman,
        first_scan_days=assumed.first_scan_days,
    )
    table.attrs["effects"] = chosen
    write_text(target, csv_for_people(table))
    if folder:
        describe(out, found.bundles, table)
    return table


def _optional(path: Path | None, what: str) -> pd.DataFrame | None:
    return None if path is None else read_table(path, what=what)


def check_target(out: Path, *, inputs: list[Path]) -> None:
    """Raise InputError where ``out`` is one of the inputs, or is there and is not a file."""
    try:
        found = out.stat()
    except OSError:
        return  # Not there, or a name that writing will refuse in a line of its own.
    if not S_ISREG(found.st_mode):
        raise InputError(f"out={out} is not a file; give the name of a CSV file to write")
    for path in inputs:
        if out.samefile(path):
            raise InputError(f"out={out} is also an input; give another name, or it would be lost")

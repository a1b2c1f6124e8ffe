"""Tables of the page of ``serve``: an upload read with care, predictions made harmless."""

import tempfile
from pathlib import Path

import pandas as pd

from combo_dl.core.endpoint import Endpoint
from combo_dl.core.errors import InputError
from combo_dl.core.spreadsheet import csv_for_people, inert, inert_table
from combo_dl.infer.files import read_table

MOST_ROWS = 2000
MOST_CURVES = 8  # of one plot: more cannot be told apart
_REST = (
    *("null", "excess", "excess_low", "excess_high"),
    *("additive", "additive_excess", "additive_excess_low", "additive_excess_high"),
    *("support", "abstain", "null_support"),
)


def read_upload(name: str, content: bytes, *, most_bytes: int) -> pd.DataFrame:
    """The table of an uploaded file. Raises InputError in one line on another type, too many bytes
    or rows, and on cells that a spreadsheet would run."""
    if not name.lower().endswith((".csv", ".tsv")):
        raise InputError("the uploaded file is no .csv or .tsv; save the table as a CSV file")
    if len(content) > most_bytes:
        raise InputError(
            f"the uploaded file has {len(content)} bytes; at most {most_bytes} are read"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(name).suffix.lower()}"
        path.write_bytes(content)
        try:
            frame = read_table(path, what="table")
        except InputError as error:
            raise InputError(str(error).replace(str(path), "the uploaded file")) from error
    if len(frame) > MOST_ROWS:
        raise InputError(
            f"the table has {len(frame)} rows; at most {MOST_ROWS} are predicted here: use "
            "combo-dl predict"
        )
    _refuse_formulas(frame)
    return frame


def _refuse_formulas(frame: pd.DataFrame) -> None:
    for column in frame.columns:
        # Numbers may begin with a minus.
        text = frame[column].dropna()
        text = text[[isinstance(v, str) for v in text]].astype(str)
        found = text[[inert(v) != v for v in text]]
        if len(found):
            begin = found.iloc[0].lstrip(" ")[:1]
            raise InputError(
                f"row {found.index[0]} has a cell that begins with {begin!r}, which a "
                "spreadsheet would run as a formula; remove it"
            )


def to_csv(frame: pd.DataFrame) -> bytes:
    """Predictions as a CSV file that no spreadsheet runs."""
    return csv_for_people(frame).encode()


def combinations_of(table: pd.DataFrame) -> pd.Series:
    """The drugs of each line of predictions as one text."""
    drugs = [c for c in table.columns if c.startswith("drug_")]
    return table[drugs].apply(lambda row: " + ".join(v for v in row if v), axis=1)


def grouped(table: pd.DataFrame, endpoints: dict[str, Endpoint]) -> dict[str, pd.DataFrame]:
    """{heading: rows of it to look at} of predictions: synergy, toxicity, response, survival."""
    told = table.attrs["endpoints"]
    kinds = {c: endpoints[n].kind for n, one in told.items() for c in one["columns"]}
    shown = table.assign(combination=combinations_of(table))
    first = ["combination", "profile", "endpoint", "unit", "mean", "low", "high"]
    rest = [c for c in _REST if c in shown]
    days = [c for c in shown.columns if c.startswith("survival_")]
    made = {}
    for kind in dict.fromkeys(kinds.values()):
        own = shown[[kinds.get(e) == kind for e in shown["endpoint"]]]
        columns = [*first, *(c for c in [*days, *rest] if own[c].notna().any())]
        if len(own):
            made[kind] = inert_table(own[columns].reset_index(drop=True))
    return made


def survival_of(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """{endpoint: survival by days (rows, from day 0) of each combination and profile (columns)} of
    the first MOST_CURVES rows of predictions that have curves."""
    days = [c for c in table.columns if c.startswith("survival_")]
    names = inert_table(
        pd.DataFrame({"name": combinations_of(table) + " (" + table["profile"].astype(str) + ")"})
    )["name"]
    made = {}
    for endpoint, rows in table.groupby("endpoint", sort=False):
        known = rows[rows[days].notna().any(axis=1)].head(MOST_CURVES)
        if len(known):
            curves = known[days].T
            curves.index = pd.Index([int(c.removeprefix("survival_")) for c in days], name="days")
            # One row asked twice has one curve.
            curves.columns = pd.Index(names[known.index])
            curves = curves.loc[:, ~curves.columns.duplicated()].astype(float)
            curves.loc[0] = 1.0
            made[str(endpoint)] = curves.sort_index()
    return made

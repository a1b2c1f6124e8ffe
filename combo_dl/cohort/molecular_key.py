"""The delivered key that joins samples to people; nothing else does."""

from __future__ import annotations

import re

import pandas as pd

from combo_dl.cohort.molecular_settings import KeyTable
from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import TypedTables
from combo_dl.core.errors import InputError, SourceError

_KNOWN_BY = {
    "a name": re.compile(r"\S[ ,]+\S"),
    "an address of mail": re.compile(r"@"),
    "a day": re.compile(r"^(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{4})"),
    "a number of social security": re.compile(r"^[12]\d{12}(?:\d{2})?$"),
}


def read_key(source: SourceTables, read: TypedTables, own: KeyTable) -> pd.DataFrame:
    """The key: ``person, sample, start`` (the day of sampling), a row a sample.

    Raises SourceError on a missing table or column and on a further one, InputError on a sample of
    two people and on values that people are known by (names, days, numbers of social security).
    """
    names = (own.person, own.sample, own.day)
    if source.has(own.table):
        further = [c for c in source.columns(own.table) if c not in names]
        if further:
            raise SourceError(
                f"the key {own.table} has the column {', '.join(further)}; expected "
                f"{', '.join(names)} alone: nothing else joins samples to people"
            )
    rows = read.read(own.table, {own.person: "text", own.sample: "text", own.day: "date"})
    frame = rows.select(
        person=rows[own.person], sample=rows[own.sample], start=rows[own.day]
    ).to_pandas()
    frame = frame.assign(start=pd.to_datetime(frame["start"])).dropna().drop_duplicates()
    for column in ("person", "sample"):
        _refuse_known_by(frame[column], own.table, column)
    twice = int(frame["sample"].duplicated().sum())
    if twice:
        raise InputError(
            f"the key {own.table} gives {twice} sample(s) more than one person or day; "
            "expected a row a sample"
        )
    return frame.reset_index(drop=True)


def _refuse_known_by(values: pd.Series, table: str, column: str) -> None:
    """The value itself is not told."""
    for what, pattern in _KNOWN_BY.items():
        found = int(values.str.contains(pattern).sum())
        if found:
            raise InputError(
                f"the key {table} holds what looks like {what} in {column} ({found} rows); "
                "expected the pseudonyms of the delivered key"
            )

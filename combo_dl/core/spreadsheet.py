"""Tables for people: text that a spreadsheet would run as a formula is written so that it is text.

A cell that begins with one of ``=``, ``+``, ``-``, ``@``, a tab or a line break is a formula to
spreadsheets, whoever wrote it (CWE-1236). A leading apostrophe makes it text.
"""

import pandas as pd

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS) else text


def inert_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table, its headers too, with every text as ``inert`` writes it."""
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    # By place, since two columns may have one name.
    safe = [c if pd.api.types.is_numeric_dtype(c) else c.astype(object).map(_cell) for c in columns]
    made = pd.concat(safe, axis=1) if safe else table.copy()
    return made.set_axis([inert(str(name)) for name in table.columns], axis=1)


def _cell(cell: object) -> object:
    return inert(cell) if isinstance(cell, str) else cell


def csv_for_people(table: pd.DataFrame) -> str:
    """CSV of a table whose text, headers too, no spreadsheet runs; numbers with six digits."""
    return inert_table(table).to_csv(index=False, lineterminator="\n", float_format="%.6g")

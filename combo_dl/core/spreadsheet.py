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
    safe = table.rename(columns=lambda name: inert(str(name)))
    for place, name in enumerate(table.columns):
        column = table.iloc[:, place]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            told = column.map(lambda cell: inert(cell) if isinstance(cell, str) else cell)
            safe[inert(str(name))] = told
    return safe


def csv_for_people(table: pd.DataFrame) -> str:
    """CSV of a table whose text, headers too, no spreadsheet runs; numbers with six digits."""
    return inert_table(table).to_csv(index=False, lineterminator="\n", float_format="%.6g")

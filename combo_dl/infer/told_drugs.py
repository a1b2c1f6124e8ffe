"""Names of drugs that are meant for one bundle of several.

Patients' tables may know a class where trials know a drug. A column ``drugs:NAME`` of a request
tells the bundle NAME of what else it is to take a row for; so it is the user who says that a drug
stands for its class, and the row says it.
"""

from collections.abc import Collection

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.frames import drug_columns
from combo_dl.core.names import hint

TOLD = "drugs:"


def told_columns(rows: pd.DataFrame, bundles: Collection[str]) -> dict[str, str]:
    """{bundle: its column of drugs}. Raises InputError on a column of no bundle, and on rows of one
    line a drug, which have no place for it."""
    found = {str(c).removeprefix(TOLD): str(c) for c in rows.columns if str(c).startswith(TOLD)}
    for name, column in found.items():
        if name not in bundles:
            raise InputError(f"the column {column!r} is of no bundle; {hint(name, list(bundles))}")
    if found and "combination" in rows:
        raise InputError(
            f"the column {next(iter(found.values()))!r} needs a table of one line a combination; "
            "write drug_a, drug_b, … or drugs"
        )
    return found


def with_told(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """``drugs`` and ``profile`` of the rows for the bundle of ``column``: what stands there, or,
    where it is empty, the drugs of the row; without doses, which are of these."""
    if "drugs" in rows:
        own = rows["drugs"]
    else:
        parts = rows[drug_columns([str(c) for c in rows.columns if not _is_told(c)])]
        own = parts.apply(lambda row: " + ".join(str(v) for v in row if not _empty(v)), axis=1)
    told = rows[column]
    made = pd.DataFrame({"drugs": told.where(~told.map(_empty), own)})
    return made.assign(profile=rows["profile"]) if "profile" in rows else made


def without_told(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without the columns of single bundles."""
    return rows.drop(columns=[c for c in rows.columns if _is_told(c)])


def as_asked(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """``table``, whose drugs are those told, under the names of the same rows of ``other``; what it
    was told stands in ``predicted_as``."""
    drugs = [c for c in other.columns if c.startswith("drug_")]
    named = other.drop_duplicates("row").set_index("row")[drugs]
    own = [c for c in table.columns if c.startswith("drug_")]
    told = table[own].apply(lambda row: " + ".join(v for v in row if v), axis=1)
    asked = named.reindex(table["row"])
    asked.index = table.index
    same = told == asked.apply(lambda row: " + ".join(v for v in row if v), axis=1)
    made = pd.concat([asked, table.drop(columns=own)], axis=1)
    return made.assign(predicted_as=told.mask(same, ""))[["row", *drugs, *_rest(table, own)]]


def _rest(table: pd.DataFrame, drugs: list[str]) -> list[str]:
    return [c for c in table.columns if c not in ("row", *drugs)] + ["predicted_as"]


def _is_told(column: object) -> bool:
    return str(column).startswith(TOLD)


def _empty(value: object) -> bool:
    return not isinstance(value, str) or not value.strip()

"""Tables of an OMOP CDM: which columns are read, and days and texts as they should be."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import INTEGER, NOUNS, NUMBER
from combo_dl.core.errors import InputError, SourceError

# All that is read of a CDM of version 5.3 or 5.4; no other column is. Those after the bar may be
# absent. What the versions name differently (admitting_source, admitted_from; discharge_to,
# discharged_to) is not of it.
COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "person": (
        ("person_id", "gender_concept_id", "year_of_birth"),
        ("month_of_birth", "day_of_birth"),
    ),
    "observation_period": (
        ("person_id", "observation_period_start_date", "observation_period_end_date"),
        (),
    ),
    "visit_occurrence": (
        ("person_id", "visit_concept_id", "visit_start_date", "visit_end_date"),
        ("visit_source_value",),
    ),
    "condition_occurrence": (
        ("person_id", "condition_concept_id", "condition_start_date"),
        ("condition_end_date", "condition_source_value"),
    ),
    "drug_exposure": (
        ("person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date"),
        ("quantity", "drug_source_value"),
    ),
    "procedure_occurrence": (
        ("person_id", "procedure_concept_id", "procedure_date"),
        ("procedure_end_date", "procedure_source_value"),
    ),
    "measurement": (
        ("person_id", "measurement_concept_id", "measurement_date"),
        ("value_as_number", "unit_concept_id", "unit_source_value", "measurement_source_value"),
    ),
    "death": (("person_id", "death_date"), ()),
    "episode": (
        ("person_id", "episode_concept_id", "episode_object_concept_id", "episode_start_date"),
        ("episode_end_date", "episode_source_value"),
    ),
    "concept": (("concept_id", "concept_name", "vocabulary_id", "concept_code"), ()),
    "concept_relationship": (("concept_id_1", "concept_id_2", "relationship_id"), ()),
    "concept_ancestor": (("ancestor_concept_id", "descendant_concept_id"), ()),
}
_TEXTS = ("vocabulary_id", "relationship_id")  # identifiers that are words
_NUMBERS = ("quantity", "value_as_number")
NEEDED = ("person", "observation_period", "drug_exposure")


def read_tables(tables: SourceTables) -> dict[str, ir.Table]:
    """The tables of a CDM, with the columns of ``COLUMNS`` alone.

    A table that is not needed may be absent. Raises SourceError, InputError on a missing column.
    """
    for name in NEEDED:
        if not tables.has(name):
            raise SourceError(
                f"{tables.folder} lacks the table {name}; expected {name}.parquet or .csv"
            )
    made = {}
    for name, (needed, optional) in COLUMNS.items():
        if tables.has(name):
            have = tables.columns(name)
            asked = tuple(c for c in needed + optional if c in have)
            made[name] = chosen(name, tables.read(name, asked))
    return made


def chosen(name: str, table: ir.Table) -> ir.Table:
    """The columns of table ``name`` that are read; an absent one that may be so is NULL.

    Raises InputError on a missing column, and on a value that is no number where one is expected.
    """
    have = {c.lower(): c for c in table.columns}
    needed, optional = COLUMNS[name]
    lacking = [c for c in needed if c not in have]
    if lacking:
        raise InputError(
            f"the OMOP table {name} lacks the column {', '.join(lacking)}; it has "
            f"{', '.join(sorted(have))}"
        )
    _check_numbers(
        name, table.select(**{c: table[have[c]] for c in needed + optional if c in have})
    )
    columns = {c: table[have[c]] if c in have else ibis.null("string") for c in needed + optional}
    return table.select(**columns)


def _check_numbers(name: str, table: ir.Table) -> None:
    """Look at the columns of text that are to be numbers, before any query casts them."""
    kinds = {c: kind for c in table.columns if (kind := _kind(c))}
    for column, kind in kinds.items():
        have = table[column].type()
        if not (have.is_string() or have.is_numeric() or have.is_boolean() or have.is_null()):
            raise InputError(
                f"column {column} of the OMOP table {name} holds {have}; expected {NOUNS[kind]}"
            )
    texts = {c: text_of(table[c]) for c in kinds if table[c].type().is_string()}
    if not texts:
        return
    form = {"integer": INTEGER, "number": NUMBER}
    alien = {
        c: (text.notnull() & ~text.re_search(form[kinds[c]])).ifelse(text, ibis.null("string"))
        for c, text in texts.items()
    }
    found = table.aggregate(**{c: a.max() for c, a in alien.items()}).to_pyarrow().to_pylist()[0]
    for column, value in found.items():
        if value is not None:
            raise InputError(
                f"column {column} of the OMOP table {name} holds {value!r}; "
                f"expected {NOUNS[kinds[column]]}"
            )


def _kind(column: str) -> str:
    """What a column holds: integer, number, or neither."""
    if column in _NUMBERS:
        return "number"
    numbered = column.endswith(("_id", "_id_1", "_id_2", "_of_birth"))
    return "integer" if numbered and column not in _TEXTS else ""


def id_of(column: ir.Column) -> ir.Column:
    """A 64-bit identifier, negative ones included."""
    return column.cast("int64")


def text_of(column: ir.Column) -> ir.Column:
    """A text without blanks at its ends; NULL where nothing is left."""
    return column.cast("string").strip().nullif("")


def day_of(table: ir.Table, name: str) -> ir.Column:
    """A day of a column of dates, timestamps, or texts YYYY-MM-DD or YYYYMMDD (one form a column).

    Raises InputError on a text of another form, and on both forms in one column.
    """
    column = table[name]
    kind = column.type()
    if kind.is_date() or kind.is_timestamp():
        return column.cast("date")
    text = text_of(column)
    flat, dashed = text.re_search(r"^[0-9]{8}$"), text.re_search(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}")
    counted = table.aggregate(
        flat=flat.cast("int64").sum(), dashed=dashed.cast("int64").sum(), all=text.count()
    ).to_pandas()
    n_flat, n_dashed, n = (0 if pd.isna(x) else int(x) for x in counted.iloc[0])
    if n_flat + n_dashed < n or (n_flat and n_dashed):
        raise InputError(
            f"{name} has {n_flat} days as YYYYMMDD, {n_dashed} as YYYY-MM-DD and "
            f"{n - n_flat - n_dashed} others; expected one form"
        )
    plain = text.substr(0, 10).replace("-", "")
    parts = plain.substr(0, 4) + "-" + plain.substr(4, 2) + "-" + plain.substr(6, 2)
    return parts.cast("date")

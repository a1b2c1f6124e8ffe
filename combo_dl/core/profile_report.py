"""What a table of profiles has, lacks and has wrong, field by field, before a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import PATIENT_FIELDS, codes_as_text, field_problems
from combo_dl.core.profile_table import ProfileField

KEY = "profile"


@dataclass(frozen=True, kw_only=True)
class FieldReport:
    """name: of a column or a field.  expected: unit and range, or levels.  given: rows with a
    value, -1 where there is no such column.  problem: what is wrong, '' where nothing is."""

    name: str
    expected: str
    given: int
    problem: str = ""


def profile_report(
    frame: pd.DataFrame, fields: Sequence[ProfileField] | None = None
) -> tuple[FieldReport, ...]:
    """One report a column of ``frame``, then one a field that it lacks.

    fields: those of a bundle; without them the contract of patients' fields is what is expected.
    Rows are told by number, never by name: a table of patients may be named by them. Raises
    InputError where there is no column ``profile`` or no row.
    """
    if KEY not in frame.columns:
        raise InputError(
            f"a table of profiles needs the column 'profile', a name a row; it has "
            f"{', '.join(map(str, frame.columns[:5]))}"
        )
    if frame.empty:
        raise InputError("the table of profiles has no rows; give at least one")
    own = {f.name: f for f in fields} if fields is not None else {}
    known = list(own) if fields is not None else list(PATIENT_FIELDS)
    categories = [n for n in known if (own[n].levels if own else PATIENT_FIELDS[n].levels)]
    frame = codes_as_text(frame, categories)
    columns = [str(c) for c in frame.columns if c != KEY]
    return (
        _of_names(frame[KEY]),
        *(_of_column(frame, name, own.get(name), known) for name in columns),
        *(
            FieldReport(name=n, expected=_expected(n, own.get(n)), given=-1)
            for n in known
            if n not in set(columns)
        ),
    )


def _of_names(names: pd.Series) -> FieldReport:
    again = int(names.duplicated(keep=False).sum())
    problem = f"{again} rows share a name" if again else ""
    return FieldReport(name=KEY, expected="a name a row", given=len(names), problem=problem)


def _of_column(
    frame: pd.DataFrame, name: str, own: ProfileField | None, known: list[str]
) -> FieldReport:
    given = int(frame[name].notna().sum())
    if name not in known:
        problem = f"no such field; {hint(name, known)}"
        return FieldReport(name=name, expected="", given=given, problem=problem)
    problem = next(iter(field_problems(frame[[name]])), "")
    if not problem and own is not None:
        problem = _not_of(own, frame[name])
    return FieldReport(name=name, expected=_expected(name, own), given=given, problem=problem)


def _not_of(own: ProfileField, column: pd.Series) -> str:
    """What a bundle's field cannot read in the column: a level that it lacks, text for a number."""
    given = column.reset_index(drop=True)[column.notna().to_numpy()]
    if own.levels:
        bad = given[~given.astype(str).isin(own.levels)]
        what = f"{bad.iloc[0]!r}; {hint(str(bad.iloc[0]), own.levels)}" if len(bad) else ""
    else:
        bad = given[pd.to_numeric(given, errors="coerce").isna()]
        what = "text; expected a number"
    return f"row {bad.index[0]} has {what}" if len(bad) else ""


def _expected(name: str, own: ProfileField | None) -> str:
    contract = PATIENT_FIELDS.get(name)
    levels = own.levels if own is not None else contract.levels if contract else ()
    if levels:
        return ", ".join(levels[:6]) + (f", … ({len(levels)} levels)" if len(levels) > 6 else "")
    if contract is not None:
        return f"{contract.low:g} to {contract.high:g} {contract.unit}"
    return own.unit if own is not None else ""

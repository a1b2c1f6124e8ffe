"""The profiles of a request: named ones of the bundle, or rows of a user's own table."""

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.frames import LARGEST, names_of, numbers_of
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import codes_as_text, refuse_problems
from combo_dl.core.profile_table import PATIENT, ProfileField, ProfileTable
from combo_dl.core.vocab import Vocab


def own_profiles(
    frame: pd.DataFrame, known: ProfileTable, *, allow_missing_fields: bool
) -> ProfileTable:
    """A user's table in the fields of the bundle. A column the bundle does not know is refused,
    since a misspelt field would be ignored in silence; lacking columns are refused unless allowed.

    Of patients, values are held against the contract of named fields (``core.patient_fields``).
    Raises InputError or UnknownNameError naming the column, and the row of a bad value.
    """
    if "profile" not in frame.columns:
        raise InputError(
            f"a table of profiles needs the column 'profile'; it has {_some(frame.columns)}"
        )
    if frame.empty:
        raise InputError("the table of profiles has no rows; give at least one")
    names = [f.name for f in known.fields]
    given = [str(c) for c in frame.columns if c != "profile"]
    known_names, given_names = set(names), set(given)
    extra = [c for c in given if c not in known_names]
    if extra:
        raise UnknownNameError(
            f"{len(extra)} columns are not profile fields of this bundle, the first {extra[0]!r}; "
            f"{hint(extra[0], names)}"
        )
    lacking = [n for n in names if n not in given_names]
    if lacking and not (allow_missing_fields and given):
        raise InputError(
            f"the table of profiles lacks {len(lacking)} of {len(names)} fields: {_some(lacking)}; "
            "add them (empty where unknown), "
            "or say allow_missing_fields=true to take them as unknown"
        )
    if known.space == PATIENT:
        frame = codes_as_text(frame, [f.name for f in known.category_fields])
        refuse_problems(frame)
    table = ProfileTable(
        space=known.space,
        ids=Vocab(kind="profile", names=tuple(names_of(frame, "profile"))),
        fields=known.fields,
        number=_columns(frame, known.number_fields),
        category=_categories(frame, known.category_fields),
    ).validate()
    _refuse_empty(table)
    return table


def joined(known: ProfileTable, own: ProfileTable | None) -> ProfileTable:
    """The profiles that may be named: a user's own come before the bundle's of the same name."""
    if own is None:
        return known
    rest = np.array([n not in own.ids for n in known.ids.names], dtype=bool)
    names = (*own.ids.names, *(n for n, keep in zip(known.ids.names, rest, strict=True) if keep))
    return ProfileTable(
        space=known.space,
        ids=Vocab(kind="profile", names=names),
        fields=known.fields,
        number=np.concatenate([own.number, known.number[rest]]),
        category=np.concatenate([own.category, known.category[rest]]),
    )


def _columns(frame: pd.DataFrame, fields: tuple[ProfileField, ...]) -> np.ndarray:
    number = np.full((len(frame), len(fields)), np.nan, np.float32)
    kinds = dict(zip(map(str, frame.columns), frame.dtypes, strict=True))
    given = [j for j, field in enumerate(fields) if field.name in kinds]
    # A bundle may have thousands of fields: those that were read as numbers are taken at once.
    plain = [j for j in given if pd.api.types.is_numeric_dtype(kinds[fields[j].name])]
    values = frame[[fields[j].name for j in plain]].to_numpy(np.float64, na_value=np.nan)
    if (np.isnan(values) | (np.abs(values) <= LARGEST)).all():
        number[:, plain] = values
        given = sorted(set(given) - set(plain))
    for j in given:
        number[:, j] = numbers_of(frame, fields[j].name)
    return number


def _categories(frame: pd.DataFrame, fields: tuple[ProfileField, ...]) -> np.ndarray:
    category = np.full((len(frame), len(fields)), -1, np.int16)
    for j, field in enumerate(fields):
        if field.name not in frame.columns:
            continue
        for row, value in enumerate(frame[field.name]):
            if pd.notna(value):
                category[row, j] = _level(field, str(value), row)
    return category


def _level(field: ProfileField, value: str, row: int) -> int:
    if value not in field.levels:
        raise UnknownNameError(
            f"row {row} has {field.name} = {value!r}; {hint(value, field.levels)}; "
            "leave it empty if unknown"
        )
    return field.levels.index(value)


def _refuse_empty(table: ProfileTable) -> None:
    seen = (~np.isnan(table.number)).any(axis=1) | (table.category >= 0).any(axis=1)
    if not seen.all():
        name = table.ids.names[int(np.argmin(seen))]
        raise InputError(f"profile {name!r} has no value in any field; give at least one")


def _some(names: "pd.Index | list[str]") -> str:
    shown = ", ".join(str(n) for n in list(names)[:5])
    return shown + (", …" if len(names) > 5 else "")

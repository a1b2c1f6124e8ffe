"""Identifiers of people, and what may become one, told by the name of a column and by its content.

Potential identifiers in the sense of the French national claims: month and year of birth,
municipality, exact day of care or death (Health Data Hub, "Identifiants potentiels").
"""

import re

import pandas as pd

from combo_dl.core.errors import InputError

_NAMES = re.compile(
    r"(^|_)(person|patient|subject|ben|num|nir|ipp|nip|finess|eta|rsa|rpps|insee|id|ids|"
    r"identifier|name|surname|firstname|email|phone|address|birth|birthdate|birthday|dob|"
    r"date|datetime|day_of|month_of|postcode|zip|zipcode|commune|municipality|city|street|"
    r"death_day|index_day|profile)(_|$)"
)
_RUN = re.compile(r"num_enq|num_ano|ben_|nir_ano|_dtd$|_dtf$|_dte$|person_?id|patient_?id")
_DAY = re.compile(r"\b(1[6-9]|2[0-9])\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")
_SLASHED = re.compile(r"\b(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/(1[6-9]|2[0-9])\d{2}\b")
_MONTH = re.compile(r"^(1[89]|2[01])\d{2}-?(0[1-9]|1[0-2])$")
_COMPACT = re.compile(r"^(1[6-9]|2[0-9])\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_NIR = re.compile(
    r"(?<!\d)[12]\s?\d{2}\s?(0[1-9]|1[0-2]|[2-9]\d)\s?\d[\dAB]\s?\d{3}\s?\d{3}(\s?\d{2})?(?!\d)"
)
_LONG = re.compile(r"(?<![\w.])-?\d{9,}(?![\w.])")
_PSEUDONYM = re.compile(r"(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{17}(?!\w)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
_INSIDE = {
    "a day": _DAY,
    "a day, with slashes": _SLASHED,
    "a number of social security": _NIR,
    "a long number": _LONG,
    "a pseudonym of 17 signs": _PSEUDONYM,
    "an address of mail": _EMAIL,
    "a UUID": _UUID,
}
_WHOLE = {"a month of a year": _MONTH, "a day without dashes": _COMPACT}


def refuse_identifiers(frame: pd.DataFrame, *, file: str) -> None:
    """Raise InputError on a column that by its name, or a cell that by its content, identifies a
    person or may; the cell itself is not told."""
    for column in map(str, frame.columns):
        refuse_name(column, file=file)
    for column in frame.columns:
        values = frame[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            raise InputError(f"{file}: column {column!r} holds days; exact days identify people")
        whole = pd.api.types.is_numeric_dtype(values)
        for cell in values.dropna().unique():
            text = f"{cell:.15g}" if whole else str(cell)
            refuse_text(text, file=f"{file}, column {column!r}", whole=True)


def refuse_name(column: str, *, file: str) -> None:
    """Raise InputError on the name of a column of identifiers."""
    plain = re.sub(r"[^a-z0-9]+", "_", column.strip().lower())
    if _NAMES.search(plain) or _RUN.search(plain):
        raise InputError(
            f"{file}: the column {column!r} is by its name an identifier of people, or may become "
            "one; leave it out, or rename it if it is none"
        )


def refuse_text(text: str, *, file: str, whole: bool = False) -> None:
    """Raise InputError on a text that holds an identifier. whole: it is one cell."""
    kinds = {**_INSIDE, **(_WHOLE if whole else {})}
    for what, pattern in kinds.items():
        if pattern.search(text):
            raise InputError(f"{file}: holds {what}, which may identify a person; leave it out")

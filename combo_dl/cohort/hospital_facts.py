"""Values of a hospital record, checked and in one form: laboratories, doses, TNM, ECOG, RECIST."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from combo_dl.core.dose_units import parse_unit
from combo_dl.core.errors import InputError
from combo_dl.core.patient_fields import PATIENT_FIELDS, unit_factor

FIELD = "field"  # the vocabulary of the contract of patients' fields
PERFORMANCE = "performance_status"
RECIST = {"CR": "CR", "PR": "PR", "SD": "SD", "PD": "PD", "NE": "NE"} | {
    "RC": "CR",
    "RP": "PR",
    "MS": "SD",
    "MP": "PD",
    "PROG": "PD",
}
_TNM = re.compile(r"(y?)[CP]?(T(?:IS|[0-4X](?:MI|[A-D])?)|N[0-3X](?:MI|[A-C])?|M[01X][A-D]?)")
_STAGE = re.compile(r"(?:STADE|STAGE)? ?(0|I{1,3}|IV|[1-4])([ABC]?)[1-3]?")
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


def check_dose_units(rows: ir.Table, *, table: str) -> None:
    """Raise InputError on a unit of ``unit`` that no dose has, and on a dose without a unit."""
    given = rows.filter(rows.value.notnull())
    for unit in _different(given, "unit"):
        parse_unit(unit or "", where=f"table {table}")


def in_units_of_contract(rows: ir.Table, *, table: str) -> ir.Table:
    """Laboratory values (``code`` a field, ``value``, ``unit``) in the unit of their field.

    Raises InputError on a unit that the field does not have, and on a value that cannot be.
    """
    pairs = rows.filter(rows.value.notnull()).select("code", "unit").distinct().to_pandas()
    pairs = pairs.astype(object).where(pairs.notna(), None)
    factors = {(c, u): unit_factor(c, u) for c, u in pairs.itertuples(index=False)}
    value = (
        rows.value
        * ibis.cases(
            *[
                ((rows.code == code) & (rows.unit == unit), factor)
                for (code, unit), factor in factors.items()
            ],
            else_=ibis.null("float64"),
        )
        if factors
        else rows.value
    )
    units = {code: PATIENT_FIELDS[code].unit for code, _ in factors}
    unit = rows.code.cases(*units.items(), else_=rows.unit) if units else rows.unit
    made = rows.mutate(value=value, unit=unit)
    _check_ranges(made, tuple(units), table)
    return made


def _check_ranges(rows: ir.Table, names: tuple[str, ...], table: str) -> None:
    spans = rows.group_by("code").aggregate(low=rows.value.min(), high=rows.value.max())
    for code, low, high in spans.to_pandas().sort_values("code").itertuples(index=False):
        if code not in names:
            continue
        known = PATIENT_FIELDS[code]
        for value in (low, high):
            if value < known.low or value > known.high:
                raise InputError(
                    f"table {table} has {code} = {value:g} {known.unit}; expected {known.low:g} to "
                    f"{known.high:g} {known.unit}: correct the unit or the value, or leave it out"
                )


def recoded(
    rows: ir.Table, forms: Callable[[str], str | None], *, table: str, column: str, expected: str
) -> ir.Table:
    """Rows whose ``code`` is in the one form that ``forms`` gives; '' leaves a row out.

    The different codes alone are looked at. Raises InputError on one that has none.
    """
    made: dict[str, str] = {}
    for code in _different(rows, "code"):
        if code is not None:
            form = forms(code)
            if form is None:
                raise InputError(
                    f"column {column} of {table} has {code!r}; expected {expected}, or nothing"
                )
            made[code] = form
    kept = {k: v for k, v in made.items() if v}
    if not kept:
        return rows.filter(ibis.literal(False))
    rows = rows.filter(rows.code.isin(list(kept)))
    return rows.mutate(code=rows.code.cases(*kept.items(), else_=rows.code))


def ecog(code: str) -> str | None:
    """0 to 4 of what a column of ECOG holds; None of what is none."""
    digit = re.fullmatch(r"([0-4])(?:\.0*)?", code.strip())
    return digit[1] if digit else None


def recist(code: str) -> str | None:
    """CR, PR, SD, PD or NE of the English and the French letters."""
    return RECIST.get(code.strip().upper())


def tnm(letter: str) -> Callable[[str], str | None]:
    """The form of a component: ``pT2A`` and ``2a`` are T2a; of X (not assessed) the row is none."""

    def form(code: str) -> str | None:
        plain = re.sub(r"^([YCP]*)", lambda h: "y" if "Y" in h[0] else "", code.strip().upper())
        plain = plain if letter in plain else re.sub(r"^(y?)", rf"\g<1>{letter}", plain)
        hit = _TNM.fullmatch(plain)
        if hit is None or hit[2][0] != letter:
            return None
        return "" if hit[2].endswith("X") else hit[1] + letter + hit[2][1:].lower()

    return form


def stage(code: str) -> str | None:
    """I, IIA, IV ... of a stage in Roman or Arabic numbers."""
    hit = _STAGE.fullmatch(code.strip().upper())
    return _ROMAN.get(hit[1], hit[1]) + hit[2] if hit else None


STATUS: Mapping[str, tuple[Callable[[str], str | None], str]] = {
    "ecog": (ecog, "0 to 4"),
    "recist": (recist, "CR, PR, SD, PD or NE"),
    "t": (tnm("T"), "a T such as T2a"),
    "n": (tnm("N"), "an N such as N1"),
    "m": (tnm("M"), "an M such as M1b"),
    "stage": (stage, "a stage such as IIIA"),
}


def _different(rows: ir.Table, column: str) -> list[str | None]:
    found = rows.select(column).distinct().to_pyarrow().column(0).to_pylist()
    return sorted(found, key=lambda v: (v is None, v or ""))

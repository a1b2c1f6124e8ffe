"""A user's table of combinations becomes sets of named drugs and profiles.

Three forms: wide (``drug_a, drug_b[, drug_c…]``), one column ``drugs`` (``Keytruda + lenvatinib``),
or long (``combination, drug``; one line a drug). ``profile`` names the profile; ``dose_a,
dose_unit_a, …`` (wide) or ``dose, dose_unit`` (long) are optional.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.frames import drug_columns, names_of, numbers_of
from combo_dl.drugs.chemistry import shown
from combo_dl.drugs.request import resolve_drug, split_combination

MAX_DRUGS = 10


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """One asked combination: drugs in the order asked, their doses (NaN unknown) with the units as
    written ('' = none), and the name of the profile."""

    label: str
    entries: tuple[str, ...]
    doses: tuple[float, ...]
    units: tuple[str, ...]
    profile: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """Rows with their drugs resolved. names: the catalogue's names of each row's drugs, in the
    order asked.  drugs: the unique drugs, in order of first use.

    sets: int64[N, K] ids into ``drugs`` in ascending order, -1 pad.  doses: float32[N, K] and
    units: object[N, K] of them, as written.
    """

    rows: list[RequestRow]
    names: tuple[tuple[str, ...], ...]
    drugs: tuple[Drug, ...]
    sets: np.ndarray
    doses: np.ndarray
    units: np.ndarray

    def take(self, rows: np.ndarray) -> "Request":
        """The request of these rows (int64[n]); its drugs stay as they are."""
        return Request(
            rows=[self.rows[i] for i in rows],
            names=tuple(self.names[i] for i in rows),
            drugs=self.drugs,
            sets=self.sets[rows],
            doses=self.doses[rows],
            units=self.units[rows],
        )


def read_request(frame: pd.DataFrame, table: DrugTable) -> Request:
    """Resolve a table. Raises InputError or UnknownNameError naming the row and the value."""
    if frame.empty:
        raise InputError("the table of combinations has no rows; give at least one")
    rows = _rows(frame)
    for row in rows:
        _check_units(row)
    index: dict[str, int] = {}
    found: list[Drug] = []
    resolved: dict[str, Drug] = {}
    sets = []
    for row in rows:
        ids = []
        for entry in row.entries:
            if entry not in resolved:
                resolved[entry] = resolve_drug(entry, table=table, where=row.label)
            # Two spellings of one molecule are one drug: the InChIKey is its identity.
            drug = resolved[entry]
            key = drug.inchikey or drug.name
            if key not in index:
                index[key] = len(found)
                found.append(drug)
            ids.append(index[key])
        _check_set(row, ids, found)
        sets.append(ids)
    names = tuple(tuple(found[i].name for i in ids) for ids in sets)
    return Request(rows=rows, names=names, drugs=tuple(found), **_padded(rows, sets))


def _check_units(row: RequestRow) -> None:
    for entry, dose, unit in zip(row.entries, row.doses, row.units, strict=True):
        if unit and np.isnan(dose):
            raise InputError(
                f"{row.label} has the dose unit {shown(unit)} of {shown(entry)} without a dose; "
                "give the dose, or leave the unit empty"
            )


def _check_set(row: RequestRow, ids: list[int], drugs: list[Drug]) -> None:
    for place, i in enumerate(ids):
        if i in ids[:place]:
            written = row.entries[ids.index(i)], row.entries[place]
            ways = f" ({' and '.join(map(shown, written))})" if len(set(written)) > 1 else ""
            raise InputError(
                f"{row.label} names the drug {drugs[i].name!r} twice{ways}; "
                "name each drug of a combination once"
            )
    if not 1 <= len(ids) <= MAX_DRUGS:
        raise InputError(f"{row.label} has {len(ids)} drugs; expected 1 to {MAX_DRUGS}")


def _padded(rows: list[RequestRow], sets: list[list[int]]) -> dict[str, np.ndarray]:
    width = max(map(len, sets))
    ids = np.full((len(sets), width), -1, np.int64)
    doses = np.full((len(sets), width), np.nan, np.float32)
    units = np.full((len(sets), width), "", dtype=object)
    for n, (row, found) in enumerate(zip(rows, sets, strict=True)):
        order = np.argsort(found)
        ids[n, : len(found)] = np.array(found)[order]
        doses[n, : len(found)] = np.array(row.doses, np.float32)[order]
        units[n, : len(found)] = np.array(row.units, dtype=object)[order]
    return {"sets": ids, "doses": doses, "units": units}


def _rows(frame: pd.DataFrame) -> list[RequestRow]:
    columns = [str(c) for c in frame.columns]
    _check_columns(columns)
    profiles = names_of(frame, "profile") if "profile" in columns else [""] * len(frame)
    if {"combination", "drug"} <= set(columns):
        return _long_rows(frame, profiles)
    if "drugs" in columns:
        entries = [split_combination(text) for text in names_of(frame, "drugs")]
        nan = float("nan")
        return [
            RequestRow(
                label=f"row {i}",
                entries=tuple(e),
                doses=(nan,) * len(e),
                units=("",) * len(e),
                profile=p,
            )
            for i, (e, p) in enumerate(zip(entries, profiles, strict=True))
        ]
    return _wide_rows(frame, columns, profiles)


def _check_columns(columns: list[str]) -> None:
    """Refuse a misspelt column: ignored, its combination would be predicted as another one."""
    if {"combination", "drug"} <= set(columns):
        known = {"combination", "drug", "dose", "dose_unit", "profile"}
        form = "combination, drug, dose, dose_unit, profile"
    elif "drugs" in columns:
        known, form = {"drugs", "profile"}, "drugs, profile"
    else:
        wanted = drug_columns(columns)
        starts = ("drug_", "dose_", "dose_unit_")
        known = {*(c.replace("drug_", s) for c in wanted for s in starts), "profile"}
        form = "drug_a, drug_b[, drug_c…], dose_a, dose_unit_a, … and profile"
    for column in columns:
        if column.strip().lower().startswith(("drug", "dose", "profile")) and column not in known:
            raise InputError(f"unknown column {column!r}; expected {form}")


def _wide_rows(frame: pd.DataFrame, columns: list[str], profiles: list[str]) -> list[RequestRow]:
    wanted = drug_columns(columns)
    if "drug_a" not in columns:
        raise InputError(f"found {wanted[0]!r} without drug_a; expected drug_a, drug_b[, drug_c…]")
    names = [names_of(frame, c) for c in wanted]
    doses = [_doses(frame, c.replace("drug_", "dose_")) for c in wanted]
    units = [_units(frame, c.replace("drug_", "dose_unit_")) for c in wanted]
    made = []
    for i, profile in enumerate(profiles):
        kept = [k for k in range(len(wanted)) if names[k][i]]
        made.append(
            RequestRow(
                label=f"row {i}",
                entries=tuple(names[k][i] for k in kept),
                doses=tuple(float(doses[k][i]) for k in kept),
                units=tuple(units[k][i] for k in kept),
                profile=profile,
            )
        )
    return made


def _long_rows(frame: pd.DataFrame, profiles: list[str]) -> list[RequestRow]:
    drugs, dose = names_of(frame, "drug"), _doses(frame, "dose")
    unit = _units(frame, "dose_unit")
    parts: dict[str, list[int]] = {}
    for i, key in enumerate(names_of(frame, "combination")):
        parts.setdefault(key, []).append(i)
    made = []
    for key, lines in parts.items():
        if not key:
            raise InputError(f"row {lines[0]} has an empty combination; give each row one")
        label = f"combination {key!r}"
        if len({profiles[i] for i in lines}) > 1:
            raise InputError(
                f"{label} has several profiles; give each profile a combination of its own"
            )
        if any(not drugs[i] for i in lines):
            raise InputError(f"{label} has an empty drug; name one in each line")
        made.append(
            RequestRow(
                label=label,
                entries=tuple(drugs[i] for i in lines),
                doses=tuple(float(dose[i]) for i in lines),
                units=tuple(unit[i] for i in lines),
                profile=profiles[lines[0]],
            )
        )
    return made


def _units(frame: pd.DataFrame, column: str) -> list[str]:
    return names_of(frame, column) if column in frame.columns else [""] * len(frame)


def _doses(frame: pd.DataFrame, column: str) -> np.ndarray:
    if column not in frame.columns:
        return np.full(len(frame), np.nan, np.float32)
    values = numbers_of(frame, column)
    bad = (values < 0) | np.isinf(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"row {row} has {column} = {values[row]}; expected a number of 0 or more")
    return values

"""Molecular and immune profiles of samples: variants, TMB, MSI, signatures, expression, scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.from_yaml import typed
from combo_dl.cohort.molecular_key import read_key
from combo_dl.cohort.molecular_settings import (
    FAMILIES,
    LongTable,
    MolecularTables,
    SamplesTable,
    VariantsTable,
)
from combo_dl.cohort.molecular_variants import variant_fields
from combo_dl.cohort.source import SourceTables
from combo_dl.cohort.typed import TypedTables
from combo_dl.core.errors import InputError
from combo_dl.core.files import sha256
from combo_dl.core.patient_fields import (
    PATIENT_FIELDS,
    YES_NO,
    patient_units,
    refuse_problems,
    unit_factor,
)
from combo_dl.core.study import Source

_MSI = dict.fromkeys(("msi", "msi-h", "msih", "dmmr", "instable", "unstable"), YES_NO[1]) | (
    dict.fromkeys(("mss", "msi-l", "msil", "pmmr", "stable"), YES_NO[0])
)


@dataclass(frozen=True, kw_only=True)
class MolecularProfiles:
    """Profiles of samples.

    key: ``person, sample, start`` (the day of sampling), a row a sample.
    fields: a row a sample (index), numbers and categories.  units: {field: unit}.
    settings: the window of days.  files: what was read.
    """

    key: pd.DataFrame
    fields: pd.DataFrame
    units: Mapping[str, str]
    settings: MolecularTables
    files: tuple[Source, ...] = ()


def read_molecular(
    *, folder: str, tables: Mapping[str, Any], licence: str = "none stated"
) -> MolecularProfiles:
    """Profiles of a folder of CSV or Parquet tables; ``tables``: settings of ``MolecularTables``.

    Raises ConfigError (settings, a join by anything but the key), SourceError (a missing table or
    column, a value of a wrong type), InputError (a sample of two people, a value that cannot be).
    """
    asked = typed(MolecularTables, tables, where="molecular.tables").validate()
    path = Path(folder)
    source = SourceTables(open_duckdb(), path)
    read = TypedTables(source)
    key = read_key(source, read, asked.key)
    fields = _samples(read, asked.samples)
    names = list(fields.index)
    if asked.variants is not None:
        one = asked.variants
        rows = _variants(read, one)
        _refuse_strangers(rows["sample"], names, one.table)
        fields = fields.join(
            variant_fields(
                rows.dropna(), names, genes=one.genes, panel_mb=one.panel_mb, table=one.table
            )
        )
    for long in asked.long:
        fields = fields.join(_long(read, long, names))
    _check(fields)
    return MolecularProfiles(
        key=key,
        fields=fields,
        units=_units(list(fields.columns)),
        settings=asked,
        files=_files(source, path, licence),
    )


def _variants(read: TypedTables, one: VariantsTable) -> pd.DataFrame:
    columns = {"sample": one.sample, "gene": one.gene, "classification": one.classification}
    rows = read.read(one.table, dict.fromkeys(columns.values(), "text"))
    return rows.select(**{new: rows[old] for new, old in columns.items()}).to_pandas()


def _samples(read: TypedTables, one: SamplesTable) -> pd.DataFrame:
    kinds = {one.sample: "text"} | dict.fromkeys(one.fields, "number")
    kinds |= {one.msi: "text"} if one.msi else {}
    read.check(one.table, kinds)
    frame = read.read(one.table, kinds).to_pandas().dropna(subset=[one.sample])
    frame = frame.set_index(one.sample).rename_axis("sample")
    if frame.index.has_duplicates:
        n = int(frame.index.duplicated().sum())
        raise InputError(f"table {one.table} has {n} sample(s) twice; expected a row a sample")
    made = pd.DataFrame(index=frame.index)
    for column, name in one.fields.items():
        factor = unit_factor(name, one.units[column]) if column in one.units else 1.0
        made[name] = frame[column].astype(float) * factor
    if one.msi:
        made["msi_unstable"] = [_msi(v, one) for v in frame[one.msi]]
    return made


def _msi(value: object, one: SamplesTable) -> str | None:
    if not isinstance(value, str):
        return None
    found = _MSI.get(value.strip().lower())
    if found is None:
        raise InputError(
            f"column {one.msi} of {one.table} has {value!r}; expected MSI-H, MSI-L, MSS, dMMR or "
            "pMMR, or nothing"
        )
    return found


def _long(read: TypedTables, one: LongTable, names: list[str]) -> pd.DataFrame:
    kinds = {one.sample: "text", one.name: "text", one.value: "number"}
    read.check(one.table, kinds)
    rows = read.read(one.table, kinds)
    rows = rows.filter(rows[one.name].isin(list(one.names)))
    frame = rows.select(sample=rows[one.sample], name=rows[one.name], value=rows[one.value])
    long = frame.to_pandas().dropna()
    _refuse_strangers(long["sample"], names, one.table)
    if long.duplicated(["sample", "name"]).any():
        raise InputError(f"table {one.table} has two values of one sample and name; keep one")
    wide = long.pivot(index="sample", columns="name", values="value").rename(columns=one.names)
    return wide.reindex(index=names, columns=list(one.names.values())).astype(float)


def _refuse_strangers(samples: pd.Series, names: list[str], table: str) -> None:
    strange = set(samples.dropna()) - set(names)
    if strange:
        raise InputError(
            f"table {table} has {len(strange)} sample(s) that the table of samples lacks; list "
            "every sample that was looked at, so that none of a thing is told from not looked at"
        )


def _check(fields: pd.DataFrame) -> None:
    refuse_problems(fields)
    for name in fields.columns:
        for prefix, (unit, low, high) in FAMILIES.items():
            values = fields[name].dropna() if name.startswith(prefix) else pd.Series(dtype=float)
            bad = values[~np.isfinite(values.astype(float)) | (values < low) | (values > high)]
            if len(bad):
                raise InputError(
                    f"molecular field {name!r} has {bad.iloc[0]:g}; expected {low:g} to {high:g} "
                    f"{unit}"
                )


def _units(names: list[str]) -> dict[str, str]:
    known = patient_units([n for n in names if n in PATIENT_FIELDS])
    return known | {
        n: unit for n in names for p, (unit, _, _) in FAMILIES.items() if n.startswith(p)
    }


def _files(source: SourceTables, path: Path, licence: str) -> tuple[Source, ...]:
    names = {table for table, _ in source.columns_read}
    return tuple(
        Source(file=p.name, sha256=sha256(p), licence=licence, origin="molecular profile")
        for p in sorted(path.iterdir())
        if p.stem in names and p.is_file()
    )

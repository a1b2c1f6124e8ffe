"""What tables of patients share: rows of patients, their hospitals and cohorts, become a Study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.label_names import follow_up_tables
from combo_dl.core.names import hint
from combo_dl.core.patient_fields import YES_NO, patient_units, refuse_problems
from combo_dl.core.profile_table import PATIENT
from combo_dl.core.regimens import regimen_sets
from combo_dl.core.study import HOSPITAL, Provenance, Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.pair_screen import FoundFiles, Screen
from combo_dl.datasets.patient_labels import label_flow
from combo_dl.datasets.patient_regimens import TABLE, own_drugs

# Where, or in which trial, patients were treated. Those of one code may be the same people, also in
# two studies, since identifiers cannot be linked: the code of a hospital is its place here in every
# study, and a new one goes to the end.
HOSPITALS = (
    "Memorial Sloan Kettering",
    "Samsung Medical Center",
    "SU2C-MARK",
    "Gustave Roussy",
    "UC San Diego",
    "University Hospital Essen",
    "CheckMate 038",
    "IMvigor210",
    "IMmotion150",
    "CheckMate 009",
    "Gide 2019",
    "Hugo 2016",
    "Freeman 2022",
    "Rose 2021",
    "Zhao 2019",
)


@dataclass(frozen=True, kw_only=True)
class PatientRows:
    """N patients, each a row of the source.

    fields: the profile, one column a field; text columns are categories, None or NaN is missing.
    regimens: the drugs of each, sorted, under the names of ``patient_regimens.TABLE``.
    labels: ``response`` float32[N, 1], ``os`` and ``pfs`` float32[N, 2] (time_days, event) or
    [N, 3], with entry_days.
    cohort: the published cohort of each.  hospitals: {cohort: one of ``HOSPITALS``}.
    columns: further columns [N], such as published folds.  units: of fields beyond the contract.
    """

    fields: pd.DataFrame
    regimens: Sequence[tuple[str, ...]]
    labels: Mapping[str, np.ndarray]
    cohort: pd.Series
    hospitals: Mapping[str, str]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def patient_study(
    screen: Screen, rows: PatientRows, *, files: FoundFiles, without: Sequence[str] = ()
) -> Study:
    """The validated Study: a row a patient, a profile a row, in the space ``patient``.

    A profile is named by its row in the source, so that no identifier of a patient comes further
    than the reader. Columns ``cohort`` and ``hospital`` are codes; the table ``cohorts`` has their
    names. ``without``: cohorts that are left out.
    Raises InputError (a value that the contract of fields refuses; an unknown cohort), ConfigError
    (``without`` names a cohort that is not there, or all).
    """
    refuse_problems(rows.fields)
    kept, names = _kept(screen, rows, without)
    fields = rows.fields[kept].dropna(axis=1, how="all")
    fields = fields.assign(profile=[f"{screen.name} row {i}" for i in np.flatnonzero(kept)])
    regimens = [r for r, k in zip(rows.regimens, kept, strict=True) if k]
    drugs, sets = regimen_sets(regimens)
    labels = {name: label[kept] for name, label in rows.labels.items()}
    n = len(fields)
    steps = (("patients read", len(kept)), ("patients of the chosen cohorts", n))
    return Study(
        name=screen.name,
        version=screen.version,
        dose_unit="",
        drugs=drugs,
        smiles=tuple(TABLE.smiles(d) for d in drugs.names),
        combos=ComboTable.undosed(sets, profile=np.arange(n), labels=labels),
        profiles=profiles_from_frame(
            fields, space=PATIENT, units=patient_units(list(fields.columns)) | dict(rows.units)
        ),
        columns=_codes(rows, kept, names) | {k: v[kept] for k, v in rows.columns.items()},
        tables=_tables(rows, names, drugs, labels),
        provenance=Provenance(
            sources=files.records, flow=(*steps, *label_flow(labels)), citation=screen.citation
        ),
    ).validate()


class OneCohort(TypedDict):
    """The parts of PatientRows of a source that is one cohort."""

    cohort: pd.Series
    hospitals: dict[str, str]


def one_cohort(name: str, hospital: str, *, rows: int) -> OneCohort:
    """Cohort ``name``, treated at ``hospital``, of all ``rows`` patients."""
    return OneCohort(cohort=pd.Series([name] * rows, dtype=object), hospitals={name: hospital})


def performance_status(codes: pd.Series) -> pd.Series:
    """ECOG codes 0 to 4 as categories. Raises InputError naming the row of another."""
    return renamed(codes, {float(i): str(i) for i in range(5)})


def stated(text: pd.Series) -> pd.Series:
    """A text column with None where it is empty."""
    return text.astype(object).where(text != "", None)


def yes_no(values: pd.Series) -> pd.Series:
    """0, 1 and empty cells as no, yes and None. Raises InputError naming the row of another."""
    bad = (values.notna() & ~values.isin([0, 1])).to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(f"row {row} has {values.name} = {values.iloc[row]}; expected 0 or 1")
    return renamed(values, dict(enumerate(YES_NO)))


def renamed(values: pd.Series, names: Mapping) -> pd.Series:
    """A column under other names, None where it is empty. Raises InputError naming the row of a
    value that has none."""
    empty = values.isna() | (values == "")
    bad = (~empty & ~values.isin(list(names))).to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has {values.name} = {str(values.iloc[row])[:40]!r}; "
            f"expected one of {', '.join(map(str, names))}"
        )
    return values.map(names).astype(object).where(~empty, None)


def _kept(
    screen: Screen, rows: PatientRows, without: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(bool[N] rows of the chosen cohorts, the names of these cohorts, sorted)."""
    found = sorted(set(rows.cohort))
    for name in found:
        if name not in rows.hospitals:
            raise InputError(f"unknown cohort {name!r}; {hint(name, rows.hospitals)}")
    setting = f"data.{screen.name}.without"
    for name in without:
        if name not in found:
            raise ConfigError(f"{setting} names the unknown cohort {name!r}; {hint(name, found)}")
    names = tuple(n for n in found if n not in without)
    if not names:
        raise ConfigError(f"{setting} leaves out all of {', '.join(found)}; keep one")
    return rows.cohort.isin(names).to_numpy(), names


def _codes(rows: PatientRows, kept: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    cohort = np.array([names.index(c) for c in rows.cohort[kept]], dtype=np.int32)
    hospital = np.array([HOSPITALS.index(rows.hospitals[n]) for n in names], dtype=np.int32)
    return {"cohort": cohort, HOSPITAL: hospital[cohort]}


def _tables(
    rows: PatientRows, names: tuple[str, ...], drugs: Vocab, labels: Mapping[str, np.ndarray]
) -> dict[str, pa.Table]:
    hospitals = [rows.hospitals[n] for n in names]
    cohorts = {
        "code": pa.array(range(len(names)), pa.int32()),
        "name": pa.array(names, pa.string()),
        "hospital_code": pa.array([HOSPITALS.index(h) for h in hospitals], pa.int32()),
        "hospital": pa.array(hospitals, pa.string()),
    }
    return {
        "cohorts": pa.table(cohorts),
        DRUGS_TABLE: own_drugs(drugs.names),
    } | follow_up_tables(labels)

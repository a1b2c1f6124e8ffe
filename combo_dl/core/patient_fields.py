"""Named fields of patients: the unit, the plausible range or the levels of each.

A laboratory value in another unit is a number like any other: it trains, predicts, and is wrong.
Ranges are wide enough for what is seen in treated patients with cancer, and narrow enough that the
common other unit of a value falls outside.

Some numbers have a ceiling, above which a model reads more of it as no more: TMB, the ratio of
neutrophils to lymphocytes and age as in LORIS (Chang et al., Nat Cancer 2024, doi
10.1038/s43018-024-00772-7). Tables keep the value itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from combo_dl.core.errors import InputError

YES_NO = ("no", "yes")


@dataclass(frozen=True, kw_only=True)
class PatientField:
    """A number (``unit``, ``low`` to ``high``) or, with ``levels``, a category.

    other_units: {unit: factor}; a value in that unit times the factor is in ``unit``.
    ceiling: a model reads values above as this one.
    """

    name: str
    unit: str = ""
    low: float = -np.inf
    high: float = np.inf
    other_units: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    ceiling: float = np.inf


def _number(
    name: str,
    unit: str,
    low: float,
    high: float,
    other: Mapping[str, float] | None = None,
    *,
    ceiling: float = np.inf,
) -> PatientField:
    return PatientField(
        name=name, unit=unit, low=low, high=high, other_units=other or {}, ceiling=ceiling
    )


def _category(name: str, *levels: str) -> PatientField:
    return PatientField(name=name, levels=levels)


# Molar masses: albumin 66.5 kg/mol; haemoglobin 16.1 kg/mol a chain, in which labs count.
_FIELDS = (
    _number("age_years", "years", 0, 110, {"months": 1 / 12, "days": 1 / 365.25}, ceiling=85),
    _number("bmi_kg_m2", "kg/m2", 8, 100),
    _number("albumin_g_dl", "g/dL", 1, 6.5, {"g/L": 0.1, "umol/L": 0.00665}),
    _number("hgb_g_dl", "g/dL", 2, 25, {"g/L": 0.1}),
    _number("nlr", "ratio", 0, 200, ceiling=25),
    _number("platelets_1e9_l", "10^9/L", 1, 3000, {"per uL": 0.001, "per L": 1e-9}),
    _number("ldh_u_l", "U/L", 20, 50_000, {"ukat/L": 60.0}),
    _number("tmb_mut_per_mb", "mut/Mb", 0, 2000, ceiling=50),
    _number("nonsynonymous_mutations", "count", 0, 100_000),
    _number("neoantigen_per_mb", "per Mb", 0, 1000),
    _number("pdl1_tps_pct", "%", 0, 100),
    _number("fcna", "fraction", 0, 1, {"%": 0.01}),
    _number("purity", "fraction", 0, 1, {"%": 0.01}),
    _number("ploidy", "copies", 0.5, 12),
    _number("subclonal_share", "fraction", 0, 1, {"%": 0.01}),
    _number("hed", "score", 0, 30),
    _number("pack_years", "pack-years", 0, 300),
    _number("prior_therapies", "count", 0, 30),
    _category("sex", "female", "male"),
    _category("performance_status", "0", "1", "2", "3", "4"),
    _category("smoking", "never", "ever"),
    _category("immune_phenotype", "desert", "excluded", "inflamed"),
    *(
        _category(name, *YES_NO)
        for name in (
            "prior_systemic_therapy",
            "prior_ctla4",
            "prior_mapk",
            "prior_platinum",
            "prior_bcg",
            "msi_unstable",
            "hla_loh",
            "stage_iv",
            "brain_metastasis",
            "lung_metastasis",
            "liver_or_visceral_metastasis",
            "bone_metastasis",
            "lymph_node_metastasis",
        )
    ),
)
PATIENT_FIELDS: Mapping[str, PatientField] = {f.name: f for f in _FIELDS}


def patient_units(names: list[str]) -> dict[str, str]:
    """{field: unit} of those of ``names`` that the contract has ('' for a category)."""
    return {n: PATIENT_FIELDS[n].unit for n in names if n in PATIENT_FIELDS}


def unit_factor(name: str, unit: str | None) -> float:
    """What turns a value of the field ``name`` in ``unit`` into one in the unit of the field.

    Raises InputError on a unit that the field does not have.
    """
    known = PATIENT_FIELDS[name]
    same = {known.unit: 1.0, **known.other_units}
    for other, factor in same.items():
        if isinstance(unit, str) and unit.strip().casefold() == other.casefold():
            return factor
    raise InputError(
        f"field {name!r} has values in {unit or 'no unit'}; expected {', '.join(same)}: give the "
        "unit in the source, or leave the field out"
    )


def field_problems(frame: pd.DataFrame) -> tuple[str, ...]:
    """One line a field of the contract whose column in ``frame`` has a value that cannot be.

    Columns that the contract does not name are not looked at; an empty cell is a missing value.
    """
    known = [PATIENT_FIELDS[c] for c in map(str, frame.columns) if c in PATIENT_FIELDS]
    lines = [(_level_problem if f.levels else _number_problem)(f, frame[f.name]) for f in known]
    return tuple(line for line in lines if line)


def codes_as_text(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The table with categories that were read as numbers as text: a column of 0, 1 and empty cells
    is read as 0.0, 1.0."""
    made = {}
    for name in (n for n in names if n in frame.columns):
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            made[name] = column.map(lambda v: f"{v:g}", na_action="ignore").astype(object)
    return frame.assign(**made)


def refuse_problems(frame: pd.DataFrame) -> None:
    """Raise InputError with the first of ``field_problems``, and how many other fields have one."""
    lines = field_problems(frame)
    if lines:
        more = f" (and {len(lines) - 1} more fields)" if len(lines) > 1 else ""
        raise InputError(lines[0] + more)


def _number_problem(known: PatientField, column: pd.Series) -> str:
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = ~((values >= known.low) & (values <= known.high)) & column.notna().to_numpy()
    if not bad.any():
        return ""
    row = int(np.argmax(bad))
    rows = f" ({int(bad.sum())} such rows)" if bad.sum() > 1 else ""
    if np.isnan(values[row]):
        return f"row {row} has text in {known.name}{rows}; expected a number of {known.unit}"
    return (
        f"row {row} has {known.name} = {values[row]:g}{rows}; "
        f"expected {known.low:g} to {known.high:g} {known.unit}{_likely_unit(known, values[bad])}"
    )


def _likely_unit(known: PatientField, values: np.ndarray) -> str:
    """The other unit in which every one of these values would be plausible."""
    for unit, factor in known.other_units.items():
        turned = values * factor
        if ((turned >= known.low) & (turned <= known.high)).all():
            return f": it looks like {unit}; multiply it by {factor:.3g}"
    return "; correct the value, or leave the cell empty"


def _level_problem(known: PatientField, column: pd.Series) -> str:
    bad = (column.notna() & ~column.isin(known.levels)).to_numpy()
    if not bad.any():
        return ""
    row = int(np.argmax(bad))
    return (
        f"row {row} has {known.name} = {str(column.iloc[row])[:40]!r}; "
        f"expected one of {', '.join(known.levels)}, or an empty cell"
    )

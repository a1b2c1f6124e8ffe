"""Doses of phase I trials: what a drug's day of treatment is at a dose level, in standard units."""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from combo_dl.core.dose_units import parse_unit, standard_dose
from combo_dl.core.errors import InputError

# A beam is stated by the fraction or by the whole course. The day's dose is what is asked for, and
# no fraction is larger; a course's dose is left unknown.
LARGEST_FRACTION_GY = 12.0
_TIMES_A_DAY = {"bid": 2, "tid": 3}
_POWER = re.compile(r"(\d+(?:\.\d+)?) ?[xX×] ?10 ?\^?(\d{1,2})")


@dataclass(frozen=True, kw_only=True)
class LevelDoses:
    """doses: {(arm, level, drug): amount a day of treatment}.  units: {drug: its standard unit}.

    stated: the (arm, level, drug) whose row holds a number or a power of ten.
    """

    doses: dict[tuple[str, str, str], float]
    units: dict[str, str]
    stated: frozenset[tuple[str, str, str]]

    def unit_table(self) -> pa.Table:
        """The columns drug, unit: the standard unit of each drug that has a dose."""
        drugs = sorted(self.units)
        units = [self.units[d] for d in drugs]
        return pa.table(
            {"drug": pa.array(drugs, pa.string()), "unit": pa.array(units, pa.string())}
        )


class _Row(NamedTuple):
    drug: str
    value: float
    dose_unit: str
    frequency: str


def level_doses(rows: pd.DataFrame) -> LevelDoses:
    """Doses of rows with the columns arm, dose_level, drug, dose_value (NaN: not a plain number),
    dose_value_raw, dose_unit and frequency (times a day, or a text).

    The dose is an administration's times those of a day, in the standard patient
    (``combo_dl.core.dose_units``), and the mean over the rows of a drug at a level (loading and
    maintenance). A drug that is dosed in several standard units keeps the one of most rows; in the
    others, and where a row cannot be converted, its dose is unknown.
    """
    keys = ["arm", "dose_level", "drug"]
    value = [_value(*r) for r in zip(rows["dose_value"], rows["dose_value_raw"], strict=True)]
    named = rows.assign(value=value).dropna(subset="value")
    amounts = [_amount(_Row._make(r)) for r in zip(*(named[c] for c in _Row._fields), strict=True)]
    made = named[keys].assign(dose=[a[0] for a in amounts], unit=[a[1] for a in amounts])
    made = made[made["unit"] != ""]
    counts = made.groupby(["drug", "unit"]).size().reset_index(name="n")
    best = counts.sort_values(["n", "unit"], ascending=[False, True]).drop_duplicates("drug")
    units = dict(zip(best["drug"], best["unit"], strict=True))
    kept = made[made["unit"] == made["drug"].map(units)]
    return LevelDoses(
        doses=kept.groupby(keys)["dose"].mean().to_dict(),
        units=units,
        stated=frozenset(map(tuple, named[keys].to_numpy())),
    )


def _value(value: float, raw: str) -> float:
    """The number of a row; powers of ten are read from its text, ranges and choices are none."""
    if not math.isnan(value):
        return value
    power = _POWER.fullmatch(raw.strip())
    return float(power[1]) * 10.0 ** int(power[2]) if power else math.nan


def _amount(row: _Row) -> tuple[float, str]:
    """(amount a day, standard unit), or (NaN, '') where the row cannot be converted."""
    try:
        unit = parse_unit(row.dose_unit)
        dose, standard = standard_dose(row.value, row.dose_unit, drug=row.drug, where="a level")
    except InputError:
        return math.nan, ""
    times = 1 if unit.per_day else _times_a_day(row.frequency)
    if math.isnan(times) or (standard == "Gy" and dose > LARGEST_FRACTION_GY):
        return math.nan, ""
    return dose * times, standard


def _times_a_day(frequency: str) -> float:
    """Administrations a day of treatment: 1 where none or 0 is said, NaN where a choice is."""
    text = frequency.strip().casefold()
    if text.isdecimal():
        return max(int(text), 1)
    if re.fullmatch(r"\d or \d", text):
        return math.nan
    return _TIMES_A_DAY.get(text, 1)

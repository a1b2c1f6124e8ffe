"""DoseScale: doses relative to what training rows gave of the same drug.

A milligram of one drug is not a milligram of another. A dose is therefore divided by the drug's
typical dose, the median of the logs over training rows; so a network reads "half" or "twice as much
as usual", and more stays more. A drug without a training dose has the typical dose of its unit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.arrays import take, take_numbers, take_text, text_array
from combo_dl.core.dose_units import DOSE_UNIT_TABLE, STANDARD
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.study import Study


@dataclass(frozen=True, kw_only=True)
class DoseScale:
    """drugs, units: a standard unit a drug, of all drugs of the study.  log10_typical: float64 of
    each, log10 of its typical dose in that unit.  seen: bool, it had a dose in training."""

    drugs: tuple[str, ...]
    units: tuple[str, ...]
    log10_typical: np.ndarray
    seen: np.ndarray

    def relative(self, dose: np.ndarray, names: np.ndarray) -> np.ndarray:
        """float32 of doses float32[...] in the standard unit of the drugs ``names`` (object[...],
        of the same shape): multiples of the typical dose; NaN of a drug that has no unit."""
        typical = dict(zip(self.drugs, self.log10_typical.tolist(), strict=True))
        divisor = np.array([10.0 ** typical.get(n, np.nan) for n in names.reshape(-1)])
        return (dose / divisor.reshape(dose.shape)).astype(np.float32)

    def unit(self, drug: str) -> str | None:
        """The standard unit of a drug, None where no dose of it is known."""
        return dict(zip(self.drugs, self.units, strict=True)).get(drug)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        return {
            "drugs": text_array(self.drugs),
            "units": text_array(self.units),
            "log10_typical": self.log10_typical,
            "seen": self.seen,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "DoseScale":
        """The inverse of ``to_arrays``. Raises FormatError."""
        drugs, units = take_text(arrays, "drugs"), take_text(arrays, "units")
        typical = take_numbers(arrays, "log10_typical").astype(np.float64)
        seen = take(arrays, "seen").astype(bool)
        if not len(drugs) == len(units) == len(typical) == len(seen):
            raise FormatError(f"{len(drugs)} drugs have {len(typical)} typical doses")
        return cls(drugs=drugs, units=units, log10_typical=typical, seen=seen)


def fit_dose_scale(part: Study) -> DoseScale | None:
    """Typical doses of training rows; None of a study whose doses are not in standard units.

    Raises InputError where the study does not say the unit of each drug.
    """
    if part.dose_unit != STANDARD:
        return None
    if DOSE_UNIT_TABLE not in part.tables:
        raise InputError(
            f"study {part.name!r} has doses in standard units and no table {DOSE_UNIT_TABLE!r}; "
            "expected one with the columns drug and unit"
        )
    table = part.tables[DOSE_UNIT_TABLE].to_pandas()
    unit = dict(zip(table["drug"], table["unit"], strict=True))
    at = part.combos.present & (part.combos.dose > 0)
    names = np.array(part.drugs.names, dtype=object)[part.combos.drugs[at]]
    given = pd.DataFrame({"drug": names, "log10": np.log10(part.combos.dose[at])})
    given["unit"] = given["drug"].map(unit)
    own = given.groupby("drug")["log10"].median()
    of_unit = own.groupby(own.index.map(unit)).median()
    drugs = tuple(sorted(unit))
    # Without any dose in a unit there is nothing to compare with, and 1 of it is as good as any.
    typical = [own.get(d, of_unit.get(unit[d], 0.0)) for d in drugs]
    return DoseScale(
        drugs=drugs,
        units=tuple(unit[d] for d in drugs),
        log10_typical=np.array(typical, np.float64),
        seen=np.array([d in own.index for d in drugs]),
    )

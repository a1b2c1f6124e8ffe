"""Single-drug curves: what a drug does alone in a profile, as wells and as a few numbers.

A screen measures each drug alone before it combines it; such curves repeat far better than any
synergy score, and a new drug has them before its first combination. They are an input, never a
label.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.names import hint
from combo_dl.core.vocab import Vocab

TABLE = "monotherapy"  # the name of the table among those kept with a study
COLUMNS = ("drug", "profile", "dose_um", "viability")
DECADES_BELOW_TOP = (0.0, 0.5, 1.0, 1.5)
FIELDS = ("top", "down_0.5", "down_1.0", "down_1.5", "mean")
MEAN_DECADES = np.linspace(0.0, 2.0, 9)
MAX_VIABILITY = 5.0


@dataclass(frozen=True, kw_only=True)
class Curves:
    """number: float32[D, P, F], viability (fraction of vehicle) of ``drugs`` in ``profiles`` at the
    highest dose and 0.5, 1 and 1.5 decades below it, and its mean over the two decades below it;
    NaN where there is no curve."""

    drugs: Vocab
    profiles: Vocab
    number: np.ndarray

    def at(self, drugs: Sequence[str], profiles: Sequence[str]) -> np.ndarray:
        """float32[D', P', F] of these names; NaN where a name or its curve is not known."""
        found = np.full((len(drugs), len(profiles), len(FIELDS)), np.nan, np.float32)
        rows = [(i, self.drugs.get(n)) for i, n in enumerate(drugs)]
        columns = [(j, self.profiles.get(n)) for j, n in enumerate(profiles)]
        own = [(i, d) for i, d in rows if d >= 0], [(j, p) for j, p in columns if p >= 0]
        if own[0] and own[1]:
            to, of = zip(*own[0], strict=True)
            to_profile, of_profile = zip(*own[1], strict=True)
            found[np.ix_(to, to_profile)] = self.number[np.ix_(of, of_profile)]
        return found

    def by_profile(self) -> "Curves":
        """The same with drugs and profiles in each other's place."""
        return Curves(
            drugs=Vocab(kind="profile", names=self.profiles.names),
            profiles=Vocab(kind="drug", names=self.drugs.names),
            number=self.number.transpose(1, 0, 2),
        )

    def before(self, other: "Curves") -> "Curves":
        """Both; where both have a curve, the one of ``self``."""
        drugs = tuple(dict.fromkeys((*self.drugs.names, *other.drugs.names)))
        profiles = tuple(dict.fromkeys((*self.profiles.names, *other.profiles.names)))
        mine, theirs = self.at(drugs, profiles), other.at(drugs, profiles)
        return Curves(
            drugs=Vocab(kind="drug", names=drugs),
            profiles=Vocab(kind="profile", names=profiles),
            number=np.where(np.isnan(mine).all(axis=2, keepdims=True), theirs, mine),
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        return {
            "drugs": text_array(self.drugs.names),
            "profiles": text_array(self.profiles.names),
            "number": self.number,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Curves":
        """The inverse of ``to_arrays``. Raises FormatError."""
        drugs, profiles = take_text(arrays, "drugs"), take_text(arrays, "profiles")
        number = take(arrays, "number")
        if number.shape != (len(drugs), len(profiles), len(FIELDS)) or number.dtype.kind != "f":
            raise FormatError(
                f"broken single-drug curves: {number.dtype}{number.shape} for {len(drugs)} drugs "
                f"and {len(profiles)} profiles"
            )
        return cls(
            drugs=Vocab(kind="drug", names=drugs),
            profiles=Vocab(kind="profile", names=profiles),
            number=number.astype(np.float32),
        )


def curves_of(wells: pd.DataFrame) -> Curves:
    """Curves of wells: columns ``drug, profile, dose_um, viability``; replicates are averaged.

    Between doses viability is linear in log dose; below the lowest it is that of the lowest.
    Raises InputError on a missing column, a number that is none, a dose that is not above 0, and a
    viability that looks like a percentage.
    """
    _check(wells)
    means = (
        wells.astype({"drug": str, "profile": str})
        .groupby(["drug", "profile", "dose_um"], sort=True)["viability"]
        .mean()
        .reset_index()
    )
    drugs, profiles = sorted(set(means["drug"])), sorted(set(means["profile"]))
    number = np.full((len(drugs), len(profiles), len(FIELDS)), np.nan, np.float32)
    place = {n: i for i, n in enumerate(drugs)}, {n: j for j, n in enumerate(profiles)}
    for (drug, profile), curve in means.groupby(["drug", "profile"], sort=False):
        at = place[0][str(drug)], place[1][str(profile)]
        number[at] = _numbers(curve["dose_um"].to_numpy(), curve["viability"].to_numpy())
    return Curves(
        drugs=Vocab(kind="drug", names=tuple(drugs)),
        profiles=Vocab(kind="profile", names=tuple(profiles)),
        number=number,
    )


def _numbers(dose_um: np.ndarray, viability: np.ndarray) -> np.ndarray:
    log_dose = np.log10(dose_um)
    asked = log_dose[-1] - np.array(DECADES_BELOW_TOP)
    points = np.interp(asked, log_dose, viability)
    mean = np.interp(log_dose[-1] - MEAN_DECADES, log_dose, viability).mean()
    return np.append(points, mean).astype(np.float32)


def _check(wells: pd.DataFrame) -> None:
    for column in COLUMNS:
        if column not in wells.columns:
            raise InputError(
                f"a table of single drugs needs the column {column!r}; "
                f"{hint(column, [str(c) for c in wells.columns])}"
            )
    if wells.empty:
        raise InputError("the table of single drugs has no rows; give at least one curve")
    for column, low in (("dose_um", 0.0), ("viability", -1.0)):
        values = pd.to_numeric(wells[column], errors="coerce").to_numpy(np.float64)
        bad = ~np.isfinite(values) | (values <= low)
        if bad.any():
            row = int(np.argmax(bad))
            raise InputError(
                f"row {row} of the single drugs has {column} = {wells[column].iloc[row]!r}; "
                f"expected a number above {low:g}"
            )
    high = float(wells["viability"].max())
    if high > MAX_VIABILITY:
        raise InputError(
            f"the single drugs have viability up to {high:g}; expected a fraction of the vehicle "
            "(1 = as without drug); divide percentages by 100"
        )

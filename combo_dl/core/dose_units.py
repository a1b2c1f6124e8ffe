"""Units that a dose may be given in, as an amount in one standard patient.

Trials state doses a square metre, a kilogram, as a target exposure or flat. To compare them they
are taken to what a patient of the standard size gets: 75 mg/m2 and 135 mg are then one dose.
"""

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from combo_dl.core.errors import InputError
from combo_dl.core.names import hint, normalise

# A study of this unit says in a table (columns drug, unit) which standard unit each drug's doses
# have; a drug without a dose is not in it.
STANDARD = "standard"
DOSE_UNIT_TABLE = "dose_unit"

# The means of adults with cancer: Sacco JJ et al. The average body surface area of adult cancer
# patients in the UK. PLoS One 2010;5:e8933 (1.79 m2).
BODY_SURFACE_M2 = 1.8
# The adult to whom doses a kilogram are customarily referred (ICRP Publication 23, 1975).
BODY_WEIGHT_KG = 70.0
# The lower end of a normal filtration rate (KDIGO 2012, category G1).
GFR_ML_PER_MIN = 90.0
# Calvert AH et al. Carboplatin dosage: prospective evaluation of a simple formula based on renal
# function. J Clin Oncol 1989;7:1748: dose (mg) = AUC (mg/mL x min) x (GFR + 25).
NON_RENAL_ML_PER_MIN = 25.0
MG_PER_AUC = GFR_ML_PER_MIN + NON_RENAL_ML_PER_MIN
# Courses with stem cell support reach about 24; a larger number is a dose in mg or mg/m2.
LARGEST_AUC = 30.0
_AUC_DRUG = "carboplatin"

# Standard unit: {spelling: how many standard units one of it is}.
_SPELLINGS = {
    "mg": {"g": 1e3, "gm": 1e3, "mg": 1.0, "ug": 1e-3, "mcg": 1e-3, "ng": 1e-6, "AUC": MG_PER_AUC},
    "Gy": {"Gy": 1.0, "cGy": 1e-2},
    "MBq": {"kBq": 1e-3, "MBq": 1.0, "GBq": 1e3, "uCi": 0.037, "mCi": 37.0},
    "IU": {"IU": 1.0, "U": 1.0, "unit": 1.0, "units": 1.0, "kIU": 1e3, "kU": 1e3}
    | {"MIU": 1e6, "MU": 1e6},
    "cells": {"cells": 1.0, "cell": 1.0},
    # Infectious units, genomes and particles differ by assay: a drug is dosed in one of them.
    "particles": dict.fromkeys(("particles", "PFU", "CFU", "TCID50", "vg", "vp"), 1.0),
    "um": {"um": 1.0, "uM": 1.0, "nM": 1e-3},
}
STANDARD_UNITS = tuple(_SPELLINGS)
_AMOUNTS = {s: (f, unit) for unit, group in _SPELLINGS.items() for s, f in group.items()}
# Lower case would make millions of units thousandths of one, and molar concentrations lengths.
_CASE_MATTERS = ("MU", "MIU", "nM")
_FOLDED = {k.casefold(): k for k in _AMOUNTS if k not in _CASE_MATTERS}
_COUNTED = ("IU", "cells", "particles")
_SIZES = {"m2": BODY_SURFACE_M2, "kg": BODY_WEIGHT_KG}
_DAY = re.compile(r"d|days?|24 ?(h|hrs?|hours?)")
_ONCE = re.compile(r"dose|body|patient|frac|fraction|administration")
_RATE = re.compile(
    r"(\d+ ?)?(s|sec|min|minutes?|h|hrs?|hours?|w|wk|weeks?|weekly|months?|cycle|course)"
)
_VOLUME = re.compile(r"[mdu]?l")
KNOWN_UNITS = (
    *_AMOUNTS,
    *(f"{a}/{s}" for a in ("mg", "g", "ug", "ng", "IU", "MBq", "mCi", "vg") for s in _SIZES),
    *(f"mg{s}/day" for s in ("", "/m2", "/kg")),
)


@dataclass(frozen=True, kw_only=True)
class DoseUnit:
    """A unit that was understood: ``factor`` units of ``standard`` are one of it.

    per_day: it is the whole day's amount, however many administrations the day has.
    exposure: it is a target AUC (mg/mL x min), which makes a dose of carboplatin alone.
    """

    factor: float
    standard: str
    per_day: bool = False
    exposure: bool = False


def standard_dose(value: float, unit: str, *, drug: str, where: str) -> tuple[float, str]:
    """(amount, standard unit) of a dose in the standard patient: 1.8 m2, 70 kg, GFR 90 mL/min.

    Standard units: mg, Gy, MBq, IU, cells, particles and um (a concentration, of cell lines).
    A target AUC is taken for carboplatin alone, by Calvert's formula: the clearance of another drug
    is not the kidney's filtration. ``where`` begins the message of an error.
    Raises InputError on a unit that is missing, unknown, a rate (mg/h) or an amount in a volume
    (mg/L), on a dose that is negative or no finite number, and on an AUC of another drug or above
    what carboplatin is given to.
    """
    known = parse_unit(unit, where=where)
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"{where} has the dose {value} {unit}; expected a number of 0 or more")
    if known.exposure:
        _check_exposure(value, drug, where)
    return value * known.factor, known.standard


def _check_exposure(value: float, drug: str, where: str) -> None:
    if normalise(drug) != _AUC_DRUG:
        raise InputError(
            f"{where} has a dose of {drug!r} as AUC; only that of {_AUC_DRUG} can be converted "
            "(Calvert's formula): give the dose in mg or mg/m2"
        )
    if value > LARGEST_AUC:
        raise InputError(
            f"{where} has the dose AUC {value:g}; expected at most {LARGEST_AUC:g} mg/mL x min: "
            "is it in mg or mg/m2?"
        )


@lru_cache(maxsize=4096)
def parse_unit(unit: str, *, where: str = "a dose") -> DoseUnit:
    """The unit of this spelling: ``mg/m2``, ``mg m^-2``, ``mg/m²/day``, ``10^6 IU`` …

    Case matters only where it tells a million from a thousandth (MIU). Raises InputError.
    """
    if not unit.strip():
        raise InputError(f"{where} has a dose without a unit; give one, such as mg, mg/m2 or Gy")
    head, *tail = [part.strip() for part in _plain(unit).split("/")]
    factor, standard = _amount(head, unit, where)
    made = DoseUnit(factor=factor, standard=standard, exposure=head.casefold() == "auc")
    sized = False
    for part in tail:
        low = part.casefold()
        if low in _SIZES and not sized and not made.exposure:
            made, sized = replace(made, factor=made.factor * _SIZES[low]), True
        elif _DAY.fullmatch(low):
            made = replace(made, per_day=True)
        elif not _ONCE.fullmatch(low):
            raise InputError(_refusal(low, unit, where))
    return made


def _plain(unit: str) -> str:
    """One spelling of the ways to write a fraction: ``mg m^-2``, ``mg.m2`` and ``mg per m²``."""
    text = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("−", "-")
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s*/?\s*\bper ", "/", text)
    text = re.sub(r"[ .]?\b(m|kg|d|day) ?\^? ?-([12])\b", _inverse, text)
    text = re.sub(r"(?<=\w)[ .](?=(m ?\^?2|kg)\b)", "/", text)
    text = re.sub(r"\bkg (ibw|bw)\b", "kg", text, flags=re.I)
    return re.sub(r"\bm ?\^?2\b", "m2", text, flags=re.I)


def _inverse(found: re.Match) -> str:
    return f"/{found[1]}" + (found[2] if found[1] == "m" else "")


def _amount(head: str, unit: str, where: str) -> tuple[float, str]:
    counted = re.fullmatch(r"(?:x ?)?(?:10\^|1e)(\d{1,2}) (.+)", head)
    million = re.fullmatch(r"(?:million|mio) (.+)", head, flags=re.I)
    name = counted[2] if counted else million[1] if million else head
    spelling = name if name in _AMOUNTS else _FOLDED.get(name.casefold(), "")
    factor, standard = _AMOUNTS.get(spelling, (math.nan, ""))
    if not spelling or ((counted or million) and standard not in _COUNTED):
        raise InputError(_unknown(unit, where))
    if counted or million:
        factor *= 10.0 ** int(counted[1]) if counted else 1e6
    return factor, standard


def _unknown(unit: str, where: str) -> str:
    return f"{where} has the unknown dose unit {unit!r}; {hint(unit, KNOWN_UNITS)}"


def _refusal(part: str, unit: str, where: str) -> str:
    if _RATE.fullmatch(part):
        return (
            f"{where} has the dose unit {unit!r}, a rate; expected the amount of an administration "
            "or of a day, such as mg/m2 or mg/m2/day"
        )
    if _VOLUME.fullmatch(part):
        return (
            f"{where} has the dose unit {unit!r}, an amount in a volume; expected the amount that "
            "is given, such as mg or mg/m2"
        )
    return _unknown(unit, where)

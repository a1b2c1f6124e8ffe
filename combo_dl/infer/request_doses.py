"""Doses of a request in the unit that a bundle learned from."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.dose_units import DoseUnit, parse_unit, standard_dose
from combo_dl.core.errors import InputError
from combo_dl.data.dose_scale import DoseScale
from combo_dl.infer.request_table import Request


@dataclass(frozen=True, kw_only=True)
class AskedDoses:
    """dose: float32[N, K] in the unit of the study.  scale: typical doses of the drugs asked, under
    the names asked; None of a study whose doses are all in one unit."""

    dose: np.ndarray
    scale: DoseScale | None


def asked_doses(
    request: Request, scale: DoseScale | None, *, dose_unit: str, known: list[str]
) -> AskedDoses:
    """The doses of ``request`` as a study has them: in ``dose_unit``, or, where it has a ``scale``,
    each in the standard unit of its drug.

    known: the bundle's name of each drug of the request, '' of a drug that it does not know: such a
    drug is compared with the typical dose of its unit.
    Raises InputError naming the row: a dose without a unit where units are needed, an unknown unit,
    and a unit of another dimension than the doses of the drug that the bundle learned from.
    """
    if scale is None:
        return AskedDoses(dose=_in_one_unit(request, dose_unit), scale=None)
    units = [scale.unit(name) if name else None for name in known]
    dose = request.doses.copy()
    for n, k in np.argwhere(~np.isnan(request.doses)):
        d = int(request.sets[n, k])
        dose[n, k], unit = _standard(request, n, k)
        if units[d] is not None and units[d] != unit:
            raise InputError(_other_dimension(request, n, k, unit, str(units[d])))
        units[d] = unit
    return AskedDoses(dose=dose, scale=_scale(request, scale, units, known))


def _where(request: Request, n: int, k: int) -> str:
    return f"{request.rows[n].label} ({request.drugs[request.sets[n, k]].name})"


def _standard(request: Request, n: int, k: int) -> tuple[float, str]:
    return standard_dose(
        float(request.doses[n, k]),
        request.units[n, k],
        drug=request.drugs[request.sets[n, k]].name,
        where=_where(request, n, k),
    )


def _other_dimension(request: Request, n: int, k: int, unit: str, own: str) -> str:
    written = f"{request.doses[n, k]:g} {request.units[n, k]}"
    as_unit = "" if request.units[n, k] == unit else f", an amount in {unit}"
    return (
        f"{_where(request, n, k)} has the dose {written}{as_unit}; its doses are known in {own}: "
        f"give it in {own}, or leave dose and unit empty"
    )


def _in_one_unit(request: Request, dose_unit: str) -> np.ndarray:
    """float32[N, K]. Where one dose of the table has a unit, each must have one: a number without
    would be guessed at."""
    given = ~np.isnan(request.doses)
    stated = np.argwhere(given & (request.units != ""))
    if not len(stated):
        return request.doses
    own = _parsed(dose_unit)
    if own is None:
        n, k = stated[0]
        raise InputError(
            f"{_where(request, n, k)} has the dose unit {request.units[n, k]!r}, but the doses "
            "that this bundle learned from are in no unit that is known; leave the units out"
        )
    dose = request.doses.copy()
    for n, k in np.argwhere(given):
        amount, unit = _standard(request, n, k)
        if unit != own.standard:
            raise InputError(_other_dimension(request, n, k, unit, dose_unit))
        dose[n, k] = amount / own.factor
    return dose


def _parsed(unit: str) -> DoseUnit | None:
    try:
        return parse_unit(unit)
    except InputError:
        return None


def _scale(
    request: Request, scale: DoseScale, units: list[str | None], known: list[str]
) -> DoseScale:
    own = dict(zip(scale.drugs, zip(scale.log10_typical, scale.seen, strict=True), strict=True))
    of_unit = {
        unit: float(np.median(scale.log10_typical[at]))
        for unit in set(scale.units)
        if (at := scale.seen & (np.array(scale.units) == unit)).any()
    }
    drugs, kept, typical, seen = [], [], [], []
    for d, unit in enumerate(units):
        at, was_seen = own.get(known[d], (np.nan, False))
        if unit is None or (not was_seen and unit not in of_unit and not _dosed(request, d)):
            continue
        if not was_seen and unit not in of_unit:
            raise InputError(_nothing_like_it(request, d, unit, sorted(of_unit)))
        drugs.append(request.drugs[d].name)
        kept.append(unit)
        typical.append(float(at) if was_seen else of_unit[unit])
        seen.append(bool(was_seen))
    return DoseScale(
        drugs=tuple(drugs),
        units=tuple(kept),
        log10_typical=np.array(typical, np.float64),
        seen=np.array(seen, bool),
    )


def _dosed(request: Request, drug: int) -> bool:
    return bool(((request.sets == drug) & ~np.isnan(request.doses)).any())


def _nothing_like_it(request: Request, drug: int, unit: str, known: list[str]) -> str:
    n, k = np.argwhere((request.sets == drug) & ~np.isnan(request.doses))[0]
    return (
        f"{_where(request, n, k)} has a dose in {unit}; this bundle knows doses in "
        f"{', '.join(known) or 'no unit'} alone: leave dose and unit empty, which stands for a "
        "usual dose"
    )

"""Mix-ups in a table of wells that leave every number readable: caught before a score is made."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.datasets.plate_table import UM_PER_UNIT, PlateTable

LOWEST_UM, HIGHEST_UM = 1e-7, 1e4
TYPICAL_TOP_UM = 10.0  # a screen's highest dose, for a guess at the unit that was meant
LARGEST_FRACTION = 2.0
VIABILITY_RANGE = (-1.0, 5.0)
VEHICLE_TOLERANCE = 0.3
RISE = 0.3  # correlation of viability with log dose above which it is taken to rise
WELLS_TO_JUDGE = 6


def check_plates(plates: PlateTable) -> None:
    """Raise InputError, one line, on the first mix-up found.

    Percent for fraction, viability for inhibition, a vehicle far from 1, a unit that gives doses no
    one tests, pairs without their single drugs.
    """
    _check_scale(plates)
    _check_vehicle(plates)
    _check_direction(plates)
    _check_units(plates)
    _check_singles(plates)


def _check_scale(plates: PlateTable) -> None:
    """Fractions or percentages as the column says, and nothing that a well cannot have."""
    path, response = plates.path, plates.response
    viability = plates.wells["viability"].to_numpy()
    given = 1 - viability if response.startswith("inhibition") else viability
    other = response.removesuffix("_percent")
    if response.endswith("percent"):
        given = given * 100
        if np.abs(given).max() <= LARGEST_FRACTION:
            raise InputError(
                f"{path} has {response} up to {given.max():g}; expected percentages (100 = all); "
                f"fractions are named {other}"
            )
    elif np.abs(given).mean() > LARGEST_FRACTION:
        raise InputError(
            f"{path} has {response} up to {given.max():g}; expected a fraction of the vehicle "
            f"(1 = all); percentages are named {other}_percent, raw signal must be divided by the "
            "vehicle's"
        )
    low, high = VIABILITY_RANGE
    bad = (viability <= low) | (viability > high)
    if bad.any():
        row = int(np.argmax(bad))
        line = plates.wells["line"].iloc[row]
        raise InputError(
            f"{path}, line {line} means a viability of {viability[row]:g}; "
            f"expected {low:g} to {high:g} (1 = as the vehicle); mend it or leave the well out"
        )


def _check_vehicle(plates: PlateTable) -> None:
    """Wells without any drug must have viability 1."""
    for profile, mean in plates.vehicle.groupby("profile", sort=True)["viability"].mean().items():
        where = f"{plates.path}: wells without drug in {profile} have viability {mean:.2f}"
        if abs(mean) < VEHICLE_TOLERANCE:
            raise InputError(f"{where}, expected 1; {_swapped(plates.response)}")
        if abs(mean - 1) > VEHICLE_TOLERANCE:
            raise InputError(f"{where}, expected 1; divide each plate by the mean of such wells")


def _check_direction(plates: PlateTable) -> None:
    """Viability must not rise with the dose of single drugs, over all curves together."""
    alone = plates.alone
    curve, viability = [alone["drug_a"], alone["profile"]], alone["viability"]
    log_dose = np.log10(alone["dose_a_um"])
    x = (log_dose - log_dose.groupby(curve).transform("mean")).to_numpy()
    y = (viability - viability.groupby(curve).transform("mean")).to_numpy()
    size = np.sqrt((x**2).sum() * (y**2).sum())
    if len(alone) < WELLS_TO_JUDGE or size == 0:
        return
    r = float((x * y).sum() / size)
    if r > RISE:
        raise InputError(
            f"{plates.path}: viability rises with the dose of single drugs (r = {r:.2f}), expected "
            f"to fall; {_swapped(plates.response)}"
        )


def _swapped(response: str) -> str:
    pair = ("viability", "inhibition")
    other = response.replace(*pair if response.startswith("viability") else pair[::-1])
    return f"viability and inhibition look swapped: name the column {other}, not {response}"


def _check_units(plates: PlateTable) -> None:
    """Doses must be such as are tested; the message names the unit that is more likely."""
    wells = plates.wells
    dose = wells[["dose_a_um", "dose_b_um"]].to_numpy()
    bad = (dose > HIGHEST_UM) | ((dose > 0) & (dose < LOWEST_UM))
    if not bad.any():
        return
    row, side = np.argwhere(bad)[0]
    drug, line = wells[["drug_a", "drug_b"]].iat[row, side], wells["line"].iat[row]
    top = max(dose[wells[f"drug_{s}"] == drug, i].max(initial=0.0) for i, s in enumerate("ab"))
    raise InputError(
        f"{plates.path}, line {line} has {drug} at {dose[row, side]:g} uM, expected {LOWEST_UM:g} "
        f"to {HIGHEST_UM:g}; {_likely_unit(plates.units, top)}"
    )


def _likely_unit(units: tuple[str, ...], top_um: float) -> str:
    """The unit that brings the drug's highest dose nearest to a screen's usual one."""
    if len(units) > 1:
        return f"the units are {', '.join(units)}; check those of this drug"
    given = top_um / UM_PER_UNIT[units[0]]
    far = {n: abs(np.log10(given * um / TYPICAL_TOP_UM)) for n, um in UM_PER_UNIT.items()}
    return f"the unit is {units[0]}; was {min(far, key=lambda name: far[name])} meant?"


def _check_singles(plates: PlateTable) -> None:
    """Each drug of a pair must be measured alone in the profile, up to the doses of the pair."""
    if plates.both.empty:
        raise InputError(f"{plates.path} has no well of two drugs; synergy needs both in a well")
    top = plates.alone.groupby(["drug_a", "profile"])["dose_a_um"].max().to_dict()
    for side in "ab":
        used = plates.both.groupby([f"drug_{side}", "profile"])[f"dose_{side}_um"].max()
        for (drug, profile), dose in used.to_dict().items():
            measured = top.get((drug, profile), 0.0)
            if measured < dose * (1 - 1e-6):
                said = f"only up to {measured:g} uM" if measured else "nowhere"
                raise InputError(
                    f"{plates.path}: {drug} is combined at {dose:g} uM in {profile} and measured "
                    f"alone {said}; add wells of it alone (conc of the other drug empty or 0)"
                )

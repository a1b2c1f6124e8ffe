"""Checks on what a bundle says of itself: its card, and whether card, drugs and profiles fit."""

import math

from combo_dl.core.errors import FormatError
from combo_dl.data.fitted import Fitted
from combo_dl.nn.dimensions import Dimensions

MAX_MEMBERS = 1000


def check_card(card: dict) -> None:
    """Raise FormatError on a card whose numbers cannot be used."""
    members = card["members"]
    if type(members) is not int or not 1 <= members <= MAX_MEMBERS:
        raise FormatError(f"members is {members!r}; expected a whole number, 1 to {MAX_MEMBERS}")
    for name in ("studies", "endpoints"):
        if not card[name]:
            raise FormatError(f"the card has no {name}; at least one is needed")
    for name, study in card["studies"].items():
        if not isinstance(study["dose_unit"], str):
            raise FormatError(f"study {name!r} has dose_unit {study['dose_unit']!r}; expected text")
    for name, factor in card["calibration"].items():
        if not isinstance(factor, float | int) or not 0 < factor < math.inf:
            raise FormatError(
                f"the calibration of {name!r} is {factor!r}; expected a number above 0"
            )


def check_world(card: dict, fitted: Fitted, dims: Dimensions) -> None:
    """Raise FormatError unless drugs, scalers and profiles have the sizes that the card states."""
    stated = (dims.fingerprint, dims.target, dims.classes, dims.known_drugs)
    found = (
        len(fitted.drugs.fingerprint.kept),
        len(fitted.drugs.target.kept),
        len(fitted.drugs.classes),
        len(fitted.known_drugs),
    )
    if stated != found:
        raise FormatError(f"fingerprint, target, classes, drugs: {found}; the card states {stated}")
    names = [sorted(card["studies"]), sorted(fitted.studies), sorted(dims.profiles)]
    if names[0] != names[1] or names[0] != names[2]:
        raise FormatError(f"card, world and sizes name other studies: {names}")
    for name, part in fitted.studies.items():
        size, fields = dims.profiles[name], card["studies"][name]["fields"]
        levels = tuple(len(f["levels"]) for f in fields if f["kind"] == "category")
        numbers = sum(f["kind"] == "number" for f in fields)
        if (part.scaler.width, levels) != (size.components, size.levels):
            raise FormatError(f"profiles of {name!r} have other components or levels than stated")
        if len(part.scaler.mean) != numbers or len(part.known) != size.known:
            raise FormatError(f"profiles of {name!r} have other fields or names than stated")

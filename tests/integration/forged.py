"""Bundles as a forger would change them: what is written gets digests that fit."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from combo_dl.core.files import digest_of, sha256

Arrays = dict[str, np.ndarray]


def card_of(bundle: Path) -> dict:
    """What the bundle says of itself."""
    return json.loads((bundle / "card.json").read_text())


def sign(bundle: Path, card: dict | None = None) -> None:
    """Write the card with digests that fit, as a forger would."""
    card = {k: v for k, v in (card or card_of(bundle)).items() if k != "digest"}
    card["files"] = {n: sha256(bundle / n) for n in ("weights.safetensors", "world.npz")}
    card["digest"] = digest_of(json.dumps(card, sort_keys=True))
    (bundle / "card.json").write_text(json.dumps(card))


def forge(bundle: Path, path: str, value: object) -> None:
    """Set ``a.b.c`` in the card (drop it where ``value`` is ...), and sign it."""
    card = card_of(bundle)
    *above, last = path.split(".")
    at = card
    for key in above:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    sign(bundle, card)


def change_world(bundle: Path, change: Callable[[Arrays], Arrays]) -> None:
    """Other arrays beside the networks, signed."""
    file = bundle / "world.npz"
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files}
    np.savez(file, **change(arrays))
    sign(bundle)


def set_to(name: str, value: object) -> Callable[[Arrays], Arrays]:
    """A change of one array."""
    return lambda arrays: arrays | {name: value}

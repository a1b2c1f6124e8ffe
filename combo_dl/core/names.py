"""Matching of names: how a typed name is compared and which known ones are nearest."""

import difflib
from collections.abc import Iterable


def normalise(name: str) -> str:
    """Name without case, spaces, hyphens and underscores: ``MK-3475`` and ``mk 3475`` are one."""
    return "".join(c for c in name.casefold() if c not in " -_\t")


def is_formula(name: str) -> bool:
    """Whether a spreadsheet would calculate ``name`` instead of showing it (CSV injection)."""
    return name.startswith(("=", "@", "\t", "\r")) or (
        name.startswith(("+", "-")) and any(mark in name for mark in "|!")
    )


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names most like ``name``, best first (at most ``limit``)."""
    by_key = {normalise(k): k for k in known}
    hits = difflib.get_close_matches(normalise(name), list(by_key), n=limit, cutoff=0.5)
    return [by_key[h] for h in hits]


def hint(name: str, known: Iterable[str]) -> str:
    """Tail of an error message: the nearest known names, or the first few where none is near."""
    known = list(known)
    near = nearest(name, known)
    if near:
        return "nearest known: " + ", ".join(near)
    shown = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return f"known: {shown}" if known else "none is known"

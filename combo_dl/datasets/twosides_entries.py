"""The protocol of Decagon for pairs x effects: what is held out is an entry, not a pair.

Zitnik M, Agrawal M, Leskovec J. Bioinformatics 2018;34:i457-i466: of each effect, shares of its
pairs are the test and the validation entries, and as many pairs that were not reported with it are
drawn at random as their negatives. At least 50 pairs each are held out, as the authors' code does.
Unlike there, negatives of test and validation differ too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError

TEST, VALIDATION, TRAINING = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Draw:
    """share: of the positive entries of an effect, for test and for validation.  least: at least so
    many each."""

    share: float
    least: int
    seed: int


def draw_entries(
    positive: np.ndarray, pool: np.ndarray, draw: Draw, names: Sequence[str]
) -> np.ndarray:
    """int8[U, W] part of each entry: TEST, VALIDATION or TRAINING.

    positive: bool[U, W], U pairs that differ in structure.  pool: pairs (unique ids) from which
    negatives are drawn, uniformly, where they are not positive.  names: of the W effects.
    Raises InputError for an effect with too few pairs.
    """
    parts = np.full(positive.shape, TRAINING, np.int8, order="F")
    random = np.random.default_rng([draw.seed, 0])
    for w, name in enumerate(names):
        yes = np.flatnonzero(positive[:, w])
        no = pool[~positive[pool, w]]
        n = max(draw.least, int(draw.share * len(yes)))
        _check_enough(name, yes=len(yes), no=len(no), held_out=2 * n)
        for entries in (yes, no):
            drawn = random.choice(entries, 2 * n, replace=False)
            parts[drawn[:n], w] = TEST
            parts[drawn[n:], w] = VALIDATION
    return parts


def _check_enough(name: str, *, yes: int, no: int, held_out: int) -> None:
    if held_out >= yes:
        raise InputError(
            f"effect {name!r} has {yes} pairs, and {held_out} are to be held out; raise "
            "data.twosides.min_pairs, or lower share or least_entries"
        )
    if held_out > no:
        raise InputError(
            f"effect {name!r} needs {held_out} pairs without it to hold out, and {no} are there; "
            "raise data.twosides.empty_pairs"
        )


@dataclass(frozen=True, kw_only=True)
class Copies:
    """M rows. row: int64[M] the pair that a row is a copy of.  part: int32[M].  values:
    float32[M, W], NaN where an entry is not of the part."""

    row: np.ndarray
    part: np.ndarray
    values: np.ndarray


def whole(reported: np.ndarray) -> Copies:
    """Every pair once, with all its entries. ``reported``: bool[N, W]."""
    n = len(reported)
    part = np.full(n, TRAINING, np.int32)
    return Copies(row=np.arange(n), part=part, values=reported.astype(np.float32))


def copies(
    reported: np.ndarray, unit: np.ndarray, *, positive: np.ndarray, parts: np.ndarray
) -> Copies:
    """A training copy of every pair, then a validation and a test copy of those that have entries
    there.

    reported: bool[N, W] of the pair.  unit: int64[N] its row in ``positive`` and ``parts`` [U, W],
    which are of structures: a held-out entry is hidden from all pairs of one structure, and tested
    in one of them, whose own reports say what is said of the structure.
    """
    part_of = parts[unit]
    clear = _once(reported == positive[unit], unit)
    rows = {TRAINING: np.arange(len(unit))}
    for part in (VALIDATION, TEST):
        rows[part] = np.flatnonzero(((part_of == part) & clear).any(axis=1))
    sizes = [len(at) for at in rows.values()]
    values = np.empty((sum(sizes), reported.shape[1]), np.float32)
    start = 0
    for part, at in rows.items():
        block = values[start : start + len(at)]
        block[:] = reported[at]
        hidden = part_of[at] != part
        if part != TRAINING:
            hidden |= ~clear[at]
        block[hidden] = np.nan
        start += len(at)
    return Copies(
        row=np.concatenate(list(rows.values())),
        part=np.repeat(np.array(list(rows), np.int32), sizes),
        values=values,
    )


def _once(clear: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """``clear`` bool[N, W], true for the first of the pairs of one structure alone."""
    size = np.bincount(unit)
    for repeated in np.flatnonzero(size > 1):
        rows = np.flatnonzero(unit == repeated)
        clear[rows] &= np.cumsum(clear[rows], axis=0) == 1
    return clear


def counts(made: Copies) -> list[tuple[str, int]]:
    """(what, how many) of the rows and entries of each part, for a flow chart."""
    found = []
    for part, name in ((TRAINING, "training"), (VALIDATION, "validation"), (TEST, "test")):
        block = made.values[made.part == part]
        yes, no = int((block == 1).sum()), int((block == 0).sum())
        found += [
            (f"{name} rows", len(block)),
            (f"{name} entries reported", yes),
            (f"{name} entries not reported", no),
        ]
    return found

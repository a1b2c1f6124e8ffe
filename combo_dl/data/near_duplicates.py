"""Drugs, sets of drugs and profiles that are almost or wholly the same under different identities.

What is known of one says most of the other, so a score on such a test row flatters.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from combo_dl.core.profile_table import ProfileTable
from combo_dl.data.findings import UNITS, Finding, finding, not_asked
from combo_dl.data.leakage_rows import AuditRows, Boundary, as_sets, marked

NEAR_TANIMOTO = 0.85
STRUCTURES = "near-duplicates: structures"
TARGETS = "near-duplicates: targets"
PROFILES = "near-duplicates: profiles"


def near_structures(
    rows: AuditRows, sides: Sequence[Boundary], unit: str, fingerprint: np.ndarray
) -> Finding:
    """Test drugs, or test sets but for one drug, that are analogues of a trained one.

    fingerprint: [D, bits] of the study's drugs. Analogues: Tanimoto of ``NEAR_TANIMOTO`` or more.
    """
    if why := _why_not(sides, unit, ("pair", "drug")):
        return not_asked(STRUCTURES, why)
    alike = tanimoto(fingerprint[np.unique(rows.number, return_index=True)[1]])
    np.fill_diagonal(alike, 0)
    where, twin = _related(rows, sides, unit, alike >= NEAR_TANIMOTO)

    def said() -> Iterable[str]:
        for held in np.flatnonzero(where >= 0).tolist():
            other = int(twin[held])
            a, b = _apart(rows, unit, held, other)
            names = f"{_name(rows, unit, held)} ~ {_name(rows, unit, other)}"
            yield f"{names}, Tanimoto {alike[a, b]:.2f} ({sides[where[held]].name})"

    return finding(STRUCTURES, "warn", (where >= 0).sum(), said())


def near_targets(
    rows: AuditRows, sides: Sequence[Boundary], unit: str, targets: np.ndarray
) -> Finding:
    """Test drugs, or test sets but for one drug, that act on the very genes of a trained one.

    targets: multi-hot [D, T] of the study's drugs.
    """
    if why := _why_not(sides, unit, ("pair", "drug")):
        return not_asked(TARGETS, why)
    merged = np.zeros((len(rows.keys), targets.shape[1]), targets.dtype)
    np.maximum.at(merged, rows.number, targets)
    where, twin = _related(rows, sides, unit, same_targets(merged))
    said = (
        f"{_name(rows, unit, held)} ~ {_name(rows, unit, other)} ({sides[where[held]].name})"
        for held, other in enumerate(twin.tolist())
        if other >= 0
    )
    return finding(TARGETS, "warn", (where >= 0).sum(), said)


def near_profiles(rows: AuditRows, sides: Sequence[Boundary], unit: str) -> Finding:
    """Test profiles whose fields all have the values of a trained profile."""
    if why := _why_not(sides, unit, ("profile",)):
        return not_asked(PROFILES, why)
    values, names = equal_profiles(rows.study.profiles), rows.study.profiles.ids.names
    profile, found = rows.study.combos.profile, dict[int, str]()
    for side in (s for s in sides if s.test):
        known = marked(profile[side.learned], len(names))
        new = marked(profile[side.held_out], len(names)) & ~known
        for p in np.flatnonzero(new & np.isin(values, values[known & (values >= 0)])).tolist():
            twin = int(np.argmax(known & (values == values[p])))
            found.setdefault(p, f"{names[p]} = {names[twin]} ({side.name})")
    return finding(PROFILES, "warn", len(found), found.values())


def _why_not(sides: Sequence[Boundary], unit: str, asked: Sequence[str]) -> str:
    """Why a check of these units is not asked of these folds; empty where it is."""
    if not sides:
        return "no folds"
    return "" if unit in asked else f"the folds hold {unit if unit in UNITS else 'row'}s apart"


def _related(
    rows: AuditRows, sides: Sequence[Boundary], unit: str, related: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(int64 first test side, -1 for none; int64 a learned relative) of each drug, or each set.

    related: bool[I, I] of identities. A set is related to one that differs by one related drug.
    """
    if unit == "drug":
        ids, edges = rows.drugs, np.stack(np.nonzero(related))
    else:
        ids, edges = rows.set_of, neighbour_sets(rows.sets, related)
    size = len(rows.keys) if unit == "drug" else len(rows.sets)
    where, twin = (np.full(size, -1, np.int64) for _ in range(2))
    for at in reversed(range(len(sides))):
        if sides[at].test:
            known = marked(ids[sides[at].learned], size)
            new = marked(ids[sides[at].held_out], size) & ~known
            held, other = edges[:, new[edges[0]] & known[edges[1]]]
            where[held], twin[held] = at, other
    return where, twin


def _apart(rows: AuditRows, unit: str, one: int, other: int) -> tuple[int, int]:
    """The two drugs in which two related drugs, or sets, differ."""
    if unit == "drug":
        return one, other
    a, b = rows.sets[one], rows.sets[other]
    return int(np.setdiff1d(a, b).max()), int(np.setdiff1d(b, a).max())


def _name(rows: AuditRows, unit: str, which: int) -> str:
    return rows.drug_names[which] if unit == "drug" else rows.set_name(which)


def tanimoto(fingerprint: np.ndarray) -> np.ndarray:
    """float64[D, D] of fingerprints [D, bits]: shared bits over all bits that either drug has.

    Bits are substructures that occur (Rogers D, Hahn M, J Chem Inf Model 2010;50:742), however
    often. A drug without any bit has 0 with every drug.
    """
    bits = (fingerprint > 0).astype(np.float32)
    shared = (bits @ bits.T).astype(np.float64)
    count = np.diagonal(shared)
    union = count[:, None] + count[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def same_targets(targets: np.ndarray) -> np.ndarray:
    """bool[D, D] of a multi-hot [D, T]: two drugs act on the same genes, at least one."""
    group = np.unique(targets > 0, axis=0, return_inverse=True)[1].reshape(-1)
    known = np.asarray((targets > 0).any(axis=1))
    same = (group[:, None] == group[None, :]) & known[:, None]
    np.fill_diagonal(same, False)
    return same


def neighbour_sets(sets: np.ndarray, related: np.ndarray) -> np.ndarray:
    """int64[2, E]: pairs of rows of ``sets`` that differ by one drug and a related one.

    sets: int64[S, K], each ascending, -1 pad at the end, all different.  related: bool[D, D].
    """
    drug, other = np.nonzero(related)
    start = np.searchsorted(drug, np.arange(len(related) + 1))
    found = [np.zeros((2, 0), np.int64)]
    for place in range(sets.shape[1]):
        held = np.flatnonzero(sets[:, place] >= 0)
        count = (start[1:] - start[:-1])[sets[held, place]]
        source = np.repeat(held, count)
        within = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
        swapped = sets[source]
        swapped[:, place] = other[start[sets[source, place]] + within]
        swapped = as_sets(swapped)
        # A swap that gives a drug twice makes a smaller set, which is not one drug away.
        same_size = (swapped >= 0).sum(axis=1) == (sets[source] >= 0).sum(axis=1)
        match = _find(sets, swapped)
        kept = same_size & (match >= 0)
        found.append(np.stack([source[kept], match[kept]]))
    return np.concatenate(found, axis=1)


def _find(table: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """int64[M]: which row of ``table`` each row of ``wanted`` is, -1 for none."""
    span = int(max(table.max(initial=0), wanted.max(initial=0))) + 2
    known, asked = np.zeros(len(table), np.int64), np.zeros(len(wanted), np.int64)
    missing = np.zeros(len(wanted), bool)
    for place in range(table.shape[1]):
        known, asked = known * span + table[:, place] + 1, asked * span + wanted[:, place] + 1
        codes = np.unique(known)
        at = np.minimum(np.searchsorted(codes, asked), len(codes) - 1)
        missing |= codes[at] != asked
        known, asked = np.searchsorted(codes, known), at
    order = np.argsort(known)
    return np.where(missing, -1, order[np.minimum(asked, len(order) - 1)])


def equal_profiles(table: ProfileTable) -> np.ndarray:
    """int64[P] id of each profile's field values; -1 where nothing is known of it."""
    if not len(table):
        return np.zeros(0, np.int64)
    unknown = np.isnan(table.number)
    # Holes are alike; a hole is not the number 0.
    values = np.concatenate(
        [np.where(unknown, 0, table.number), unknown, table.category], axis=1, dtype=np.float64
    )
    ids = np.zeros(len(table), np.int64)
    if values.shape[1]:
        ids = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)
    nothing = unknown.all(axis=1) & (table.category < 0).all(axis=1)
    return np.where(nothing, -1, ids)

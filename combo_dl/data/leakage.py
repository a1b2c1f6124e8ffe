"""The leakage audit: what of the held-out rows could training see, judged by the rows alone.

Splits prove their folds disjoint as they make them; the audit looks again, at any folds, and at
what no split can see: the names of drugs, the graph, and drugs that are almost the same.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.study import Study
from combo_dl.data.findings import UNITS, Finding, finding, not_asked
from combo_dl.data.fold import Fold
from combo_dl.data.leakage_edges import label_edges
from combo_dl.data.leakage_entries import UNIT as ENTRY
from combo_dl.data.leakage_entries import entries_on_both_sides
from combo_dl.data.leakage_rows import AuditRows, Boundary, boundaries, first_shared, marked
from combo_dl.data.leakage_subsets import pairs_in_larger_sets
from combo_dl.data.near_duplicates import near_profiles, near_structures, near_targets

SAME_STRUCTURE = "same structure under two names"
REPLICATES = "replicates on two sides"


def audit(
    study: Study,
    folds: Sequence[Fold],
    *,
    identity: Sequence[str],
    unit: str,
    catalog: DrugCatalog,
    graph: DrugGraph,
    label_sources: Collection[str] = (),
    graph_of: Callable[[np.ndarray], DrugGraph] | None = None,
) -> list[Finding]:
    """What the folds of ``study`` let training see: one Finding a check, also where it is clean.

    identity: InChIKey first block of each drug of the study.  unit: what the folds hold apart;
    any other than pair, drug or profile is taken as rows, of which only replicates stay together,
    or as entries (of a pair and a label column), of which no observed one may be on two sides.
    catalog, graph: of the study's drugs and maybe more, as training has them.  label_sources: names
    of further studies that train; no relation of the graph may come from one, nor from ``study``.
    graph_of: the graph that a training on these rows (int64[n]) of ``study`` has, where that is not
    ``graph`` for all: edges between drugs that are held out together are looked for in it.
    Without folds, what stands in the study and in the graph is looked at; what a split or a missing
    one does not ask for is listed with found = 0 and an example that says so.
    Raises UnknownNameError when the catalog or the graph lacks a drug of the study.
    """
    rows = AuditRows.of(study, identity)
    sides = boundaries(folds)
    fingerprint = catalog.fingerprint[catalog.drugs.ids(study.drugs.names)]
    targets = graph.target_profile()[graph.drugs.ids(study.drugs.names)]
    return [
        _same_structure(rows, sides, unit),
        _unit_on_both_sides(rows, sides, unit),
        # Of entries, a pair is on both sides by design, with other columns of its label.
        entries_on_both_sides(rows, sides) if unit == ENTRY else _replicates(rows, sides),
        label_edges(
            rows,
            sides,
            catalog,
            graph_of or (lambda _: graph),
            graph=graph,
            sources={study.name, *label_sources},
        ),
        pairs_in_larger_sets(rows, sides, unit),
        near_structures(rows, sides, unit, fingerprint),
        near_targets(rows, sides, unit, targets),
        near_profiles(rows, sides, unit),
    ]


def _same_structure(rows: AuditRows, sides: Sequence[Boundary], unit: str) -> Finding:
    """A leak where only names keep the sides apart; else the structures that have two names."""
    crossing = Finding(check=SAME_STRUCTURE, severity="fail", found=0, examples=())
    if unit == "pair":
        crossing = _renamed_sets(rows, sides)
    elif unit == "drug":
        crossing = _renamed_drugs(rows, sides)
    twice = np.flatnonzero(np.bincount(rows.number, minlength=len(rows.keys)) > 1)
    if crossing.found or not len(twice):
        return crossing
    names = np.array(rows.study.drugs.names, dtype=object)
    said = (f"{' = '.join(names[rows.number == i])} ({rows.keys[i]})" for i in twice)
    return finding(SAME_STRUCTURE, "warn", len(twice), said)


def _renamed_sets(rows: AuditRows, sides: Sequence[Boundary]) -> Finding:
    """Sets that are learned from and held out, held out under names that nothing learned has."""
    where, row_of = (np.full(len(rows.sets), -1, np.int64) for _ in range(2))
    size = int(rows.named_of.max()) + 1
    for at in reversed(range(len(sides))):
        held, learned = sides[at].held_out, sides[at].learned
        sets, named = (marked(ids[learned], size) for ids in (rows.set_of, rows.named_of))
        renamed = held[sets[rows.set_of[held]] & ~named[rows.named_of[held]]]
        where[rows.set_of[renamed]], row_of[rows.set_of[renamed]] = at, renamed

    def said() -> Iterable[str]:
        for which in np.flatnonzero(where >= 0):
            side = sides[where[which]]
            twin = int(side.learned[np.argmax(rows.set_of[side.learned] == which)])
            yield f"{rows.names_of(row_of[which])} = {rows.names_of(twin)} ({side.name})"

    return finding(SAME_STRUCTURE, "fail", (where >= 0).sum(), said())


def _renamed_drugs(rows: AuditRows, sides: Sequence[Boundary]) -> Finding:
    """Drugs that only their name makes new in a held-out row, which has no other new drug."""
    names, named = rows.study.drugs.names, rows.study.combos.drugs
    found: dict[int, str] = {}
    for side in sides:
        known = marked(named[side.learned], len(names))
        drugs = named[_rows_of_known_drugs(rows, side)]
        for new in np.unique(drugs[(drugs >= 0) & ~known[drugs]]).tolist():
            twin = int(np.argmax(known & (rows.number == rows.number[new])))
            words = f"{names[new]} = {names[twin]} ({side.name})"
            found.setdefault(int(rows.number[new]), words)
    return finding(SAME_STRUCTURE, "fail", len(found), found.values())


def _rows_of_known_drugs(rows: AuditRows, side: Boundary) -> np.ndarray:
    """The held-out rows all of whose drugs (by identity) are learned from."""
    known = marked(rows.drugs[side.learned], len(rows.keys))
    drugs = rows.drugs[side.held_out]
    return side.held_out[(known[drugs] | (drugs < 0)).all(axis=1)]


def _unit_on_both_sides(rows: AuditRows, sides: Sequence[Boundary], unit: str) -> Finding:
    if not sides:
        return not_asked(f"{unit if unit in UNITS else 'pair'} on both sides", "no folds")
    if unit == "drug":
        return _drugs_on_both_sides(rows, sides)
    if unit == "profile":
        where = first_shared(rows.study.combos.profile.astype(np.int64), sides)
        shared, names = np.flatnonzero(where >= 0), rows.study.profiles.ids.names
        said = (f"{names[p]} ({sides[where[p]].name})" for p in shared)
        return finding("profile on both sides", "fail", len(shared), said)
    where = first_shared(rows.set_of, sides)
    shared = np.flatnonzero(where >= 0)
    said = (f"{rows.set_name(s)} ({sides[where[s]].name})" for s in shared.tolist())
    # Rows drawn at random share their pairs by design: that is why they flatter.
    severity = "fail" if unit == "pair" else "warn"
    return finding("pair on both sides", severity, len(shared), said)


def _drugs_on_both_sides(rows: AuditRows, sides: Sequence[Boundary]) -> Finding:
    """Sets without a new drug: the partner of an unseen drug may be known, not both."""
    where = np.full(len(rows.sets), -1, np.int64)
    for at in reversed(range(len(sides))):
        where[rows.set_of[_rows_of_known_drugs(rows, sides[at])]] = at
    leaked = np.flatnonzero(where >= 0)
    said = (
        f"no drug of {rows.set_name(s)} is new ({sides[where[s]].name})" for s in leaked.tolist()
    )
    return finding("drug on both sides", "fail", len(leaked), said)


def _replicates(rows: AuditRows, sides: Sequence[Boundary]) -> Finding:
    """Conditions (a set in a profile) on two sides, and groups that are so without a condition."""
    if not sides:
        return not_asked(REPLICATES, "no folds")
    group = np.unique(rows.study.combos.group, return_inverse=True)[1]
    by_condition, by_group = first_shared(rows.condition, sides), first_shared(group, sides)
    told = marked(group[by_condition[rows.condition] >= 0], len(by_group))
    by_group = np.where(told, -1, by_group)

    def said() -> Iterable[str]:
        for of, where in ((rows.condition, by_condition), (group, by_group)):
            for unit in np.flatnonzero(where >= 0):
                row = int(np.argmax(of == unit))
                place = f"{rows.profile_name(row)} ({sides[where[unit]].name})"
                yield f"{rows.names_of(row)} in {place}"

    return finding(REPLICATES, "fail", (by_condition >= 0).sum() + (by_group >= 0).sum(), said())

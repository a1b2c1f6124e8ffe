"""Edges of the graph that carry labels: of a study that trains, or between drugs held out together.

Written apart from ``label_edges``, which removes them, so that one mistake cannot hide in both.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import combinations

import numpy as np

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_graph import DrugGraph
from combo_dl.data.findings import MOST_EXAMPLES, Finding, finding
from combo_dl.data.leakage_rows import AuditRows, Boundary

CHECK = "graph edges that carry labels"


def label_edges(
    rows: AuditRows,
    sides: Sequence[Boundary],
    catalog: DrugCatalog,
    graph_of: Callable[[np.ndarray], DrugGraph],
    *,
    graph: DrugGraph,
    sources: Collection[str],
) -> Finding:
    """Edges of ``graph`` whose source is one of ``sources``, and drug–drug edges that join two
    drugs of a held-out row, also where they stand together in a learned one.

    graph_of: the graph that training has where it learns from these rows (int64[n]). An edge that
    several sides show counts once, and is told of the first.
    """
    found, examples = 0, []
    for relation, edge in graph.edges.items():
        if graph.source[relation] in sources and edge.shape[1]:
            found += edge.shape[1]
            words = f"{edge.shape[1]} of {' '.join(relation)} come from {graph.source[relation]}"
            examples.append(words)
    shown: dict[tuple[object, int], tuple[str, int]] = {}
    for side in sides:
        own = graph_of(side.learned)
        ids = _identity_numbers(rows, catalog, own)
        held_out = _held_out_pairs(rows, side)
        for relation, edge in own.edges.items():
            if relation[0] == relation[2] == "drug" and own.source[relation] not in sources:
                for code, count in _joined(ids[edge], held_out, len(rows.keys)):
                    place = f"{own.source[relation]} ({side.name})"
                    shown.setdefault((relation, code), (place, count))
    found += sum(count for _, count in shown.values())
    for (_, code), (place, _) in list(shown.items())[:MOST_EXAMPLES]:
        a, b = (rows.drug_names[i] for i in divmod(code, len(rows.keys)))
        examples.append(f"{a} – {b} of {place}")
    return finding(CHECK, "fail", found, examples)


def _identity_numbers(rows: AuditRows, catalog: DrugCatalog, graph: DrugGraph) -> np.ndarray:
    """int64[drugs of the graph]: number of each one's identity in the study, -1 for none."""
    number = {key: i for i, key in enumerate(rows.keys)}
    key_of = dict(zip(catalog.drugs.names, catalog.inchikey14, strict=True))
    key_of |= {n: rows.keys[i] for n, i in zip(rows.study.drugs.names, rows.number, strict=True)}
    return np.array([number.get(key_of.get(n, ""), -1) for n in graph.drugs.names], np.int64)


def _held_out_pairs(rows: AuditRows, side: Boundary) -> np.ndarray:
    """int64[n]: lower identity number times I plus the higher one of each pair of drugs that
    stands in a held-out row."""
    sets = rows.sets[np.unique(rows.set_of[side.held_out])]
    places = np.array(list(combinations(range(sets.shape[1]), 2)), int).reshape(-1, 2)
    low, high = sets[:, places[:, 0]], sets[:, places[:, 1]]
    return np.unique((low * len(rows.keys) + high)[high >= 0])


def _joined(ends: np.ndarray, held_out: np.ndarray, size: int) -> list[tuple[int, int]]:
    """(code, number of edges) of each held-out pair among edges int64[2, E] of identities."""
    low, high = np.sort(ends, axis=0)
    code = np.where((low >= 0) & (low < high), low * size + high, -1)
    codes, count = np.unique(code[np.isin(code, held_out)], return_counts=True)
    return list(zip(codes.tolist(), count.tolist(), strict=True))

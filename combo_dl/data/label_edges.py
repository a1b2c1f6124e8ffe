"""The graph that a training may see: no edge of it carries a label that is held out.

That two drugs are known to interact says something of any label of the two together, so every
edge between the drugs of a row that does not train is removed, whatever the endpoint.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from combo_dl.core.drug_graph import DrugGraph
from combo_dl.core.study import Study


def training_graph(
    graph: DrugGraph,
    *,
    identity: Sequence[str],
    studies: Sequence[Study],
    world_ids: Mapping[str, np.ndarray],
    rows: Mapping[str, np.ndarray],
) -> DrugGraph:
    """``graph`` for a training on ``rows`` (int64[n] of each study).

    Left out: every relation whose source is one of ``studies`` (a label is never an input), and
    every drug–drug edge between two drugs that stand together in a row of any study that is not
    among ``rows``, also where the pair trains in another row.
    identity: InChIKey first block of each drug of the graph; names of one structure are one drug.
    world_ids: {study: int64[D] id in the graph of each of its drugs}.
    """
    kept = graph.without_sources({s.name for s in studies})
    if not kept.drug_relations():
        return kept
    number = np.unique(np.array(identity, dtype=str), return_inverse=True)[1].astype(np.int64)
    pairs = [
        pairs_in_rows(np.append(number[world_ids[s.name]], -1)[_others(s, rows[s.name])])
        for s in studies
    ]
    return kept.without_pairs(np.concatenate(pairs), identity=number)


def _others(study: Study, rows: np.ndarray) -> np.ndarray:
    """int32[n, K] drugs of the rows of a study that are not among ``rows``."""
    held_out = np.ones(len(study), bool)
    held_out[rows] = False
    return study.combos.drugs[held_out]


def pairs_in_rows(drugs: np.ndarray) -> np.ndarray:
    """int64[n, 2]: every two drugs that stand in one row of ``drugs`` int64[N, K], -1 pad."""
    ways = combinations(range(drugs.shape[1]), 2)
    pairs = [drugs[:, [i, j]] for i, j in ways]
    kept = [p[(p >= 0).all(axis=1)] for p in pairs]
    return np.concatenate([np.zeros((0, 2), np.int64), *kept])

"""Drugs and target genes become a DrugGraph."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from combo_dl.core.arrays import check_range
from combo_dl.core.drug_graph import (
    DRUG_DRUG,
    DRUG_TARGET,
    TARGET_TARGET,
    DrugGraph,
    Relation,
)
from combo_dl.core.drug_table import Drug
from combo_dl.core.errors import InputError, SourceError
from combo_dl.core.files import require_source
from combo_dl.core.vocab import Vocab

DRUG_TARGET_SOURCE = "drug_table"


def build_graph(
    drugs: Sequence[Drug],
    *,
    targets: Sequence[str],
    target_edges: np.ndarray | None = None,
    target_edge_source: str = "",
    drug_edges: np.ndarray | None = None,
    drug_edge_source: str = "",
) -> DrugGraph:
    """The graph of ``drugs`` and ``targets``, both in their order, every weight 1.

    Drug–target edges come from ``Drug.targets``; genes that are not among ``targets`` have no node
    (``unknown_targets`` counts them). target_edges: int32[2, E] ids into ``targets``, whose origin
    ``target_edge_source`` names.  drug_edges: int32[2, E] ids into ``drugs`` of the pairs that are
    known to interact, in any order and maybe twice, whose origin ``drug_edge_source`` names; the
    graph has each in both directions, once, and no drug with itself.
    Raises InputError on ids out of range or edges without a source.
    """
    if target_edges is not None and not target_edge_source:
        raise InputError("target edges have no source; name where they come from, such as 'string'")
    if drug_edges is not None and not drug_edge_source:
        raise InputError(
            "drug edges have no source; name where they come from, such as 'drugbank_ddi'"
        )
    genes = Vocab(kind="target", names=tuple(targets))
    edges: dict[Relation, np.ndarray] = {DRUG_TARGET: _drug_target_edges(drugs, genes)}
    source = {DRUG_TARGET: DRUG_TARGET_SOURCE}
    if target_edges is not None:
        edges[TARGET_TARGET] = np.asarray(target_edges, np.int32)
        source[TARGET_TARGET] = target_edge_source
    if drug_edges is not None:
        edges[DRUG_DRUG] = _both_directions(drug_edges, len(drugs))
        source[DRUG_DRUG] = drug_edge_source
    return DrugGraph(
        drugs=Vocab(kind="drug", names=tuple(d.name for d in drugs)),
        targets=genes,
        edges=edges,
        weight={r: np.ones(e.shape[-1], np.float32) for r, e in edges.items()},
        source=source,
    ).validate()


def unknown_targets(drugs: Sequence[Drug], targets: Sequence[str]) -> dict[str, int]:
    """{gene: number of drugs that act on it} of the genes not among ``targets``, sorted."""
    known = set(targets)
    count = Counter(g for drug in drugs for g in set(drug.targets) if g not in known)
    return dict(sorted(count.items()))


def read_target_edges(path: Path, *, targets: Sequence[str]) -> np.ndarray:
    """Edges ``int32[2, E]`` (ids into ``targets``) of a Parquet table ``gene_a, gene_b`` (STRING).

    Both directions of each edge are listed, once, sorted; self loops and other genes are left out.
    Raises SourceError when the file is missing, is not Parquet or lacks a column.
    """
    pairs = _read_pairs(path)
    known = pa.array(list(targets), pa.string())
    ends = [pc.index_in(pairs[c].cast(pa.string()), value_set=known) for c in ("gene_a", "gene_b")]
    ids = np.stack([e.fill_null(-1).to_numpy() for e in ends]).astype(np.int32)
    ids = ids[:, (ids >= 0).all(axis=0) & (ids[0] != ids[1])]
    return np.unique(np.concatenate([ids, ids[::-1]], axis=1), axis=1)


def _both_directions(pairs: np.ndarray, size: int) -> np.ndarray:
    """int32[2, E], sorted, of pairs of ids below ``size``."""
    check_range(f"edges {DRUG_DRUG}", pairs, 0, size)
    a, b = pairs[:, pairs[0] != pairs[1]].astype(np.int64)
    code = np.unique(np.concatenate([a * size + b, b * size + a]))
    return np.stack(np.divmod(code, max(size, 1))).astype(np.int32)


def _drug_target_edges(drugs: Sequence[Drug], genes: Vocab) -> np.ndarray:
    found = {(d, genes.get(g)) for d, drug in enumerate(drugs) for g in drug.targets if g in genes}
    return np.array(sorted(found), np.int32).reshape(-1, 2).T.copy()


def _read_pairs(path: Path) -> pa.Table:
    require_source(path, what="table of gene pairs", origin="https://string-db.org")
    try:
        return pq.read_table(path, columns=["gene_a", "gene_b"])
    except (OSError, pa.ArrowException) as error:
        why = str(error).splitlines()[0]
        raise SourceError(
            f"cannot read gene pairs from {path}: {why}; expected Parquet with gene_a and gene_b"
        ) from error

"""Drug–target and target–target edges."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from combo_dl.core.drug_graph import DRUG_TARGET, TARGET_TARGET
from combo_dl.core.drug_table import Drug
from combo_dl.core.errors import InputError, SourceError
from combo_dl.drugs.graph import build_graph, read_target_edges, unknown_targets

DRUGS = (
    Drug(name="sorafenib", targets=("KDR", "BRAF", "KDR")),
    Drug(name="water"),
    Drug(name="odd", targets=("NOGENE", "BRAF")),
)
TARGETS = ("BRAF", "EGFR", "KDR")


def write_pairs(path: Path, pairs: list[tuple[str | None, str]]) -> Path:
    columns = {"gene_a": [a for a, _ in pairs], "gene_b": [b for _, b in pairs]}
    pq.write_table(pa.table(columns), path)
    return path


def test_drug_target_edges() -> None:
    graph = build_graph(DRUGS, targets=TARGETS)
    assert graph.edges[DRUG_TARGET].tolist() == [[0, 0, 2], [0, 2, 0]]
    assert graph.weight[DRUG_TARGET].tolist() == [1, 1, 1]
    assert graph.target_profile()[:, 1].tolist() == [0, 0, 0]
    assert TARGET_TARGET not in graph.edges


def test_genes_without_a_node_are_counted() -> None:
    assert unknown_targets(DRUGS, TARGETS) == {"NOGENE": 1}
    assert unknown_targets(DRUGS, ["EGFR"]) == {"BRAF": 2, "KDR": 1, "NOGENE": 1}


def test_no_targets_is_an_empty_relation() -> None:
    assert build_graph(DRUGS[1:2], targets=()).edges[DRUG_TARGET].shape == (2, 0)


def test_target_edges_keep_their_source() -> None:
    edges = np.array([[0, 1], [1, 0]], np.int32)
    graph = build_graph(DRUGS, targets=TARGETS, target_edges=edges, target_edge_source="string")
    assert graph.source[TARGET_TARGET] == "string"
    assert TARGET_TARGET not in graph.without_sources({"string"}).edges


def test_edges_without_a_source_are_refused() -> None:
    with pytest.raises(InputError, match="no source"):
        build_graph(DRUGS, targets=TARGETS, target_edges=np.zeros((2, 1), np.int32))


def test_edges_out_of_range_are_refused() -> None:
    far = np.array([[0], [3]], np.int32)
    with pytest.raises(InputError, match=r"expected 0\.\.2"):
        build_graph(DRUGS, targets=TARGETS, target_edges=far, target_edge_source="string")


def test_read_both_directions_once(tmp_path: Path) -> None:
    pairs = [("KDR", "BRAF"), ("BRAF", "KDR"), ("EGFR", "EGFR"), ("EGFR", "OTHER"), (None, "KDR")]
    edges = read_target_edges(write_pairs(tmp_path / "p.parquet", pairs), targets=TARGETS)
    assert edges.dtype == np.int32
    assert edges.tolist() == [[0, 2], [2, 0]]


def test_no_pair_among_the_targets(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "p.parquet", [("A", "B")])
    assert read_target_edges(path, targets=TARGETS).shape == (2, 0)


def test_files_that_are_no_pairs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gene pairs is missing: .*absent\.parquet"):
        read_target_edges(tmp_path / "absent.parquet", targets=TARGETS)
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "p.parquet")
    with pytest.raises(SourceError, match="expected Parquet with gene_a and gene_b"):
        read_target_edges(tmp_path / "p.parquet", targets=TARGETS)
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(SourceError, match="expected Parquet with gene_a and gene_b"):
        read_target_edges(tmp_path / "text.parquet", targets=TARGETS)

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.drug_graph import DRUG_DRUG, DRUG_TARGET, DrugGraph
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.vocab import Vocab

GRAPH = DrugGraph(
    drugs=Vocab(kind="drug", names=("a", "b", "c")),
    targets=Vocab(kind="target", names=("EGFR", "KRAS")),
    edges={
        DRUG_TARGET: np.array([[0, 0, 2], [0, 1, 1]], np.int32),
        DRUG_DRUG: np.array([[0, 1, 2], [1, 0, 0]], np.int32),
    },
    weight={DRUG_TARGET: np.ones(3, np.float32), DRUG_DRUG: np.ones(3, np.float32)},
    source={DRUG_TARGET: "drug_table", DRUG_DRUG: "oneil"},
)


def test_targets_of_each_drug():
    assert GRAPH.validate().target_profile().tolist() == [[1, 1], [0, 0], [0, 1]]
    assert not GRAPH.without_sources({"drug_table"}).target_profile().any()


def test_a_label_source_loses_its_relation():
    kept = GRAPH.without_sources({"oneil"}).validate()
    assert list(kept.edges) == [DRUG_TARGET] and set(kept.source.values()) == {"drug_table"}


def test_held_out_pairs_lose_both_directions():
    kept = GRAPH.without_pairs(np.array([[1, 0]]), identity=np.arange(3)).validate()
    assert kept.edges[DRUG_DRUG].T.tolist() == [[2, 0]]
    assert np.array_equal(kept.edges[DRUG_TARGET], GRAPH.edges[DRUG_TARGET])


def test_a_held_out_pair_loses_the_edges_of_all_its_names():
    # b and c are one structure.
    kept = GRAPH.without_pairs(np.array([[4, 7]]), identity=np.array([7, 4, 4])).validate()
    assert kept.edges[DRUG_DRUG].shape == (2, 0) and kept.weight[DRUG_DRUG].shape == (0,)
    assert kept.source == GRAPH.source


def test_without_held_out_pairs_all_edges_stay():
    kept = GRAPH.without_pairs(np.zeros((0, 2), np.int64), identity=np.arange(3))
    assert np.array_equal(kept.edges[DRUG_DRUG], GRAPH.edges[DRUG_DRUG])


def test_relations_among_drugs():
    assert GRAPH.drug_relations() == [DRUG_DRUG]
    assert GRAPH.without_sources({"oneil"}).drug_relations() == []


def test_arrays_and_back():
    arrays = GRAPH.to_arrays()
    back = DrugGraph.from_arrays(arrays)
    assert back.source == GRAPH.source and back.drugs == GRAPH.drugs
    for relation, edge in GRAPH.edges.items():
        assert np.array_equal(back.edges[relation], edge)
        assert np.array_equal(back.weight[relation], GRAPH.weight[relation])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"edge0": np.array([[0], [3]], np.int32)}, "destinations holds ids 3..3; expected 0..1"),
        ({"edge0": np.array([[-1], [0]], np.int32)}, "holds ids -1..-1"),
        ({"edge0": np.zeros((2, 3))}, "hold float64; expected integer ids"),
        ({"weight0": np.ones(2, np.float32)}, "weight .* has shape"),
        ({"relations": np.array(["drug|binds"])}, "expected kind|relation|kind"),
        ({"relations": np.array(["drug|binds|gene", "a|b|c"])}, "expected kind|relation|kind"),
        ({"sources": np.array(["oneil"])}, "1 sources for 2 relations"),
    ],
)
def test_a_broken_pack_is_refused(changed, message):
    with pytest.raises(FormatError, match=message):
        DrugGraph.from_arrays(GRAPH.to_arrays() | changed)


def test_a_missing_edge_list_is_named():
    arrays = {n: a for n, a in GRAPH.to_arrays().items() if n != "edge1"}
    with pytest.raises(FormatError, match="array 'edge1' is missing"):
        DrugGraph.from_arrays(arrays)


def test_a_relation_needs_its_source():
    with pytest.raises(InputError, match="has no weight or no source"):
        replace(GRAPH, source={DRUG_TARGET: "drug_table"}).validate()

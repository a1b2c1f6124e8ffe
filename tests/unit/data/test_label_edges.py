"""No edge of a training's graph joins two drugs of a row that it holds out."""

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_graph import DRUG_DRUG, DRUG_TARGET, DrugGraph
from combo_dl.core.profile_table import ProfileTable
from combo_dl.core.study import Study
from combo_dl.core.vocab import Vocab
from combo_dl.data.label_edges import pairs_in_rows, training_graph

NAMES = ("a", "b", "c", "d", "e")
# e is the structure of b under another name.
IDENTITY = ("KA", "KB", "KC", "KD", "KB")
BOTH = [(a, b) for a in range(5) for b in range(5) if IDENTITY[a] != IDENTITY[b]]
GRAPH = DrugGraph(
    drugs=Vocab(kind="drug", names=NAMES),
    targets=Vocab(kind="target", names=("EGFR",)),
    edges={DRUG_DRUG: np.array(BOTH, np.int32).T, DRUG_TARGET: np.array([[0], [0]], np.int32)},
    weight={DRUG_DRUG: np.ones(len(BOTH), np.float32), DRUG_TARGET: np.ones(1, np.float32)},
    source={DRUG_DRUG: "leaflet", DRUG_TARGET: "drug_table"},
).validate()


def study(*sets, name="first") -> Study:
    """Rows of these drugs of the graph, without profiles."""
    width, n = max(map(len, sets)), len(sets)
    drugs = np.array([[*row, *[-1] * (width - len(row))] for row in sets], np.int32)
    return Study(
        name=name,
        version="1",
        dose_unit="",
        drugs=GRAPH.drugs,
        smiles=("",) * len(NAMES),
        combos=ComboTable(
            drugs=drugs,
            dose=np.full(drugs.shape, np.nan, np.float32),
            profile=np.full(n, -1, np.int32),
            labels={"y": np.zeros((n, 1), np.float32)},
            weight=np.ones(n, np.float32),
            group=np.arange(n, dtype=np.int32),
            day=np.full(n, np.nan, np.float32),
        ),
        profiles=ProfileTable.empty(),
    ).validate()


def kept(rows, *studies, graph=GRAPH) -> set[str]:
    """The pairs of drugs that still have an edge, in letters."""
    ids = {s.name: np.arange(len(NAMES)) for s in studies}
    rows = {s.name: np.array(r, int) for s, r in zip(studies, rows, strict=True)}
    found = training_graph(graph, identity=IDENTITY, studies=studies, world_ids=ids, rows=rows)
    assert np.array_equal(found.validate().edges[DRUG_TARGET], GRAPH.edges[DRUG_TARGET])
    edges = found.edges[DRUG_DRUG].T.tolist()
    assert sorted(edges) == sorted(edges[i][::-1] for i in range(len(edges)))
    return {NAMES[a] + NAMES[b] for a, b in edges if a < b}


ALL = {"ab", "ac", "ad", "ae", "bc", "bd", "cd", "ce", "de"}


def test_a_held_out_pair_loses_its_edges_under_every_name():
    assert kept([[0]], study((2, 3), (0, 1))) == ALL - {"ab", "ae"}
    assert kept([[0]], study((2, 3), (0, 4))) == ALL - {"ab", "ae"}


def test_every_pair_of_a_larger_set_loses_its_edges():
    assert kept([[0]], study((0, 3), (0, 1, 2), (3,))) == ALL - {"ab", "ae", "ac", "bc", "ce"}


def test_edges_of_training_pairs_stay_and_all_do_where_nothing_is_held_out():
    assert kept([[0, 1]], study((2, 3), (0, 1))) == ALL
    # In another row, such as another cell line, the pair trains: its edge says of both rows.
    assert kept([[0]], study((0, 1), (0, 1))) == ALL - {"ab", "ae"}


def test_rows_of_a_companion_that_do_not_train_count_too():
    pair = study((0, 3), (2, 3)), study((1, 2), (2, 3), name="beside")
    assert kept([[0, 1], [1]], *pair) == ALL - {"bc", "ce"}


def test_a_study_that_trains_gives_no_edge():
    ids, rows = {"leaflet": np.arange(5)}, {"leaflet": np.arange(1)}
    trained = [study((0, 1), name="leaflet")]
    found = training_graph(GRAPH, identity=IDENTITY, studies=trained, world_ids=ids, rows=rows)
    assert list(found.edges) == [DRUG_TARGET]


def test_every_relation_of_drugs_is_guarded():
    other = ("drug", "resembles", "drug")
    edge, weight = GRAPH.edges[DRUG_DRUG], GRAPH.weight[DRUG_DRUG]
    graph = replace(
        GRAPH,
        edges=GRAPH.edges | {other: edge[::-1].copy()},
        weight=GRAPH.weight | {other: weight},
        source=GRAPH.source | {other: "elsewhere"},
    )
    found = training_graph(
        graph,
        identity=IDENTITY,
        studies=[study((2, 3), (0, 1))],
        world_ids={"first": np.arange(5)},
        rows={"first": np.array([0])},
    ).validate()
    joined = [set(e) for r in found.drug_relations() for e in found.edges[r].T.tolist()]
    assert found.drug_relations() == [DRUG_DRUG, other]
    assert {0, 1} not in joined and {0, 4} not in joined and joined.count({2, 3}) == 4


@pytest.mark.parametrize(
    ("drugs", "pairs"),
    [
        ([[0, 1, -1], [2, -1, -1]], [[0, 1]]),
        ([[3, 4, 5]], [[3, 4], [3, 5], [4, 5]]),
        ([[7]], []),
    ],
)
def test_pairs_in_rows(drugs, pairs):
    assert pairs_in_rows(np.array(drugs)).tolist() == pairs

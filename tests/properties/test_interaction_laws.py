"""Laws of drug–drug edges: an edge has no first end, and none is of a pair that is held out."""

from itertools import combinations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.core.drug_graph import DRUG_DRUG
from combo_dl.core.drug_table import Drug, oncology_drugs, target_genes
from combo_dl.data.drug_scale import fit_drug_scaler
from combo_dl.data.label_edges import training_graph
from combo_dl.data.world import world_tensors
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.relation.relational import RelationalEncoder

NAMES = ("cisplatin", "erlotinib", "olaparib", "pembrolizumab", "temozolomide", "trastuzumab")
WIDTH, D = 8, len(NAMES)
DRUGS = [oncology_drugs().get(name) for name in NAMES]
CATALOG, GENES = build_catalog(DRUGS), target_genes()
pairs = st.lists(st.tuples(*[st.integers(0, D - 1)] * 2), max_size=12)


def encoder_of(layers: int) -> RelationalEncoder:
    torch.manual_seed(0)
    dims = Dimensions(
        fingerprint=1,
        target=1,
        classes=1,
        known_drugs=1,
        graph_targets=len(GENES),
        relations=("drug|binds|target", "drug|interacts|drug"),
        profiles={},
    )
    return RelationalEncoder(layers=layers, dropout=0.1, dims=dims, width=WIDTH).eval()


ENCODERS = {layers: encoder_of(layers) for layers in (1, 2)}
X_DH = torch.randn(D, WIDTH, generator=torch.Generator().manual_seed(1))


def graph_of(edges: list[tuple[int, int]]):
    ends = np.array(edges, np.int32).reshape(-1, 2).T
    return build_graph(DRUGS, targets=GENES, drug_edges=ends, drug_edge_source="leaflet")


def encoded(edges: list[tuple[int, int]], layers: int) -> torch.Tensor:
    graph = graph_of(edges)
    world = world_tensors(
        CATALOG,
        graph,
        scaler=fit_drug_scaler(CATALOG, graph, np.arange(D)),
        known={},
        response=np.zeros((D, 0), np.float32),
    )
    with torch.no_grad():
        return ENCODERS[layers](X_DH, world)


@given(edges=pairs, layers=st.sampled_from([1, 2]), data=st.data())
def test_the_order_of_edges_and_of_their_ends_changes_nothing(edges, layers, data):
    flips = data.draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    turned = [e[::-1] if flip else e for e, flip in zip(edges, flips, strict=True)]
    again = data.draw(st.permutations(turned)) + turned[: len(turned) // 2]
    torch.testing.assert_close(encoded(again, layers), encoded(edges, layers))


@given(edge=st.tuples(*[st.integers(0, D - 1)] * 2))
def test_an_edge_is_heard_by_its_two_ends_and_by_no_other_drug(edge):
    changed = (encoded([edge], 1) - encoded([], 1)).abs().amax(dim=1) > 0
    ends = {*edge} if edge[0] != edge[1] else set()
    assert {i for i, c in enumerate(changed.tolist()) if c} == ends


@given(data=st.data())
def test_no_edge_is_of_a_pair_that_is_held_out_and_all_others_stay(data, drawn_studies):
    study, identity = data.draw(drawn_studies)
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    n, drugs = len(study), [Drug(name=name) for name in study.drugs.names]
    graph = build_graph(
        drugs,
        targets=(),
        drug_edges=rng.integers(0, len(drugs), (2, 150)),
        drug_edge_source="leaflet",
    )
    rows = np.flatnonzero(rng.random(n) < data.draw(st.sampled_from([0.0, 0.7, 0.95, 1.0])))
    found = training_graph(
        graph,
        identity=identity,
        studies=[study],
        world_ids={study.name: np.arange(len(drugs))},
        rows={study.name: rows},
    ).validate()
    held_out = set()
    for row in study.combos.drugs[np.setdiff1d(np.arange(n), rows)].tolist():
        keys = [identity[d] for d in row if d >= 0]
        held_out |= {frozenset(two) for two in combinations(keys, 2)}
    edges = graph.edges[DRUG_DRUG].T.tolist()
    expected = [e for e in edges if frozenset(identity[d] for d in e) not in held_out]
    assert found.edges[DRUG_DRUG].T.tolist() == expected

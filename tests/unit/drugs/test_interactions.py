"""Known interactions are found among the drugs of a training, under any name."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_graph import DRUG_DRUG
from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph
from combo_dl.drugs.interactions import interaction_edges

ASPIRIN, ACID = "CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1OC(C)=O"
# The drugs of a training: aspirin stands there twice, one antibody has no structure.
WORLD = (
    Drug(name="aspirin", smiles=ASPIRIN),
    Drug(name="ethanol", smiles="CCO"),
    Drug(name="our-17", smiles=ACID),
    Drug(name="CD-19 antibody", modality="antibody"),
    Drug(name="water", smiles="O"),
)
CATALOG = build_catalog(WORLD)
SMILES = {"acetylsalicylate sodium": "CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", "spirit": "OCC", "x": "CN"}
EMPTY = DrugTable(drugs=(Drug(name="cd19 Antibody", modality="antibody"),))


def known(*rows) -> Study:
    """A study of interactions (drug, drug, one type, another)."""
    frame = pd.DataFrame(rows, columns=["drug_a", "drug_b", "one", "other"])
    return Study.from_frames(
        frame, name="leaflet", labels={"kind": ["one", "other"]}, smiles=SMILES, table=EMPTY
    )


def edges(study: Study) -> list[tuple[str, str]]:
    names = CATALOG.drugs.names
    found = interaction_edges(study, names=names, identity=CATALOG.inchikey14, table=EMPTY)
    assert found.dtype == np.int32 and found.shape[0] == 2
    return [(names[a], names[b]) for a, b in found.T]


def test_drugs_are_known_by_structure_and_those_without_by_name():
    study = known(
        ("acetylsalicylate sodium", "spirit", 1, 0),
        ("spirit", "cd19 Antibody", 0, 1),
        ("x", "spirit", 1, 1),
    )
    assert edges(study) == [
        ("aspirin", "ethanol"),
        ("ethanol", "our-17"),
        ("ethanol", "CD-19 antibody"),
    ]


def test_a_pair_without_an_interaction_has_no_edge():
    rows = [("spirit", "cd19 Antibody", 0, 0), ("acetylsalicylate sodium", "spirit", np.nan, 0)]
    assert edges(known(*rows)) == []


def test_a_row_of_one_drug_says_nothing():
    study = known(("spirit", "cd19 Antibody", 1, 0), ("spirit", "", 1, 0))
    assert edges(study) == [("ethanol", "CD-19 antibody")]


def test_a_study_of_scores_is_refused():
    with pytest.raises(InputError, match="'leaflet' cannot give known interactions: its label 'ki"):
        edges(known(("spirit", "cd19 Antibody", 3.5, 0)))


def test_the_graph_has_each_pair_in_both_directions_once():
    pairs = np.array([[0, 1, 4, 2, 3], [1, 0, 3, 2, 4]])
    graph = build_graph(WORLD, targets=(), drug_edges=pairs, drug_edge_source="leaflet")
    assert graph.edges[DRUG_DRUG].T.tolist() == [[0, 1], [1, 0], [3, 4], [4, 3]]
    assert graph.source[DRUG_DRUG] == "leaflet" and graph.edges[DRUG_DRUG].dtype == np.int32


@pytest.mark.parametrize(
    ("pairs", "source", "message"),
    [
        ([[0], [5]], "leaflet", "holds ids 0..5; expected 0..4"),
        ([[0], [1]], "", "drug edges have no source"),
    ],
)
def test_edges_that_cannot_be_are_refused(pairs, source, message):
    with pytest.raises(InputError, match=message):
        build_graph(WORLD, targets=(), drug_edges=np.array(pairs), drug_edge_source=source)


def test_no_pairs_are_an_empty_relation():
    none = np.zeros((2, 0), np.int32)
    graph = build_graph(WORLD, targets=(), drug_edges=none, drug_edge_source="leaflet")
    assert graph.edges[DRUG_DRUG].shape == (2, 0)

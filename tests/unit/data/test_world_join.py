"""Drugs of a request take their places in the graph of the training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_table import oncology_drugs, target_genes
from combo_dl.data.fitted import Fitted, fit
from combo_dl.data.world_join import among
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph
from combo_dl.nn.dimensions import Dimensions
from combo_dl.nn.relation.relational import RelationalEncoder

NAMES = ("cisplatin", "erlotinib", "lapatinib", "olaparib", "pembrolizumab", "temozolomide")
# cisplatin and erlotinib interact with olaparib, lapatinib with erlotinib.
PAIRS = np.array([[0, 3, 2], [3, 1, 1]])
WIDTH = 8


def drugs_of(*names):
    return [oncology_drugs().get(name) for name in names]


@pytest.fixture(scope="module")
def fitted(tiny_study) -> Fitted:
    """What is known of six drugs; the rows of the study stand for any."""
    drugs = drugs_of(*NAMES)
    graph = build_graph(drugs, targets=target_genes(), drug_edges=PAIRS, drug_edge_source="known")
    return fit(
        catalog=build_catalog(drugs),
        graph=graph,
        studies=[tiny_study],
        world_ids={tiny_study.name: np.arange(len(tiny_study.drugs)) % len(drugs)},
        rows={tiny_study.name: np.arange(len(tiny_study))},
        max_fields=4,
    )


@pytest.fixture(scope="module")
def encoder(fitted) -> RelationalEncoder:
    torch.manual_seed(0)
    dims = Dimensions(
        fingerprint=1,
        target=1,
        classes=1,
        known_drugs=1,
        graph_targets=len(fitted.graph.targets),
        relations=tuple("|".join(r) for r in sorted(fitted.graph.edges)),
        profiles={},
    )
    return RelationalEncoder(layers=2, dropout=0.0, dims=dims, width=WIDTH).eval()


def asked_world(fitted, drugs):
    """(the drugs as a request has them, their places in the training)."""
    catalog: DrugCatalog = build_catalog(drugs)
    graph = build_graph(drugs, targets=fitted.graph.targets.names)
    return fitted.world_of(catalog, graph), torch.from_numpy(fitted.same_drugs(catalog))


def vectors(world) -> torch.Tensor:
    """A vector a drug that says what it is, whatever its place."""
    seed = torch.linspace(-1, 1, world.fingerprint.shape[1])[:, None] * torch.arange(1, WIDTH + 1)
    return world.fingerprint @ torch.sin(seed) + world.modality[:, None]


@pytest.mark.parametrize(
    "names", [("olaparib",), ("lapatinib", "cisplatin"), NAMES[::-1], ("pembrolizumab", "olaparib")]
)
def test_training_drugs_are_heard_as_in_training_whichever_are_asked(fitted, encoder, names):
    trained = fitted.world()
    expected = encoder(vectors(trained), trained)[[NAMES.index(n) for n in names]]
    asked, same = asked_world(fitted, drugs_of(*names))
    world = among(asked, trained, same)
    assert len(world) == len(names) + len(NAMES)
    found = encoder(vectors(world), world)[: len(names)]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_molecules_stay_with_their_drugs(fitted):
    asked, same = asked_world(fitted, drugs_of("temozolomide", "olaparib"))
    world = among(asked, fitted.world(), same)
    for d, name in enumerate(("temozolomide", "olaparib", *NAMES)):
        own = fitted.catalog.drugs.id(name)
        atoms = fitted.catalog.atom[slice(*fitted.catalog.atom_ptr[own : own + 2])]
        assert np.array_equal(world.atom[world.atom_drug == d].numpy(), atoms)
    ends = world.atom_drug[world.bond_index]
    assert torch.equal(ends[0], ends[1])


def test_a_drug_that_training_lacks_hears_of_no_drug(fitted):
    asked, same = asked_world(fitted, drugs_of("dasatinib", "olaparib"))
    assert same.tolist() == [-1, NAMES.index("olaparib")]
    edge = among(asked, fitted.world(), same).edges["drug|interacts|drug"]
    assert not (edge == 0).any() and (edge[1] == 1).sum() == 2


def test_a_second_name_of_a_training_drug_hears_what_it_hears(fitted, encoder):
    olaparib = drugs_of("olaparib")[0]
    drugs = [olaparib, replace(olaparib, name="our-17", synonyms=())]
    asked, same = asked_world(fitted, drugs)
    assert same.tolist() == [3, 3]
    world = among(asked, fitted.world(), same)
    edge = world.edges["drug|interacts|drug"]
    assert sorted(edge[0, edge[1] == 0].tolist()) == sorted(edge[0, edge[1] == 1].tolist()) != []
    assert not (edge[0] == 1).any()


def test_a_drug_s_vector_is_the_one_its_world_points_at(fitted):
    assert fitted.vector_ids().tolist() == fitted.world().known_id.tolist()

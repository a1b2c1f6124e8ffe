"""MoleculeEncoder: atom order and pack neighbours do not matter; no SMILES, the missing token."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from role_cases import cases

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.graph import build_graph
from combo_dl.nn.build import build_part
from combo_dl.nn.drug_encoder import DrugEncoder
from combo_dl.nn.molecule.gine import GineLayer

WIDTH = 12
every_encoder = pytest.mark.parametrize("spec", cases("molecule", at_least=2))


def built(spec, dims):
    return build_part("molecule", spec, {"dims": dims, "width_out": WIDTH}).eval()


def shuffled(catalog: DrugCatalog, seed: int) -> DrugCatalog:
    """The same molecules, with atoms and bonds listed in another order."""
    random = np.random.default_rng(seed)
    parts = zip(catalog.atom_ptr[:-1], catalog.atom_ptr[1:], strict=True)
    order = np.concatenate([a + random.permutation(b - a) for a, b in parts]).astype(int)
    pairs = zip(catalog.bond_ptr[:-1], catalog.bond_ptr[1:], strict=True)
    bonds = np.concatenate([a + random.permutation(b - a) for a, b in pairs]).astype(int)
    place = np.argsort(order).astype(np.int32)
    return replace(
        catalog,
        atom=catalog.atom[order],
        bond=catalog.bond[bonds],
        bond_index=place[catalog.bond_index[:, bonds]],
    ).validate()


@every_encoder
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_atoms_and_bonds_does_not_matter(spec, seed, fitted, dims):
    encoder = built(spec, dims)
    other = fitted.world_of(shuffled(fitted.catalog, seed), fitted.graph)
    torch.testing.assert_close(encoder(fitted.world()), encoder(other), atol=1e-5, rtol=1e-5)


@every_encoder
def test_neighbours_in_the_pack_do_not_matter(spec, drugs, fitted, dims):
    encoder, genes = built(spec, dims), fitted.graph.targets.names
    together = encoder(fitted.world())
    for i, drug in enumerate(drugs):
        alone = fitted.world_of(build_catalog([drug]), build_graph([drug], targets=genes))
        torch.testing.assert_close(encoder(alone)[0], together[i], atol=1e-5, rtol=1e-5)


@every_encoder
def test_a_part_of_the_world_encodes_as_in_the_whole(spec, world, dims):
    encoder, kept = built(spec, dims), torch.arange(len(world))[1::2]
    part = world.take(kept)
    assert len(part) == len(kept) and torch.equal(part.structure, world.structure[kept])
    torch.testing.assert_close(encoder(part), encoder(world)[kept], atol=1e-5, rtol=1e-5)


@every_encoder
def test_different_molecules_differ(spec, world, dims):
    x_DH = built(spec, dims)(world)[world.structure]
    assert torch.isfinite(x_DH).all() and torch.pdist(x_DH).min() > 1e-3


def drug_encoder(spec, dims) -> DrugEncoder:
    encoder = DrugEncoder(
        molecules={"structure": built(spec, dims)},
        dims=dims,
        width=WIDTH,
        ids=False,
        targets=False,
        classes=False,
        id_dropout=0.0,
        token_dropout=0.0,
        dropout=0.0,
        response_dropout=0.0,
    )
    # Before the first step all tokens of an antibody are 0, where a ReLU has no slope.
    torch.nn.init.normal_(encoder.bias)
    return encoder.eval()


@every_encoder
def test_a_drug_without_smiles_gets_the_learned_missing_token(spec, world, dims):
    encoder = drug_encoder(spec, dims)
    before = encoder(world)
    with torch.no_grad():
        encoder.missing["structure"] += torch.randn(WIDTH)
    changed = (encoder(world) - before).abs().amax(dim=1) > 0
    assert changed.tolist() == (~world.structure).tolist() and changed.any()


@every_encoder
def test_the_missing_token_learns_from_drugs_without_smiles_alone(spec, world, dims):
    encoder = drug_encoder(spec, dims)
    weight = torch.randn(WIDTH)
    encoder(world)[world.structure].matmul(weight).sum().backward(retain_graph=True)
    assert encoder.missing["structure"].grad.abs().max() == 0
    encoder(world)[~world.structure].matmul(weight).sum().backward()
    assert encoder.missing["structure"].grad.abs().max() > 0


def test_messages_are_those_of_the_graph_library(world):
    from torch_geometric.nn import GINEConv

    layer = GineLayer(WIDTH)
    oracle = GINEConv(layer.update, eps=0.0, train_eps=False)
    x_AH = torch.randn(len(world.atom), WIDTH)
    expected = oracle(x_AH, world.bond_index, layer.bond(world.bond))
    found = layer.update(layer.messages(x_AH, world.bond, world.bond_index))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_drugs_of_which_the_graph_alone_is_read_are_a_vector_each(world, dims):
    settings = {"id_dropout": 0.0, "token_dropout": 0.0, "dropout": 0.0, "response_dropout": 0.0}
    none = {"ids": False, "targets": False, "classes": False, "molecules": {}}
    encoder = DrugEncoder(dims=replace(dims, response=0), width=WIDTH, **none, **settings)
    assert encoder(world).shape == (len(world), WIDTH)

"""RelationEncoder: the order of edges does not matter, and no edges are a defined result."""

from dataclasses import replace

import pytest
import torch
from role_cases import cases

from combo_dl.nn.build import build_part

WIDTH = 12
every_encoder = pytest.mark.parametrize("spec", cases("relation", at_least=2))


def built(spec, dims):
    return build_part("relation", spec, {"dims": dims, "width": WIDTH}).eval()


@every_encoder
def test_the_order_of_edges_does_not_matter(spec, world, dims):
    encoder, x_DH = built(spec, dims), torch.randn(len(world), WIDTH)
    mixed = {k: e[:, torch.randperm(e.shape[1])] for k, e in world.edges.items()}
    found = encoder(x_DH, replace(world, edges=mixed))
    torch.testing.assert_close(found, encoder(x_DH, world), atol=1e-5, rtol=1e-5)


@every_encoder
def test_without_edges_a_drug_keeps_its_vector(spec, world, dims):
    encoder, x_DH = built(spec, dims), torch.randn(len(world), WIDTH)
    none = {k: e[:, :0] for k, e in world.edges.items()}
    torch.testing.assert_close(encoder(x_DH, replace(world, edges=none)), x_DH)


@every_encoder
def test_without_relations_a_drug_keeps_its_vector(spec, world, dims):
    encoder, x_DH = built(spec, replace(dims, relations=())), torch.randn(len(world), WIDTH)
    torch.testing.assert_close(encoder(x_DH, replace(world, edges={})), x_DH)


@every_encoder
def test_the_order_of_drugs_does_not_matter(spec, world, dims):
    encoder, x_DH = built(spec, dims), torch.randn(len(world), WIDTH)
    order = torch.randperm(len(world))
    edges = {}
    for key, edge in world.edges.items():
        ends = key.split("|")[0], key.split("|")[2]
        place = torch.argsort(order)
        rows = [place[e] if kind == "drug" else e for kind, e in zip(ends, edge, strict=True)]
        edges[key] = torch.stack(rows)
    found = encoder(x_DH[order], replace(world, edges=edges))
    torch.testing.assert_close(found, encoder(x_DH, world)[order], atol=1e-5, rtol=1e-5)


def test_an_encoder_that_relates_drugs_hears_of_their_targets(world, dims):
    spec = next(c.values[0] for c in cases("relation", at_least=2) if c.id == "targets")
    encoder, x_DH = built(spec, dims), torch.randn(len(world), WIDTH)
    heard = (encoder(x_DH, world) - x_DH).abs().amax(dim=1) > 0
    assert heard.tolist() == world.has_target.tolist()

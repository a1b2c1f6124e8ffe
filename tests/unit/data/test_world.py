import numpy as np
import torch

from combo_dl.core.drug_graph import DRUG_TARGET
from combo_dl.data.world import relation_key


def test_atoms_know_their_drug_and_new_drugs_have_no_id(tiny_study, tiny_world, fit_on):
    catalog, graph, _ = tiny_world
    fitted = fit_on(tiny_study, np.arange(6))
    world = fitted.world()
    assert len(world) == len(catalog)
    assert torch.equal(world.atom_drug.unique(), world.structure.nonzero().squeeze(1))
    assert (world.known_id >= 0).nonzero().squeeze(1).tolist() == fitted.known_drugs.tolist()
    assert relation_key(DRUG_TARGET) == "drug|binds|target"
    edges = world.edges[relation_key(DRUG_TARGET)]
    assert edges.shape == graph.edges[DRUG_TARGET].shape and edges.dtype == torch.int64


def test_classes_of_other_drugs_are_unknown(tiny_study, tiny_world, fit_on):
    catalog, _, _ = tiny_world
    fitted = fit_on(tiny_study, np.arange(3))
    known = [c in fitted.drugs.classes for c in catalog.drug_class]
    assert (fitted.world().drug_class >= 0).tolist() == known and not all(known)


def test_moving_keeps_every_field(tiny_study, fit_on):
    world = fit_on(tiny_study, np.arange(9)).world()
    assert world.to("meta").atom.is_meta and torch.equal(world.to("cpu").target, world.target)

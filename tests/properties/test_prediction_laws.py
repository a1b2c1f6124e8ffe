"""Laws of the whole network: a prediction depends on the set, doses and profile alone."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.data.batch import ComboBatch
from combo_dl.nn.forecast import forecast

N_ROWS = tiny.DESIGN["n_rows"]
rows = st.lists(st.integers(0, N_ROWS - 1), min_size=1, max_size=12)
BY_DRUG = ("drugs", "present", "dose", "dose_known")
TARGETS = {
    "_target_": "combo_dl.nn.relation.relational.RelationalEncoder",
    "layers": 1,
    "dropout": 0.1,
}
NETWORKS = {"alone": tiny.NETWORK, "related": replace(tiny.NETWORK, relation=TARGETS)}
every_network = pytest.mark.parametrize("network", list(NETWORKS))


@cache
def made(network: str):
    """A network, its drugs and the tensors of the study, with doses in half the places."""
    _, ready = tiny.untrained(NETWORKS[network])
    tensors = ready.tensors["synthetic"]
    random = torch.Generator().manual_seed(3)
    known = (torch.rand(tensors.drugs.shape, generator=random) > 0.5) & tensors.present
    dose = torch.rand(tensors.drugs.shape, generator=random) * known
    return ready.net, ready.fitted.world(), replace(tensors, dose=dose, dose_known=known)


def predicted(network: str, batch: ComboBatch) -> torch.Tensor:
    """[B, 2] mean and deviation in points."""
    net, world, _ = made(network)
    with torch.no_grad():
        law = net(world, batch)["synergy_loewe"]
        return torch.cat(net.heads["synergy_loewe"].natural(law), dim=1)


def assert_same(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@every_network
@given(rows=rows, order=st.permutations(range(3)))
def test_swapping_drugs_changes_no_prediction(network, rows, order):
    batch = made(network)[2].batch(torch.tensor(rows))
    swapped = replace(batch, **{n: getattr(batch, n)[:, list(order)] for n in BY_DRUG})
    assert_same(predicted(network, swapped), predicted(network, batch))


@every_network
@given(rows=rows, places=st.integers(1, 4))
def test_padding_changes_no_prediction(network, rows, places):
    batch = made(network)[2].batch(torch.tensor(rows))
    pad = torch.nn.functional.pad
    padded = replace(batch, **{n: pad(getattr(batch, n), (0, places)) for n in BY_DRUG})
    assert_same(predicted(network, padded), predicted(network, batch))


@every_network
@given(rows=rows)
def test_a_row_alone_is_the_row_in_a_batch(network, rows):
    tensors = made(network)[2]
    together = predicted(network, tensors.batch(torch.tensor(rows)))
    alone = [predicted(network, tensors.batch(torch.tensor([r]))) for r in rows]
    assert_same(torch.cat(alone), together)


@given(rows=rows, size=st.integers(1, 7))
def test_the_size_of_batches_changes_no_forecast(rows, size):
    net, world, tensors = made("alone")
    cut, whole = (
        forecast(net, world, tensors, np.array(rows), batch_size=b)["synergy_loewe"]
        for b in (size, 100)
    )
    np.testing.assert_allclose(cut.mean, whole.mean, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(cut.deviation, whole.deviation, atol=1e-5, rtol=1e-5)


@given(rows=rows)
def test_one_drug_has_no_synergy_and_no_doubt(rows):
    _, _, tensors = made("alone")
    found = predicted("alone", tensors.batch(torch.tensor(rows)))
    single = tensors.present[rows].sum(dim=1) == 1
    assert (found[single] == 0).all() and (found[~single, 1] > 0).all()


def test_a_drug_never_seen_has_the_vector_of_unknown_drugs():
    net, world, _ = made("alone")
    fewer = replace(world, known_id=torch.where(world.known_id == 2, -1, world.known_id))
    other = (world.known_id == 2).nonzero().item()
    with torch.no_grad():
        before, after = net.encode_drugs(world), net.encode_drugs(fewer)
    changed = (before - after).abs().amax(dim=1) > 0
    assert changed.nonzero().flatten().tolist() == [other]


def test_the_vector_of_unknown_drugs_moves_none_of_the_known():
    ready = tiny.untrained(rows=30)[1]
    net, world = ready.net, ready.fitted.world()
    world = replace(world, known_id=torch.where(world.known_id == 0, -1, world.known_id))
    with torch.no_grad():
        before = net.encode_drugs(world)
        net.drug.known.weight[-1] += 1.0
        changed = (net.encode_drugs(world) - before).abs().amax(dim=1) > 0
    assert torch.equal(changed, world.known_id < 0) and changed.any() and not changed.all()

"""Whom the encoder of drugs learns from: rows of the others change none of it."""

from dataclasses import replace

import pytest
import tiny
import torch

from combo_dl.core.errors import ConfigError


def taught_by(*names: str):
    network = replace(tiny.NETWORK, model=tiny.NETWORK.model | {"taught_by": list(names)})
    return tiny.untrained(network)


def gradients(made) -> dict[str, bool]:
    """{role: whether a gradient of a batch of the study reaches it}."""
    study = next(iter(made.tensors))
    rows = torch.arange(12)
    params = made.net(made.fitted.world(), made.tensors[study].batch(rows))
    params["synergy_loewe"].location.sum().backward()
    parts = {"drug": made.net.drug, "fusion": made.net.fusion}
    return {
        name: any(p.grad is not None and bool(p.grad.any()) for p in part.parameters())
        for name, part in parts.items()
    }


def test_a_study_that_does_not_teach_leaves_the_encoder_of_drugs_alone():
    _, made = taught_by()
    study = next(iter(made.tensors))
    assert gradients(made)["drug"]
    made.net.zero_grad()
    made.net.taught_by = ("another study",)
    assert not gradients(made)["drug"] and gradients(made)["fusion"]
    made.net.zero_grad()
    made.net.taught_by = (study,)
    assert gradients(made)["drug"]


def test_who_teaches_does_not_change_what_is_predicted():
    _, made = taught_by()
    study = next(iter(made.tensors))
    batch = made.tensors[study].batch(torch.arange(12))
    world = made.fitted.world()
    free = made.net(world, batch)["synergy_loewe"].location
    made.net.taught_by = ("another study",)
    assert torch.equal(free, made.net(world, batch)["synergy_loewe"].location)


def test_a_study_that_does_not_train_cannot_teach():
    with pytest.raises(ConfigError, match=r"model\.taught_by has 'oneil'"):
        taught_by("oneil")

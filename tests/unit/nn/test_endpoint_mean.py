"""The objective averages rows within an endpoint, and endpoints by their weights."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import tiny
import torch

from combo_dl.nn.objective.endpoint_mean import EndpointMean


class Constant(torch.nn.Module):
    """A head whose loss is its parameters."""

    def nll(self, params, label, observed):
        return torch.where(observed, params, 0.0)


def loss(weights, values, observed, *, row_weight=None):
    """Loss of endpoints a, b with these weights, losses a row and masks."""
    names = ("a", "b")
    batch = SimpleNamespace(
        labels=dict(zip(names, values, strict=True)),
        observed=dict(zip(names, observed, strict=True)),
        weight=torch.ones(len(values[0])) if row_weight is None else row_weight,
    )
    endpoints = {n: replace(tiny.LOEWE, weight=w) for n, w in zip(names, weights, strict=True)}
    net = SimpleNamespace(heads=dict.fromkeys(names, Constant()), endpoints=endpoints)
    return EndpointMean()(net, batch.labels, batch)


def test_an_endpoint_with_few_labels_counts_as_much_as_one_with_many():
    values = torch.tensor([[1.0], [1.0], [1.0]]), torch.tensor([[4.0], [9.0], [9.0]])
    observed = torch.ones(3, 1).bool(), torch.tensor([[True], [False], [False]])
    found = loss((1.0, 1.0), values, observed)
    assert found.total.item() == pytest.approx(2.5)
    assert {n: v.item() for n, v in found.parts.items()} == {"a": 1.0, "b": 4.0}


def test_endpoints_count_by_their_weights():
    values, observed = (
        (torch.tensor([[1.0]]), torch.tensor([[5.0]])),
        (torch.ones(1, 1).bool(),) * 2,
    )
    assert loss((3.0, 1.0), values, observed).total.item() == pytest.approx((3 * 1 + 5) / 2)


def test_a_weight_counts_where_its_endpoint_is_alone():
    batch = SimpleNamespace(
        labels={"a": torch.tensor([[4.0]])},
        observed={"a": torch.ones(1, 1).bool()},
        weight=torch.ones(1),
    )
    net = SimpleNamespace(
        heads={"a": Constant()}, endpoints={"a": replace(tiny.LOEWE, weight=0.25)}
    )
    assert EndpointMean()(net, batch.labels, batch).total.item() == pytest.approx(1.0)


def test_rows_count_by_their_weights():
    values = torch.tensor([[1.0], [5.0]]), torch.tensor([[0.0], [0.0]])
    found = loss(
        (1.0, 1.0), values, (torch.ones(2, 1).bool(),) * 2, row_weight=torch.tensor([3.0, 1.0])
    )
    assert found.parts["a"].item() == pytest.approx(2.0)


def test_an_endpoint_that_nobody_saw_adds_nothing():
    values = torch.tensor([[2.0]]), torch.tensor([[7.0]])
    found = loss((1.0, 1.0), values, (torch.ones(1, 1).bool(), torch.zeros(1, 1).bool()))
    assert found.parts["b"].item() == 0.0 and torch.isfinite(found.total)

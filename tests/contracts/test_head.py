"""Head: finite, no gradient where unobserved, in bounds, quantiles in order, 0 by definition."""

import numpy as np
import pytest
import torch
from head_cases import (
    built_head,
    is_continuous,
    joins_columns,
    label_width,
    random_label,
    reads_doses,
)
from role_cases import cases
from torch.distributions import Normal, StudentT

from combo_dl.nn.head.joined import outcomes_observed
from combo_dl.nn.head.location_scale import LocationScale, LocationScaleHead

WIDTH, B, W = 12, 40, 3
# Heads that read doses have laws of their own: test_dose_head.
CASES = [c for c in cases("head", at_least=8) if not reads_doses(c.values[0])]
CONTINUOUS = [c for c in CASES if is_continuous(c.values[0])]
every_head = pytest.mark.parametrize("spec", CASES)
continuous = pytest.mark.parametrize("spec", CONTINUOUS)
likelihoods = pytest.mark.parametrize(
    "spec", [c for c in CONTINUOUS if c.values[0].get("mean_weight") == 0]
)


def built(spec, bounds=(None, None)):
    sizes = {"width_in": WIDTH, "width_out": label_width(spec, W), "bounds": bounds}
    return built_head(spec, sizes | {"known_pairs": 4, "known_drugs": 4})


def width_of_forecast(head):
    """How many columns a head forecasts: those of its label, unless it says another number."""
    return getattr(head, "width_forecast", W)


def data(spec):
    label = random_label(spec, B, W)
    observed = torch.rand(label.shape) > 0.4
    return torch.randn(B, WIDTH, requires_grad=True), label, observed


def test_there_are_heads_of_each_kind():
    assert len(CASES) >= 6 and len(CONTINUOUS) >= 3


@every_head
def test_all_that_a_head_computes_with_is_in_its_weights(spec):
    head = built(spec)
    # A bundle is read into a network without memory: what is not in the weights stays empty.
    assert {n for n, _ in head.named_buffers()} <= set(head.state_dict())


@every_head
@pytest.mark.parametrize("size", [1.0, 1e3])
def test_loss_and_gradient_are_finite(spec, size):
    head, (z_BH, label, observed) = built(spec), data(spec)
    label = label * size if is_continuous(spec) else label
    loss = head.nll(head(z_BH * size, torch.ones(B)), label, observed)
    loss.sum().backward()
    assert torch.isfinite(loss).all() and torch.isfinite(z_BH.grad).all()


@every_head
@pytest.mark.parametrize("junk", [0.0, 1e30, float("nan")])
def test_an_unobserved_label_has_no_loss_and_no_gradient(spec, junk):
    head, (z_BH, label, observed) = built(spec), data(spec)
    observed[0] = False
    loss = head.nll(head(z_BH, torch.ones(B)), torch.where(observed, label, junk), observed)
    loss.sum().backward()
    seen = outcomes_observed(head, observed)
    assert loss.shape == seen.shape and (z_BH.grad[~seen.any(dim=1)] == 0).all()
    assert (loss[~seen] == 0).all() and (z_BH.grad[0] == 0).all()
    assert torch.isfinite(z_BH.grad).all() and (z_BH.grad[1:].abs().amax(dim=1) > 0).any()
    error = head.error(head(z_BH, torch.ones(B)), torch.where(observed, label, junk), observed)
    assert error.shape == seen.shape
    assert (error[~seen] == 0).all() and (error[seen] > 0).all()


@every_head
def test_a_forecast_has_the_columns_that_the_head_says(spec):
    head = built(spec)
    with torch.no_grad():
        mean, deviation = head.natural(head(torch.randn(B, WIDTH), torch.ones(B)))
    assert mean.shape == deviation.shape == (B, width_of_forecast(head))
    assert joins_columns(spec) == (width_of_forecast(head) != W)


@every_head
@pytest.mark.parametrize("bounds", [(0.0, 1.0), (None, 3.0), (-2.0, None)])
def test_outcomes_are_in_bounds_and_in_order(spec, bounds):
    head = built(spec, bounds)
    with torch.no_grad():
        mean, deviation = head.natural(head(torch.randn(B, WIDTH) * 9, torch.ones(B)))
    low, high = (-np.inf if bounds[0] is None else bounds[0]), bounds[1] or np.inf
    for level in (0.5, 0.9):
        found = head.summary(mean, deviation, level=level).validate()
        assert (found.low <= found.mean).all() and (found.mean <= found.high).all()
        assert found.low.min() >= low and found.high.max() <= high


@every_head
def test_a_wider_level_holds_a_narrower_one(spec):
    head = built(spec)
    with torch.no_grad():
        mean, deviation = head.natural(head(torch.zeros(4, WIDTH), torch.ones(4)))
    wide, narrow = (head.summary(mean, deviation, level=level) for level in (0.95, 0.5))
    assert (wide.low < narrow.low).all() and (narrow.high < wide.high).all()


@every_head
def test_what_is_new_is_at_least_as_wide_as_training_labels(spec):
    head = built(spec)
    width = width_of_forecast(head)
    small, unseen = torch.full((2, width), 1e-3), torch.tensor([False, True])
    found = head.widened(small, unseen)
    assert torch.equal(found[0], small[0]) and torch.equal(found[1], head.size)
    assert head.size.shape == (width,) and (head.size > 1e-3).all()


@every_head
def test_quantiles_rise_and_the_middle_is_0(spec):
    head = built(spec)
    assert head.quantile(0.5) == pytest.approx(0.0, abs=1e-12)
    assert head.quantile(0.9) == pytest.approx(-head.quantile(0.1)) and head.quantile(0.9) > 0


@continuous
def test_the_interval_holds_its_share_of_the_law(spec):
    head = built(spec)
    unit = Normal(0.0, 1.0) if head.degrees is None else StudentT(head.degrees)
    drawn = unit.sample((200_000,)) / (unit.stddev if head.degrees else 1.0)
    assert (drawn.abs() < head.quantile(0.9)).float().mean() == pytest.approx(0.8, abs=0.01)


@continuous
def test_a_zero_vector_without_offset_is_exactly_zero_without_width(spec):
    head = built(spec)
    with torch.no_grad():
        mean, deviation = head.natural(head(torch.zeros(B, WIDTH), torch.zeros(B)))
    found = head.summary(mean, deviation, level=0.8)
    assert all((part == 0).all() for part in (found.mean, found.low, found.high))


@likelihoods
def test_the_loss_is_the_negative_log_likelihood_up_to_a_constant(spec):
    head = built(spec)
    location, log_scale = torch.randn(B, W), torch.randn(B, W)
    label, yes = torch.randn(B, W) * 20, torch.ones(B, W, dtype=torch.bool)
    params = LocationScale(location=location, log_scale=log_scale, offset=torch.ones(B, 1))
    target, scale = (label - head.centre) / head.size, log_scale.exp()
    degrees = head.degrees
    law = Normal(location, scale) if degrees is None else StudentT(degrees, location, scale)
    dropped = -law.log_prob(target) - head.nll(params, label, yes)
    torch.testing.assert_close(dropped, dropped[0, 0].expand(B, W), atol=1e-4, rtol=1e-4)


def test_mean_weight_one_moves_the_location_by_squared_error():
    spec = next(c.values[0] for c in CONTINUOUS if c.values[0].get("mean_weight") == 1)
    head, label = built(spec), torch.randn(B, W) * 20
    location = torch.randn(B, W, requires_grad=True)
    params = LocationScale(location=location, log_scale=torch.randn(B, W), offset=torch.ones(B, 1))
    head.nll(params, label, torch.ones(B, W, dtype=torch.bool)).sum().backward()
    torch.testing.assert_close(location.grad, location.detach() - (label - head.centre) / head.size)


def test_fit_is_the_weighted_mean_and_deviation_of_observed_labels():
    head = LocationScaleHead(
        degrees=None,
        mean_weight=0.0,
        hidden=0,
        dropout=0.0,
        width_in=2,
        width_out=1,
        bounds=(None, None),
    )
    label, observed = torch.tensor([[1.0], [5.0], [99.0]]), torch.tensor([[True], [True], [False]])
    head.fit(label, observed, torch.tensor([3.0, 1.0, 1.0]))
    assert head.centre.item() == pytest.approx(2.0) and head.size.item() == pytest.approx(3**0.5)


@continuous
def test_a_constant_label_is_fitted_without_dividing_by_zero(spec):
    head = built(spec)
    head.fit(torch.full((5, W), 7.0), torch.ones(5, W, dtype=torch.bool), torch.ones(5))
    assert (head.size == 1).all() and (head.centre == 7).all()

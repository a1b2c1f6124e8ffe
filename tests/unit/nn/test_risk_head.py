"""Risks of a vector: base rates, cross-entropy, the Brier score, factors and intervals."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.nn.build import build_part
from combo_dl.nn.head.risk import RiskHead, RiskLogits

WIDTH, N, W = 6, 400, 3
RATES = torch.tensor([0.02, 0.3, 0.9])


def built(rank=0, hidden=0, bounds=(None, None)) -> RiskHead:
    head = RiskHead(
        rank=rank, hidden=hidden, dropout=0.0, width_in=WIDTH, width_out=W, bounds=bounds
    )
    label = (torch.arange(N)[:, None] < (RATES * N).round()).float()
    head.fit(label, torch.ones(N, W, dtype=torch.bool), torch.ones(N))
    return head


every_shape = pytest.mark.parametrize(("rank", "hidden"), [(0, 0), (2, 0), (0, 5), (2, 5)])


@every_shape
def test_a_network_that_knows_nothing_says_the_base_rate(rank, hidden):
    head = built(rank, hidden)
    found, deviation = head.natural(head(torch.randn(7, WIDTH), torch.ones(7)))
    expected = ((RATES * N + 0.5) / (N + 1)).expand(7, W)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(deviation, (expected * (1 - expected)).sqrt())


@every_shape
def test_a_zero_vector_has_the_base_rate_whatever_was_learned(rank, hidden):
    head = built(rank, hidden)
    for weight in head.parameters():
        torch.nn.init.normal_(weight, std=3.0)
    found = head.risk(head(torch.zeros(2, WIDTH), torch.ones(2)))
    torch.testing.assert_close(found, head.rate.expand(2, W))


@every_shape
def test_it_trains_from_its_start(rank, hidden):
    torch.manual_seed(0)
    head, z = built(rank, hidden), torch.randn(N, WIDTH)
    label = (z[:, :W] > 0).float()
    yes = torch.ones(N, W, dtype=torch.bool)
    head.fit(label, yes, torch.ones(N))
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        head.nll(head(z, torch.ones(N)), label, yes).mean().backward()
        optimizer.step()
    # Two factors cannot tell three independent columns apart, but most of it.
    assert head.nll(head(z, torch.ones(N)), label, yes).mean() < (0.45 if rank else 0.25)


def test_columns_of_low_rank_share_factors():
    head = built(rank=2)
    torch.nn.init.normal_(head.column.weight)
    with torch.no_grad():
        logit = head(torch.randn(50, WIDTH), torch.ones(50)).logit - torch.logit(head.rate)
    assert torch.linalg.matrix_rank(logit, atol=1e-4) == 2


def test_the_loss_and_its_gradient_are_those_of_cross_entropy():
    head = built()
    logit = (torch.randn(40, W) * 8).requires_grad_()
    label, observed = (torch.rand(40, W) > 0.5).float(), torch.rand(40, W) > 0.3
    weight = torch.rand(40, W)
    found = head.nll(RiskLogits(logit=logit), label, observed)
    (found * weight).sum().backward()
    again = logit.detach().requires_grad_()
    expected = binary_cross_entropy_with_logits(again, label, reduction="none") * observed
    (expected * weight).sum().backward()
    torch.testing.assert_close(found, expected, atol=3e-6, rtol=1e-5)
    torch.testing.assert_close(logit.grad, again.grad)


@pytest.mark.parametrize("size", [1e2, 1e8, 1e30])
def test_extreme_log_odds_are_finite_and_never_certain(size):
    head = built()
    logit = (torch.tensor([[-1.0, 1.0, 0.0]]) * size).requires_grad_()
    params = RiskLogits(logit=logit)
    for label in (torch.zeros(1, W), torch.ones(1, W)):
        loss = head.nll(params, label, torch.ones(1, W, dtype=torch.bool))
        assert torch.isfinite(loss).all()
        assert torch.isfinite(torch.autograd.grad(loss.sum(), logit)[0]).all()
    mean, deviation = head.natural(params)
    assert (mean > 0).all() and (mean < 1).all() and (deviation > 0).all()


def test_the_base_rate_has_the_error_1_on_average():
    head = built()
    label = (torch.arange(N)[:, None] < (RATES * N).round()).float()
    params = head(torch.zeros(N, WIDTH), torch.ones(N))
    found = head.error(params, label, torch.ones(N, W, dtype=torch.bool)).mean(dim=0)
    torch.testing.assert_close(found, torch.ones(W), atol=0.06, rtol=0.0)


def test_an_event_that_training_never_saw_does_not_outweigh_all_others():
    head, yes = built(), torch.ones(1, W, dtype=torch.bool)
    head.fit(torch.zeros(10**5, W), yes.expand(10**5, W), torch.ones(10**5))
    found = head.error(head(torch.zeros(1, WIDTH), torch.ones(1)), torch.ones(1, W), yes)
    assert (head.rate > 0).all() and (found <= 101.1).all()


def test_base_rates_are_weighted_and_of_observed_rows():
    head = built()
    label = torch.tensor([[1.0, float("nan"), 1.0], [0.0, float("nan"), 1.0], [1.0, 1.0, 1.0]])
    observed = torch.tensor([[True, False, True], [True, False, True], [False, True, False]])
    for scale in (1.0, 100.0):
        head.fit(label, observed, torch.tensor([3.0, 1.0, 1.0]) * scale)
        rows = 16 / 10  # of weights 3 and 1 (Kish)
        expected = [(0.75 * rows + 0.5) / (rows + 1), 1.5 / 2, (rows + 0.5) / (rows + 1)]
        assert head.rate.tolist() == pytest.approx(expected)


def test_a_column_that_was_never_observed_is_a_coin():
    head = built()
    head.fit(torch.zeros(4, W), torch.zeros(4, W, dtype=torch.bool), torch.ones(4))
    assert (head.rate == 0.5).all()


@pytest.mark.parametrize("wrong", [-0.1, 2.0, float("nan")])
def test_a_label_that_is_no_risk_is_refused(wrong):
    label = torch.tensor([[0.0, 1.0, wrong]])
    with pytest.raises(InputError, match="expected 0 or 1"):
        built().fit(label, torch.ones(1, W, dtype=torch.bool), torch.ones(1))


@pytest.mark.parametrize("bad", [{"rank": -1}, {"hidden": -2}, {"rank": "many"}])
def test_an_unfit_setting_is_refused(bad):
    spec = {"_target_": "combo_dl.nn.head.risk.RiskHead", "rank": 0, "hidden": 0, "dropout": 0.0}
    with pytest.raises(ConfigError, match="RiskHead cannot be built"):
        build_part("head", spec | bad, {"width_in": 4, "width_out": 1, "bounds": (0.0, 1.0)})


def test_an_interval_of_a_risk_is_symmetric_in_log_odds():
    p, deviation = torch.tensor([[0.1, 0.5, 0.97]]), torch.tensor([[0.02, 0.1, 0.01]])
    found = built().summary(p, deviation, level=0.8).validate()
    slope = (p * (1 - p)).numpy()
    for end, sign in ((found.low, -1), (found.high, 1)):
        away = np.log(end / (1 - end)) - torch.logit(p).numpy()
        np.testing.assert_allclose(away, sign * 1.2815516 * deviation.numpy() / slope, rtol=1e-3)


@pytest.mark.parametrize("deviation", [0.0, 1e-3, 0.5, 10.0])
@pytest.mark.parametrize("bounds", [(None, None), (0.0, 1.0), (0.05, 0.6)])
def test_an_interval_is_ordered_and_in_bounds_for_any_risk(deviation, bounds):
    p = torch.cat([torch.linspace(0, 1, 301), torch.logspace(-30, -1, 59)]).reshape(-1, W)
    found = built(bounds=bounds).summary(p, torch.full_like(p, deviation), level=0.95).validate()
    low, high = (0.0 if bounds[0] is None else bounds[0]), bounds[1] or 1.0
    assert found.low.min() >= np.float32(low) and found.high.max() <= np.float32(high)
    if deviation == 0.0:
        np.testing.assert_allclose(found.high - found.low, 0.0, atol=2e-6)

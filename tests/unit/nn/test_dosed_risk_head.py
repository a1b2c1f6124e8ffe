"""Risks of dosed sets: hazards that add, base rates, known answers, and the loss at extremes."""

import math

import pytest
import torch
from head_cases import made_sets

from combo_dl.nn.head.dosed_risk import DosedRiskHead, LogHazard
from combo_dl.nn.head.log1mexp import log1mexp, log1mexp_of_log

H, Z, W, S, K = 5, 8, 2, 4, 3
RATES = torch.tensor([0.2, 0.45])


def built(*, monotone=True, start=False, precision=0.0) -> DosedRiskHead:
    torch.manual_seed(0)
    head = DosedRiskHead(
        monotone=monotone,
        interaction_precision=precision,
        width_state=H,
        width_in=Z,
        width_out=W,
        bounds=(0.0, 1.0),
    )
    label = (torch.arange(200)[:, None] < (RATES * 200).round()).float()
    head.fit(label, torch.ones(200, W, dtype=torch.bool), torch.ones(200))
    for weight in () if start else head.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return head


def doses(n=S):
    return 10 ** torch.empty(n, K).uniform_(-2, 2, generator=torch.Generator().manual_seed(1))


def states(seed=2):
    return torch.randn(S, K, H, generator=torch.Generator().manual_seed(seed))


def test_before_training_a_pair_at_typical_doses_has_the_base_rate():
    head = built(start=True)
    at = torch.ones(S, K)
    pair = head.risk(head(made_sets(states(), [2] * S, at)))
    torch.testing.assert_close(pair, head.rate.expand(S, W))
    one = head.risk(head(made_sets(states(), [1] * S, at)))
    torch.testing.assert_close((1 - one) ** 2, 1 - pair)
    unknown = made_sets(states(), [2] * S, at * 0, known=torch.zeros(S, K, dtype=torch.bool))
    torch.testing.assert_close(head.risk(head(unknown)), pair)


def test_before_training_the_hazard_is_proportional_to_the_dose():
    head = built(start=True)
    once, tenfold = (head(made_sets(states(), [1] * S, torch.full((S, K), d))) for d in (1.0, 10.0))
    torch.testing.assert_close(tenfold.log_hazard - once.log_hazard, torch.full((S, W), 2.302585))


@pytest.mark.parametrize("monotone", [True, False])
def test_without_interaction_it_is_the_independence_of_bliss(monotone):
    head = built(monotone=monotone)
    sets = made_sets(states(), [3, 3, 2, 1], doses(), pair=torch.zeros(H, Z))
    found, alone = head.risk(head(sets)), head.alone(sets)
    torch.testing.assert_close(found, 1 - (1 - alone).prod(dim=1), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found, head.null(sets))
    assert (alone[3, 1:] == 0).all() and (alone[:3, :2] > 0).all()


def test_an_interaction_scales_the_hazard_of_the_null():
    head = built()
    sets = made_sets(states(), [3, 3, 2, 1], doses())
    null = -torch.log1p(-head.null(sets))
    expected = 1 - torch.exp(-null * head.interaction(sets).exp())
    torch.testing.assert_close(head.risk(head(sets)), expected, atol=1e-5, rtol=1e-4)
    assert (head.interaction(sets)[:3].abs() > 0).all() and (head.interaction(sets)[3] == 0).all()


def test_a_pair_scales_the_hazard_by_20_at_the_most():
    head = built()
    torch.nn.init.constant_(head.gamma.weight, 1e6)
    sets = made_sets(states().abs(), [2] * S, doses(), pair=torch.ones(H, Z))
    torch.testing.assert_close(head.interaction(sets), torch.full((S, W), 3.0))


def test_a_drug_that_is_not_taken_is_not_there():
    head, dose = built(), doses()
    dose[:, 1] = 0.0
    found = head(made_sets(states(), [3] * S, dose)).log_hazard
    expected = head(made_sets(states()[:, [0, 2]], [2] * S, dose[:, [0, 2]])).log_hazard
    torch.testing.assert_close(found, expected)


def test_nothing_taken_is_no_risk_and_no_gradient():
    head = built()
    h = states().requires_grad_()
    sets = made_sets(h, [3] * S, torch.zeros(S, K))
    assert (head.null(sets) == 0).all() and (head.alone(sets) == 0).all()
    params = head(sets)
    assert (head.risk(params) < 1e-12).all()
    head.nll(params, torch.ones(S, W), torch.ones(S, W, dtype=torch.bool)).sum().backward()
    assert (h.grad == 0).all()


def test_a_free_slope_may_fall_and_a_monotone_one_may_not():
    h = states()
    for monotone in (True, False):
        head = built(monotone=monotone)
        torch.nn.init.constant_(head.slope.bias, -20.0)
        low, high = (
            head(made_sets(h, [1] * S, torch.full((S, K), d))).log_hazard for d in (0.1, 10.0)
        )
        assert (high >= low).all() == monotone and ((high < low).all() or monotone)


def test_a_known_answer():
    """Hazards 0.1 and 0.3 at typical doses; slope ln 10; doses 2 and 0.5; a pair vector of 1."""
    head = built(start=True)
    head.rate = torch.full((W,), 1 - math.exp(-2.0))  # of a drug, the hazard 1
    with torch.no_grad():
        head.hazard.weight[:, 0] = 1.0
        head.gamma.weight[:, 0] = 0.5
    h = torch.zeros(1, 2, H)
    h[0, :, 0] = torch.tensor([0.1, 0.3]).log()
    pair = torch.zeros(H, Z)
    pair[0, 0] = 1 / (math.log(0.1) * math.log(0.3))
    sets = made_sets(h, [2], torch.tensor([[2.0, 0.5]]), pair=pair)
    hazard = (0.1 * 2.0 + 0.3 * 0.5) * math.exp(0.5 / (1 + 0.5 / 3))
    assert head.risk(head(sets))[0].tolist() == pytest.approx([1 - math.exp(-hazard)] * W)
    assert head.null(sets)[0].tolist() == pytest.approx([1 - math.exp(-0.35)] * W)
    assert head.alone(sets)[0, 1].tolist() == pytest.approx([1 - math.exp(-0.15)] * W)


def test_the_loss_is_that_of_a_bernoulli_law():
    head = built()
    log_hazard = torch.linspace(-12, 2.5, 50)[:, None].expand(50, W).double()
    p = -torch.expm1(-log_hazard.exp())
    yes = torch.ones(50, W, dtype=torch.bool)
    params = LogHazard(log_hazard=log_hazard.float(), interaction=torch.zeros_like(log_hazard))
    for label in (0.0, 1.0, 0.3):
        found = head.nll(params, torch.full((50, W), label), yes)
        expected = -(label * p.log() + (1 - label) * -log_hazard.exp())
        torch.testing.assert_close(found.double(), expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("size", [10.0, 1e3, 1e6])
def test_extreme_hazards_have_a_finite_loss_and_a_bounded_gradient(size):
    head = built()
    log_hazard = torch.tensor([[-size, size]]).requires_grad_()
    params = LogHazard(log_hazard=log_hazard, interaction=torch.zeros_like(log_hazard))
    for label in (0.0, 1.0):
        loss = head.nll(params, torch.full((1, W), label), torch.ones(1, W, dtype=torch.bool))
        grad = torch.autograd.grad(loss.sum(), log_hazard)[0]
        assert torch.isfinite(loss).all() and (grad.abs() <= 16.001).all()
    # A row that is surely wrong is always told so.
    assert grad[0, 0] == pytest.approx(-1.0, abs=1e-3)
    risk, mean = head.risk(params), head.natural(params)[0]
    for p in (risk, mean):
        assert (p > 0).all() and (p < 1).all()


def test_log1mexp_keeps_its_digits_from_tiny_to_large():
    a = torch.logspace(-30, 2, 400, dtype=torch.float64)
    # log(1 - e^-a) is log(a) - a/2 + a^2/24 up to a^4 near 0.
    expected = torch.where(a < 1e-3, a.log() - a / 2 + a**2 / 24, torch.log(-torch.expm1(-a)))
    torch.testing.assert_close(log1mexp(a.float()).double(), expected, atol=1e-7, rtol=1e-6)
    torch.testing.assert_close(log1mexp_of_log(a.log()), expected, atol=1e-7, rtol=1e-6)


def test_log1mexp_has_its_gradient_everywhere():
    log_a = torch.linspace(-200, 200, 801).requires_grad_()
    log1mexp_of_log(log_a).sum().backward()
    a = log_a.detach().double().exp()
    expected = torch.where(a < 1e-8, 1.0, a / torch.expm1(a))
    torch.testing.assert_close(log_a.grad.double(), expected.nan_to_num(), atol=1e-5, rtol=1e-4)


def test_an_interaction_costs_what_its_normal_prior_says_and_one_drug_has_none():
    free, held = built(), built(precision=2.0)
    sets = made_sets(states(), [3, 2, 2, 1], doses())
    label, observed = torch.ones(S, W), torch.rand(S, W) > 0.3
    params = free(sets)
    extra = held.nll(held(sets), label, observed) - free.nll(params, label, observed)
    expected = torch.where(observed, free.interaction(sets) ** 2, 0.0)
    torch.testing.assert_close(extra, expected, atol=1e-5, rtol=1e-5)
    assert (extra[3] == 0).all() and extra[:3].max() > 0
    with pytest.raises(ValueError, match="interaction_precision is -1"):
        built(precision=-1)

"""A head that reads doses: order, padding and absence; curves that fall; no interaction alone."""

from dataclasses import replace
from itertools import permutations

import pytest
import torch
from head_cases import built_head, head_class, made_sets, random_label, reads_doses
from role_cases import cases

from combo_dl.nn.head.dosed_sets import distinct_sets, log10_of_log1p

H, Z, S, K = 10, 8, 5, 3
WELLS = 12  # a set
CASES = [c for c in cases("head", at_least=8) if reads_doses(c.values[0])]
CURVES = [c for c in CASES if hasattr(head_class(c.values[0]), "viability")]
every_head = pytest.mark.parametrize("spec", CASES)
every_curve = pytest.mark.parametrize("spec", CURVES)


def built(spec, bounds=(0.0, None)):
    sizes = {"width_in": Z, "width_state": H, "width_out": 1, "bounds": bounds}
    head = built_head(spec, sizes)
    # As far from no interaction as a screen is: the first weights are small.
    torch.nn.init.normal_((head.amplitude if hasattr(head, "amplitude") else head.gamma).weight)
    return head


def mean_of(head, sets):
    """float[B, 1]: what the head expects, a viability or a risk."""
    return head.natural(head(sets))[0]


@pytest.fixture
def inputs():
    """States of sets of three drugs, and twelve wells each at doses from 0.01 to 100 um."""
    h = torch.randn(S, K, H, requires_grad=True)
    return h, [3, 3, 2, 1, 2], 10 ** (torch.rand(S * WELLS, K) * 4 - 2)


def test_there_is_such_a_head():
    assert len(CASES) >= 2 and len(CURVES) >= 1


@every_head
def test_the_order_of_drugs_does_not_matter(spec, inputs):
    h, _, dose = inputs
    head = built(spec)
    expected = mean_of(head, made_sets(h, [K] * S, dose))
    for order in permutations(range(K)):
        at = list(order)
        found = mean_of(head, made_sets(h[:, at], [K] * S, dose[:, at]))
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


@every_head
def test_padding_does_not_matter(spec, inputs):
    h, _, dose = inputs
    head, pad = built(spec), torch.nn.functional.pad
    expected = mean_of(head, made_sets(h, [K] * S, dose))
    wider = made_sets(pad(h, (0, 0, 0, 2), value=3.0), [K] * S, pad(dose, (0, 2), value=5.0))
    torch.testing.assert_close(mean_of(head, wider), expected, atol=1e-6, rtol=1e-5)


@every_head
def test_a_dose_of_0_is_the_drug_left_out(spec, inputs):
    h, _, dose = inputs
    head, two = built(spec), dose.clone()
    two[:, 2] = 0.0
    found = mean_of(head, made_sets(h, [3] * S, two))
    expected = mean_of(head, made_sets(h[:, :2], [2] * S, dose[:, :2]))
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


@every_head
def test_one_drug_has_exactly_no_interaction_and_two_have_one(spec, inputs):
    h, _, dose = inputs
    head = built(spec)
    assert (head.interaction(made_sets(h, [1] * S, dose)) == 0).all()
    assert (head.interaction(made_sets(h[:, :1], [1] * S, dose[:, :1])) == 0).all()
    assert (head.interaction(made_sets(h, [2] * S, dose)).abs() > 0).all()


@every_curve
def test_two_drugs_bend_the_product_of_their_own_curves(spec, inputs):
    h, _, dose = inputs
    head = built(spec)
    alone = made_sets(h, [1] * S, dose)
    torch.testing.assert_close(head.viability(alone), head.single(alone)[:, :1])
    assert (head.viability(made_sets(h, [3] * S, dose * 0)) == 1).all()
    both = made_sets(h, [2] * S, dose)
    independent = head.single(both).prod(dim=1, keepdim=True)
    expected = independent * torch.exp(-head.interaction(both))
    torch.testing.assert_close(head.viability(both), expected.clamp(max=1.5))


@every_curve
def test_no_pair_vector_is_independence(spec, inputs):
    h, size, dose = inputs
    head = built(spec)
    sets = made_sets(h, size, dose, pair=torch.zeros(H, Z))
    product = head.single(sets).prod(dim=1, keepdim=True)
    torch.testing.assert_close(head.viability(sets), product)


@every_curve
def test_more_of_one_drug_alone_leaves_less_alive(spec, inputs):
    h = inputs[0]
    dose = torch.logspace(-5, 3, 40).repeat(S)[:, None].repeat(1, K)
    found = built(spec).viability(made_sets(h, [1] * S, dose)).reshape(S, 40)
    assert (found.diff(dim=1) <= 0).all() and (found[:, 0] - found[:, -1] > 0.05).all()


@every_curve
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_viability_stays_above_0_and_at_most_1_5(spec, sign, inputs):
    h, _, dose = inputs
    head = built(spec)
    torch.nn.init.constant_(head.amplitude.weight, sign)
    sets = made_sets(h, [3] * S, dose, pair=torch.ones(H, Z))
    found = head.viability(replace(sets, z_SPH=sets.z_SPH.abs()))
    assert (found > 0).all() and (found <= 1.5 + 1e-6).all()
    assert (found.min() < 0.1) if sign > 0 else (found.max() > 1.0)


@every_head
@pytest.mark.parametrize("size", [1.0, 1e2])
def test_loss_and_gradient_are_finite_and_zero_where_unobserved(spec, size, inputs):
    h, sizes, dose = inputs
    head, dose = built(spec), dose.clone()
    dose[3] = 0.0
    sets = made_sets(h * size, sizes, dose)
    label = random_label(spec, len(dose), 1)
    observed = torch.rand(len(dose), 1) > 0.3
    observed[:WELLS] = False
    label[~observed] = float("nan")
    loss = head.nll(head(sets), label, observed)
    loss.sum().backward()
    assert torch.isfinite(loss).all() and (loss[~observed] == 0).all()
    assert torch.isfinite(h.grad).all() and (h.grad[0] == 0).all()
    assert all(torch.isfinite(p.grad).all() for p in head.parameters() if p.grad is not None)


@every_curve
def test_an_unknown_dose_is_finite_and_never_narrow(spec, inputs):
    h, _, dose = inputs
    known = torch.rand(dose.shape) > 0.5
    known[:4] = torch.tensor([True, True, False])
    head = built(spec)
    sets = made_sets(h, [3] * S, torch.where(known, dose, 0.0), known=known)
    mean, deviation = head.natural(head(sets))
    unknown = ~known.all(dim=1)
    assert torch.isfinite(mean).all() and (deviation[unknown] >= head.size).all()


@every_head
def test_outcomes_are_in_bounds_and_in_order(spec, inputs):
    head = built(spec)
    with torch.no_grad():
        mean, deviation = head.natural(head(made_sets(*inputs)))
    found = head.summary(mean, deviation, level=0.9).validate()
    assert (found.low >= 0).all() and (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_a_known_answer():
    """Two drugs at their ec50, emax 0.999, slope 1, amplitude 1 in one channel."""
    spec = CURVES[0].values[0] | {"channels": 1}
    head = built(spec)
    for layer in (head.curve, head.share):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    with torch.no_grad():
        head.curve.bias[2] = 30.0
        head.amplitude.weight.fill_(1.0)
    pair = torch.zeros(H, Z)
    pair[:, 0] = 1.0 / H
    dose = torch.full((1, 2), 10**-0.5)
    found = head.viability(made_sets(torch.ones(1, 2, H), [2], dose, pair=pair))
    expected = (1 - 0.999 / 2) ** 2 * torch.exp(torch.tensor(-0.25))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_sets_are_the_same_by_drugs_and_profile_alone():
    drugs = torch.tensor([[3, 5], [3, 0], [3, 5], [3, 5], [3, 9]])
    present = torch.tensor([[1, 1], [1, 0], [1, 1], [1, 1], [1, 0]]).bool()
    profile = torch.tensor([0, 0, 1, 0, 0])
    rows, of = distinct_sets(drugs, present, profile, n_drugs=10)
    assert of[0] == of[3] and of[1] == of[4] and len(rows) == 3 == len(set(of.tolist()))
    assert all(of[r] == s for s, r in enumerate(rows.tolist()))
    assert torch.equal(profile[rows][of], profile)


@pytest.mark.parametrize("dose", [1e-5, 4.5e-4, 0.3, 250.0])
def test_doses_come_back_from_their_log1p(dose):
    found = log10_of_log1p(torch.log1p(torch.tensor([dose])))
    torch.testing.assert_close(found, torch.log10(torch.tensor([dose])), atol=1e-5, rtol=1e-5)

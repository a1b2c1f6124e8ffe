"""Laws of the risk of dosed sets, for any states, weights, doses and places."""

import torch
from head_cases import made_sets
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.nn.head.dosed_risk import DosedRiskHead

H, Z, W, K, B = 4, 6, 2, 4, 6
seeds = st.integers(0, 2**31)
sizes = st.lists(st.integers(1, K), min_size=B, max_size=B)
scales = st.sampled_from([0.1, 1.0, 10.0, 1e3])
# Where two ways of the same sum are compared: a rounded hazard of e^1000 is another one.
mild = st.sampled_from([0.1, 1.0])
TIGHT = {"atol": 1e-6, "rtol": 1e-4}


def made(seed: int, scale: float):
    """A head far from its start, states, doses of which some are 0, and which of them are known."""
    torch.manual_seed(seed)
    head = DosedRiskHead(
        monotone=True,
        interaction_precision=0.3,
        width_state=H,
        width_in=Z,
        width_out=W,
        bounds=(None, None),
    ).eval()
    for weight in head.parameters():
        torch.nn.init.normal_(weight, std=scale)
    head.rate = torch.rand(W) * 0.98 + 0.01
    dose = 10 ** (torch.rand(B, K) * 6 - 3)
    known = torch.rand(B, K) > 0.3
    dose = torch.where(known, dose * (torch.rand(B, K) > 0.2), 0.0)
    return head, torch.randn(B, K, H), dose, known


def risk(head, h, size, dose, known) -> torch.Tensor:
    there = torch.arange(h.shape[1]) < torch.as_tensor(size)[:, None]
    with torch.no_grad():
        return head.natural(head(made_sets(h, size, dose, known=known & there, width=Z)))[0]


@given(seed=seeds, size=sizes, scale=scales, place=st.integers(0, K - 1), more=st.floats(1.0, 1e4))
def test_more_of_a_drug_never_lowers_a_risk(seed, size, scale, place, more):
    head, h, dose, known = made(seed, scale)
    higher = dose.clone()
    higher[:, place] *= more
    low, high = (risk(head, h, size, d, known) for d in (dose, higher))
    # By the rounding of a sum at most; rows at an unknown dose or none are not moved at all.
    assert (high >= low - 1e-6).all()
    still = dose[:, place] == 0
    assert torch.equal(high[still], low[still])


@given(seed=seeds, size=sizes, scale=scales)
def test_a_risk_is_a_probability(seed, size, scale):
    head, h, dose, known = made(seed, scale)
    found = risk(head, h, size, dose, known)
    assert (found > 0).all() and (found < 1).all()


@given(seed=seeds, order=st.permutations(range(K)), scale=mild)
def test_the_order_of_drugs_changes_no_risk(seed, order, scale):
    head, h, dose, known = made(seed, scale)
    at, size = list(order), [K] * B
    swapped = risk(head, h[:, at], size, dose[:, at], known[:, at])
    torch.testing.assert_close(swapped, risk(head, h, size, dose, known), **TIGHT)


@given(seed=seeds, size=sizes, places=st.integers(1, 3), scale=mild)
def test_padding_changes_no_risk(seed, size, places, scale):
    head, h, dose, known = made(seed, scale)
    pad = torch.nn.functional.pad
    wider = risk(
        head,
        pad(h, (0, 0, 0, places), value=2.0),
        size,
        pad(dose, (0, places), value=7.0),
        pad(known, (0, places)),
    )
    torch.testing.assert_close(wider, risk(head, h, size, dose, known), **TIGHT)


@given(seed=seeds, place=st.integers(0, K - 1), scale=mild)
def test_a_dose_of_0_is_the_drug_left_out(seed, place, scale):
    head, h, dose, known = made(seed, scale)
    dose[:, place], known[:, place] = 0.0, True
    rest = [k for k in range(K) if k != place]
    left_out = risk(head, h[:, rest], [K - 1] * B, dose[:, rest], known[:, rest])
    torch.testing.assert_close(risk(head, h, [K] * B, dose, known), left_out, **TIGHT)


@given(seed=seeds, scale=scales)
def test_one_drug_has_its_own_risk_exactly(seed, scale):
    head, h, dose, known = made(seed, scale)
    sets = made_sets(h, [1] * B, dose, known=known & (torch.arange(K) < 1), width=Z)
    with torch.no_grad():
        found, taken = head.risk(head(sets)), sets.taken_BK[:, 0]
        assert torch.equal(found[taken], head.alone(sets)[taken, 0])
        assert torch.equal(found[taken], head.null(sets)[taken])


@given(seed=seeds, size=sizes, scale=mild)
def test_without_pair_vectors_drugs_are_independent(seed, size, scale):
    head, h, dose, known = made(seed, scale)
    there = torch.arange(K) < torch.as_tensor(size)[:, None]
    sets = made_sets(h, size, dose, known=known & there, pair=torch.zeros(H, Z))
    with torch.no_grad():
        independent = 1 - (1 - head.alone(sets).double()).prod(dim=1)
        found = torch.where(sets.taken_BK.any(1, keepdim=True), head.risk(head(sets)), 0.0)
    torch.testing.assert_close(found.double(), independent, atol=1e-6, rtol=1e-4)


@given(seed=seeds, size=sizes, scale=scales, junk=st.sampled_from([0.0, 1e30, float("nan")]))
def test_what_is_unobserved_has_no_loss_and_no_gradient(seed, size, scale, junk):
    head, h, dose, known = made(seed, scale)
    h.requires_grad_()
    there = torch.arange(K) < torch.as_tensor(size)[:, None]
    observed = torch.rand(B, W) > 0.4
    observed[0] = False
    label = torch.where(observed, (torch.rand(B, W) > 0.5).float(), junk)
    params = head(made_sets(h, size, dose, known=known & there, width=Z))
    loss = head.nll(params, label, observed)
    loss.sum().backward()
    assert torch.isfinite(loss).all() and (loss[~observed] == 0).all() and (loss >= 0).all()
    assert (h.grad[0] == 0).all() and torch.isfinite(h.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())

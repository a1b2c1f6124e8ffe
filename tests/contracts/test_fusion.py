"""Fusion: order and padding of the drugs do not matter; one drug has exactly no interaction."""

from itertools import permutations

import pytest
import torch
from role_cases import cases

from combo_dl.data.batch import CURVE, GENES
from combo_dl.nn.build import build_part

WIDTH, D, U, F = 12, 20, 5, 6
TOLD = (CURVE, GENES)
every_fusion = pytest.mark.parametrize("spec", cases("fusion", at_least=1))
SETS = torch.tensor([[3, 7, 11], [4, 9, 0], [2, 0, 0], [0, 1, 0]])
PRESENT = torch.tensor([[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 0]]).bool()


@pytest.fixture
def inputs():
    """Vectors of drugs and profiles, and four rows of one to three drugs, some with a dose."""
    known = PRESENT & torch.tensor([[1], [0], [1], [0]]).bool()
    return {
        "x_DH": torch.randn(D, WIDTH),
        "p_UH": torch.randn(U, WIDTH),
        "drugs": SETS,
        "profile": torch.tensor([0, 1, 2, 4]),
        "present": PRESENT,
        "dose": torch.rand(4, 3) * known,
        "dose_known": known,
        "told": {what: torch.randn(D, U, F) for what in TOLD},
    }


def sizes(width):
    """What a fusion is told of sizes; ``width`` of what is told of a drug in a profile."""
    told = {"width_told": dict.fromkeys(TOLD, width), "told_dropout": dict.fromkeys(TOLD, 0.5)}
    return {"width_drug": WIDTH, "width_profile": WIDTH, **told}


def built(spec):
    fusion = build_part("fusion", spec, sizes(F))
    # Doses start without weight, so that a network trained without them is not moved by one.
    torch.nn.init.normal_(fusion.dose.weight)
    return fusion.eval()


def fused(fusion, inputs, **changes):
    given = inputs | changes
    return fusion(given.pop("x_DH"), given.pop("p_UH"), **given)


def assert_same(found, expected, rows=slice(None)):
    for name in ("main_BH", "interaction_BH", "pairs_B"):
        left, right = getattr(found, name)[rows], getattr(expected, name)[rows]
        torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-5)


BY_DRUG = ("drugs", "present", "dose", "dose_known")


@every_fusion
def test_the_order_of_drugs_does_not_matter(spec, inputs):
    fusion = built(spec)
    expected = fused(fusion, inputs)
    for order in permutations(range(3)):
        mixed = {name: inputs[name][:, list(order)] for name in BY_DRUG}
        assert_same(fused(fusion, inputs, **mixed), expected)


@every_fusion
@pytest.mark.parametrize("filler", [0, 13])
def test_padding_does_not_matter(spec, filler, inputs):
    fusion = built(spec)
    wider = {n: torch.nn.functional.pad(inputs[n], (0, 2)) for n in BY_DRUG}
    wider["drugs"] = torch.where(wider["present"], wider["drugs"], filler)
    assert_same(fused(fusion, inputs, **wider), fused(fusion, inputs))


@every_fusion
def test_one_drug_has_exactly_no_interaction(spec, inputs):
    found = fused(built(spec), inputs)
    one = PRESENT.sum(dim=1) == 1
    assert torch.equal(found.interaction_BH[one], torch.zeros_like(found.interaction_BH[one]))
    assert found.pairs_B.tolist() == [3, 1, 0, 1]
    assert (found.interaction_BH[~one].abs().amax(dim=1) > 0).all()


@every_fusion
def test_a_row_does_not_depend_on_how_many_rows_there_are(spec, inputs):
    # Many rows take the way over all states, few rows over the states that occur.
    fusion = built(spec)
    by_row = (*BY_DRUG, "profile")
    many = {n: inputs[n].repeat(40, *[1] * (inputs[n].ndim - 1)) for n in by_row}
    assert_same(fused(fusion, inputs, **many), fused(fusion, inputs), rows=slice(0, 4))


@every_fusion
def test_a_set_is_the_sum_of_its_pairs(spec, inputs):
    fusion = built(spec)
    h = torch.randn(6, 3, fusion.width_state)
    yes = torch.ones(6, 3, dtype=torch.bool)
    whole = fusion.combine(h, yes)
    pairs = [fusion.combine(h[:, list(p)], yes[:, :2]) for p in ((0, 1), (0, 2), (1, 2))]
    expected = sum(p.interaction_BH for p in pairs)
    torch.testing.assert_close(whole.interaction_BH, expected, atol=1e-5, rtol=1e-5)


@every_fusion
def test_a_known_dose_counts_and_an_unknown_one_does_not(spec, inputs):
    fusion = built(spec)
    more = fused(fusion, inputs, dose=inputs["dose"] + 1.0)
    changed = (more.main_BH - fused(fusion, inputs).main_BH).abs().amax(dim=1) > 0
    assert changed.tolist() == [True, False, True, False]


@every_fusion
def test_before_training_a_dose_moves_nothing(spec):
    assert not build_part("fusion", spec, sizes(0)).dose.weight.any()


@every_fusion
@pytest.mark.parametrize("what", TOLD)
def test_what_is_told_of_a_drug_in_a_profile_counts_in_its_own_rows_only(spec, what, inputs):
    fusion, told = built(spec), inputs["told"][what].clone()
    told[4, 1] += 1.0  # drug 4 in profile 1: the second row alone
    more = fused(fusion, inputs, told=inputs["told"] | {what: told})
    changed = (more.main_BH - fused(fusion, inputs).main_BH).abs().amax(dim=1) > 0
    assert changed.tolist() == [False, True, False, False]


@every_fusion
def test_what_is_told_is_hidden_in_training_alone(spec, inputs):
    fusion = built(spec)
    first, second = fused(fusion, inputs), fused(fusion, inputs)
    assert torch.equal(first.main_BH, second.main_BH)


RUNS = (
    (slice(0, U), 0, slice(1, D)),
    (slice(1, 3), 7, slice(8, 12)),
    (slice(2, 3), 4, slice(5, D)),
)


def assert_rows_are_terms(fusion, h):
    rows, weight = fusion.pair_rows(h), torch.randn(fusion.width_out)
    for profiles, i, others in RUNS:
        run = h[profiles, others]
        expected = fusion.pair_term(h[profiles, i : i + 1].expand_as(run), run)
        close = {"atol": 1e-5, "rtol": 1e-5}
        torch.testing.assert_close(rows.terms(profiles, i, others), expected, **close)
        weighed = rows.weighed(profiles, i, others, weight)
        torch.testing.assert_close(weighed, expected @ weight, **close)


@every_fusion
def test_rows_of_pairs_are_the_terms_of_pairs(spec, inputs):
    fusion = built(spec)
    with torch.no_grad():
        h = fusion.states(inputs["x_DH"], inputs["p_UH"], inputs["told"]).transpose(0, 1)
        assert_rows_are_terms(fusion, h)
        h[1, 7] = 0.0  # no unit of this drug is there in one profile
        h[2, 4] = 0.0
        assert_rows_are_terms(fusion, h.contiguous())
        assert_rows_are_terms(fusion, torch.randn_like(h))  # also where states are negative


@every_fusion
def test_bends_of_ones_own_are_those_of_rows(spec, inputs):
    fusion = built(spec)
    if not hasattr(fusion, "pair_act"):
        pytest.skip("no bend in its pair term")
    fusion.pair_act = torch.nn.Sequential(torch.nn.GELU())
    with torch.no_grad():
        h = fusion.states(inputs["x_DH"], inputs["p_UH"], inputs["told"]).transpose(0, 1)
        assert_rows_are_terms(fusion, h)


@every_fusion
def test_a_pair_term_of_ones_own_is_that_of_rows(spec, inputs):
    fusion = built(spec)
    kind = type(fusion)
    own = type("Own", (kind,), {"pair_term": lambda self, a, b: 2.0 * kind.pair_term(self, a, b)})
    fusion.__class__ = own
    with torch.no_grad():
        h = fusion.states(inputs["x_DH"], inputs["p_UH"], inputs["told"]).transpose(0, 1)
        assert_rows_are_terms(fusion, h)

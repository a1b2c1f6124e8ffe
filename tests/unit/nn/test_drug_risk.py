"""DrugRiskHead: a training drug has log-odds of its own, a new drug has none."""

import math

import pytest
import torch

from combo_dl.nn.head.drug_risk import DrugRiskHead

WIDTH, LABELS, DRUGS = 6, 3, 4
# Rows of two drugs; drug 3 stands in one row with nothing else.
KNOWN = torch.tensor([[0, 1], [0, 1], [0, 2], [3, -1]])
LABEL = torch.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
NEW = torch.full((4, 2), -1)


def head(**changes):
    settings = {"hidden_share": 0.5, "prior_rows": 2.0, "step": 3.0, "known_drugs": DRUGS}
    settings |= {"bounds": (0.0, 1.0), "width_in": WIDTH, "width_out": LABELS}
    return DrugRiskHead(**(settings | changes))


def fitted(observed=None, **changes):
    made = head(**changes)
    seen = torch.ones_like(LABEL, dtype=torch.bool) if observed is None else observed
    made.fit(LABEL, seen, torch.ones(len(LABEL)))
    made.fit_drugs(KNOWN, LABEL, seen)
    return made.eval()


def logits(made, known, z=None):
    z = torch.zeros(len(known), WIDTH) if z is None else z
    return made(z, torch.ones(len(known)), known).logit


def test_first_terms_are_log_odds_ratios_of_shrunk_rates():
    made = fitted()
    base = made.rate[0].item()
    # Drug 0 has the first effect in 2 of 3 rows, with 2 rows at the base rate before.
    rate = (2 + 2 * base) / (3 + 2)
    expected = math.log(rate / (1 - rate)) - math.log(base / (1 - base))
    assert made.first[0, 0].item() == pytest.approx(expected, rel=1e-5)
    alone = logits(made, torch.tensor([[0, -1]]))[0, 0].item()
    assert alone == pytest.approx(math.log(rate / (1 - rate)), rel=1e-5)


def test_a_new_drug_adds_nothing_and_a_known_one_beside_it_is_itself():
    made = fitted()
    torch.testing.assert_close(logits(made, NEW), torch.logit(made.rate).expand(4, -1))
    assert torch.equal(logits(made, NEW), made(torch.zeros(4, WIDTH), torch.ones(4)).logit)
    both, one = logits(made, torch.tensor([[0, 1], [0, -1]]))
    torch.testing.assert_close(both - one, made.first[1])


def test_the_order_of_drugs_does_not_matter():
    made = fitted()
    torch.nn.init.normal_(made.shift.weight)
    torch.nn.init.normal_(made.column.weight)
    z = torch.randn(len(KNOWN), WIDTH)
    assert torch.equal(logits(made, KNOWN, z), logits(made, KNOWN.flip(1), z))


def test_unobserved_labels_have_no_part():
    observed = torch.rand(LABEL.shape, generator=torch.Generator().manual_seed(1)) > 0.4
    found = fitted(observed)
    junk = torch.where(observed, LABEL, float("nan"))
    made = head()
    made.fit(junk, observed, torch.ones(len(LABEL)))
    made.fit_drugs(KNOWN, junk, observed)
    assert torch.equal(made.first, found.first)


def test_terms_are_hidden_in_training_alone():
    made = fitted(hidden_share=0.9)
    rows = KNOWN.repeat(50, 1)
    assert torch.equal(logits(made, rows), logits(made, rows))
    shown = logits(made, rows)
    made.train()
    hidden = (logits(made, rows) - shown).abs().sum(dim=1) > 0
    assert hidden.float().mean() > 0.7
    none = fitted(hidden_share=0.0).train()
    assert torch.equal(logits(none, rows), shown)


def test_a_hidden_drug_gets_no_gradient():
    made = fitted()
    made.nll(made(torch.zeros(4, WIDTH), torch.ones(4), NEW), LABEL, LABEL >= 0).sum().backward()
    assert made.shift.weight.grad is None or not made.shift.weight.grad.any()
    made.nll(made(torch.zeros(4, WIDTH), torch.ones(4), KNOWN), LABEL, LABEL >= 0).sum().backward()
    assert made.shift.weight.grad.any(dim=1).all()


@pytest.mark.parametrize("wrong", [{"hidden_share": 1.0}, {"prior_rows": 0.0}, {"step": -1.0}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        head(**wrong)

"""PairRiskHead: a pair of training has an intercept and a vector of its own, any other has none."""

import math

import pytest
import torch

from combo_dl.nn.fusion.factors import FactorFusion
from combo_dl.nn.head.pair_keys import pair_keys
from combo_dl.nn.head.pair_risk import PairRiskHead

WIDTH, LABELS = 6, 8
PAIRS = torch.tensor([[0, 1], [0, 3], [2, 3]])
ALL = torch.ones(3, 2, dtype=torch.bool)


def head(**changes):
    settings = {"pair_factors": 4, "pair_dropout": 0.0, "precision": 2.0}
    settings |= {"intercept_precision": 0.5, "known_pairs": 3, "bounds": (0.0, 1.0)}
    return PairRiskHead(width_in=WIDTH, width_out=LABELS, **(settings | changes))


def fitted():
    """Of three pairs with 8 labels each: all, none and half of them are events."""
    made, keys = head(), pair_keys(PAIRS, ALL)
    label = torch.tensor([[1.0] * 8, [0.0] * 8, [1.0] * 4 + [0.0] * 4])
    observed = torch.ones(3, LABELS, dtype=torch.bool)
    made.fit(label, observed, torch.ones(3))
    made.fit_pairs(keys, keys[[2, 0, 1]], label[[2, 0, 1]], observed)
    return made, keys


def test_a_key_is_of_two_known_drugs_in_any_order():
    drugs = torch.tensor([[3, 1, 0], [1, 3, 9], [3, -1, 0], [1, 3, 0], [1, 0, 0]])
    there = torch.tensor([[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1], [1, 0, 0]]).bool()
    keys = pair_keys(drugs, there)
    assert keys[0] == keys[1] >= 0 and keys[2:].tolist() == [-1, -1, -1]
    assert pair_keys(drugs[:, :1], there[:, :1]).tolist() == [-1] * 5
    assert pair_keys(PAIRS, ALL).diff().min() > 0  # pairs in order have keys in order


def test_first_intercepts_are_log_ratios_of_events_to_what_base_rates_expect():
    made, keys = fitted()
    expected = float(made.rate.sum())
    found = [math.log((events + 0.3) / (expected + 0.3)) for events in (8, 0, 4)]
    assert made.first.tolist() == pytest.approx(found, rel=1e-5)
    logit = made(torch.zeros(3, WIDTH), torch.ones(3), keys).logit
    plain = made(torch.zeros(3, WIDTH), torch.ones(3)).logit
    # Vectors start small: the intercept is all that differs, up to them.
    torch.testing.assert_close(logit.mean(1) - plain.mean(1), made.first, atol=0.5, rtol=0.0)


def test_a_pair_that_training_never_saw_has_no_vector_and_no_prior():
    made, keys = fitted()
    new = torch.tensor([-1, int(keys[0]) + 1, int(keys[-1]) + 7])
    z = torch.randn(3, WIDTH)
    found, plain = made(z, torch.ones(3), new), made(z, torch.ones(3))
    assert torch.equal(found.logit, plain.logit) and not found.prior.any()


def test_the_prior_of_a_pair_is_counted_once_whatever_is_observed():
    made, keys = fitted()
    params = made(torch.zeros(3, WIDTH), torch.ones(3), keys)
    observed = torch.tensor([[1] * 8, [1, 0] * 4, [0] * 8]).bool()
    label = torch.zeros(3, LABELS)
    plain = super(PairRiskHead, made).nll(params, label, observed)
    extra = (made.nll(params, label, observed) - plain).sum(dim=1)
    expected = torch.where(observed.any(dim=1), params.prior, 0.0)
    torch.testing.assert_close(extra, expected)
    assert params.prior.min() > 0


def test_the_scale_of_a_label_s_direction_does_not_matter():
    made, keys = fitted()
    before = made(torch.zeros(3, WIDTH), torch.ones(3), keys).logit
    made.direction.weight.data *= 7.0
    torch.testing.assert_close(made(torch.zeros(3, WIDTH), torch.ones(3), keys).logit, before)


@pytest.mark.parametrize("wrong", [{"precision": 0.0}, {"pair_factors": -1}])
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        head(**wrong)


def test_products_and_sums_stand_side_by_side():
    fusion = FactorFusion(
        factors=2, dropout=0.0, width_drug=3, width_profile=3, width_told={}, told_dropout={}
    ).eval()
    h = torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]])
    found = fusion.combine(h, torch.tensor([[True, True, False]]))
    assert found.interaction_BH.tolist() == [[5, 12, 0, 0]]
    assert found.main_BH.tolist() == [[0, 0, 10, 12]] and found.pairs_B.tolist() == [1]

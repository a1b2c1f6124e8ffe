"""Risks of an ensemble: intervals, the null of independent drugs, and the excess over it."""

import numpy as np
import pytest
import tiny
import torch
from scipy import special, stats

from combo_dl.core.predictions import NULL_SUPPORT
from combo_dl.data.risk_calibration import NONE, Line, RiskCalibration
from combo_dl.infer.alone import alone_rows, independent
from combo_dl.infer.risk_outcomes import MemberRisks, null_supports, risk_outcome

LAW = RiskCalibration(lines={"": Line(intercept=-0.4, slope=1.2, cluster=0.6)})
GROUP = ("pair seen", "drug seen", "pair seen")
SUPPORT = (NULL_SUPPORT[1], NULL_SUPPORT[0], NULL_SUPPORT[3])


def members(*, risk=None, support=SUPPORT, unseen=(False, False, True)) -> MemberRisks:
    """Two networks, three rows (two drugs, one drug, two drugs) of one column."""
    alone = np.array([[0.1, 0.2, 0.3, 0.1, 0.4], [0.12, 0.22, 0.33, 0.1, 0.5]])[..., None]
    whole = np.array([[0.4, 0.3, 0.5], [0.5, 0.33, 0.6]])[..., None]
    return MemberRisks(
        risk=whole if risk is None else risk,
        alone=alone,
        owner=np.array([0, 0, 1, 2, 2]),
        unseen=np.array(unseen),
        null_support=support,
    )


def test_independent_drugs_multiply_what_survives():
    risk, owner = np.array([[0.1, 0.0], [0.2, 1.0], [0.3, 0.5]]), np.array([0, 0, 2])
    found = independent(risk, owner, 3)
    np.testing.assert_allclose(found, [[1 - 0.9 * 0.8, 1.0], [0.0, 0.0], [0.3, 0.5]], rtol=1e-12)


def test_one_row_a_drug_at_its_own_dose_and_profile():
    work, made = tiny.untrained()
    study = work.studies[0]
    tensors = made.fitted.tensors(study, world_ids=work.world.ids[study.name], columns={})
    dose = torch.arange(tensors.dose.numel(), dtype=torch.float32).reshape(tensors.dose.shape)
    tensors.dose.copy_(dose)
    found = alone_rows(tensors)
    assert len(found.tensors) == int(tensors.present.sum()) == len(found.owner)
    assert found.tensors.present.all() and found.tensors.drugs.shape[1] == 1
    assert torch.equal(found.tensors.profile, tensors.profile[found.owner])
    for row in (0, len(tensors) - 1):
        own = found.owner == row
        there = tensors.present[row]
        assert torch.equal(found.tensors.drugs[own, 0], tensors.drugs[row][there])
        assert torch.equal(found.tensors.dose[own, 0], tensors.dose[row][there])


@pytest.mark.parametrize("law", [None, LAW])
def test_the_excess_is_the_risk_less_its_null(law):
    found = risk_outcome(members(), law, GROUP, level=0.8)
    null = found.null
    np.testing.assert_allclose(null.excess[0], found.mean[0] - null.mean[0], atol=1e-6)
    assert null.low[0] <= null.mean[0] <= null.high[0]
    assert null.excess_low[0] <= null.excess[0] <= null.excess_high[0]
    if law is None:
        assert null.mean[0, 0] == pytest.approx(1 - 0.89 * 0.79)


@pytest.mark.parametrize("law", [None, LAW])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_one_drug_is_its_own_null(law, level):
    found = risk_outcome(members(), law, GROUP, level=level)
    null = found.null
    assert null.mean[1] == found.mean[1]
    assert (null.low[1], null.high[1]) == (found.low[1], found.high[1])
    assert null.excess[1] == null.excess_low[1] == null.excess_high[1] == 0


def test_an_unseen_drug_has_no_null_and_no_known_drug_abstains():
    found = risk_outcome(members(), LAW, GROUP, level=0.8)
    for name in ("mean", "low", "high", "excess", "excess_low", "excess_high"):
        assert np.isnan(getattr(found.null, name)[2]).all()
        assert np.isfinite(getattr(found.null, name)[:2]).all()
    assert found.abstain[:, 0].tolist() == [False, False, True]
    assert np.isfinite(found.mean).all() and found.null.support == SUPPORT


def test_intervals_widen_with_level_disagreement_and_clusters():
    def width(found):
        return (found.high - found.low)[0, 0], (found.null.high - found.null.low)[0, 0]

    narrow, wide = (risk_outcome(members(), LAW, GROUP, level=v) for v in (0.5, 0.9))
    calm = risk_outcome(members(), NONE, GROUP, level=0.5)
    assert all(a < b for a, b in zip(width(narrow), width(wide), strict=True))
    assert all(a < b for a, b in zip(width(calm), width(narrow), strict=True))
    agreed = members(risk=np.full((2, 3, 1), 0.45))
    assert width(risk_outcome(agreed, NONE, GROUP, level=0.5))[0] < width(calm)[0]


def test_the_excess_knows_the_errors_of_its_null():
    """Against draws: log-odds of the set and of each drug err independently of one another."""
    one = members(risk=np.full((1, 3, 1), 0.45))
    one = MemberRisks(**{**vars(one), "alone": one.alone[:1]})
    null = risk_outcome(one, LAW, GROUP, level=0.8).null
    draws = np.random.default_rng(0).normal(size=(400_000, 3)) * 0.6
    centre = -0.4 + 1.2 * special.logit(np.array([0.45, 0.1, 0.2]))
    whole, *parts = special.expit(centre + draws).T
    apart = 1 - (1 - parts[0]) * (1 - parts[1])
    reach = stats.norm.ppf(0.9)
    found = (null.excess_high - null.excess_low)[0, 0] / 2
    assert found == pytest.approx(reach * (whole - apart).std(), rel=0.01)
    assert (null.high - null.low)[0, 0] / 2 == pytest.approx(reach * apart.std(), rel=0.01)


def test_one_network_has_no_spread_and_certain_ones_stay_finite():
    single = MemberRisks(
        risk=np.array([[[1.0], [0.0]]]),
        alone=np.array([[[1.0], [0.0], [0.0]]]),
        owner=np.array([0, 0, 1]),
        unseen=np.array([False, False]),
        null_support=(NULL_SUPPORT[1], NULL_SUPPORT[0]),
    )
    found = risk_outcome(single, NONE, GROUP[:2], level=0.8).validate()
    assert (found.high == found.low).all()
    hostile = RiskCalibration(lines={"": Line(intercept=20.0, slope=20.0, cluster=10.0)})
    found = risk_outcome(single, hostile, GROUP[:2], level=0.999).validate()
    assert np.isfinite(found.null.mean).all() and (found.null.low >= 0).all()


def test_without_held_out_rows_an_interval_says_nothing():
    found, told = (risk_outcome(members(), law, GROUP, level=0.8) for law in (None, NONE))
    assert (found.mean == told.mean).all() and (found.abstain == told.abstain).all()
    assert (found.low == 0).all() and (found.high == 1).all()
    null = found.null
    assert (null.low[:2] == 0).all() and (null.high[:2] == 1).all()
    assert null.excess_low[:2, 0].tolist() == [-1, 0] and null.excess_high[:2, 0].tolist() == [1, 0]
    for name in ("low", "high", "excess_low", "excess_high"):
        assert np.isnan(getattr(null, name)[2]).all()


def test_what_a_null_rests_on():
    sets = np.array([[0, -1, -1], [0, 1, -1], [0, 1, 2], [0, 3, -1], [3, -1, -1]])
    known = np.array([5, 6, 7, -1])
    undosed = np.zeros(sets.shape, bool)
    assert null_supports(sets, known, np.array([5, 6]), undosed) == (
        NULL_SUPPORT[0],
        NULL_SUPPORT[1],
        NULL_SUPPORT[2],
        NULL_SUPPORT[3],
        NULL_SUPPORT[3],
    )
    undosed[[0, 1, 3], 0] = True
    found = null_supports(sets, known, np.array([5, 6]), undosed)
    assert [found[i] for i in (0, 1, 3)] == [NULL_SUPPORT[i] for i in (0, 4, 3)]

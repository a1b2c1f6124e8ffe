"""Laws of the hazard head, for any hazards, bins and days of entry."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from combo_dl.nn.head.hazard import HazardHead, Hazards


@st.composite
def hazards(draw):
    """A head of some bins and risks, and hazards of one row, mild or extreme."""
    bins, risks = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    head = HazardHead(
        bins=bins,
        risks=risks,
        shapes=1,
        hidden=0,
        dropout=0.0,
        width_in=1,
        width_out=3,
        bounds=(None, None),
    ).double()
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    # Some bins are of no length.
    length = rng.integers(0 if bins > 1 else 1, 300, bins) * (rng.random(bins) < 0.8)
    length[0] = max(length[0], 30)
    head.edge = torch.from_numpy(np.append(0.0, np.cumsum(length)))
    logit = rng.normal(-1, draw(st.sampled_from([0.5, 3.0, 15.0])), (1, bins, risks))
    return head, Hazards(logit=torch.from_numpy(logit))


def chance(head, params, *rows) -> torch.Tensor:
    """The probability of each row (time_days, event, entry_days)."""
    label = torch.tensor(rows, dtype=torch.double)
    every = torch.ones(label.shape, dtype=torch.bool)
    many = Hazards(logit=params.logit.expand(len(label), -1, -1))
    return torch.exp(-head.nll(many, label, every)[:, 0])


@given(hazards())
@settings(max_examples=60, deadline=None)
def test_survival_falls_and_sums_to_1_with_incidences(case):
    head, params = case
    survival, incidence = head.survival(params), head.incidence(params)
    assert (survival <= 1).all() and (survival.diff(dim=1) <= 0).all()
    assert (incidence >= 0).all() and (incidence.diff(dim=2) >= 0).all()
    torch.testing.assert_close(survival + incidence.sum(dim=1), torch.ones_like(survival))


@given(hazards(), st.floats(0, 0.999))
@settings(max_examples=60, deadline=None)
def test_whenever_a_patient_came_in_all_that_may_happen_sums_to_1(case, share):
    head, params = case
    last = float(head.edge[-1])
    entry = share * last
    ends = sorted({float(e) for e in head.edge[1:]} - {0.0})
    rows = [(end, r + 1, entry) for end in ends if end > entry for r in range(head.risks)]
    found = chance(head, params, *rows, (last, 0, entry))
    torch.testing.assert_close(found.sum(), torch.ones((), dtype=torch.double))


@given(hazards(), st.floats(0.01, 1.2), st.floats(0, 0.99))
@settings(max_examples=60, deadline=None)
def test_being_seen_without_event_in_two_parts_is_being_seen_in_one(case, time, share):
    head, params = case
    day = time * float(head.edge[-1])
    middle = day * (0.5 + share / 2)
    found = chance(head, params, (day, 0, 0), (middle, 0, 0), (day, 0, middle))
    torch.testing.assert_close(found[0], found[1] * found[2])

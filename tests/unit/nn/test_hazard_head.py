"""Hazards: the life table, Kaplan-Meier and Aalen-Johansen as known answers; late entry; laws."""

import numpy as np
import pytest
import torch
from lifelines import KaplanMeierFitter
from sksurv.nonparametric import cumulative_incidence_competing_risks

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.nn.build import build_part
from combo_dl.nn.head.hazard import HazardHead, Hazards, log_event
from combo_dl.nn.head.joined import outcomes_observed

WIDTH = 6


def built(*, bins=20, risks=1, shapes=3, hidden=0, columns=3) -> HazardHead:
    return HazardHead(
        bins=bins,
        risks=risks,
        shapes=shapes,
        hidden=hidden,
        dropout=0.0,
        width_in=WIDTH,
        width_out=columns,
        bounds=(None, None),
    )


def fitted(head, label, weight=None) -> HazardHead:
    every = torch.ones(label.shape, dtype=torch.bool)
    head.fit(label, every, torch.ones(len(label)) if weight is None else weight)
    return head


def follow_up(n, *, risks=1, late=True, whole=False, scale=300.0, seed=0):
    """float32[n, 3] of patients whose hazard, censoring and entry do not depend on each other.

    whole: days are multiples of 30, the ends of bins.
    """
    rng = np.random.default_rng(seed)
    made = np.zeros((0, 3))
    while len(made) < n:
        event, last = rng.exponential(scale, 4 * n), rng.uniform(50, 900, 4 * n)
        entry = rng.uniform(0, 400, 4 * n) * (rng.random(4 * n) < 0.5) * late
        if whole:
            # To day 480, so that every end of a bin has an event, and censoring has a bin's end.
            ends = (np.ceil(t / 30) * 30 for t in (event, np.minimum(last, 480), entry))
            event, last, entry = ends
            entry = np.maximum(entry - 30, 0)
        risk = rng.integers(1, risks + 1, 4 * n)
        time = np.minimum(event, last)
        rows = np.stack([time, np.where(event <= last, risk, 0), entry], axis=1)
        made = np.concatenate([made, rows[time > entry]])  # others were never seen
    return torch.from_numpy(made[:n].astype(np.float32))


def best_constant(head, label) -> Hazards:
    """The hazards, the same for all rows, that have the least loss (by LBFGS in double)."""
    head, label = head.double(), label.double()
    logit = head.base.clone().requires_grad_()
    every = torch.ones(label.shape, dtype=torch.bool)
    search = torch.optim.LBFGS(
        [logit], max_iter=500, tolerance_grad=1e-12, line_search_fn="strong_wolfe"
    )

    def loss():
        search.zero_grad()
        params = Hazards(logit=logit.expand(len(label), *logit.shape))
        total = head.nll(params, label, every).mean()
        total.backward()
        return total

    search.step(loss)
    return Hazards(logit=logit.detach()[None])


@pytest.mark.parametrize("late", [False, True])
def test_a_constant_fitted_by_the_loss_is_kaplan_meier(late):
    label = follow_up(400, late=late, whole=True)
    assert ((label[:, 2] > 0).float().mean() > 0.2) == late
    # As many bins as there are times of events: the ends of bins are these times.
    times = np.unique(label[label[:, 1] > 0, 0])
    head = built(bins=200, shapes=1)
    fitted(head, label)
    days = head.times_days
    assert set(days) == set(times.tolist())
    time, event, entry = label.T.numpy()
    km = KaplanMeierFitter().fit(time, event, entry=entry)
    found = head.survival(best_constant(head, label))[0]
    np.testing.assert_allclose(found, km.predict(days).to_numpy(), atol=2e-5)


@pytest.mark.parametrize("late", [False, True])
def test_a_network_that_knows_nothing_says_kaplan_meier_at_the_ends_of_bins(late):
    label = follow_up(3000, late=late)  # entries and exits at any time within bins
    head = fitted(built(), label)
    with torch.no_grad():
        mean, deviation = head.natural(head(torch.randn(4, WIDTH), torch.ones(4)))
    assert mean.shape == deviation.shape == (4, 20)
    # Not to the last bit: a vector unit and what is left over at its end round differently.
    torch.testing.assert_close(mean[0], mean[3])
    time, event, entry = label.T.numpy()
    km = KaplanMeierFitter().fit(time, event, entry=entry).predict(head.times_days).to_numpy()
    np.testing.assert_allclose(mean[0, :18], km[:18], atol=5e-4)
    # In the last bins, which are wide, many are censored before they could have had an event.
    np.testing.assert_allclose(mean[0], km, atol=0.02)
    deviations = torch.sqrt(mean * (1 - mean))
    torch.testing.assert_close(deviation, deviations)


@pytest.mark.parametrize("risks", [1, 2])
def test_the_life_table_of_fit_is_the_constant_of_least_loss_but_for_one_row(risks):
    label = follow_up(2000, risks=risks)
    head = fitted(built(risks=risks), label)
    base = head.base.double()
    best = best_constant(head, label).logit[0]
    assert (base.sigmoid() - best.sigmoid()).abs().max() < 0.01
    assert (base - best).abs()[:15].max() < 0.02


def test_two_risks_are_aalen_johansen():
    label = follow_up(500, risks=2, late=False, whole=True)
    head = fitted(built(bins=200, risks=2, shapes=1), label)
    time, event, _ = label.T.numpy()
    times, incidence = cumulative_incidence_competing_risks(event.astype(int), time)
    place = np.searchsorted(times, head.times_days)
    found = head.incidence(best_constant(head, label))[0]
    np.testing.assert_allclose(found, incidence[1:, place], atol=2e-5)


@pytest.mark.parametrize("risks", [1, 3])
def test_survival_starts_at_1_falls_and_sums_to_1_with_incidences(risks):
    head = fitted(built(risks=risks, hidden=5), follow_up(300, risks=risks))
    torch.nn.init.normal_(head.effect.weight, std=3.0)
    with torch.no_grad():
        params = head(torch.randn(50, WIDTH) * 3, torch.ones(50))
        survival, incidence = head.survival(params), head.incidence(params)
        mean, _ = head.natural(params)
    assert (survival <= 1).all() and (survival.diff(dim=1) <= 0).all()
    assert (incidence.diff(dim=2) >= 0).all() and incidence.shape == (50, risks, 20)
    torch.testing.assert_close(survival + incidence.sum(dim=1), torch.ones(50, 20))
    assert mean.shape == (50, head.width_forecast) == (50, 20 if risks == 1 else 20 * (risks + 1))
    curves = head.survival_curves(mean.numpy())
    assert curves.times_days[0] == 0 and (curves.survival[:, 0] == 1).all()
    np.testing.assert_allclose(curves.survival[:, 1:], survival, atol=2e-6)


def known(logit, days=(10.0, 20.0, 40.0)) -> tuple[HazardHead, Hazards]:
    head = built(bins=3, shapes=1, risks=logit.shape[-1])
    head.edge = torch.tensor([0.0, *days])
    return head, Hazards(logit=logit[None])


def loss_of(head, params, *row):
    label = torch.tensor([row])
    return head.nll(params, label, torch.ones(label.shape, dtype=torch.bool)).item()


def test_known_answers_of_the_loss():
    hazard = torch.tensor([0.2, 0.5, 0.1])
    head, params = known(torch.logit(hazard)[:, None])
    p = {
        (10.0, 1.0, 0.0): 0.2,  # the end of a bin belongs to it
        (10.0, 0.0, 0.0): 0.8,
        (12.0, 1.0, 0.0): 0.8 * 0.5,
        (15.0, 0.0, 0.0): 0.8 * 0.5**0.5,
        (30.0, 0.0, 10.0): 0.5 * 0.9**0.5,  # what is before the entry does not count
        (25.0, 1.0, 15.0): 0.5**0.5 * 0.1,
        (18.0, 1.0, 15.0): 1 - 0.5**0.5,  # half of the bin was left
        (18.0, 0.0, 15.0): 0.5**0.3,
        (99.0, 1.0, 0.0): 0.8 * 0.5 * 0.9,  # beyond the last bin
        (99.0, 0.0, 50.0): 1.0,
    }
    for row, expected in p.items():
        assert loss_of(head, params, *row) == pytest.approx(-np.log(expected), abs=1e-6), row


def test_known_answers_of_two_risks():
    p = torch.tensor([[0.2, 0.1], [0.3, 0.3], [0.05, 0.15]])
    none = 1 - p.sum(dim=1, keepdim=True)
    head, params = known(p.log() - none.log())
    assert loss_of(head, params, 5.0, 2.0, 0.0) == pytest.approx(-np.log(0.1), abs=1e-6)
    assert loss_of(head, params, 15.0, 1.0, 0.0) == pytest.approx(-np.log(0.7 * 0.3), abs=1e-6)
    half = (1 - 0.4**0.5) * 0.3 / 0.6
    assert loss_of(head, params, 16.0, 2.0, 15.0) == pytest.approx(-np.log(half), abs=1e-6)
    expected = torch.tensor([[0.2, 0.2 + 0.21, 0.41 + 0.014], [0.1, 0.31, 0.31 + 0.042]])
    torch.testing.assert_close(head.incidence(params)[0], expected)


@pytest.mark.parametrize("logit", [-80.0, -9.0, 0.0, 40.0])
def test_the_log_of_an_event_is_exact_and_finite(logit):
    left = torch.tensor([1.0, 0.5, 0.01], dtype=torch.double)
    # 1 - q^s with -log q = log(1 + e^x), in double.
    rate = np.log1p(np.exp(logit))
    found = log_event(torch.full((3,), logit, dtype=torch.double), left)
    np.testing.assert_allclose(
        found, np.log(-np.expm1(-left.numpy() * rate)), rtol=1e-4, atol=1e-12
    )
    assert torch.isfinite(log_event(torch.tensor([-1e4, 1e4]), torch.ones(2))).all()


def test_a_row_is_observed_where_all_of_its_columns_are():
    head, label = fitted(built(), follow_up(100)), follow_up(4, seed=1)
    observed = torch.ones(4, 3, dtype=torch.bool)
    observed[0, 2] = observed[1, 0] = observed[2] = False
    label[~observed] = float("nan")
    z_BH = torch.randn(4, WIDTH, requires_grad=True)
    torch.nn.init.normal_(head.effect.weight)
    loss = head.nll(head(z_BH, torch.ones(4)), label, observed)
    loss.sum().backward()
    assert loss.shape == (4, 1) and (loss[:3] == 0).all() and (z_BH.grad[:3] == 0).all()
    assert (z_BH.grad[3] != 0).any() and loss[3] > 0
    assert outcomes_observed(head, observed)[:, 0].tolist() == [False, False, False, True]


def test_one_curve_for_all_has_the_error_1_and_weights_count_as_rows():
    label, weight = follow_up(300), torch.randint(1, 4, (300,)).float()
    head = fitted(built(), label, weight)
    params = head(torch.zeros(300, WIDTH), torch.ones(300))
    error = head.error(params, label, torch.ones(300, 3, dtype=torch.bool))[:, 0]
    mean = (error * weight).sum() / weight.sum()
    assert mean.item() == pytest.approx(1.0, abs=1e-5)
    again = fitted(built(), label.repeat_interleave(weight.long(), dim=0))
    assert np.array_equal(again.times_days, head.times_days)
    # The one row more is of a mean row, which here has another weight.
    torch.testing.assert_close(again.rate, head.rate, atol=5e-3, rtol=0.0)


def test_bins_are_quantiles_of_events_and_travel_with_the_weights():
    label = torch.tensor([[d, 1.0] for d in (10.0, 20.0, 30.0, 40.0)] + [[500.0, 0.0]])
    head = fitted(built(bins=2, shapes=1, columns=2), label)
    assert head.times_days.tolist() == [20.0, 40.0]
    other = built(bins=2, shapes=1, columns=2)
    other.load_state_dict(head.state_dict())
    assert other.times_days.tolist() == [20.0, 40.0] and torch.equal(other.rate, head.rate)


def test_few_times_make_bins_of_no_length_that_change_nothing():
    label = torch.tensor([[30.0, 1.0], [60.0, 1.0], [60.0, 0.0], [60.0, 1.0]])
    head = fitted(built(bins=8, shapes=2, columns=2), label)
    torch.nn.init.normal_(head.effect.weight)
    params = head(torch.randn(3, WIDTH), torch.ones(3))
    assert (head.survival(params).unique(dim=1).shape[1]) == 2
    curves = head.survival_curves(head.natural(params)[0].detach().numpy())
    assert curves.times_days.tolist() == [0.0, 30.0, 60.0]
    assert torch.isfinite(head.nll(params, label[:3], torch.ones(3, 2, dtype=torch.bool))).all()


def test_a_hazard_that_depends_on_a_feature_is_learned():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    group = np.repeat([0.0, 1.0], 1000)
    event, last = rng.exponential(np.where(group > 0, 100.0, 400.0)), rng.uniform(20, 600, 2000)
    label = np.stack([np.minimum(event, last), event <= last], axis=1).astype(np.float32)
    head, z = built(columns=2), torch.zeros(2000, WIDTH)
    z[:, 0] = torch.from_numpy(group).float() - 0.5
    label = torch.from_numpy(label)
    fitted(head, label)
    every, one = torch.ones(2000, 2, dtype=torch.bool), torch.ones(2000)
    search = torch.optim.Adam(head.parameters(), lr=0.1)
    for _ in range(150):
        search.zero_grad()
        head.nll(head(z, one), label, every).mean().backward()
        search.step()
    with torch.no_grad():
        params = head(z, one)
        survival = head.survival(params)
        assert head.error(params, label, every).mean() < 0.98
    days = torch.from_numpy(head.times_days).float()
    for row, scale in ((0, 400.0), (-1, 100.0)):
        torch.testing.assert_close(survival[row], torch.exp(-days / scale), atol=0.08, rtol=0.0)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.0, 1.0, 0.0], "row 1 has time_days 0; expected a number of days above 0"),
        ([9.0, 2.0, 0.0], "a row has event 2; expected 0 \\(censored\\) to 1"),
        ([9.0, 0.5, 0.0], "row 1 has event 0.5"),
        ([9.0, 1.0, 9.0], "row 1 has entry_days 9; expected a day before"),
    ],
)
def test_labels_that_cannot_be_are_refused(row, message):
    with pytest.raises(InputError, match=message):
        fitted(built(), torch.tensor([[5.0, 1.0, 0.0], row]))


def test_no_event_at_all_is_refused():
    with pytest.raises(InputError, match="none of 2 training rows has an event"):
        fitted(built(), torch.tensor([[5.0, 0.0, 0.0], [9.0, 0.0, 1.0]]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bins": 0}, "bins is 0"),
        ({"risks": 0}, "risks is 0"),
        ({"shapes": 21}, "shapes is 21; expected a number from 1 to bins"),
        ({"width_out": 1}, "a survival label has 1 columns; expected 2"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong, message):
    spec = {"_target_": "combo_dl.nn.head.hazard.HazardHead", "bins": 20, "risks": 1, "shapes": 3}
    sizes = {"width_in": WIDTH, "width_out": 2, "bounds": (None, None)}
    settings = {"hidden": 0, "dropout": 0.0} | {k: v for k, v in wrong.items() if k in spec}
    with pytest.raises(ConfigError, match=message):
        build_part("head", spec | settings, sizes | {k: v for k, v in wrong.items() if k in sizes})

"""Grades: laws that rise, shares of training at the start, known answers."""

import math

import pytest
import torch

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.nn.build import build_part
from combo_dl.nn.head.ordinal import Graded, OrdinalHead

WIDTH, W, N = 6, 2, 60


def built(grades=5, hidden=0) -> OrdinalHead:
    head = OrdinalHead(
        grades=grades, hidden=hidden, dropout=0.0, width_in=WIDTH, width_out=W, bounds=(None, None)
    )
    label = (torch.arange(N) % (grades + 1)).float()[:, None].expand(N, W)
    head.fit(label, torch.ones(N, W, dtype=torch.bool), torch.ones(N))
    return head


def every(n):
    return torch.ones(n, W, dtype=torch.bool)


@pytest.mark.parametrize("grades", [1, 2, 5])
@pytest.mark.parametrize("hidden", [0, 4])
def test_a_network_that_knows_nothing_says_the_shares_of_training(grades, hidden):
    head = built(grades, hidden)
    found = head.probabilities(head(torch.randn(7, WIDTH), torch.ones(7)))
    torch.testing.assert_close(found, torch.full((7, W, grades + 1), 1 / (grades + 1)))
    mean, deviation = head.natural(head(torch.randn(7, WIDTH), torch.ones(7)))
    torch.testing.assert_close(mean, torch.full((7, W), grades / 2))
    spread = math.sqrt(((grades + 1) ** 2 - 1) / 12)  # of a discrete uniform law
    torch.testing.assert_close(deviation, torch.full((7, W), spread))
    torch.testing.assert_close(head.size, torch.full((W,), spread))


def test_unequal_shares_come_back_and_an_absent_grade_stays_possible():
    head = built(3)
    label = torch.tensor([0.0] * 90 + [1.0] * 9 + [3.0])[:, None].expand(100, W)
    head.fit(label, every(100), torch.full((100,), 2.0))
    found = head.probabilities(head(torch.zeros(1, WIDTH), torch.ones(1)))[0, 0]
    expected = torch.tensor([90.25, 9.25, 0.25, 1.25]) / 101
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)


def test_a_known_answer():
    head = built(2)
    params = Graded(
        location=torch.full((1, W), 0.5), threshold=torch.tensor([[-1.0, 1.0]]).expand(W, 2)
    )
    s = [1 / (1 + math.exp(-a)) for a in (-1.5, 0.5)]
    expected = torch.tensor([s[0], s[1] - s[0], 1 - s[1]])
    torch.testing.assert_close(head.probabilities(params)[0, 0], expected)
    loss = head.nll(params, torch.tensor([[0.0, 1.0]]), every(1))
    torch.testing.assert_close(loss, -expected[:2].log()[None])
    mean = (expected * torch.arange(3)).sum()
    torch.testing.assert_close(head.natural(params)[0], mean.expand(1, W))


@pytest.mark.parametrize("size", [1.0, 30.0, 1e6])
def test_probabilities_sum_to_1_and_extremes_are_finite(size):
    head = built()
    torch.nn.init.normal_(head.stretch)
    location = (torch.randn(20, W) * size).requires_grad_()
    threshold = head(torch.zeros(1, WIDTH), torch.ones(1)).threshold
    assert (threshold.diff(dim=1) > 0).all()
    params = Graded(location=location, threshold=threshold)
    p = head.probabilities(params)
    torch.testing.assert_close(p.sum(dim=2), torch.ones(20, W))
    label = (torch.arange(20) % 6).float()[:, None].expand(20, W)
    loss = head.nll(params, label, every(20))
    loss.sum().backward()
    assert torch.isfinite(loss).all() and torch.isfinite(location.grad).all()
    mean, deviation = head.natural(params)
    assert (mean >= 0).all() and (mean <= 5 + 1e-5).all() and (deviation > 0).all()


def test_a_higher_location_is_a_higher_grade():
    head = built()
    threshold = head(torch.zeros(1, WIDTH), torch.ones(1)).threshold
    location = torch.linspace(-20, 20, 101)[:, None].expand(101, W)
    mean, _ = head.natural(Graded(location=location, threshold=threshold))
    assert (mean.diff(dim=0) > -1e-6).all() and mean[-1, 0] > 4.9 and mean[0, 0] < 0.1


def test_two_grades_are_a_logistic_regression():
    head = built(1)
    location = torch.randn(30, W)
    threshold = head(torch.zeros(1, WIDTH), torch.ones(1)).threshold
    label = (torch.rand(30, W) > 0.5).float()
    found = head.nll(Graded(location=location, threshold=threshold), label, every(30))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        location - threshold[:, 0], label, reduction="none"
    )
    torch.testing.assert_close(found, expected)


def test_the_mean_of_training_has_the_error_1_on_average():
    head = built()
    label = (torch.arange(N) % 6).float()[:, None].expand(N, W)
    found = head.error(head(torch.zeros(N, WIDTH), torch.ones(N)), label, every(N))
    torch.testing.assert_close(found.mean(), torch.tensor(1.0), atol=1e-4, rtol=0.0)


def test_a_constant_grade_does_not_divide_by_zero():
    head = built()
    head.fit(torch.zeros(10**5, W), every(1).expand(10**5, W), torch.ones(10**5))
    params = head(torch.zeros(1, WIDTH), torch.ones(1))
    assert (head.size >= 0.1).all() and torch.isfinite(head.log_probabilities(params)).all()


@pytest.mark.parametrize("wrong", [-1.0, 2.5, 6.0, float("nan")])
def test_a_label_that_is_no_grade_is_refused(wrong):
    with pytest.raises(InputError, match="whole number from 0 to 5"):
        built().fit(torch.tensor([[1.0, wrong]]), every(1), torch.ones(1))


@pytest.mark.parametrize("grades", [0, -1, 1000])
def test_an_unfit_setting_is_refused(grades):
    spec = {"_target_": "combo_dl.nn.head.ordinal.OrdinalHead", "hidden": 0, "dropout": 0.0}
    with pytest.raises(ConfigError, match="expected the highest grade"):
        build_part(
            "head",
            spec | {"grades": grades},
            {"width_in": 4, "width_out": 1, "bounds": (0.0, 5.0)},
        )

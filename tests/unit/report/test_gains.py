"""A gain is a difference turned so that above 0 the model is better."""

from dataclasses import replace

import pytest
from benchmark_folder import LOEWE

from combo_dl.report.gains import compared, gains


def test_less_error_and_more_correlation_are_both_gains(result):
    assert compared(result, LOEWE) == ["mse", "pearson"]
    for metric in ("mse", "pearson"):
        found = gains(result, LOEWE, metric)
        assert len(found) == 3 and all(g.mean > 0 and g.low < g.mean < g.high for g in found)


def test_the_nearest_baseline_comes_first(result):
    means = [g.mean for g in gains(result, LOEWE, "mse")]
    assert means == sorted(means)


@pytest.mark.parametrize(
    ("ends", "clear", "loss"),
    [((-5, -8, -2), True, False), ((-1, -4, 2), False, False), ((5, 2, 8), False, True)],
)
def test_clear_and_loss(against, ends, clear, loss):
    (gain,) = gains(against(ends), LOEWE, "mse")
    assert (gain.is_clear, gain.is_loss) == (clear, loss)


def test_a_gain_on_the_models_own_variant_is_none(result):
    own = replace(result.differences[0], against="model, 1 network")
    assert gains(replace(result, differences=(own,)), LOEWE, "mse") == []


def test_an_unknown_interval_is_neither(against):
    (gain,) = gains(against((-5, None, None)), LOEWE, "mse")
    assert not gain.is_clear and not gain.is_loss


def test_unknown_measures_are_passed_over(result):
    odd = replace(result.differences[0], metric="karma")
    assert compared(replace(result, differences=(odd,)), LOEWE) == []

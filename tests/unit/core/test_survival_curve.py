"""Survival curves: lines between days, area to a horizon, and what is no curve."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.survival_curve import SurvivalCurves


def test_values_between_days_and_the_area_to_a_horizon():
    curves = SurvivalCurves.of([0, 10, 30], [[1, 0.5, 0.1], [1, 1, 1]])
    np.testing.assert_allclose(curves.at([5, 10, 20]), [[0.75, 0.5, 0.3], [1, 1, 1]])
    np.testing.assert_allclose(curves.restricted_mean_days(30), [7.5 + 6.0, 30])
    np.testing.assert_allclose(curves.restricted_mean_days(20), [7.5 + 4.0, 20])
    np.testing.assert_allclose(curves.restricted_mean_days(5), [0.875 * 5, 5])


def test_an_exponential_on_a_fine_grid_has_its_area():
    days = np.linspace(0, 900, 2001)
    curves = SurvivalCurves.of(days, np.exp(-days / 300))
    expected = 300 * (1 - np.exp(-2))
    assert curves.restricted_mean_days(600) == pytest.approx([expected], rel=1e-5)


def test_roundings_are_taken_away():
    curves = SurvivalCurves.of([0, 1, 2], np.array([1.0000001, 0.5, 0.5000001]))
    assert curves.survival.tolist() == [[1.0, 0.5, 0.5]] and len(curves) == 1


@pytest.mark.parametrize(
    ("days", "survival", "message"),
    [
        ([0, 1], [1, 1.2], "survival curve 0 leaves 0 to 1"),
        ([0, 1], [1, -0.1], "survival curve 0 leaves 0 to 1"),
        ([0, 1], [[1, 0.5], [0.9, 0.5]], "survival curve 1 does not start at 1"),
        ([0, 1, 2], [1, 0.5, 0.6], "survival curve 0 rises"),
        ([0, 1], [1, np.nan], "survival curve 0 is not a number"),
        ([1, 2], [1, 0.5], "expected 2 days or more, rising from 0"),
        ([0, 0], [1, 0.5], "rising from 0"),
        ([0], [1], "a grid of 1 days"),
        ([0, 1], [1, 0.5, 0.2], "survival has shape"),
    ],
)
def test_what_is_no_curve_is_refused(days, survival, message):
    with pytest.raises(InputError, match=message):
        SurvivalCurves.of(np.array(days), np.array(survival))


def test_days_beyond_the_grid_are_refused():
    curves = SurvivalCurves.of([0, 10], [1, 0.5])
    with pytest.raises(InputError, match="asked at day 11; expected days from 0 to 10"):
        curves.at([5, 11])
    with pytest.raises(InputError, match="horizon_days is 20; expected a day above 0 and up to 10"):
        curves.restricted_mean_days(20)


def test_steps_fall_on_their_day_and_not_before():
    curves = SurvivalCurves.steps(np.array([0.0, 10.0, 30.0]), np.array([[1.0, 0.5, 0.2]]))
    assert curves.at([0, 9.999, 10, 29.999, 30])[0] == pytest.approx([1, 1, 0.5, 0.5, 0.2])
    assert curves.restricted_mean_days(30)[0] == pytest.approx(10 + 0.5 * 20)


def test_a_mean_of_curves_is_that_of_their_values_to_the_first_last_day():
    parts = [SurvivalCurves.of([0, 10, 40], [1, 0.5, 0.2]), SurvivalCurves.of([0, 20], [1, 0.6])]
    found = SurvivalCurves.mean_of(parts)
    assert found.times_days.tolist() == [0, 10, 20]
    assert found.at([10, 20])[0] == pytest.approx([(0.5 + 0.8) / 2, (0.4 + 0.6) / 2])
    assert found.take(np.array([0, 0])).at([20])[:, 0] == pytest.approx([0.5, 0.5])

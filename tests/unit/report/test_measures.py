"""How scores are written, which is best, and which counts are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combo_dl.report.measures import (
    MEASURES,
    best_of,
    correlation,
    counted,
    decimals,
    number,
    percent,
    written,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.1234, "0.123"),
        (211.04, "211.0"),
        (-3.5, "−3.500"),
        (9.96, "10.0"),
        (-0.0001, "0.000"),
        (12345.6, "12,345.6"),
    ],
)
def test_a_score_is_written(value, text):
    assert written(value) == text


def test_a_sign_and_decimals_can_be_asked_for():
    assert written(2.5, places=1, sign=True) == "+2.5"
    assert decimals([0.5, None, 120.0]) == 1 and decimals([0.5]) == 3
    assert percent(0.805) == "80.5 %" and correlation(-0.5) == "−0.50"


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), float("inf"), 10**400, [1]])
def test_what_is_no_number_is_none(value):
    assert number(value) is None


@given(st.integers(0, 10**7))
def test_small_counts_are_never_told(count):
    assert (counted(count) == "<11") == (1 <= count <= 10)


def test_the_best_is_high_low_or_nearest():
    assert best_of(MEASURES["mse"], [3.0, 1.0, None]) == {1}
    assert best_of(MEASURES["pearson"], [0.3, 0.7, 0.7]) == {1, 2}
    assert best_of(MEASURES["coverage_80"], [0.95, 0.78]) == {1}


@pytest.mark.parametrize("values", [[1.0, 1.0], [1.0], [None, None]])
def test_where_all_are_alike_none_is_best(values):
    assert best_of(MEASURES["mse"], values) == set()


def test_a_width_alone_is_neither_good_nor_bad():
    assert best_of(MEASURES["width_80"], [3.0, 1.0]) == set()

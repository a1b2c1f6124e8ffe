"""A benchmark is looked up by endpoint and model."""

from dataclasses import replace

import pytest
from benchmark_folder import CLOSED, HEADLINE, LOEWE

from combo_dl.report.result import BASELINE, TWIN, VARIANT, Finding
from combo_dl.report.result import HEADLINE as OWN


@pytest.mark.parametrize(
    ("model", "role"),
    [
        (HEADLINE, OWN),
        ("model, 1 network", VARIANT),
        ("one-hot twin", TWIN),
        ("one-hot twin, 2 networks", TWIN),
        (CLOSED, BASELINE),
    ],
)
def test_a_model_has_a_role(result, model, role):
    assert result.role(model) == role


def test_the_best_come_first_and_those_without_score_last(result):
    bare = replace(result.table[0], model="unscored", values={})
    ranked = replace(result, table=(bare, *result.table)).ranked(LOEWE)
    errors = [s.get("mse") for s in ranked[:-1]]
    assert errors == sorted(errors) and ranked[-1].model == "unscored"


def test_the_best_of_a_role(result):
    assert result.best(LOEWE, (BASELINE,)).model == CLOSED
    assert result.best(LOEWE, ("no role",)) is None


def test_the_ceiling_is_that_of_the_first_endpoint(result):
    other = tuple(replace(s, endpoint="another") for s in result.table)
    both = replace(result, table=(*other, *result.table))
    assert both.endpoints == (LOEWE, "another")
    assert both.ceiling_of(LOEWE) == 0.96 and both.ceiling_of("another") is None


def test_a_failed_check_found_something(result):
    found = [
        Finding(check=c, severity=s, found=n, examples=())
        for c, s, n in (("a", "fail", 0), ("b", "fail", 2), ("c", "warn", 5))
    ]
    assert replace(result, leakage=tuple(found)).failed_checks == ("b",)

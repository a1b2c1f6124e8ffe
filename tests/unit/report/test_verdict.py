"""The verdict says what the numbers say, and nothing more."""

from dataclasses import replace

import pytest
from benchmark_folder import HEADLINE, LOEWE

from combo_dl.report.result import Finding
from combo_dl.report.verdict import ALONE, CLEAR, LOSS, UNCLEAR, verdict

BETTER, UNSURE, WORSE = (-5.0, -8.0, -2.0), (-1.0, -4.0, 2.0), (5.0, 2.0, 8.0)


@pytest.mark.parametrize(
    ("ends", "level", "lead"),
    [
        ([BETTER] * 3, CLEAR, "beats each of the 3 baselines"),
        ([BETTER], CLEAR, "beats the one baseline"),
        ([BETTER, UNSURE], UNCLEAR, "does not clearly beat"),
        ([BETTER, UNSURE, WORSE], LOSS, "is worse than"),
        ([], ALONE, "was not compared"),
    ],
)
def test_the_level_follows_the_worst_comparison(against, ends, level, lead):
    found = verdict(against(*ends), LOEWE)
    assert found.level == level and lead in found.lead and HEADLINE in found.lead


def test_a_loss_is_told_in_its_own_direction(against):
    text = " ".join(verdict(against(WORSE), LOEWE).sentences)
    assert "it raises the mean squared error by 5.000" in text
    assert "95 % interval 2.000 to 8.000" in text and "better in 0 of 3 folds" in text


def test_without_differences_the_means_are_told(against):
    assert "that of the best other, “one-hot twin”" in verdict(against(), LOEWE).sentences[0]


def with_scores(result, **values):
    table = [
        replace(s, values=s.values | values) if s.model == HEADLINE else s for s in result.table
    ]
    return replace(result, table=tuple(table))


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.81, "as stated"), (0.9, "they are too wide"), (0.6, "they are too narrow")],
)
def test_coverage_is_judged(result, share, said):
    text = " ".join(verdict(with_scores(result, coverage_80=share), LOEWE).sentences)
    assert said in text


@pytest.mark.parametrize(("r", "beyond"), [(0.9, False), (0.99, True)])
def test_the_ceiling_is_an_estimate(result, r, beyond):
    text = " ".join(verdict(with_scores(result, pearson=r), LOEWE).sentences)
    assert "would reach about 0.96" in text and ("exceeds" in text) == beyond


def test_the_weakest_group_is_named_but_no_small_one(result):
    text = " ".join(verdict(result, LOEWE).sentences)
    assert "weakest on “one drug unseen”" in text
    few = [replace(g, rows=5) if g.shift == "one drug unseen" else g for g in result.groups]
    text = " ".join(verdict(replace(result, groups=tuple(few)), LOEWE).sentences)
    assert "weakest on" in text and "one drug unseen" not in text


def test_leakage_is_said_last(result):
    found = Finding(check="pairs", severity="fail", found=3, examples=())
    last = verdict(replace(result, leakage=(found,)), LOEWE).sentences[-1]
    assert "leakage check failed (pairs)" in last


def test_missing_scores_are_passed_over(result):
    bare = with_scores(result, pearson=None, coverage_80=None)
    text = " ".join(verdict(replace(bare, groups=()), LOEWE).sentences)
    assert "None" not in text and "correlate" not in text

"""What ``predict`` prints: risks in percent, the least harm first, and the columns that matter."""

import pandas as pd
import pytest
from omegaconf import OmegaConf

from combo_dl.cli.predict import predict
from combo_dl.cli.tables import MOST_COLUMNS, percent, show_predictions
from combo_dl.core.errors import ConfigError


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")


def line(row, endpoint="dlt", **changes):
    return {
        "row": row,
        "drug_a": f"drug{row}",
        "drug_b": "",
        "profile": "",
        "endpoint": endpoint,
        "unit": "probability",
        "mean": 0.1,
        "low": 0.05,
        "high": 0.2,
        "support": "pair seen",
        "profile_seen": False,
        "abstain": False,
        "null": 0.08,
        "excess": 0.02,
        "excess_low": -0.01,
        "excess_high": 0.05,
        "null_support": "each seen alone",
    } | changes


def shown(capsys, lines, *, direction="harm", **attrs):
    frame = pd.DataFrame(lines)
    columns = list(dict.fromkeys(frame["endpoint"]))
    frame.attrs = {"endpoints": {"e": {"direction": direction, "columns": columns}}} | attrs
    show_predictions(frame)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.12345, "12.3"), (0.00012345, "0.0123"), (1.0, "100"), (0.5, "50.0"), (0.0, "0")],
)
def test_percent_has_three_digits(share, text):
    assert percent(share) == text and percent(-share).lstrip("-") == text


def test_a_risk_stands_beside_its_null(capsys):
    out = shown(capsys, [line(0)])
    for cell in ("dlt (risk in %)", "10.0", "5.0 to 20", "8.00", "2.00", "-1.0 to 5.0"):
        assert cell in out
    assert "null:" not in out and "profile" not in out


def test_a_null_that_rests_on_less_says_on_what(capsys):
    out = shown(capsys, [line(0, null_support="at usual doses")])
    assert "pair seen; null: at usual doses" in out


def test_names_of_drugs_are_whole_where_lines_are_narrow(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = shown(capsys, [line(0, drug_a="pembrolizumab", drug_b="lenvatinib", profile="A375")])
    assert "pembrolizumab" in out and "lenvatinib" in out and "5.0 to 20" in out


def test_a_null_that_is_not_known_is_left_empty(capsys):
    unknown = dict.fromkeys(("null", "excess", "excess_low", "excess_high"), float("nan"))
    out = shown(capsys, [line(0, null_support="a drug unseen", abstain=True, **unknown)])
    assert "nan" not in out and "a drug unseen" in out and "abstain" in out


@pytest.mark.parametrize(("direction", "first"), [("harm", "drug0"), ("good", "drug1")])
def test_the_least_harm_and_the_most_good_come_first(capsys, direction, first):
    out = shown(capsys, [line(1, mean=0.19), line(0, mean=0.06)], direction=direction)
    other = {"drug0": "drug1", "drug1": "drug0"}[first]
    assert out.index(first) < out.index(other)


def test_of_many_columns_those_of_the_largest_excess_are_shown(capsys):
    many = [line(0, f"effect{i:02}", excess=i / 100) for i in range(MOST_COLUMNS + 3)]
    out = shown(capsys, many, notes=["A note."])
    assert "effect02" not in out and "effect03" in out and "effect22" in out
    assert f"{MOST_COLUMNS} of {MOST_COLUMNS + 3} effects are shown" in out and "A note." in out
    chosen = shown(capsys, many, effects=["effect01"])
    assert "effect01" in chosen and "effect22" not in chosen and "are shown" not in chosen


def test_without_any_null_those_of_the_largest_risk_are_shown(capsys):
    many = [
        line(0, f"effect{i:02}", mean=0.05 + i / 1000, excess=float("nan"), null=float("nan"))
        for i in range(MOST_COLUMNS + 1)
    ]
    out = shown(capsys, many)
    assert "effect00" not in out and "effect20" in out and "largest prediction" in out


def test_a_score_keeps_its_own_unit(capsys):
    out = shown(capsys, [line(0, "loewe", unit="points", mean=12.34, low=1.0, high=20.0)])
    assert "loewe (points)" in out and "12.3" in out and "null" not in out


def test_effects_are_a_list(tmp_path):
    cfg = OmegaConf.create({"effects": "nausea"})
    with pytest.raises(ConfigError, match=r"expected a list, such as effects=\[nausea\]"):
        predict(cfg)


def test_a_response_is_no_risk_and_the_likeliest_comes_first(capsys):
    lines = [line(0, "response"), line(1, "response", mean=0.4)]
    out = shown(capsys, lines, direction="good")
    assert "response (probability in %)" in out and "risk" not in out
    assert out.index("drug1") < out.index("drug0")

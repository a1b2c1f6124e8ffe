"""A result folder is read whole, or refused in one line that says what is wrong."""

import json

import pytest
from benchmark_folder import HEADLINE, LOEWE, SHIFTS, write_benchmark

from combo_dl.core.errors import FormatError
from combo_dl.report.reader import read_result


def changed(folder, change):
    """A copy of benchmark.json with one change, in the same folder's neighbour."""
    raw = json.loads((folder / "benchmark.json").read_text())
    change(raw)
    other = folder.parent / "changed"
    other.mkdir(exist_ok=True)
    (other / "benchmark.json").write_text(json.dumps(raw))
    return other


def test_everything_arrives(result):
    assert result.protocol.headline == HEADLINE and result.endpoints == (LOEWE,)
    assert result.shifts(LOEWE) == SHIFTS
    assert len(result.differences) == 6 and result.ceiling["ceiling"] == 0.96
    assert result.origin.seeds == (0, 1, 2, 3, 4)


def test_groups_are_pooled_by_rows(folder):
    def two_folds(raw):
        base = raw["groups"][0] | {"shift": "s"}
        raw["groups"] = [
            base | {"rows": 30, "mse": 1.0, "rmse": 1.0},
            base | {"rows": 10, "mse": 9.0, "rmse": 3.0},
        ]

    (group,) = read_result(changed(folder, two_folds)).groups
    assert group.rows == 40 and group.get("mse") == 3.0
    assert group.get("rmse") ** 2 == pytest.approx(3.0)


def test_a_missing_number_is_none(folder):
    def drop(raw):
        raw["table"][0]["mse"] = None
        raw["table"][0]["pearson"] = "much"

    first = read_result(changed(folder, drop)).table[0]
    assert first.get("mse") is None and first.get("pearson") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(format=2), "format 2, made by a newer combo_dl"),
        (lambda r: r.pop("format"), "format None; expected 1: run combo-dl evaluate again"),
        (lambda r: r.update(table=[]), "empty table: nothing was scored"),
        (lambda r: r.pop("table"), "the file lacks 'table'"),
        (lambda r: r.update(table={}), "table is an object; a list was expected"),
        (lambda r: r.update(groups=[3]), r"groups\[0\] is a number; an object was expected"),
        (lambda r: r["table"][0].pop("model"), "a row of table lacks 'model'"),
        (lambda r: r["table"][0].update(endpoint=3), "endpoint is a number; text was expected"),
        (lambda r: r["groups"][0].pop("shift"), "a row of groups lacks 'shift'"),
        (lambda r: r["differences"][0].pop("low"), "a row of differences lacks 'low'"),
        (lambda r: r["protocol"].pop("flatters"), "protocol lacks 'flatters'"),
        (
            lambda r: r["protocol"].update(headline="model"),
            "headline 'model', which its table lacks",
        ),
        (lambda r: r.update(leakage=[{"check": "c"}]), "a row of leakage lacks 'severity'"),
        (lambda r: r.update(ceiling=[1]), "ceiling is a list; an object was expected"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, change, message):
    with pytest.raises(FormatError, match=message) as said:
        read_result(changed(folder, change))
    assert "\n" not in str(said.value)


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"holds no benchmark\.json; give the out= folder"):
        read_result(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 20000, "\xff"])
def test_broken_json_is_refused(tmp_path, text):
    (tmp_path / "benchmark.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError, match=r"benchmark\.json"):
        read_result(tmp_path)


def test_a_split_flatters_unless_it_says_no(tmp_path):
    made = write_benchmark(tmp_path / "b", n_pairs=4, flatters=None)
    assert read_result(made).protocol.flatters

"""The benchmark: every model on the same folds, a twin without features, readable files."""

import csv

import pytest
import tiny

from combo_dl.core.errors import ConfigError
from combo_dl.core.files import read_json
from combo_dl.evaluate.run import EvaluateSettings, evaluate, one_hot_twin

BASELINES = ("mean", "additive", "ridge", "one_hot")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluate") / "run"
    train = tiny.settings(out, folds="0,1", seeds=2)
    return evaluate(EvaluateSettings(train=train, baselines=BASELINES), [tiny.study()])


def test_every_model_is_scored_on_every_fold(made):
    models = {row["model"] for row in made.rows}
    assert models == {
        "global mean",
        "ridge drug + profile",
        "ridge drug x profile",
        "one-hot twin",
        "model, 1 network",
        "model, 2 networks",
    }
    assert {(m, f) for m in models for f in ("fold0", "fold1")} == {
        (row["model"], row["fold"]) for row in made.rows
    }


def test_the_table_is_the_mean_over_folds(made):
    for line in made.table:
        rows = [r for r in made.rows if r["model"] == line["model"]]
        assert line["mse"] == pytest.approx(sum(r["mse"] for r in rows) / 2)


def test_files_hold_the_same_numbers(made):
    with (made.folder / "benchmark.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [float(r["mse"]) for r in rows] == [r["mse"] for r in made.rows]
    assert read_json(made.folder / "benchmark.json")["table"][0]["folds"] == 2
    assert "a noiseless model would reach" in (made.folder / "benchmark.md").read_text()


def test_the_twin_knows_names_only():
    twin = one_hot_twin(tiny.NETWORK)
    assert twin.molecule == {} and not twin.model["targets"] and not twin.model["classes"]
    assert twin.model["ids"] and twin.fusion == tiny.NETWORK.fusion
    assert str(twin.profile["_target_"]).endswith("OneHotProfile")


@pytest.mark.parametrize(
    ("changes", "baselines", "message"),
    [
        ({"folds": "none"}, (), "nothing is held out"),
        ({}, ("one_hto",), "unknown baseline 'one_hto'; nearest known: one_hot"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(tmp_path, changes, baselines, message):
    settings = EvaluateSettings(train=tiny.settings(tmp_path, **changes), baselines=baselines)
    with pytest.raises(ConfigError, match=message):
        settings.validate()

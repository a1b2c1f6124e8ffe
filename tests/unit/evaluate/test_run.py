"""The benchmark: every model on the same folds, a twin without features, readable files."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny

from combo_dl.core.errors import ConfigError, LeakageError
from combo_dl.core.files import read_json
from combo_dl.data.fold import Fold
from combo_dl.data.published_split import PublishedTest
from combo_dl.data.splits import DrugFolds, FieldFolds, GivenFolds, UnitFolds
from combo_dl.evaluate.protocol import (
    KNOWN,
    EvaluateSettings,
    one_hot_twin,
    shuffled_control,
    title_of,
    unit_of,
    with_shuffled_labels,
)
from combo_dl.evaluate.run import evaluate
from combo_dl.report.page import write_report
from combo_dl.train.run import prepare

CLOSED = {
    "global mean",
    "profile mean",
    "pair mean over other profiles",
    "ridge drug + profile",
    "ridge drug class",
    "ridge drug x profile",
    "ridge drug x profile + pair",
    "gradient boosting on fingerprints + profile",
}
PARTS = {"model, 1 network", "model, 2 networks", "model, kernel ridge alone"}
HEADLINE = "model, 2 networks + kernel ridge"
MODELS = CLOSED | PARTS | {HEADLINE, "one-hot twin", "label-shuffle control"}
STUDY = {"n_rows": 300, "noise": 0.5, "pair_share": 0.1}


def settings_in(out):
    """Two folds of two networks, and every baseline."""
    fit = replace(tiny.FIT, max_epochs=1)
    train = tiny.settings(out, fit=fit, folds="0,1", seeds=2)
    return EvaluateSettings(train=train, baselines=tuple(KNOWN), command="combo-dl evaluate")


@pytest.fixture(scope="module")
def study():
    """A strong truth: nearly no noise, nearly all of it of single drugs."""
    return tiny.study(**STUDY)


@pytest.fixture(scope="module")
def made(tmp_path_factory, study):
    """Every baseline on two folds of unseen pairs; as many trees as so few rows need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("combo_dl.evaluate.trees.ROUNDS", 40)
        return evaluate(settings_in(tmp_path_factory.mktemp("evaluate") / "run"), [study])


@pytest.fixture(scope="module")
def frame(made):
    return pd.read_parquet(made.folder / "predictions.parquet")


def test_every_model_is_scored_on_every_fold(made):
    assert {row["model"] for row in made.rows} == MODELS
    found = [(row["model"], row["fold"]) for row in made.rows]
    assert sorted(found) == sorted((m, f) for m in MODELS for f in ("fold0", "fold1"))
    assert made.record["protocol"]["headline"] == HEADLINE


def test_the_table_is_the_mean_over_folds(made):
    for line in made.table:
        rows = [r["mse"] for r in made.rows if r["model"] == line["model"]]
        assert line["mse"] == pytest.approx(np.mean(rows))
        assert line["mse_sd"] == pytest.approx(np.std(rows)) and line["folds"] == 2


def pearson(made) -> dict:
    return {line["model"]: line["pearson"] for line in made.table}


def test_shuffled_labels_teach_nothing_and_true_ones_do(made):
    found = pearson(made)
    assert abs(found["label-shuffle control"]) < 0.25
    assert found["model, kernel ridge alone"] > 0.7 and found[HEADLINE] > 0.7
    assert found["ridge drug x profile"] > 0.5


def test_files_hold_the_same_numbers(made):
    with (made.folder / "benchmark.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [float(r["mse"]) for r in rows] == [r["mse"] for r in made.rows]
    record = read_json(made.folder / "benchmark.json")
    assert record["format"] == 1 and record["table"][0]["folds"] == 2
    assert record["command"] == "combo-dl evaluate" and record["seeds"] == [0, 1]
    assert "NaN" not in (made.folder / "benchmark.json").read_text()
    text = (made.folder / "benchmark.md").read_text()
    assert "a noiseless model would reach" in text and "Leakage audit:" in text
    assert all(f"| {model} |" in text for model in MODELS)


def test_predictions_are_those_that_were_scored(made, frame, study):
    assert set(frame["model"]) == MODELS and not frame["mean"].isna().any()
    for row in made.rows:
        own = frame[(frame["model"] == row["model"]) & (frame["fold"] == row["fold"])]
        truth = own.groupby("group")[["truth", "mean"]].mean()
        error = ((truth["truth"] - truth["mean"]) ** 2).mean()
        assert error == pytest.approx(row["mse"], rel=1e-4)
        inside = (own["low_80"] <= own["truth"]) & (own["truth"] <= own["high_80"])
        assert inside.mean() == pytest.approx(row["coverage_80"], abs=1e-6)
    label = study.combos.labels["synergy_loewe"][frame["row"], 0]
    assert np.array_equal(frame["truth"], label)


def test_folds_are_disjoint_and_cover_what_was_tested(made, frame, study):
    folds = pd.read_csv(made.folder / "folds.csv")
    assert set(folds["fold"]) == {"fold0", "fold1"} and not folds["row"].duplicated().any()
    tested = frame[["row", "fold"]].drop_duplicates()
    assert set(map(tuple, tested.to_numpy())) == set(map(tuple, folds[["row", "fold"]].to_numpy()))
    pairs = folds.groupby("fold")["drugs"].agg(set)
    assert not pairs["fold0"] & pairs["fold1"]
    first = folds.iloc[0]
    drugs = study.combos.drugs[first["row"]]
    assert first["drugs"] == " + ".join(study.drugs.names[d] for d in drugs if d >= 0)


def test_groups_of_support_are_scored_apart(made, frame):
    groups = made.record["groups"]
    assert {g["shift"] for g in groups} == {"drugs seen, pair new"}
    assert {g["model"] for g in groups} == MODELS and all(g["rows"] >= 30 for g in groups)
    counted = frame.groupby(["model", "fold", "shift"]).size()
    for g in groups:
        assert counted[g["model"], g["fold"], g["shift"]] == g["rows"]
    assert "one drug alone" not in set(frame["shift"])


def test_the_headline_is_compared_with_every_other_model(made):
    found = {(d["against"], d["metric"]): d for d in made.record["differences"]}
    for other in MODELS - {HEADLINE}:
        for metric in ("mse", "pearson"):
            row = found[other, metric]
            assert row["model"] == HEADLINE and row["clusters"] == "pair"
            assert row["low"] <= row["high"] and len(row["folds"]) == 2
    assert ("ridge drug x profile", "precision_at_10") in found
    against = found["label-shuffle control", "mse"]
    assert against["high"] < 0
    mses = {line["model"]: line["mse"] for line in made.table}
    gap = mses[HEADLINE] - mses["label-shuffle control"]
    assert against["mean"] == pytest.approx(gap, rel=1e-6)


def test_a_report_can_be_written_of_it(made, tmp_path):
    assert write_report([made.folder], tmp_path / "page.html") > 10_000
    text = (tmp_path / "page.html").read_text()
    assert HEADLINE in text and "leave-combination-out" in text


def test_a_second_run_fits_nothing_and_says_the_same(made, study, monkeypatch, tmp_path):
    monkeypatch.setattr("combo_dl.train.member.run_stage", None)
    monkeypatch.setattr("combo_dl.train.companion.fit_average", None)
    out = shutil.copytree(made.folder, tmp_path / "run")
    told = replace(settings_in(out), baselines=("mean", "one_hot", "shuffled"))
    again = evaluate(told, [study])
    models = {r["model"] for r in again.rows}
    assert models == MODELS - CLOSED | {"global mean"}
    for found, before in ((again.rows, made.rows), (again.table, made.table)):
        assert json.dumps(found) == json.dumps([r for r in before if r["model"] in models])
    kept = [d for d in made.record["differences"] if d["against"] in models]
    assert again.record["differences"] == kept


def test_the_twin_knows_names_only(tmp_path):
    settings = tiny.settings(tmp_path, seeds=3)
    twin = one_hot_twin(settings)
    given, network = settings.network, twin.network
    assert network.molecule == {} and network.response == {}
    assert not network.model["targets"] and not network.model["classes"]
    assert network.model["ids"] and network.fusion == given.fusion
    assert str(network.profile["_target_"]).endswith("OneHotProfile")
    assert str(network.relation["_target_"]).endswith("NoRelation")
    assert (twin.kernel, twin.seeds, twin.out) == (None, 1, tmp_path / "one_hot")


def test_the_control_is_the_network_alone_on_shuffled_labels(tmp_path, study):
    settings = tiny.settings(tmp_path, seeds=3)
    control = shuffled_control(settings)
    assert control.network == settings.network
    assert (control.kernel, control.seeds, control.out) == (None, 1, tmp_path / "shuffled")
    one, other = (with_shuffled_labels(study, seed=s) for s in (0, 1))
    labels = [s.combos.labels["synergy_loewe"] for s in (study, one, other)]
    assert all(np.array_equal(np.sort(a, axis=0), np.sort(labels[0], axis=0)) for a in labels)
    assert not any(np.array_equal(a, b) for a, b in ((labels[0], labels[1]), labels[1:]))
    assert np.array_equal(one.combos.drugs, study.combos.drugs)
    again = with_shuffled_labels(study, seed=0)
    assert np.array_equal(again.combos.labels["synergy_loewe"], labels[1])


@pytest.mark.parametrize(
    ("split", "unit", "title"),
    [
        (UnitFolds(unit="pair", n_folds=3, seed=0), "pair", "leave-combination-out"),
        (UnitFolds(unit="profile", n_folds=3, seed=0), "profile", "leave-profile-out"),
        (DrugFolds(n_folds=3, seed=0, given=True), "drug", "leave-drug-out"),
        (FieldFolds(field="tissue"), "profile", "leave-tissue-out"),
        (GivenFolds(column="hospital", unit="profile"), "profile", "leave-hospital-out"),
        (GivenFolds(column="fold_cell", unit="profile"), "profile", "leave-profile-out"),
        (
            PublishedTest(column="fold_published", validation_share=0.2, seed=0),
            "profile",
            "published test set",
        ),
    ],
)
def test_a_split_is_called_by_what_it_holds_apart(split, unit, title):
    assert (unit_of(split), title_of(split)) == (unit, title)


def test_a_split_of_rows_says_that_it_flatters():
    split = UnitFolds(unit="group", n_folds=3, seed=0)
    assert unit_of(split) == "group" and "flatters" in title_of(split)


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


class Leaking:
    """A rule whose proofs say nothing and whose first test pair stands in training too."""

    unit = "pair"

    def folds(self, study, identity):
        folds = UnitFolds(unit="pair", n_folds=4, seed=0).folds(study, identity)
        first = folds[0]
        drugs = study.combos.drugs
        same = (drugs[first.test][:, None] == drugs[first.test][None]).all(axis=2)
        twice = first.test[np.argmax(same.sum(axis=1) > 1)]
        leak = Fold(
            name="fold0",
            train=np.sort(np.append(first.train, twice)),
            search=first.search,
            validation=first.validation,
            test=np.setdiff1d(first.test, [twice]),
            proofs=(),
        )
        return [leak, *folds[1:]]


def test_a_leak_is_refused_before_anything_is_fitted(tmp_path, study):
    train = tiny.settings(tmp_path / "out", split=Leaking())
    with pytest.raises(LeakageError, match="pair on both sides") as caught:
        evaluate(EvaluateSettings(train=train, baselines=("mean",)), [study])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_audit_of_a_clean_benchmark_is_kept(made):
    assert made.record["leakage"] and all(
        f["found"] == 0 for f in made.record["leakage"] if f["severity"] == "fail"
    )


def small(tmp_path, study, **changes):
    """An evaluation of the model and one baseline, in seconds."""
    fit = replace(tiny.FIT, max_epochs=1, search="none")
    train = tiny.settings(tmp_path, **{"fit": fit, "folds": "0"} | changes)
    return evaluate(EvaluateSettings(train=train, baselines=("mean",)), [study])


def test_networks_without_a_search_have_no_calibration(tmp_path, study):
    """No validation row was held out of them: their own law makes the intervals."""
    found = small(tmp_path, study)
    assert {r["model"] for r in found.rows} >= {"model, 1 network + kernel ridge", "global mean"}
    assert all(np.isfinite(r["mse"]) for r in found.rows)


def test_without_kernels_the_model_is_its_networks(tmp_path, study):
    found = small(tmp_path, study, kernel=None)
    assert {r["model"] for r in found.rows} == {"global mean", "model, 1 network"}


def test_whole_tissues_are_held_out(tmp_path, study):
    found = small(tmp_path, study, kernel=None, split=FieldFolds(field="tissue"), folds="1")
    assert found.record["protocol"]["title"] == "leave-tissue-out"
    frame = pd.read_parquet(found.folder / "predictions.parquet")
    assert frame["shift"].str.endswith(", profile unseen").all()
    field = [f.name for f in study.profiles.category_fields].index("tissue")
    level = study.profiles.category[study.combos.profile, field]
    tested = np.unique(level[frame["row"]])
    assert len(tested) == 1 and (level == tested[0]).sum() == frame["row"].nunique()
    assert {d["clusters"] for d in found.record["differences"]} == {"profile"}


def test_of_held_out_drugs_one_or_both_are_new(tmp_path):
    study = tiny.study(n_rows=400, three_drug_share=0.0, single_drug_share=0.0)
    split = DrugFolds(n_folds=3, seed=0, given=False)
    found = small(tmp_path, study, kernel=None, split=split)
    frame = pd.read_parquet(found.folder / "predictions.parquet")
    own = frame[frame["model"] == "global mean"].set_index("row")
    # Groups are drawn over structures, not over names.
    folds = prepare(tiny.settings(tmp_path, split=split), [study]).folds
    trained = np.unique(study.combos.drugs[folds[0].train])
    unseen = (~np.isin(study.combos.drugs, trained)).sum(axis=1)[own.index]
    names = {1: "one drug unseen", 2: "both unseen"}
    assert set(unseen) == {1, 2} and (own["shift"] == [names[n] for n in unseen]).all()
    groups = {g["shift"]: g["rows"] for g in found.record["groups"]}
    assert groups["one drug unseen"] == (unseen == 1).sum()
    assert {d["clusters"] for d in found.record["differences"]} == {"drug"}

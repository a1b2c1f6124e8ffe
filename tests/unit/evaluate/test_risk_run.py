"""The benchmark of risks: every model on the same folds, beside synergy or alone."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
import tiny_risk

from combo_dl.core.files import read_json
from combo_dl.core.label_names import label_table, table_name
from combo_dl.core.profile_table import PATIENT, ProfileTable
from combo_dl.core.vocab import Vocab
from combo_dl.data.time_split import TimeFolds
from combo_dl.evaluate.protocol import OF_RISKS, EvaluateSettings, title_of, unit_of
from combo_dl.evaluate.risk_labels import (
    RiskPredicted,
    cluster_name,
    risk_clusters,
    row_weights,
)
from combo_dl.evaluate.risk_scoring import RiskScores
from combo_dl.evaluate.run import evaluate
from combo_dl.report.page import write_report
from combo_dl.stats.risk import risk_scores
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.train.risks import labels_of
from combo_dl.train.run import prepare

NARROW = {
    "prevalence",
    "logistic on dose rank",
    "logistic on drugs",
    "gradient boosting on fingerprints + targets + doses + profile",
}
WIDE = NARROW - {"prevalence"} | {"frequency of each effect", "rates of the single drugs"}
NETWORKS = {"one-hot twin", "label-shuffle control", "model, 1 network"}
HEADLINE = "model, 2 networks"
OF_SYNERGY = {"mse", "pearson", "coverage_80"}


@pytest.fixture(scope="module")
def study():
    return tiny_risk.study()


def settings_in(out, *endpoints, baselines=("one_hot", "shuffled"), **changes):
    fit = replace(tiny.FIT, max_epochs=2)
    train = tiny_risk.settings(out, *endpoints, fit=fit, folds="0,1", seeds=2, **changes)
    return EvaluateSettings(train=train, baselines=baselines)


@pytest.fixture(scope="module", autouse=True)
def _few_trees():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("combo_dl.evaluate.risk_trees.ROUNDS", 20)
        for name in ("trees", "risk_trees"):
            patch.setattr(f"combo_dl.evaluate.{name}.COMPONENTS", 3)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory, study):
    """Two risks, of one column and of several, and no synergy."""
    out = tmp_path_factory.mktemp("risks") / "run"
    return evaluate(settings_in(out, tiny_risk.TOXIC, tiny_risk.SEVERAL, kernel=None), [study])


@pytest.fixture(scope="module")
def frame(made):
    return pd.read_parquet(made.folder / "predictions.parquet")


def rows_of(made, endpoint):
    return [r for r in made.rows if r["endpoint"] == endpoint]


def test_every_model_is_scored_on_every_fold(made):
    for endpoint, closed in (("toxicity", NARROW), ("several", WIDE)):
        found = sorted((r["model"], r["fold"]) for r in rows_of(made, endpoint))
        models = closed | NETWORKS | {HEADLINE}
        assert found == sorted((m, f) for m in models for f in ("fold0", "fold1"))
    assert made.record["protocol"]["headline"] == HEADLINE and made.ceiling == {}
    assert made.record["protocol"]["endpoints"] == ["toxicity", "several"]


def test_rows_hold_scores_of_risks_alone(made):
    for row in made.rows:
        assert not OF_SYNERGY & set(row)
        assert {"auroc", "auprc", "brier", "log_loss", "calibration_slope", "ece"} <= set(row)
        assert ("columns" in row) == (row["endpoint"] == "several")
        assert ("width_80" in row) == (row["model"] in NETWORKS | {HEADLINE})
    several = rows_of(made, "several")
    assert {r["columns"] for r in several} == {tiny_risk.EFFECTS - 1}


def test_the_table_is_the_mean_over_folds(made):
    for line in made.table:
        own = [r for r in rows_of(made, line["endpoint"]) if r["model"] == line["model"]]
        assert line["brier"] == pytest.approx(np.mean([r["brier"] for r in own]))
        assert line["auroc_sd"] == pytest.approx(np.std([r["auroc"] for r in own]))
        assert line["folds"] == 2


def test_what_knows_nothing_is_told_as_such(made):
    found = {(r["endpoint"], r["model"]): r for r in made.table}
    for name, model in (("toxicity", "prevalence"), ("several", "frequency of each effect")):
        assert found[name, model]["auroc"] == 0.5 and found[name, model]["brier_skill"] <= 1e-9
    assert found["toxicity", "logistic on drugs"]["auroc"] > 0.6
    assert found["several", "rates of the single drugs"]["auroc"] > 0.8


def test_predictions_are_those_that_were_scored(made, frame, study):
    assert not frame["mean"].isna().any()
    for row in rows_of(made, "toxicity"):
        own = frame[(frame["model"] == row["model"]) & (frame["fold"] == row["fold"])]
        own = own[own["endpoint"] == "toxicity"]
        weight = row_weights(study, own["row"].to_numpy(), own[["truth"]].to_numpy())
        truth, mean = own["truth"].to_numpy(np.float64), own["mean"].to_numpy(np.float64)
        found = risk_scores(truth, mean, weight=weight)
        for key in ("auroc", "auprc", "brier"):
            assert found[key] == pytest.approx(row[key], abs=1e-5)
    label = study.combos.labels["toxic"]
    own = frame[frame["endpoint"] == "toxicity"]
    assert np.array_equal(own["truth"], label[own["row"], 0], equal_nan=True)
    networks = own[own["model"] == HEADLINE]
    assert (
        (networks["low_80"] <= networks["mean"]) & (networks["mean"] <= networks["high_80"])
    ).all()


def test_of_many_columns_a_row_tells_the_mean(frame, study):
    own = frame[(frame["endpoint"] == "several") & (frame["model"] == HEADLINE)]
    effects = study.combos.labels["effects"][own["row"]]
    known = ~np.isnan(effects).all(axis=1)
    expected = np.nanmean(effects[known], axis=1)
    assert own["truth"].to_numpy()[known] == pytest.approx(expected, abs=1e-6)
    assert len(own) == own["row"].nunique()


def test_each_effect_has_a_row_of_its_own(made):
    effects = pd.read_csv(made.folder / "effects.csv")
    assert set(effects["effect"]) == set(tiny_risk.SINGLE[:-1])
    assert set(effects["endpoint"]) == {"several"} and (effects["events"] > 0).all()
    for row in rows_of(made, "several"):
        own = effects[(effects["model"] == row["model"]) & (effects["fold"] == row["fold"])]
        assert len(own) == row["columns"] and own["auroc"].mean() == pytest.approx(row["auroc"])


def test_groups_of_support_are_scored_apart(made):
    groups = made.record["groups"]
    assert {g["endpoint"] for g in groups} == {"toxicity", "several"}
    assert all(g["rows"] >= 30 and "brier" in g and "mse" not in g for g in groups)


def test_the_headline_is_compared_with_every_other_model(made):
    for endpoint, closed in (("toxicity", NARROW), ("several", WIDE)):
        own = [d for d in made.record["differences"] if d["endpoint"] == endpoint]
        found = {(d["against"], d["metric"]) for d in own}
        models = closed | NETWORKS
        assert found == {(m, k) for m in models for k in ("auroc", "auprc", "brier")}
        for d in own:
            assert d["model"] == HEADLINE and d["clusters"] == "arm" and d["low"] <= d["high"]
            means = {r["model"]: r[d["metric"]] for r in made.table if r["endpoint"] == endpoint}
            assert d["mean"] == pytest.approx(means[HEADLINE] - means[d["against"]], abs=1e-6)


def test_files_hold_both_risks(made):
    text = (made.folder / "benchmark.md").read_text()
    assert "## toxicity (risk)" in text and "## several (risk)" in text
    assert "effects.csv" in text and "calibration_slope" in text and "| mse |" not in text
    assert "linear bootstrap over arms" in text and "Leakage audit:" in text
    table = pd.read_csv(made.folder / "benchmark.csv")
    assert len(table) == len(made.rows) and table["brier"].notna().all()
    record = read_json(made.folder / "benchmark.json")
    assert record["protocol"]["risks"]["several"]["columns"] == tiny_risk.EFFECTS
    assert record["protocol"]["units"] == {"toxicity": "probability", "several": "probability"}


def test_a_report_can_be_written_of_it(made, tmp_path):
    assert write_report([made.folder], tmp_path / "page.html") > 10_000
    text = (tmp_path / "page.html").read_text()
    assert HEADLINE in text and "Brier" in text


def test_synergy_and_risks_stand_side_by_side(study, tmp_path):
    told = ("mean", "prevalence")
    settings = settings_in(tmp_path / "run", tiny.LOEWE, tiny_risk.TOXIC, baselines=told)
    found = evaluate(settings, [study])
    headline = "model, 2 networks + kernel ridge"
    assert found.record["protocol"]["headline"] == headline
    of = {e: [r for r in found.rows if r["endpoint"] == e] for e in ("synergy_loewe", "toxicity")}
    assert {r["model"] for r in of["toxicity"]} == {"prevalence", "model, 1 network", headline}
    assert all(set(r) >= OF_SYNERGY for r in of["synergy_loewe"])
    assert not any(OF_SYNERGY & set(r) for r in of["toxicity"])
    assert {d["endpoint"] for d in found.record["differences"]} == set(of)
    text = (found.folder / "benchmark.md").read_text()
    assert "## synergy_loewe\n" in text and "## toxicity (risk)" in text
    assert not (found.folder / "effects.csv").exists()
    shutil.copytree(found.folder, tmp_path / "copy")
    assert write_report([tmp_path / "copy"], tmp_path / "page.html") > 10_000


def test_a_wide_label_is_scored_under_the_names_of_its_columns(study, tmp_path):
    names = [f"Effect {i}" for i in range(tiny_risk.EFFECTS)]
    tables = {table_name("effects"): label_table(names, [""] * len(names))}
    work = prepare(tiny_risk.settings(tmp_path, tiny_risk.SEVERAL), [replace(study, tables=tables)])
    named = replace(work.settings.network, endpoints={"effects": tiny_risk.MANY})
    work = replace(work, settings=replace(work.settings, network=named))
    fold, scores = work.folds[0], RiskScores(work=work, groups=[np.zeros(len(work.folds[0].test))])
    mean = np.random.default_rng(0).random((len(fold.test), tiny_risk.EFFECTS)).astype(np.float32)
    scores.add(RiskPredicted(model="chance", fold=0, endpoint="effects", mean=mean))
    assert [r["effect"] for r in scores.effects] == names[:-1]
    truth = labels_of(study, tiny_risk.MANY)[fold.test]
    expected = macro_scores(truth, mean, weight=row_weights(study, fold.test, truth))
    assert {k: scores.rows[0][k] for k in expected} == pytest.approx(expected)
    assert scores.headline() == "chance" and scores.differences() == []


def test_rows_of_a_group_count_together_as_one(study):
    rows, label = np.arange(len(study)), study.combos.labels["toxic"]
    seen = ~np.isnan(label[:, 0])
    weight, group = row_weights(study, rows, label), study.combos.group
    assert np.bincount(group[seen], weight[seen])[np.unique(group[seen])] == pytest.approx(1.0)
    assert (weight < 1).any() and (weight > 0).all()


def test_clusters_are_arms_else_sets_of_drugs(study):
    rows = np.arange(50)
    arms = risk_clusters(study, rows)
    assert len(np.unique(arms)) == len(np.unique(study.columns["arm"][:50]))
    plain = replace(study, columns={})
    found = risk_clusters(plain, rows)
    drugs = np.unique(study.combos.drugs[rows], axis=0, return_inverse=True)[1].reshape(-1)
    assert len(np.unique(found)) == len(np.unique(drugs))
    assert (cluster_name(study), cluster_name(plain)) == ("arm", "combination")


def test_patients_are_clusters_of_their_own(study):
    profiles = replace(
        ProfileTable.empty(),
        space=PATIENT,
        ids=Vocab(kind="profile", names=tuple(f"row {i}" for i in range(len(study)))),
        number=np.zeros((len(study), 0), np.float32),
        category=np.zeros((len(study), 0), np.int16),
    )
    combos = replace(study.combos, profile=np.arange(len(study), dtype=np.int32))
    patients = replace(study, profiles=profiles, combos=combos)
    rows = np.arange(10, 30)
    assert len(np.unique(risk_clusters(patients, rows))) == 20
    assert cluster_name(patients) == "patient"


def test_risks_get_what_is_named_else_all(tmp_path):
    train = tiny_risk.settings(tmp_path, tiny_risk.TOXIC)
    assert EvaluateSettings(train=train, baselines=("mean",)).of_risks == OF_RISKS
    told = EvaluateSettings(train=train, baselines=("mean", "logistic"))
    assert told.of_risks == ("logistic",)


def test_a_split_in_time_is_called_so():
    split = TimeFolds(column="order", test_share=0.2, validation_share=0.2)
    assert (unit_of(split), title_of(split)) == ("time", "leave-future-out")

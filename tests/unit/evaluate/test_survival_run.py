"""``evaluate`` of survival on tiny patients: scores, baselines, suppression, no patient named."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny_patients
from tiny_patients import OS, SIZES

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.files import read_json
from combo_dl.core.follow_up import FollowUp
from combo_dl.data.findings import Finding
from combo_dl.evaluate.leakage import told
from combo_dl.evaluate.protocol import EvaluateSettings, refuse_survival
from combo_dl.evaluate.run import evaluate
from combo_dl.evaluate.survival_baselines import BASELINES
from combo_dl.evaluate.survival_designs import survival_design
from combo_dl.evaluate.survival_labels import check_survivals, to_score
from combo_dl.report.page import write_report
from combo_dl.stats.survival_scores import harrell_c
from combo_dl.train.run import prepare, train
from combo_dl.train.survivals import followed

HEADLINE = "model, 2 networks"
CLOSED = {"Kaplan-Meier", "Kaplan-Meier by cancer", "Cox regression", "LORIS score"}
CURVED = (CLOSED - {"LORIS score"}) | {"model, 1 network", HEADLINE}


@pytest.fixture(scope="module")
def study():
    return tiny_patients.study()


@pytest.fixture(scope="module")
def made(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("survival") / "run"
    train = tiny_patients.settings(out, seeds=2)
    return evaluate(EvaluateSettings(train=train, baselines=("trees",)), [study])


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    return prepare(tiny_patients.settings(tmp_path_factory.mktemp("never")), [study])


def rows_of(made, model):
    return {r["fold"]: r for r in made.rows if r["model"] == model}


def test_each_model_is_scored_cohort_by_cohort(made):
    assert {r["model"] for r in made.table} == CURVED | {"LORIS score"}
    assert made.record["protocol"]["headline"] == HEADLINE
    for model in CURVED:
        found = rows_of(made, model)
        assert set(found) == {"Second", "Third"}
        for fold, size in (("Second", SIZES[1]), ("Third", SIZES[2])):
            assert found[fold]["patients"] == size and 0 < found[fold]["days"] <= 500
            assert 0 < found[fold]["ibs"] < 0.4 and found[fold]["auc_182"] >= 0.3
    flat, cox, own = (
        rows_of(made, m)["Second"] for m in ("Kaplan-Meier", "Cox regression", HEADLINE)
    )
    assert flat["harrell_c"] == flat["uno_c"] == 0.5 and np.isnan(flat["slope_182"])
    assert cox["uno_c"] > 0.6 and own["uno_c"] > 0.6
    assert cox["ibs"] < flat["ibs"]


def test_a_score_of_order_alone_has_c_alone_and_no_curve(made):
    found = rows_of(made, "LORIS score")
    assert set(found) == {"Second"}
    assert not {"ibs", "rmst_error_days", "gap_182", "slope_182"} & set(found["Second"])
    # Four lack a feature: how many are left would tell that they are four.
    assert found["Second"]["patients"] is None and found["Second"]["events"] is None
    told = made.record["survival"]["endpoints"]["os"]["not_predicted"]
    assert told == {"LORIS score": SIZES[2] + 4}
    assert "LORIS score: 64 test rows lack a field" in (made.folder / "benchmark.md").read_text()


def test_a_small_cohort_is_named_and_not_scored(made):
    about = made.record["survival"]["endpoints"]["os"]
    assert about["unscored"] == {"Small": "follow-up of fewer than 11 patients is known"}
    assert (
        "Small is not scored: follow-up of fewer than 11"
        in (made.folder / "benchmark.md").read_text()
    )


def test_nothing_is_told_of_few_patients(made):
    record = read_json(made.folder / "benchmark.json")
    survival = record["survival"]
    sizes = [r["patients"] for key in ("calibration", "subgroups") for r in survival[key]]
    sizes += [r[k] for r in record["rows"] for k in ("patients", "events")]
    sizes += [r["events"] for r in survival["subgroups"]]
    assert sizes and all(n is None or n == 0 or n >= 11 for n in sizes)
    assert {r["level"] for r in survival["subgroups"] if r["field"] == "cohort"} == {
        "Second",
        "Third",
    }


def test_no_file_names_a_patient(made):
    for path in made.folder.iterdir():
        if path.is_file() and path.suffix in (".md", ".csv", ".json"):
            assert "secret" not in path.read_text(), path
    frame = pd.read_parquet(made.folder / "survival.parquet")
    assert not {"row", "profile", "group"} & set(frame.columns)
    assert not frame.astype(str).apply(lambda c: c.str.contains("secret")).any().any()
    assert not (made.folder / "folds.csv").exists()
    assert not (made.folder / "predictions.parquet").exists()


def test_predictions_are_in_the_order_of_follow_up_and_give_the_scores(made):
    frame = pd.read_parquet(made.folder / "survival.parquet")
    own = frame[(frame["model"] == HEADLINE) & (frame["fold"] == "Second")]
    assert own["time_days"].is_monotonic_increasing
    assert own["patient"].tolist() == list(range(SIZES[1]))
    order = own["mean_days"].to_numpy(float)
    label = own[["time_days", "event"]].to_numpy(float)
    expected = rows_of(made, HEADLINE)["Second"]["harrell_c"]
    assert harrell_c(FollowUp.of_label(label), -order) == pytest.approx(expected, abs=1e-3)
    score = frame[frame["model"] == "LORIS score"]
    assert score["score"].notna().all() and len(score) == SIZES[1] - 4
    assert score["survival_182"].isna().all()


def test_differences_are_those_of_the_scores(made):
    survival = made.record["survival"]
    for d in survival["fold_differences"]:
        if d["against"] in CURVED:
            ends = [rows_of(made, m)[d["fold"]][d["metric"]] for m in (HEADLINE, d["against"])]
            assert d["mean"] == pytest.approx(ends[0] - ends[1], abs=1e-6)
            assert d["low"] <= d["mean"] <= d["high"] and d["clusters"] == "patient"
    means = [d for d in made.record["differences"] if d["against"] == "LORIS score"]
    assert {d["metric"] for d in means} == {"uno_c", "harrell_c"}
    assert len(means[0]["folds"]) == 1 and means[0]["n_clusters"] == SIZES[1] - 4


def test_pages_can_be_read_and_drawn(made, tmp_path):
    text = (made.folder / "benchmark.md").read_text()
    assert "## os (survival to day 500)" in text and "| uno_c" in text
    assert "bootstrap over patients" in text and "Net benefit" not in text.split("##")[0]
    size = write_report([made.folder], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert size > 10_000 and "secret" not in page and "Uno" in page
    json.loads((made.folder / "benchmark.json").read_text())


def test_a_cox_model_sees_training_rows_alone(study, work):
    fold = work.folds[0]
    spoiled = tiny_patients.with_label(study, fold.test, 1, 0.0)
    for name in ("cox", "kaplan_meier", "kaplan_meier_cancer"):
        found, other = (BASELINES[name].predict(s, OS, fold) for s in (study, spoiled))
        assert np.array_equal(found.survival, other.survival)
    design = survival_design(study, fold.train)
    assert design[fold.train].mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert design[fold.train].std(axis=0) == pytest.approx(1)


def test_a_missing_number_stands_at_the_median_of_training_rows(study, work):
    rows = work.folds[0].train
    gap = np.isnan(study.profiles.number).any(axis=1)
    values = study.profiles.number[:, [f.name for f in study.profiles.number_fields].index("nlr")]
    middle = np.median(values[rows])
    expected = (middle - values[rows].mean()) / values[rows].std()
    design = survival_design(study, rows)
    assert np.isclose(design[gap], expected, atol=1e-4).any(axis=1).all()


def test_the_audit_gives_no_patient_as_an_example(study):
    bad = Finding(check="near-duplicates", severity="warn", found=2, examples=("secret 1",))
    clean = Finding(check="other", severity="warn", found=0, examples=("not looked for",))
    assert [f["examples"] for f in told([bad, clean], study)] == [[], ["not looked for"]]
    lines = replace(study, profiles=replace(study.profiles, space="cell_line"))
    assert told([bad], lines)[0]["examples"] == ["secret 1"]


def test_late_entry_is_scored_by_harrell_alone(tmp_path):
    late = tiny_patients.study(late=True)
    train = tiny_patients.settings(tmp_path / "run", seeds=1, folds="0")
    found = evaluate(EvaluateSettings(train=train, baselines=("cox",)), [late])
    own = next(r for r in found.rows if r["model"] == "Cox regression" and r["fold"] == "Second")
    assert own["harrell_c"] > 0.6 and np.isnan([own["uno_c"], own["ibs"]]).all()
    assert np.isfinite(own["gap_182"])


def test_training_tells_scores_of_survival(study, tmp_path):
    found = train(tiny_patients.settings(tmp_path / "run", seeds=1, folds="0"), [study])
    assert [r["fold"] for r in found.scores] == ["Second"]
    assert all(np.isfinite([r["uno_c"], r["ibs"]]).all() for r in found.scores)
    split = replace(tiny_patients.SPLIT, by=None)
    every = tiny_patients.settings(tmp_path / "all", seeds=1, folds="none", split=split)
    own = train(every, [study])
    assert [r["fold"] for r in own.scores] == ["validation"] and own.scores[0]["uno_c"] > 0.5


def test_what_cannot_be_scored_is_told_in_a_line(study, work):
    first = np.arange(SIZES[0])
    others = np.arange(SIZES[0], len(study))
    settings = work.settings
    alive = prepare(settings, [tiny_patients.with_label(study, others, 1, 0.0)])
    with pytest.raises(InputError, match=r"scored in no fold \(Second: nobody has an event"):
        check_survivals(alive)
    unlearned = prepare(settings, [tiny_patients.with_label(study, first, 1, 0.0)])
    with pytest.raises(InputError, match="no training row of fold 'Second' has an event of 'os'"):
        check_survivals(unlearned)
    unknown = prepare(settings, [tiny_patients.with_label(study, others, 0, np.nan)])
    with pytest.raises(InputError, match="no follow-up is known"):
        check_survivals(unknown)
    with pytest.raises(ConfigError, match="not scored on the survival of a study"):
        refuse_survival([OS])


def test_a_horizon_after_the_follow_up_of_a_cohort_is_cut_to_it(study, work):
    rows = np.arange(SIZES[0], SIZES[0] + SIZES[1])
    late = np.flatnonzero(study.combos.labels["os"][:, 0] > 300)
    cut = np.intersect1d(rows, late)
    short = tiny_patients.with_label(study, cut, 0, 300.0)
    short = tiny_patients.with_label(short, cut, 1, 0.0)
    other = prepare(work.settings, [short])
    assert to_score(other, 0, OS).days == 299 and to_score(work, 0, OS).days > 299
    assert followed(short, OS, rows).seen.time_days.max() == 300

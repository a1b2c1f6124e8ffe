"""Patients of several cohorts: baselines that choose by hospital, and means over cohorts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tiny_risk
from scipy.special import expit

from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import PATIENT
from combo_dl.data.cohort_split import CohortFolds
from combo_dl.evaluate.cohort_baselines import OF_COHORTS, best_score, hospital_parts
from combo_dl.evaluate.patient_designs import clinical_fields, score_fields
from combo_dl.evaluate.protocol import EvaluateSettings, title_of
from combo_dl.evaluate.risk_cohorts import cohort_lines, over_cohorts
from combo_dl.evaluate.run import evaluate
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.train.run import prepare

RESPONSE = replace(tiny_risk.TOXIC, name="response", kind="response", columns=("response",))
SPLIT = CohortFolds(column="cohort", apart="hospital", validation_share=0.2, seed=0)
NAMES = ("First", "Second", "Third", "Small")
SIZES = (120, 120, 120, 6)


@pytest.fixture(scope="module")
def study():
    """Responses by ``cell:B`` within a cohort. ``cell:A`` tells cohorts of different rates apart,
    and age says nothing."""
    n = sum(SIZES)
    base, rng = tiny_risk.study(n_rows=n), np.random.default_rng(0)
    cohort = np.repeat(np.arange(4), SIZES).astype(np.int32)
    signal = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "profile": [f"row {i}" for i in range(n)],
            "cell:A": cohort + rng.normal(scale=0.1, size=n),
            "cell:B": signal,
            "age_years": rng.uniform(30, 80, n),
            "sex": rng.choice(["female", "male"], n),
        }
    )
    label = (rng.random(n) < expit(2 * signal + 2.0 * (cohort - 1))).astype(np.float32)
    combos = replace(
        base.combos,
        profile=np.arange(n, dtype=np.int32),
        labels={"response": label[:, None]},
        group=np.arange(n, dtype=np.int32),
        weight=np.ones(n, np.float32),
    )
    return replace(
        base,
        profiles=profiles_from_frame(frame, space=PATIENT, units={"cell:A": "z", "cell:B": "z"}),
        combos=combos,
        columns={"cohort": cohort, "hospital": cohort},
        tables={"cohorts": pa.table({"code": list(range(4)), "name": list(NAMES)})},
    ).validate()


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("never")
    return prepare(tiny_risk.settings(out, RESPONSE, split=SPLIT, folds="all"), [study])


def test_designs_part_scores_from_clinical_fields(study, work):
    rows = work.folds[0].train
    assert score_fields(study, rows).shape == (len(study), 2)
    # Age, whether it is missing, and two levels of sex.
    assert clinical_fields(study, rows).shape == (len(study), 4)


def test_the_best_score_is_the_best_within_cohorts(study, work):
    label = study.combos.labels["response"][:, 0].astype(np.float64)
    rows = work.folds[0].train
    assert best_score(study, label, rows) == 1
    assert best_score(study, 1 - label, rows) == 1


def test_each_hospital_of_the_training_rows_is_left_out_in_turn(study, work):
    fold, hospital = work.folds[1], study.columns["hospital"]
    parts = hospital_parts(study, fold)
    assert [set(hospital[asked]) for _, asked in parts] == [{0}, {2}, {3}]
    for rows, asked in parts:
        assert np.array_equal(np.union1d(rows, asked), fold.train)
        assert not set(hospital[rows]) & set(hospital[asked])
    one = replace(study, columns=study.columns | {"hospital": np.zeros_like(hospital)})
    assert len(hospital_parts(one, fold)) == 1


@pytest.mark.parametrize(
    ("name", "least", "most"), [("scores", 0.8, 1), ("best_score", 0.8, 1), ("clinical", 0.3, 0.7)]
)
def test_a_baseline_sees_its_fields_and_no_test_label(study, work, name, least, most):
    label, fold = study.combos.labels["response"], work.folds[1]
    found = OF_COHORTS[name].predict(work, label, fold)
    assert least < macro_scores(label[fold.test], found)["auroc"] < most
    spoiled = label.copy()
    spoiled[fold.test] = 1 - spoiled[fold.test]
    assert np.array_equal(found, OF_COHORTS[name].predict(work, spoiled, fold))


def test_they_are_of_patients_with_scores(study):
    assert all(b.applies(study, 1) for b in OF_COHORTS.values())
    assert not any(b.applies(tiny_risk.study(), 1) for b in OF_COHORTS.values())
    without = replace(study, columns={"cohort": study.columns["cohort"]})
    assert not any(b.applies(without, 1) for b in OF_COHORTS.values())


def test_cohorts_count_the_same_and_small_ones_are_left_out():
    scores = {"a": [0.6, 0.7, 0.9], "b": [0.5, 0.8, 0.1], "partial": [0.5]}
    rows = [
        {"endpoint": "r", "model": model, "fold": fold, "auroc": value}
        for model, values in scores.items()
        for fold, value in zip("xyz", values, strict=False)
    ]
    sizes = {("r", "x"): (10, 40), ("r", "y"): (60, 10), ("r", "z"): (9, 90)}
    found = over_cohorts(rows, sizes, "a")["r"]
    assert found["counted"] == ["x", "y"] and found["left_out"] == {"z": [9, 90]}
    assert [m["model"] for m in found["models"]] == ["a", "b"]
    (gap,) = found["differences"]
    assert gap["mean"] == pytest.approx(0.0) and gap["ahead"] == 1
    # Of two cohorts a draw is one of them twice, or both.
    assert (gap["low"], gap["high"]) == pytest.approx((-0.1, 0.1))
    text = "\n".join(cohort_lines(found, "a"))
    assert "z (9 and 90)" in text and "| 1 of 2 |" in text
    assert over_cohorts(rows, {("r", "x"): (10, 40)}, "a") == {}


def test_the_page_names_cohorts_and_their_mean(study, tmp_path):
    every = {"split": SPLIT, "folds": "all", "seeds": 1, "kernel": None}
    train = tiny_risk.settings(tmp_path / "run", RESPONSE, **every)
    made = evaluate(EvaluateSettings(train=train, baselines=("scores", "best_score")), [study])
    found = made.record["cohorts"]["response"]
    assert found["counted"] == list(NAMES[:3]) and list(found["left_out"]) == ["Small"]
    own = [r["auroc"] for r in made.rows if r["model"] == "logistic on scores"]
    assert found["models"][-1]["auroc"] == pytest.approx(max(m["auroc"] for m in found["models"]))
    logistic = next(m for m in found["models"] if m["model"] == "logistic on scores")
    assert logistic["auroc"] == pytest.approx(np.mean(own[:3]))
    text = (made.folder / "benchmark.md").read_text()
    assert "Mean AUROC of 3 cohorts" in text and "| Small |" in text
    assert title_of(SPLIT) == "leave-cohort-out, nobody of its hospital learned from"

"""Baselines of patients: the formula by hand, and regressions that see training rows only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny_risk
from scipy.special import expit

from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.profile_table import PATIENT
from combo_dl.data.published_split import PublishedTest
from combo_dl.evaluate.loris import loris
from combo_dl.evaluate.patient_designs import profile_fields, tmb
from combo_dl.evaluate.protocol import EvaluateSettings, title_of
from combo_dl.evaluate.risk_models import BASELINES
from combo_dl.evaluate.run import evaluate
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.train import risks
from combo_dl.train.run import prepare

NAMED = ("logistic_fields", "tmb", "loris")
RESPONSE = replace(tiny_risk.TOXIC, name="response", kind="response", columns=("response",))
LAB = {"albumin_g_dl": 4.0, "nlr": 5.0, "age_years": 60.0, "prior_systemic_therapy": "no"}


def profiles(rows):
    names = {"profile": [f"row {i}" for i in range(len(rows))]}
    frame = pd.DataFrame([LAB | row for row in rows]).assign(**names)
    return profiles_from_frame(frame, space=PATIENT)


def patients(n=500):
    """Responses by mutational burden up to 50; albumin of the last cohort is not known."""
    base = tiny_risk.study(n_rows=n)
    rng = np.random.default_rng(1)
    burden = rng.exponential(15, n)
    cohort = np.repeat([0, 1, 2], [n - 200, 100, 100]).astype(np.int32)
    rows = [
        {
            "tmb_mut_per_mb": b,
            "cancer_type": "Melanoma" if i % 2 else "Renal",
            "albumin_g_dl": np.nan if cohort[i] == 2 else 4.0,
        }
        for i, b in enumerate(burden)
    ]
    label = (rng.random(n) < expit((np.minimum(burden, 50) - 12) / 5)).astype(np.float32)
    combos = replace(
        base.combos,
        profile=np.arange(n, dtype=np.int32),
        labels={"response": label[:, None]},
        group=np.arange(n, dtype=np.int32),
        weight=np.ones(n, np.float32),
    )
    side = np.where(cohort == 0, 0, 1).astype(np.int32)
    columns = {"cohort": cohort, "fold_published": side}
    return replace(base, profiles=profiles(rows), combos=combos, columns=columns).validate()


SPLIT = PublishedTest(column="fold_published", validation_share=0.2, seed=0, by="cohort")


@pytest.fixture(scope="module")
def study():
    return patients()


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("never")
    return prepare(tiny_risk.settings(out, RESPONSE, split=SPLIT, folds="all"), [study])


def test_the_formula_by_hand():
    found = loris(
        profiles(
            [
                {"tmb_mut_per_mb": 10.0, "cancer_type": "Melanoma"},
                {"tmb_mut_per_mb": 400.0, "cancer_type": "Head & Neck", "nlr": 90.0},
                {"tmb_mut_per_mb": 5.0, "cancer_type": "CNS", "prior_systemic_therapy": "yes"},
                {"tmb_mut_per_mb": 5.0, "cancer_type": "Renal", "albumin_g_dl": np.nan},
                {"tmb_mut_per_mb": 5.0, "cancer_type": "Renal", "prior_systemic_therapy": None},
            ]
        )
    )
    lab = 0.5382 * 4 + 0.0049 * 60 - 2.0886
    expected = [
        lab - 0.033 * 5 + 0.371 - 0.0086,
        lab - 0.033 * 25 + 0.0371 * 50 + 0.0678,
        lab - 0.033 * 5 + 0.0371 * 5 - 0.8775,
    ]
    assert found[:3] == pytest.approx(expit(expected))
    assert np.isnan(found[3:]).all()


def test_they_are_of_patients_alone(study):
    for name in NAMED:
        assert BASELINES[name].applies(study, 1)
        assert not BASELINES[name].applies(tiny_risk.study(), 1)
    lines = replace(study, profiles=replace(study.profiles, space="cell_line"))
    assert not any(BASELINES[name].applies(lines, 1) for name in NAMED)
    survival = replace(study, combos=replace(study.combos, labels={"os": np.zeros((500, 2))}))
    assert not BASELINES["loris"].applies(survival, 1)


def test_designs_hold_fields_their_gaps_and_levels(study, work):
    rows = work.folds[0].train
    found = profile_fields(study, rows).toarray()
    numbers, levels = len(study.profiles.number_fields), 3
    assert found.shape == (500, 2 * numbers + levels)
    place = [f.name for f in study.profiles.number_fields].index("albumin_g_dl")
    gap = found[:, numbers + place]
    assert np.array_equal(gap > 0, study.columns["cohort"] == 2)
    burden = tmb(study, rows).toarray()
    assert burden.shape == (500, 2) and burden[rows, 0].mean() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("name", NAMED)
def test_a_response_to_mutations_is_found_without_test_labels(study, work, name):
    label, fold = study.combos.labels["response"], work.folds[0]
    found = BASELINES[name].predict(work, label, fold)
    assert macro_scores(label[fold.test], found)["auroc"] > 0.7
    spoiled = label.copy()
    spoiled[fold.test] = 1 - spoiled[fold.test]
    assert np.array_equal(found, BASELINES[name].predict(work, spoiled, fold))


def test_patients_are_clusters_with_one_line(work):
    rows = work.folds[0].test
    assert len(np.unique(risks._clusters(work)[rows])) == len(rows)
    assert set(risks._groups(work, work.folds[0].search, rows)) == {""}


def test_rows_that_the_formula_cannot_compute_are_not_in_its_scores(study, tmp_path):
    every = {"split": SPLIT, "folds": "all", "seeds": 1, "kernel": None}
    train = tiny_risk.settings(tmp_path / "run", RESPONSE, **every)
    settings = EvaluateSettings(train=train, baselines=("prevalence", "loris"))
    made = evaluate(settings, [study])
    own = [r for r in made.rows if r["model"] == "LORIS formula"]
    assert [r["fold"] for r in own] == ["cohort 1"]
    assert made.record["protocol"]["risks"]["response"]["not_predicted"] == {"LORIS formula": 100}
    frame = pd.read_parquet(made.folder / "predictions.parquet")
    assert not frame["mean"].isna().any()
    assert (frame["model"] == "LORIS formula").sum() == 100
    gap = next(
        d
        for d in made.record["differences"]
        if d["against"] == "LORIS formula" and d["metric"] == "auroc"
    )
    by_fold = {(r["fold"], r["model"]): r["auroc"] for r in made.rows}
    model = made.record["protocol"]["headline"]
    expected = by_fold["cohort 1", model] - by_fold["cohort 1", "LORIS formula"]
    assert gap["mean"] == pytest.approx(expected, abs=1e-6)
    text = (made.folder / "benchmark.md").read_text()
    assert "LORIS formula: 100 test rows lack a field" in text
    assert title_of(SPLIT) == "published training, cohort by cohort" and "| cohort 2 |" in text

"""Baselines of risks: they recover what they can express, and see training rows only."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_risk
from scipy import sparse

from combo_dl.evaluate.cohort_baselines import OF_COHORTS
from combo_dl.evaluate.risk_baselines import dose_rank, drug_names, log_loss, rates
from combo_dl.evaluate.risk_models import BASELINES
from combo_dl.evaluate.risk_trees import dose_features, target_features
from combo_dl.evaluate.single_drugs import any_of, drug_rates, mean_logit
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.train.risks import labels_of
from combo_dl.train.run import prepare

NARROW = ("prevalence", "dose_rank", "logistic", "boosted")
# Of any study; those of patients are in test_patient_baselines.py.
# Those of patients have tests of their own (test_patient_baselines, test_cohorts).
OF_PATIENTS = {"logistic_fields", "tmb", "loris", *OF_COHORTS}
ANY = sorted(set(BASELINES) - OF_PATIENTS)
WIDE = ("frequency", "single_drugs", "logistic", "boosted")


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    monkeypatch.setattr("combo_dl.evaluate.risk_trees.ROUNDS", 20)
    for name in ("trees", "risk_trees"):
        monkeypatch.setattr(f"combo_dl.evaluate.{name}.COMPONENTS", 6)


@pytest.fixture(scope="module")
def study():
    return tiny_risk.study()


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("never")
    return prepare(tiny_risk.settings(out, tiny_risk.TOXIC, tiny_risk.SEVERAL), [study])


def label_of(work, name):
    endpoint = {"toxic": tiny_risk.TOXIC, "effects": tiny_risk.MANY}[name]
    return labels_of(work.studies[0], endpoint)


def scored(name, work, label):
    fold = work.folds[0]
    found = BASELINES[name].predict(work, label, fold)
    return macro_scores(label[fold.test], found)


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (1, {"prevalence", "dose_rank", "logistic", "boosted"}),
        (6, {"frequency", "dose_rank", "logistic", "boosted", "single_drugs"}),
        (963, {"frequency", "single_drugs"}),
    ],
)
def test_each_serves_the_risks_that_it_can(study, width, names):
    assert {n for n, found in BASELINES.items() if found.applies(study, width)} == names


def test_without_a_rank_of_doses_there_is_no_model_of_it(study):
    assert not BASELINES["dose_rank"].applies(replace(study, columns={}), 1)


def test_the_prevalence_is_that_of_the_training_rows(work):
    label, fold = label_of(work, "toxic"), work.folds[0]
    found = BASELINES["prevalence"].predict(work, label, fold)
    known = fold.train[~np.isnan(label[fold.train, 0])]
    weight = work.studies[0].combos.weight[known]
    assert found == pytest.approx(np.average(label[known, 0], weights=weight))


def test_rates_count_known_labels_by_their_weight():
    label = np.array([[1, np.nan, 0], [0, np.nan, 0], [1, np.nan, np.nan], [0, 0, 1]])
    found = rates(label, np.array([1.0, 2.0, 1.0, 9.0]), np.arange(3))
    # A column without a label has the rate of all: 2 of 7.
    assert found.tolist() == pytest.approx([0.5, 2 / 7, 0.0])
    assert rates(label, np.ones(4), np.arange(0)).tolist() == [0.5] * 3


def test_a_risk_of_the_dose_is_found_by_its_rank(study, work):
    rank = np.nan_to_num(study.columns["dose_rank"], nan=0.5)
    label = (rank > 0.5).astype(np.float32)[:, None]
    found = scored("dose_rank", work, label)
    assert found["auroc"] > 0.95
    assert scored("logistic", work, label)["auroc"] < 0.7


@pytest.mark.parametrize("name", ["logistic", "single_drugs"])
def test_risks_of_drugs_are_found_by_drugs(work, name):
    found = scored(name, work, label_of(work, "effects"))
    rate = scored("frequency", work, label_of(work, "effects"))
    assert found["auroc"] > 0.8 and rate["auroc"] == 0.5
    assert found["brier"] < 0.75 * rate["brier"] and found["columns"] == tiny_risk.EFFECTS - 1


def test_trees_learn_a_rule_of_drug_and_profile(study, work):
    has = (study.combos.drugs == study.combos.drugs[0, 0]).any(axis=1)
    label = (has | (study.combos.profile == 1)).astype(np.float32)[:, None]
    assert scored("boosted", work, label)["auroc"] > 0.8


@pytest.mark.parametrize("name", ANY)
def test_labels_of_test_rows_are_never_seen(work, name):
    label = label_of(work, "effects" if name in WIDE else "toxic")[:, :2]
    spoiled = label.copy()
    spoiled[work.folds[0].test] = 1 - spoiled[work.folds[0].test]
    one, other = (BASELINES[name].predict(work, y, work.folds[0]) for y in (label, spoiled))
    assert np.array_equal(one, other)
    assert one.shape == label[work.folds[0].test].shape
    assert ((one >= 0) & (one <= 1)).all()


@pytest.mark.parametrize("name", ANY)
def test_labels_of_one_class_or_none_leave_a_rate(work, name):
    label = np.zeros((len(work.studies[0]), 2), np.float32)
    label[:, 1] = np.nan
    found = BASELINES[name].predict(work, label, work.folds[0])
    assert found[:, 0] == pytest.approx(0.0, abs=2e-6)
    # Without a label: of many columns the rate of all, of a column alone nothing is known.
    assert set(found[:, 1].round(5)) <= {0.0, 0.5}


def test_log_loss_by_hand():
    label = np.array([[1.0, np.nan], [0.0, 1.0]])
    mean = np.array([[0.5, 0.9], [0.2, 0.25]])
    expected = -(1 * np.log(0.5) + 3 * np.log(0.8) + 3 * np.log(0.25)) / 7
    assert log_loss(mean, label, np.array([1.0, 3.0])) == pytest.approx(expected)
    assert log_loss(mean, np.full((2, 2), np.nan), np.ones(2)) == 0.0


def test_drug_names_mark_each_drug(study):
    matrix = drug_names(study, np.arange(3)).toarray()
    assert (matrix.sum(axis=1) == study.combos.size).all()
    assert matrix[5].nonzero()[0].tolist() == [d for d in study.combos.drugs[5] if d >= 0]


def test_an_unknown_rank_is_marked_and_stands_at_the_mean(study):
    rows = np.arange(100)
    found = dose_rank(study, rows).toarray()
    unknown = np.isnan(study.columns["dose_rank"])
    assert np.array_equal(found[:, 1] > 0, unknown)
    assert found[unknown, 0] == pytest.approx(0.0)
    known = rows[~unknown[rows]]
    assert found[known, 0].mean() == pytest.approx(0.0, abs=1e-9)
    assert found[known, 0].std() == pytest.approx(1.0)


def test_two_causes_are_joined_by_hand():
    risk, member = np.array([[0.2], [0.5], [0.9]]), sparse.csr_matrix([[1, 1, 0], [0, 0, 1]])
    assert any_of(risk, member).tolist() == [pytest.approx([0.6]), pytest.approx([0.9])]
    odds = np.sqrt(0.25 * 1.0)
    assert mean_logit(risk, member)[0] == pytest.approx([odds / (1 + odds)])


def test_rates_of_drugs_are_shrunk_to_that_of_all():
    member = sparse.csr_matrix([[1, 1, 0], [1, 0, 0], [0, 1, 0]])
    label = np.array([[1.0], [1.0], [0.0]])
    found = drug_rates(label, np.ones(3), member, np.arange(3), 4.0)
    common = 2 / 3
    assert found[:, 0] == pytest.approx(
        [(2 + 4 * common) / 6, (1 + 4 * common) / 6, common], abs=1e-6
    )


def test_doses_are_told_by_their_logarithms(study):
    combos = study.combos
    both, alone = (int(np.argmax(combos.size == k)) for k in (2, 1))
    dose = np.full(combos.dose.shape, np.nan, np.float32)
    dose[both, :2], dose[alone, 0] = (10.0, 1000.0), 0.0
    found = dose_features(replace(study, combos=replace(combos, dose=dose)))
    assert found[both].tolist() == pytest.approx([1.0, 2.0, 3.0, 0.0])
    # A dose of 0 is known and has no logarithm.
    assert np.isnan(found[alone, :3]).all() and found[alone, 3] == 0
    others = np.setdiff1d(np.arange(len(study)), [both, alone])
    assert np.isnan(found[others, :3]).all()
    assert np.array_equal(found[others, 3], combos.size[others])


def test_targets_are_sums_over_drugs(work):
    found = target_features(work, work.folds[0].train)
    combos = work.studies[0].combos
    same = np.flatnonzero((combos.drugs == combos.drugs[0]).all(axis=1))
    assert np.allclose(found[same], found[0]) and found.shape[1] > 1

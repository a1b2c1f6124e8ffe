"""Closed forms: they recover what they can express, and see training rows only."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from combo_dl.core.errors import ConfigError
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.baselines import (
    DESIGNS,
    additive,
    check_known,
    drug_by_profile,
    pairs,
    profiles,
    weighted_error,
    with_pairs,
)
from combo_dl.evaluate.trees import BoostedTrees
from combo_dl.train.run import prepare

COLUMN = "synergy_loewe"
EVERY = {**DESIGNS, "trees": BoostedTrees()}


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    """As many as so few rows need."""
    monkeypatch.setattr("combo_dl.evaluate.trees.ROUNDS", 40)


@pytest.fixture(scope="module")
def study():
    return tiny.study(noise=0.0, single_drug_share=0.0, three_drug_share=0.0)


@pytest.fixture(scope="module")
def work(study, tmp_path_factory):
    split = UnitFolds(unit="group", n_folds=4, seed=0)
    return prepare(tiny.settings(tmp_path_factory.mktemp("never"), split=split), [study])


def relabelled(work, label):
    study = work.studies[0]
    labels = {COLUMN: np.asarray(label, np.float32)[:, None]}
    return replace(work, studies=[replace(study, combos=replace(study.combos, labels=labels))])


def guessed(name, work, label):
    return EVERY[name].predict(relabelled(work, label), COLUMN, work.folds[0])


def test_the_mean_is_that_of_the_training_rows(study, work):
    label = np.arange(len(study), dtype=float)
    found, fold = guessed("mean", work, label), work.folds[0]
    weight = study.combos.weight
    mean = np.average(label[fold.train], weights=weight[fold.train])
    assert found.test == pytest.approx(mean, abs=1e-3)
    mean = np.average(label[fold.search], weights=weight[fold.search])
    assert found.validation == pytest.approx(mean, abs=1e-3)


def test_indicators_mark_each_drug_the_profile_and_the_pair(study):
    matrix = additive(study).toarray()
    assert (matrix.sum(axis=1) == 3).all()
    assert matrix.shape == (len(study), len(study.drugs) + len(study.profiles))
    assert (drug_by_profile(study).sum(axis=1) == 5).all()
    assert (with_pairs(study).sum(axis=1) == 6).all()
    assert (pairs(study).sum(axis=1) == 1).all() and (profiles(study).sum(axis=1) == 1).all()
    sets = len(np.unique(study.combos.drugs, axis=0))
    assert pairs(study).shape == (len(study), sets)


def test_an_additive_truth_is_recovered(study, work):
    matrix = additive(study).toarray()
    label = matrix @ np.linspace(-20, 20, matrix.shape[1])
    found = guessed("additive", work, label)
    assert np.corrcoef(found.test, label[work.folds[0].test])[0, 1] > 0.98


def test_a_mean_of_profiles_is_recovered(study, work):
    label = 10.0 * study.combos.profile
    found = guessed("profile", work, label)
    # The least penalty still shrinks a little.
    assert np.abs(found.test - label[work.folds[0].test]).max() < 1.0


def test_a_mean_of_pairs_is_recovered_where_the_pair_was_seen(work):
    study = tiny.study(n_rows=500, three_drug_share=0.0)
    work = prepare(work.settings, [study])
    sets = np.unique(study.combos.drugs, axis=0, return_inverse=True)[1].reshape(-1)
    label = np.random.default_rng(0).normal(size=sets.max() + 1)[sets] * 20
    found, fold = guessed("pair", work, label), work.folds[0]
    seen = np.isin(sets[fold.test], sets[fold.train])
    assert seen.sum() > 20 < (~seen).sum()
    assert np.corrcoef(found.test[seen], label[fold.test][seen])[0, 1] > 0.9
    new = found.test[~seen]
    assert np.ptp(new) < 1e-6


def test_trees_learn_a_rule_of_levels(study, work):
    """What depends on one drug and one profile only."""
    has = (study.combos.drugs == study.combos.drugs[0, 0]).any(axis=1)
    label = 30.0 * has + 5 * (study.combos.profile == 1)
    found = guessed("trees", work, label)
    mean = guessed("mean", work, label)
    truth = label[work.folds[0].test]
    assert np.mean((found.test - truth) ** 2) < 0.7 * np.mean((mean.test - truth) ** 2)


@pytest.mark.parametrize("name", EVERY)
def test_labels_of_test_rows_are_never_seen(study, work, name):
    label = study.combos.labels[COLUMN][:, 0].astype(float)
    spoiled = label.copy()
    spoiled[work.folds[0].test] = 1e6
    one, other = (guessed(name, work, y) for y in (label, spoiled))
    assert np.array_equal(one.test, other.test)
    assert np.array_equal(one.validation, other.validation)
    assert np.isfinite(one.test).all() and len(one.validation) == len(work.folds[0].validation)


@pytest.mark.parametrize("name", EVERY)
def test_validation_rows_are_predicted_without_their_labels(study, work, name):
    """They choose the penalty alone: with one to choose from, nothing of them is learned."""
    fold = work.folds[0]
    label = study.combos.labels[COLUMN][:, 0].astype(float)
    without = label.copy()
    without[fold.validation] = np.nan
    found = guessed(name, work, without)
    assert np.isfinite(found.test).all() and np.isfinite(found.validation).all()
    spoiled = label.copy()
    spoiled[fold.validation] += 1e6
    most = np.abs(label).max()
    assert np.abs(guessed(name, work, spoiled).validation).max() < 3 * most


def test_an_error_is_weighted_and_skips_what_is_not_known():
    label, mean = np.array([0.0, 1.0, np.nan, 9.0]), np.array([2.0, 1.0, 5.0])
    weight, rows = np.array([1.0, 3.0, 1.0, 1.0]), np.arange(3)
    assert weighted_error(mean, label, weight, rows) == pytest.approx(4.0 / 4)
    assert weighted_error(mean[2:], label, weight, rows[2:]) == 0.0


def test_an_unknown_baseline_names_the_nearest():
    with pytest.raises(ConfigError, match="unknown baseline 'rigde'; nearest known: ridge"):
        check_known("rigde", list(EVERY))

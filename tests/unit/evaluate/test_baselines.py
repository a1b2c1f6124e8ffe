"""Closed forms: they recover what they can express, and see training rows only."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from combo_dl.core.errors import ConfigError
from combo_dl.data.splits import UnitFolds
from combo_dl.evaluate.baselines import additive, baseline, drug_by_profile, predict_test

COLUMN = "synergy_loewe"


@pytest.fixture(scope="module")
def study():
    return tiny.study(noise=0.0, single_drug_share=0.0, three_drug_share=0.0)


@pytest.fixture(scope="module")
def fold(study):
    return UnitFolds(unit="group", n_folds=4, seed=0).folds(study, study.drugs.names)[0]


def relabelled(study, label):
    labels = {COLUMN: np.asarray(label, np.float32)[:, None]}
    return replace(study, combos=replace(study.combos, labels=labels))


def test_the_mean_is_that_of_the_training_rows(study, fold):
    label = np.arange(len(study), dtype=float)
    found = predict_test(baseline("mean"), relabelled(study, label), COLUMN, fold)
    weight = study.combos.weight[fold.train]
    assert found == pytest.approx(np.average(label[fold.train], weights=weight), abs=1e-3)


def test_indicators_mark_each_drug_and_the_profile(study):
    matrix = additive(study).toarray()
    assert (matrix.sum(axis=1) == 3).all()
    assert matrix.shape == (len(study), len(study.drugs) + len(study.profiles))
    assert (drug_by_profile(study).sum(axis=1) == 5).all()


def test_an_additive_truth_is_recovered(study, fold):
    matrix = additive(study).toarray()
    label = matrix @ np.linspace(-20, 20, matrix.shape[1])
    found = predict_test(baseline("additive"), relabelled(study, label), COLUMN, fold)
    assert np.corrcoef(found, label[fold.test])[0, 1] > 0.98


def test_labels_of_test_rows_are_never_seen(study, fold):
    label = study.combos.labels[COLUMN][:, 0].astype(float)
    spoiled = label.copy()
    spoiled[fold.test] = 1e6
    one, other = (
        predict_test(baseline("ridge"), relabelled(study, y), COLUMN, fold)
        for y in (label, spoiled)
    )
    assert np.array_equal(one, other)


def test_an_unknown_baseline_names_the_nearest():
    with pytest.raises(ConfigError, match="unknown baseline 'rigde'; nearest known: ridge"):
        baseline("rigde")

"""Differences of risks: exact estimates, and intervals that a direct bootstrap agrees with."""

import numpy as np
import pytest
from scipy.special import expit

from combo_dl.core.errors import InputError
from combo_dl.stats.ranking import auprc, auroc
from combo_dl.stats.risk_columns import macro_scores
from combo_dl.stats.risk_difference import (
    METRICS,
    RiskRows,
    linear_difference,
    macro_influence,
    risk_difference,
)


def fold(n=400, *, clusters=60, seed=0, weighted=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return RiskRows(
        truth=(rng.random(n) < expit(x - 0.5)).astype(float),
        model=expit(x - 0.5).round(2),
        against=expit(0.3 * x + rng.normal(size=n)).round(2),
        cluster=rng.integers(0, clusters, n),
        weight=rng.integers(1, 3, n) / 2 if weighted else np.ones(n),
    )


def influences(rows):
    return [
        macro_influence(rows.truth[:, None], mean[:, None], weight=rows.weight)
        for mean in (rows.model, rows.against)
    ]


def test_the_difference_is_that_of_the_scores():
    one = fold()
    event = one.truth > 0
    for metric, score in (("auroc", auroc), ("auprc", auprc)):
        gap = score(event, one.model, weight=one.weight)
        gap -= score(event, one.against, weight=one.weight)
        found = risk_difference([one], metric=metric)
        assert found.mean == pytest.approx(gap) and found.low < gap < found.high
        assert found.n_clusters == 60 and found.folds == (found.mean,)


@pytest.mark.parametrize("metric", METRICS)
def test_a_better_model_is_clearly_better(metric):
    found = risk_difference([fold(seed=s) for s in range(3)], metric=metric)
    assert found.high < 0 if metric == "brier" else found.low > 0


@pytest.mark.parametrize("metric", METRICS)
def test_identical_models_differ_by_nothing(metric):
    one = fold()
    same = RiskRows(**{**vars(one), "against": one.model})
    found = risk_difference([same], metric=metric)
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("metric", METRICS)
def test_values_of_influences_are_the_scores(metric):
    rng = np.random.default_rng(0)
    truth = (rng.random((80, 4)) < [0.3, 0.5, 0.0, 0.7]).astype(float)
    truth[rng.random((80, 4)) < 0.1] = np.nan
    mean, weight = rng.random((80, 4)).round(1), rng.integers(1, 4, 80) / 2
    found = macro_influence(truth, mean, weight=weight)
    assert found.value[metric] == pytest.approx(macro_scores(truth, mean, weight=weight)[metric])
    assert found.rows[metric].sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_an_influence_is_the_change_by_a_little_more_of_a_row(metric):
    one, little = fold(60), 1e-6
    found = influences(one)[0]
    for row in range(0, 60, 7):
        weight = one.weight.copy()
        weight[row] *= 1 + little
        more = macro_influence(one.truth[:, None], one.model[:, None], weight=weight)
        change = (more.value[metric] - found.value[metric]) / little
        assert change == pytest.approx(found.rows[metric][row], abs=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_the_linear_interval_is_near_that_of_the_bootstrap(metric):
    one = fold(1500, clusters=300)
    direct = risk_difference([one], metric=metric)
    own, other = influences(one)
    found = linear_difference([own], [other], [one.cluster], metric=metric)
    width = direct.high - direct.low
    assert found.mean == pytest.approx(direct.mean)
    assert found.low == pytest.approx(direct.low, abs=0.15 * width)
    assert found.high == pytest.approx(direct.high, abs=0.15 * width)


def test_a_fold_of_one_class_is_left_out():
    one = fold()
    dull = RiskRows(**{**vars(one), "truth": np.zeros(len(one.truth))})
    found = risk_difference([one, dull], metric="auroc")
    assert np.isnan(found.folds[1]) and found.mean == found.folds[0]
    nothing = risk_difference([dull], metric="auroc")
    assert np.isnan([nothing.mean, nothing.low, nothing.high]).all()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InputError, match="no bootstrap of metric 'mse'"):
        risk_difference([fold()], metric="mse")
    with pytest.raises(InputError, match="no fold"):
        risk_difference([], metric="auroc")

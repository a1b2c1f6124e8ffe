import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combo_dl.core.errors import InputError
from combo_dl.stats import regression
from combo_dl.stats.bootstrap import METRICS, paired_difference


def folds(seed=0, n=240, count=2, clusters=24):
    """Labels of clusters that are alike, and the predictions of a better and of a worse model."""
    rng = np.random.default_rng(seed)
    cluster = [rng.permutation(n) % clusters for _ in range(count)]
    truth = [rng.normal(size=clusters)[c] * 10 + rng.normal(size=n) for c in cluster]
    return {
        "truth": truth,
        "model": [y + 3 * rng.normal(size=n) for y in truth],
        "against": [y + 9 * rng.normal(size=n) for y in truth],
        "profile": [rng.integers(0, 4, n) for _ in truth],
        "cluster": cluster,
    }


def difference(case, metric, **settings):
    threshold = settings.pop("threshold", 5.0)
    return paired_difference(**case, metric=metric, threshold=threshold, **{"draws": 40} | settings)


@pytest.mark.parametrize("metric", METRICS)
def test_identical_models_differ_by_exactly_nothing(metric):
    case = folds()
    found = difference(case | {"against": [m.copy() for m in case["model"]]}, metric)
    assert (found.mean, found.low, found.high, found.folds) == (0.0, 0.0, 0.0, (0.0, 0.0))


@pytest.mark.parametrize("metric", METRICS)
def test_the_better_model_is_better_either_way_round(metric):
    case = folds()
    found = difference(case, metric)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(np.mean(found.folds)) and found.n_clusters == 48
    assert (found.high < 0) if metric in ("mse", "mae") else (found.low > 0)
    turned = difference(case | {"model": case["against"], "against": case["model"]}, metric)
    assert [turned.mean, turned.low, turned.high] == pytest.approx(
        [-found.mean, -found.high, -found.low]
    )


def test_the_difference_is_that_of_the_scores():
    case = folds()
    of_fold = [
        regression.mse(y, a) - regression.mse(y, b)
        for y, a, b in zip(case["truth"], case["model"], case["against"], strict=True)
    ]
    assert difference(case, "mse").folds == pytest.approx(of_fold)


@pytest.mark.parametrize("metric", ["mse", "auprc", "precision_at_10"])
def test_neither_order_of_rows_nor_names_of_clusters_matter(metric):
    case = folds()
    order = np.random.default_rng(1).permutation(240)
    moved = {name: [values[order] for values in items] for name, items in case.items()}
    moved["cluster"] = [1000 + 3 * c for c in moved["cluster"]]
    here, there = difference(case, metric), difference(moved, metric)
    assert [here.mean, here.low, here.high] == pytest.approx([there.mean, there.low, there.high])


def test_the_seed_decides():
    case = folds()
    assert difference(case, "mse", seed=3) == difference(case, "mse", seed=3)
    assert difference(case, "mse", seed=3).low != difference(case, "mse", seed=4).low


def test_the_interval_of_means_of_clusters_is_the_known_one():
    rng = np.random.default_rng(0)
    gain = rng.normal(size=400)
    error = np.repeat(np.sqrt(4 + gain), 3)
    case = {
        "truth": [np.zeros(1200)],
        "model": [error],
        "against": [np.full(1200, 2.0)],
        "profile": [np.zeros(1200, int)],
        "cluster": [np.repeat(np.arange(400), 3)],
    }
    found = difference(case, "mse", draws=4000)
    reach = 1.96 * gain.std() / np.sqrt(400)
    assert found.mean == pytest.approx(gain.mean())
    assert [found.low, found.high] == pytest.approx(
        [gain.mean() - reach, gain.mean() + reach], abs=0.1 * reach
    )


def test_a_planted_difference_is_inside_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(40), 5)
        # Mean squared error 1 + 0.5 against 1; the errors of a cluster are one number.
        shared = rng.normal(size=40)[cluster]
        case = {
            "truth": [np.zeros(200)],
            "model": [np.sqrt(np.abs(1.5 + shared / 4))],
            "against": [np.ones(200)],
            "profile": [cluster],
            "cluster": [cluster],
        }
        found = difference(case, "mse", draws=300)
        inside += found.low <= 0.5 <= found.high
    assert 0.89 <= inside / 200 <= 0.98


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 500), metric=st.sampled_from(METRICS))
def test_labels_that_were_not_seen_have_no_effect(seed, metric):
    case = folds(seed, n=80, count=1, clusters=8)
    gaps = {name: [values[0].copy()] for name, values in case.items()}
    gaps["truth"][0][:9] = np.nan
    gaps["model"][0][:9] = np.nan
    left = {name: [values[0][9:]] for name, values in case.items()}
    assert difference(gaps, metric, draws=4) == difference(left, metric, draws=4)


def test_a_fold_of_one_class_is_left_out():
    case = folds()
    case["truth"][1] = case["truth"][1] - 1e3
    found = difference(case, "auroc")
    assert np.isnan(found.folds[1]) and found.mean == found.folds[0]
    assert found.n_clusters == 24 and found.low < found.mean < found.high
    nowhere = difference(case, "auroc", threshold=1e4)
    assert np.isnan([nowhere.mean, nowhere.low, nowhere.high]).all() and nowhere.n_clusters == 0


def test_draws_of_one_class_are_left_out():
    truth = np.array([9.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    case = {
        "truth": [truth],
        "model": [truth],
        "against": [-truth],
        "profile": [np.zeros(6, int)],
        "cluster": [np.arange(6)],
    }
    found = difference(case, "auroc")
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"metric": "f1"}, "no bootstrap of metric 'f1'; there are mse, mae, pearson"),
        ({"metric": "auroc", "threshold": None}, "auroc needs a threshold"),
        ({"metric": "precision_at_10", "threshold": None}, "precision_at_10 needs a threshold"),
        ({"draws": 0}, "draws is 0"),
        ({"model": [np.zeros(240)]}, "2, 1, 2, 2, 2 folds"),
        ({k: [] for k in ("truth", "model", "against", "profile", "cluster")}, "at least one"),
        ({"against": [np.zeros(3), np.zeros(240)]}, "differ in shape"),
        ({"cluster": [np.zeros(3), np.zeros(240)]}, r"clusters \(3,\) differ in shape"),
        ({"against": [np.full(240, np.nan), np.zeros(240)]}, "row 0 has prediction nan"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, what):
    given_ = folds() | {"metric": "mse", "threshold": 5.0} | change
    with pytest.raises(InputError, match=what):
        paired_difference(**given_)

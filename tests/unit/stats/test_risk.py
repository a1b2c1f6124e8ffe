"""Scores of risks: known answers, what is not defined, and what is refused."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import average_precision_score, roc_auc_score

from combo_dl.core.errors import InputError
from combo_dl.stats.risk import ap_at, calibration_error, calibration_line, risk_scores

TRUTH = np.array([0.0, 0.0, 1.0, 1.0])
MEAN = np.array([0.1, 0.4, 0.35, 0.8])


def drawn(n=4000, *, slope=1.0, intercept=0.0, seed=0):
    """Events that happen as a line of the logits says."""
    rng = np.random.default_rng(seed)
    mean = expit(rng.normal(-1, 1.5, n))
    chance = expit(intercept + slope * logit(mean))
    return (rng.random(n) < chance).astype(float), mean


def test_four_rows_by_hand():
    found = risk_scores(TRUTH, MEAN)
    assert found["prevalence"] == 0.5
    assert found["auroc"] == pytest.approx(0.75)
    assert found["auprc"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    brier = (0.01 + 0.16 + 0.65**2 + 0.04) / 4
    assert found["brier"] == pytest.approx(brier)
    assert found["brier_skill"] == pytest.approx(1 - brier / 0.25)
    logs = np.log([0.9, 0.6, 0.35, 0.8])
    assert found["log_loss"] == pytest.approx(-logs.mean())


def test_the_prevalence_has_no_skill_and_no_error_of_calibration():
    found = risk_scores(np.array([0.0, 0.0, 0.0, 1.0]), np.full(4, 0.25))
    assert found["brier_skill"] == pytest.approx(0.0) and found["ece"] == pytest.approx(0.0)
    assert found["auroc"] == 0.5 and found["auprc"] == pytest.approx(0.25)
    assert np.isnan(found["calibration_slope"]) and np.isnan(found["calibration_intercept"])


def test_a_perfect_forecast():
    found = risk_scores(TRUTH, TRUTH)
    assert found["brier"] == 0.0 and found["brier_skill"] == 1.0 and found["ece"] == 0.0
    assert found["log_loss"] == pytest.approx(1e-6, rel=1e-3)
    assert np.isnan(found["calibration_slope"]), "events that are parted have no slope"


def test_a_sure_and_wrong_risk_is_clipped_to_a_finite_loss():
    assert risk_scores(np.array([0.0, 1.0]), np.array([0.0, 0.0]))["log_loss"] == pytest.approx(
        -np.log(1e-6) / 2, rel=1e-4
    )


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -0.7), (1.6, 0.4)])
def test_recalibration_finds_the_line_that_events_were_drawn_from(slope, intercept):
    truth, mean = drawn(40_000, slope=slope, intercept=intercept)
    found = calibration_line(truth > 0, mean)
    assert found == pytest.approx((slope, intercept), abs=0.06)


def test_two_risks_have_an_exact_line():
    """With two risks the line goes through the shares of events: logits 0 and log 3."""
    mean = np.repeat([0.2, 0.5], 4)
    event = np.array([0, 0, 1, 1, 0, 1, 1, 1], bool)
    slope, intercept = calibration_line(event, mean)
    assert slope == pytest.approx(np.log(3) / np.log(4), abs=1e-5)
    assert intercept == pytest.approx(np.log(3), abs=1e-5)


def test_the_error_of_calibration_by_hand():
    mean = np.repeat([0.1, 0.3], 5)
    event = np.array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0], bool)
    assert calibration_error(event, mean) == pytest.approx((0.1 + 0.1) / 2)
    assert calibration_error(event, mean, bins=1) == pytest.approx(0.0)


def test_what_is_calibrated_has_a_small_error():
    truth, mean = drawn(20_000)
    assert calibration_error(truth > 0, mean) < 0.015
    assert calibration_error(truth > 0, mean / 2) > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_weights_count_rows(seed):
    rng = np.random.default_rng(seed)
    truth, mean = drawn(60, seed=seed)
    mean = mean.round(1)
    count = rng.integers(1, 4, 60)
    rows = np.repeat(np.arange(60), count)
    one, other = risk_scores(truth, mean, weight=count), risk_scores(truth[rows], mean[rows])
    assert one == pytest.approx(other, rel=1e-4, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("seed", range(4))
def test_neither_order_nor_unseen_labels_matter(seed):
    rng = np.random.default_rng(seed)
    truth, mean = drawn(60, seed=seed)
    order = rng.permutation(60)
    found = risk_scores(truth, mean)
    assert risk_scores(truth[order], mean[order]) == pytest.approx(found, rel=1e-6, nan_ok=True)
    longer = risk_scores(np.append(truth, np.nan), np.append(mean, 0.9))
    assert longer == pytest.approx(found, rel=1e-6, nan_ok=True)


def test_areas_are_those_of_scikit_learn():
    truth, mean = drawn(500)
    found = risk_scores(truth, mean)
    assert found["auroc"] == roc_auc_score(truth, mean)
    assert found["auprc"] == average_precision_score(truth, mean)


def test_one_class_leaves_what_needs_two_undefined():
    found = risk_scores(np.zeros(3), np.array([0.1, 0.2, 0.3]))
    undefined = {k for k, v in found.items() if np.isnan(v)}
    assert undefined == {
        "auroc",
        "auprc",
        "brier_skill",
        "calibration_slope",
        "calibration_intercept",
    }


@pytest.mark.parametrize(
    ("truth", "mean", "message"),
    [
        ([0.0, 0.5], [0.1, 0.2], "label 0.5; expected 0 or 1"),
        ([0.0, 1.0], [0.1, 1.2], "risk 1.2; expected a probability"),
        ([0.0, 1.0], [0.1, np.nan], "prediction nan"),
        ([np.nan, np.nan], [0.1, 0.2], "nothing to score"),
        ([0.0], [0.1, 0.2], "differ in shape"),
    ],
)
def test_what_is_no_risk_is_refused(truth, mean, message):
    with pytest.raises(InputError, match=message):
        risk_scores(np.array(truth), np.array(mean))


def test_precision_of_the_highest_risks_by_hand():
    event, mean = np.array([1, 0, 1, 1], bool), np.array([0.9, 0.8, 0.7, 0.1])
    assert ap_at(event, mean, k=2) == pytest.approx(1 / 2)
    assert ap_at(event, mean, k=3) == pytest.approx((1 + 2 / 3) / 3)
    assert ap_at(event, mean, k=50) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert np.isnan(ap_at(np.zeros(4, bool), mean))
    with pytest.raises(InputError, match="k is 0"):
        ap_at(event, mean, k=0)


def test_ties_are_worth_what_a_random_order_is():
    rng = np.random.default_rng(0)
    event = rng.random(12) < 0.4
    mean = rng.integers(0, 3, 12) / 10
    orders = [rng.permutation(12) for _ in range(20_000)]
    untied = [ap_at(event[o], mean[o] - 1e-6 * np.arange(12), k=5) for o in orders]
    assert ap_at(event, mean, k=5) == pytest.approx(np.mean(untied), abs=0.005)

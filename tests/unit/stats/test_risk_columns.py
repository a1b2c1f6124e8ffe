"""Many risks as one row: means over the columns that can be scored."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.stats.risk import risk_scores
from combo_dl.stats.risk_columns import (
    columns_with_both,
    macro_scores,
    micro_scores,
    scores_of_columns,
)

NAN = np.nan
TRUTH = np.array([[0, 1, 0, NAN], [1, 1, 0, 0], [0, 1, 1, NAN], [1, 1, NAN, 1]])
MEAN = np.array([[0.1, 0.9, 0.2, 0.4], [0.3, 0.8, 0.5, 0.5], [0.6, 0.9, 0.3, 0.5], [0.7] * 4])


def test_columns_of_one_class_are_left_out():
    assert columns_with_both(TRUTH).tolist() == [0, 2, 3]
    assert list(scores_of_columns(TRUTH, MEAN)) == [0, 2, 3]


def test_the_macro_score_is_the_mean_of_the_columns():
    each = scores_of_columns(TRUTH, MEAN)
    found = macro_scores(TRUTH, MEAN)
    assert found["columns"] == 3
    for key in ("auroc", "auprc", "brier", "ece", "ap_at_50"):
        assert found[key] == pytest.approx(np.mean([own[key] for own in each.values()]))
    for column, own in each.items():
        alone = risk_scores(TRUTH[:, column], MEAN[:, column])
        assert {k: own[k] for k in alone} == pytest.approx(alone, nan_ok=True)


def test_the_micro_score_is_that_of_all_known_entries_at_once():
    seen = ~np.isnan(TRUTH)
    flat = risk_scores(TRUTH[seen], MEAN[seen])
    found = micro_scores(TRUTH, MEAN)
    assert found == pytest.approx({f"micro_{k}": flat[k] for k in ("auroc", "auprc")})
    assert macro_scores(TRUTH, MEAN).items() >= found.items()
    weight = np.array([2.0, 1.0, 1.0, 3.0])
    rows = np.repeat(np.arange(4), weight.astype(int))
    assert micro_scores(TRUTH, MEAN, weight=weight) == pytest.approx(
        micro_scores(TRUTH[rows], MEAN[rows])
    )


def test_one_column_has_its_own_scores():
    found = macro_scores(TRUTH[:, :1], MEAN[:, :1])
    assert found == pytest.approx(risk_scores(TRUTH[:, 0], MEAN[:, 0]), nan_ok=True)
    assert "columns" not in found


def test_without_a_column_nothing_is_defined():
    found = macro_scores(np.zeros((3, 2)), np.full((3, 2), 0.1))
    assert found.pop("columns") == 0 and all(np.isnan(v) for v in found.values())


def test_shapes_that_differ_are_refused():
    with pytest.raises(InputError, match=r"labels \(4, 4\) and risks \(4, 3\)"):
        macro_scores(TRUTH, MEAN[:, :3])

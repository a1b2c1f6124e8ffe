"""The score table of one label: one code path for validation, test and report."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats import ranking, regression


def score(
    truth: np.ndarray, mean: np.ndarray, *, profile: np.ndarray, threshold: float | None
) -> dict[str, float]:
    """Scores of predictions ``mean`` float[N] of labels ``truth`` float[N] in ``profile`` int[N].

    Keys: mse, rmse, pearson, spearman, pearson_per_profile, and with a ``threshold`` (an event is a
    label above it) auroc and auprc. Rows whose label is NaN are left out. Constant predictions have
    correlation 0.0; auroc and auprc are NaN when the labels are of one class, pearson_per_profile
    when no profile has more than 5 rows. The order of rows does not matter.
    Raises InputError on lengths that differ, a prediction that is not finite, or no label at all.
    """
    seen = _observed(truth, mean, profile)
    y, predicted = truth[seen].astype(np.float64), mean[seen].astype(np.float64)
    table = {
        "mse": regression.mse(y, predicted),
        "rmse": regression.rmse(y, predicted),
        "pearson": regression.pearson(y, predicted),
        "spearman": regression.spearman(y, predicted),
        "pearson_per_profile": regression.pearson_per_profile(y, predicted, profile=profile[seen]),
    }
    if threshold is not None:
        table["auroc"] = ranking.auroc(y > threshold, predicted)
        table["auprc"] = ranking.auprc(y > threshold, predicted)
    return table


def collapse(values: np.ndarray, group: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """float64[G]: (weighted) mean of ``values`` float[N] in each ``group`` int[N], ascending.

    NaN values are left out; a group of NaN alone gives NaN. Replicates are collapsed to one row
    before scoring, so that a triple measured twice counts once.
    Raises InputError on lengths that differ or no rows.
    """
    share = np.ones(len(values)) if weight is None else weight
    if not values.shape == group.shape == share.shape or values.ndim != 1 or not len(values):
        raise InputError(
            f"values {values.shape}, groups {group.shape} and weights {share.shape}; "
            "expected one of each a row, and at least one row"
        )
    names, of = np.unique(group, return_inverse=True)
    seen = ~np.isnan(values)
    total = np.bincount(of[seen], (values * share)[seen], len(names))
    weights = np.bincount(of[seen], share[seen], len(names))
    return np.divide(total, weights, out=np.full(len(names), np.nan), where=weights > 0)


def _observed(truth: np.ndarray, mean: np.ndarray, profile: np.ndarray) -> np.ndarray:
    if not truth.shape == mean.shape == profile.shape or truth.ndim != 1:
        raise InputError(
            f"labels {truth.shape}, predictions {mean.shape} and profiles {profile.shape} "
            "differ in shape; expected one value a row"
        )
    seen = ~np.isnan(truth)
    if not seen.any():
        raise InputError(f"none of {len(truth)} rows has a label; there is nothing to score")
    bad = seen & ~np.isfinite(mean)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"row {row} has prediction {mean[row]}; expected a finite number "
            f"({bad.sum()} such rows)"
        )
    return seen

"""Scores of many risks at once, such as hundreds of side effects of one pair of drugs."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats.ranking import auprc, auroc
from combo_dl.stats.risk import ap_at, risk_scores


def columns_with_both(truth: np.ndarray) -> np.ndarray:
    """int64[C]: the columns of ``truth`` float[N, W] (0, 1 or NaN) that hold a 0 and a 1."""
    return np.flatnonzero((truth == 0).any(axis=0) & (truth == 1).any(axis=0))


def scores_of_columns(
    truth: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[int, dict[str, float]]:
    """{column: its scores} of every column of ``truth`` float[N, W] that holds both classes.

    ``mean`` float[N, W]: risks. Keys as of ``risk_scores``, with ap_at_50 (``risk.ap_at``; every
    row counts once there). Raises InputError as ``risk_scores`` does, and on shapes that differ.
    """
    _check_shapes(truth, mean)
    found = {}
    for column in columns_with_both(truth):
        y, p = truth[:, column], mean[:, column].astype(np.float64)
        seen = ~np.isnan(y)
        own = risk_scores(y, p, weight=weight)
        found[int(column)] = own | {"ap_at_50": ap_at(y[seen] > 0, p[seen], k=50)}
    return found


def macro_scores(
    truth: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Scores of risks ``mean`` float[N, W] of labels ``truth`` float[N, W] as one row.

    One column: its own. Several: means over the columns that hold both classes, each the same
    (macro average), and ``columns``, how many those are; a score that is not defined in a column is
    left out of its mean, and ``micro_scores``. Raises InputError as ``scores_of_columns`` does.
    """
    _check_shapes(truth, mean)
    if truth.shape[1] == 1:
        return risk_scores(truth[:, 0], mean[:, 0].astype(np.float64), weight=weight)
    found = macro_of(scores_of_columns(truth, mean, weight=weight))
    return found | micro_scores(truth, mean, weight=weight)


def micro_scores(
    truth: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[str, float]:
    """micro_auroc and micro_auprc of all known entries of ``truth`` float[N, W] at once, which
    reward also to know which columns are common. ``weight`` float[N]: of rows."""
    row, column = np.nonzero(~np.isnan(truth))
    event, risk = truth[row, column] == 1, mean[row, column]
    own = None if weight is None or (weight == weight[0]).all() else weight[row]
    return {
        "micro_auroc": auroc(event, risk, weight=own),
        "micro_auprc": auprc(event, risk, weight=own),
    }


def macro_of(found: dict[int, dict[str, float]]) -> dict[str, float]:
    """Means over columns of what ``scores_of_columns`` found, and ``columns``; NaN without any."""
    if not found:
        return {"columns": 0.0} | dict.fromkeys(_keys(), float("nan"))
    table = {key: np.array([own[key] for own in found.values()]) for key in _keys()}
    defined = {key: values[~np.isnan(values)] for key, values in table.items()}
    means = {k: float(v.mean()) if len(v) else float("nan") for k, v in defined.items()}
    return {"columns": float(len(found))} | means


def _keys() -> list[str]:
    return [*risk_scores(np.array([0.0, 1.0]), np.array([0.2, 0.8])), "ap_at_50"]


def _check_shapes(truth: np.ndarray, mean: np.ndarray) -> None:
    if truth.shape != mean.shape or truth.ndim != 2 or not truth.shape[1]:
        raise InputError(
            f"labels {truth.shape} and risks {mean.shape}; expected both [rows, columns]"
        )

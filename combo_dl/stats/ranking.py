"""Scores of a ranking: how well predicted numbers put events before the rest."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


def auroc(event: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve of ``event`` bool[N] by ``score`` float[N]; NaN for one class."""
    if event.all() or not event.any():
        return float("nan")
    return float(roc_auc_score(event, score))


def auprc(event: np.ndarray, score: np.ndarray) -> float:
    """Area under the precision-recall curve (average precision); NaN for one class."""
    if event.all() or not event.any():
        return float("nan")
    return float(average_precision_score(event, score))

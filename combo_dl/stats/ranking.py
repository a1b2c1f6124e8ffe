"""Scores of a ranking: how well predicted numbers put events before the rest.

Arrays [N] without missing values: ``event`` bool, ``score`` and ``label`` float, ``profile`` int.
"""

import numpy as np
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

from combo_dl.core.errors import InputError
from combo_dl.stats.observed import rows_of_each
from combo_dl.stats.regression import MIN_PROFILE_ROWS


def auroc(event: np.ndarray, score: np.ndarray, *, weight: np.ndarray | None = None) -> float:
    """Area under the ROC curve of ``event`` bool[N] by ``score`` float[N]; NaN for one class.

    ``weight``: how often each row counts, above 0; None: once.
    """
    if event.all() or not event.any():
        return float("nan")
    return float(roc_auc_score(event, score, sample_weight=weight))


def auprc(event: np.ndarray, score: np.ndarray, *, weight: np.ndarray | None = None) -> float:
    """Area under the precision-recall curve (average precision); NaN for one class.

    ``weight``: how often each row counts, above 0; None: once.
    """
    if event.all() or not event.any():
        return float("nan")
    return float(average_precision_score(event, score, sample_weight=weight))


def precision_at(
    event: np.ndarray, score: np.ndarray, *, profile: np.ndarray, k: int = 10
) -> float:
    """Share of events among the ``k`` best scores of a profile, the mean over profiles.

    Profiles with at least k rows count, each the same; NaN when there is none. Rows whose score
    ties with that of place k share the places left, which is the expectation under a random order
    of ties: a constant prediction has the base rate of each profile. Raises InputError for k < 1.
    """
    precision, _ = _top(event, score, profile, k)
    return float(precision.mean()) if len(precision) else float("nan")


def enrichment_at(
    event: np.ndarray, score: np.ndarray, *, profile: np.ndarray, k: int = 10
) -> float:
    """Precision at ``k`` over the share of events in the profile, the mean over profiles.

    How many times more events the k best hold than k rows drawn by chance (enrichment factor of
    virtual screening); 1 for a constant prediction. Profiles with at least k rows and one event
    count; NaN when there is none. Ties as in ``precision_at``. Raises InputError for k < 1.
    """
    precision, base = _top(event, score, profile, k)
    some = base > 0
    return float((precision[some] / base[some]).mean()) if some.any() else float("nan")


def ndcg_per_profile(label: np.ndarray, score: np.ndarray, *, profile: np.ndarray) -> float:
    """Normalised discounted cumulative gain within a profile, the mean over profiles.

    The gain of a row is its label, 0 where the label is negative; place i has the discount
    1 / log2(i + 1), ties share theirs (Järvelin & Kekäläinen 2002, ACM Trans Inf Syst;
    scikit-learn's ``ndcg_score``). Profiles with more than 5 rows and some positive label count,
    each the same; NaN when there is none.
    """
    gain = np.maximum(label, 0.0)
    rows = [r for r in rows_of_each(profile, at_least=MIN_PROFILE_ROWS) if gain[r].any()]
    found = [ndcg_score(gain[r][None], score[r][None]) for r in rows]
    return float(np.mean(found)) if found else float("nan")


def _top(
    event: np.ndarray, score: np.ndarray, profile: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Expected precision at k and share of events, float[P], of the profiles of k rows or more."""
    if k < 1:
        raise InputError(f"k is {k}; expected the number of best scores to look at, 1 or more")
    order = np.lexsort((-score, profile))
    hit, ranked = event[order].astype(np.float64), score[order]
    _, start, of, rows = np.unique(
        profile[order], return_index=True, return_inverse=True, return_counts=True
    )
    # A profile of fewer rows has no place k; it is cut at its last one and dropped at the end.
    border = ranked[start + np.minimum(k, rows) - 1][of]
    above, tied = ranked > border, ranked == border
    n = len(rows)
    places = k - np.bincount(of, above, n)
    share = np.bincount(of, hit * tied, n) / np.bincount(of, tied, n)
    precision = (np.bincount(of, hit * above, n) + places * share) / k
    large = rows >= k
    return precision[large], (np.bincount(of, hit, n) / rows)[large]

"""The score table of one label: one code path for validation, test and report."""

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats import ranking, regression
from combo_dl.stats.observed import observed


def score(
    truth: np.ndarray,
    mean: np.ndarray,
    *,
    profile: np.ndarray,
    threshold: float | None,
    pair: np.ndarray | None = None,
) -> dict[str, float]:
    """Scores of predictions ``mean`` float[N] of labels ``truth`` float[N] in ``profile`` int[N].

    Keys: mse, rmse, pearson, spearman, pearson_per_profile; with a ``pair`` int[N] (the set of
    drugs of a row) pearson_per_pair; and with a ``threshold`` (an event is a label above it) auroc,
    auprc, precision_at_10, enrichment_at_10 and ndcg_per_profile, whose gain is the label itself.
    Rows whose label is NaN are left out. Constant predictions have correlation 0.0. NaN: auroc and
    auprc when the labels are of one class, the scores within profiles and pairs when none is large
    enough (see each). The order of rows does not matter.
    Raises InputError on lengths that differ, a prediction that is not finite, or no label at all.
    """
    beside = {"profiles": profile} if pair is None else {"profiles": profile, "pairs": pair}
    seen = observed(truth, mean, **beside)
    y, predicted = truth[seen].astype(np.float64), mean[seen].astype(np.float64)
    within = profile[seen]
    table = {
        "mse": regression.mse(y, predicted),
        "rmse": regression.rmse(y, predicted),
        "pearson": regression.pearson(y, predicted),
        "spearman": regression.spearman(y, predicted),
        "pearson_per_profile": regression.pearson_per_profile(y, predicted, profile=within),
    }
    if pair is not None:
        table["pearson_per_pair"] = regression.pearson_per_pair(y, predicted, pair=pair[seen])
    if threshold is not None:
        event = y > threshold
        table["auroc"] = ranking.auroc(event, predicted)
        table["auprc"] = ranking.auprc(event, predicted)
        table["precision_at_10"] = ranking.precision_at(event, predicted, profile=within)
        table["enrichment_at_10"] = ranking.enrichment_at(event, predicted, profile=within)
        table["ndcg_per_profile"] = ranking.ndcg_per_profile(y, predicted, profile=within)
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

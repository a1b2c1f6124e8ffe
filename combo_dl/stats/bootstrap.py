"""Two models on the same rows: the difference of a score and its bootstrap interval.

Rows of one combination (or drug) are alike, so that clusters are resampled and not rows: the
cluster bootstrap (Davison & Hinkley 1997, Bootstrap Methods and their Application, ch. 3.8).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats import ranking, regression
from combo_dl.stats.observed import observed
from combo_dl.stats.resampled import FROM_SUMS, cluster_counts

LOOP_DRAWS = 200  # at most, for the scores that are computed anew for every draw
Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Score of a model minus that of the other.

    mean: over the folds in which the score is defined.  low, high: its 95 % percentile interval.
    folds: the difference in each fold, NaN where the score is not defined.  n_clusters: clusters
    that were resampled, summed over folds; an interval from a handful of them is too narrow.
    """

    mean: float
    low: float
    high: float
    folds: tuple[float, ...]
    n_clusters: int


@dataclass(frozen=True, kw_only=True)
class _Fold:
    """Rows with a label; ``cluster`` int[n] is one of 0 to ``clusters`` - 1."""

    truth: Array
    model: Array
    against: Array
    profile: Array
    cluster: Array
    clusters: int
    event: Array


_AREAS = {"auroc": ranking.auroc, "auprc": ranking.auprc}
_SCORES: dict[str, Callable[[Array, Array, Array, Array], float]] = {
    "mse": lambda y, mean, _profile, _event: regression.mse(y, mean),
    "mae": lambda y, mean, _profile, _event: regression.mae(y, mean),
    "pearson": lambda y, mean, _profile, _event: regression.pearson(y, mean),
    "spearman": lambda y, mean, _profile, _event: regression.spearman(y, mean),
    "pearson_per_profile": lambda y, mean, profile, _event: regression.pearson_per_profile(
        y, mean, profile=profile
    ),
    "precision_at_10": lambda _y, mean, profile, event: ranking.precision_at(
        event, mean, profile=profile
    ),
}
_OF_EVENTS = (*_AREAS, "precision_at_10")
METRICS = (*_SCORES, *_AREAS)


def paired_difference(
    *,
    truth: Sequence[Array],
    model: Sequence[Array],
    against: Sequence[Array],
    profile: Sequence[Array],
    cluster: Sequence[Array],
    metric: str,
    threshold: float | None,
    draws: int = 1000,
    seed: int = 0,
) -> Difference:
    """How much ``metric`` of ``model`` differs from that of ``against``, with its uncertainty.

    One item a fold: labels ``truth`` and the predictions of both, float[n]; ``profile`` int[n];
    ``cluster`` int[n], what is resampled (pairs or drugs). ``metric`` is one of METRICS; an event
    is a label above ``threshold``. The statistic is the mean over folds of metric(model) -
    metric(against). Each draw takes as many clusters as the fold has, with replacement, in every
    fold on its own, both models on the same rows. mse, mae, pearson and pearson_per_profile use all
    ``draws``, the others at most LOOP_DRAWS. Rows whose label is NaN are left out. A fold in which
    the score is not defined (labels of one class) is left out of the mean, and a draw in which it
    is not is left out of the interval. The same seed gives the same interval; identical models
    differ by exactly 0.
    Raises InputError on an unknown metric, a missing threshold, no fold, lists or arrays of
    different lengths, a prediction that is not finite, or a fold without a label.
    """
    _check(metric, threshold, draws, [len(x) for x in (truth, model, against, profile, cluster)])
    # No event is asked for where there is no threshold.
    limit = np.inf if threshold is None else threshold
    parts = zip(truth, model, against, profile, cluster, strict=True)
    rows = [_fold(*part, limit) for part in parts]
    folds = [_estimate(metric, fold) for fold in rows]
    defined = [i for i, found in enumerate(folds) if not np.isnan(found)]
    drawn = [_draws(metric, rows[i], draws, np.random.default_rng([seed, i])) for i in defined]
    low, high = interval_of_mean(drawn)
    return Difference(
        mean=float(np.mean([folds[i] for i in defined])) if defined else float("nan"),
        low=low,
        high=high,
        folds=tuple(folds),
        n_clusters=sum(rows[i].clusters for i in defined),
    )


def _check(metric: str, threshold: float | None, draws: int, lengths: list[int]) -> None:
    if metric not in METRICS:
        raise InputError(f"no bootstrap of metric {metric!r}; there are {', '.join(METRICS)}")
    if metric in _OF_EVENTS and threshold is None:
        raise InputError(f"{metric} needs a threshold: an event is a label above it")
    if draws < 1:
        raise InputError(f"draws is {draws}; expected 1 or more")
    if len(set(lengths)) > 1 or not lengths[0]:
        raise InputError(
            f"{', '.join(map(str, lengths))} folds of labels, predictions, other predictions, "
            "profiles and clusters; expected the same number of each, and at least one"
        )


def _fold(
    truth: Array, model: Array, against: Array, profile: Array, cluster: Array, limit: float
) -> _Fold:
    seen = observed(truth, model, profiles=profile, clusters=cluster)
    observed(truth, against)
    y = truth[seen].astype(np.float64)
    names, of = np.unique(cluster[seen], return_inverse=True)
    return _Fold(
        truth=y,
        model=model[seen].astype(np.float64),
        against=against[seen].astype(np.float64),
        profile=profile[seen],
        cluster=of,
        clusters=len(names),
        event=y > limit,
    )


def _estimate(metric: str, fold: _Fold) -> float:
    once = np.ones(len(fold.truth), np.int64)
    return _value(metric, fold, fold.model, once) - _value(metric, fold, fold.against, once)


def _value(metric: str, fold: _Fold, mean: Array, count: Array) -> float:
    """The metric of ``mean`` where each row of the fold stands ``count`` int[n] times."""
    if metric in _AREAS:
        drawn = count > 0
        return _AREAS[metric](fold.event[drawn], mean[drawn], weight=count[drawn])
    rows = np.repeat(np.arange(len(count)), count)
    return _SCORES[metric](fold.truth[rows], mean[rows], fold.profile[rows], fold.event[rows])


def _draws(metric: str, fold: _Fold, draws: int, rng: np.random.Generator) -> Array:
    """float[draws]: the difference in each resample; NaN where the metric is not defined."""
    if metric in FROM_SUMS:
        counts = cluster_counts(fold.clusters, draws, rng)
        return np.concatenate([_by_sums(metric, fold, c) for c in counts])
    counts = cluster_counts(fold.clusters, min(draws, LOOP_DRAWS), rng)
    return np.array([_by_rows(metric, fold, c[fold.cluster]) for block in counts for c in block])


def _by_sums(metric: str, fold: _Fold, counts: Array) -> Array:
    model, against = (
        FROM_SUMS[metric](counts, fold.truth, mean, fold.cluster, fold.profile)
        for mean in (fold.model, fold.against)
    )
    return model - against


def _by_rows(metric: str, fold: _Fold, count: Array) -> float:
    return _value(metric, fold, fold.model, count) - _value(metric, fold, fold.against, count)


def interval_of_mean(drawn: list[Array]) -> tuple[float, float]:
    """95 % percentile interval of the mean over folds of draws float[n]; NaN draws are left out.

    Folds are drawn on their own, so that any of their draws may meet.
    """
    defined = [values[~np.isnan(values)] for values in drawn]
    n = min((len(values) for values in defined), default=0)
    if not n:
        return float("nan"), float("nan")
    low, high = np.quantile(np.mean([values[:n] for values in defined], axis=0), [0.025, 0.975])
    return float(low), float(high)

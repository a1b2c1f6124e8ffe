"""Two models of the same risks: the difference of a score and its interval, by cluster.

Rows of one arm of a trial (or one set of drugs) are alike, so that clusters are resampled and not
rows (Davison & Hinkley 1997, Bootstrap Methods and their Application, ch. 3.8). The mean over many
columns is resampled in its linear approximation: the score plus, for every cluster, how often it
was drawn beyond once times its influence (the infinitesimal jackknife: Jaeckel 1972; Efron 1982,
The Jackknife, the Bootstrap and Other Resampling Plans, ch. 6). One sort of a column is then enough
for all draws.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import InputError
from combo_dl.stats.bootstrap import Difference, interval_of_mean
from combo_dl.stats.observed import observed
from combo_dl.stats.resampled import cluster_counts
from combo_dl.stats.risk_columns import columns_with_both

METRICS = ("auroc", "auprc", "brier")
Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class RiskRows:
    """Rows of a fold: one label float[n] (0, 1, NaN), risks of two models float[n], what is
    resampled ``cluster`` int[n], and how much a row counts ``weight`` float[n]."""

    truth: Array
    model: Array
    against: Array
    cluster: Array
    weight: Array


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A score of many columns and what each row does to it.

    value: {metric: mean over columns}.  rows: {metric: float64[n], change of the score by counting
    the row once more, to first order; sums to 0}.
    """

    value: dict[str, float]
    rows: dict[str, Array]


def risk_difference(
    folds: Sequence[RiskRows], *, metric: str, draws: int = 1000, seed: int = 0
) -> Difference:
    """How much ``metric`` (of METRICS) of ``model`` differs from that of ``against``.

    The statistic is the mean over folds; each draw takes as many clusters as a fold has, with
    replacement, both models on the same rows. Where a score is not defined (labels of one class) a
    fold or a draw is left out. The same seed gives the same interval; identical models differ by
    exactly 0.
    Raises InputError on an unknown metric, no fold, no label, or a risk that is not finite.
    """
    _check(metric, len(folds))
    known = [_known(fold) for fold in folds]
    once = [_gap(metric, fold)(fold.weight) for fold in known]
    drawn = [
        _draws(metric, fold, draws, np.random.default_rng([seed, i]))
        for i, fold in enumerate(known)
        if not np.isnan(once[i])
    ]
    counts = [len(np.unique(fold.cluster)) for fold in known]
    return _difference(once, drawn, counts)


def linear_difference(
    model: Sequence[Influence],
    against: Sequence[Influence],
    cluster: Sequence[Array],
    *,
    metric: str,
    draws: int = 1000,
    seed: int = 0,
) -> Difference:
    """As ``risk_difference``, of means over columns, one item a fold; ``cluster`` int[n]."""
    _check(metric, len(model))
    once, drawn, counts = [], [], []
    parts = zip(model, against, cluster, strict=True)
    for i, (own, other, clusters) in enumerate(parts):
        gap = own.value[metric] - other.value[metric]
        once.append(gap)
        names, of = np.unique(clusters, return_inverse=True)
        counts.append(len(names))
        if not np.isnan(gap):
            pull = np.bincount(of, own.rows[metric] - other.rows[metric], len(names))
            rng = np.random.default_rng([seed, i])
            blocks = cluster_counts(len(names), draws, rng)
            drawn.append(gap + np.concatenate([(c - 1) @ pull for c in blocks]))
    return _difference(once, drawn, counts)


def _check(metric: str, folds: int) -> None:
    if metric not in METRICS:
        raise InputError(f"no bootstrap of metric {metric!r}; there are {', '.join(METRICS)}")
    if not folds:
        raise InputError("no fold to compare two models on; expected at least one")


def _known(fold: RiskRows) -> RiskRows:
    seen = observed(fold.truth, fold.model, clusters=fold.cluster, weights=fold.weight)
    observed(fold.truth, fold.against)
    return RiskRows(
        truth=fold.truth[seen].astype(np.float64),
        model=fold.model[seen].astype(np.float64),
        against=fold.against[seen].astype(np.float64),
        cluster=np.unique(fold.cluster[seen], return_inverse=True)[1],
        weight=fold.weight[seen].astype(np.float64),
    )


def _scorer(metric: str, truth: Array, mean: Array) -> Callable[[Array], float]:
    """The metric as a function of weights float64[n]; rows are sorted once for all draws."""
    if metric == "brier":
        squared = (mean - truth) ** 2
        return lambda weight: float(weight @ squared / weight.sum())
    of, area = np.unique(mean, return_inverse=True)[1], _AREAS[metric]
    return lambda weight: area(np.bincount(of, weight * truth), np.bincount(of, weight))


def _auroc(event: Array, every: Array) -> float:
    """Of the weight of events and of all rows float64[levels] at each risk, ascending; ties count
    half. NaN for one class."""
    rest = every - event
    pairs = event.sum() * rest.sum()
    return float(event @ (np.cumsum(rest) - rest / 2) / pairs) if pairs > 0 else float("nan")


def _auprc(event: Array, every: Array) -> float:
    """Average precision, as ``_auroc``."""
    events, called = event.sum(), np.cumsum(every[::-1])[::-1]
    if not 0 < events < every.sum():
        return float("nan")
    hits = np.cumsum(event[::-1])[::-1]
    return float(event @ (hits / np.where(called > 0, called, 1.0)) / events)


_AREAS = {"auroc": _auroc, "auprc": _auprc}


def _gap(metric: str, fold: RiskRows) -> Callable[[Array], float]:
    """Score of the model less that of the other, as a function of weights float64[n]."""
    own, other = (_scorer(metric, fold.truth, mean) for mean in (fold.model, fold.against))
    return lambda weight: own(weight) - other(weight)


def _draws(metric: str, fold: RiskRows, draws: int, rng: np.random.Generator) -> Array:
    gap, clusters = _gap(metric, fold), int(fold.cluster.max()) + 1
    blocks = cluster_counts(clusters, draws, rng)
    return np.array([gap(c[fold.cluster] * fold.weight) for block in blocks for c in block])


def _difference(once: list[float], drawn: list[Array], clusters: list[int]) -> Difference:
    defined = [i for i, gap in enumerate(once) if not np.isnan(gap)]
    low, high = interval_of_mean(drawn)
    return Difference(
        mean=float(np.mean([once[i] for i in defined])) if defined else float("nan"),
        low=low,
        high=high,
        folds=tuple(once),
        n_clusters=sum(clusters[i] for i in defined),
    )


def macro_influence(truth: Array, mean: Array, *, weight: Array) -> Influence:
    """METRICS of risks ``mean`` float[n, W] of labels ``truth`` float[n, W], the mean over columns
    that hold both classes, and the influence of each row of ``weight`` float[n]."""
    columns = columns_with_both(truth)
    value = dict.fromkeys(METRICS, 0.0 if len(columns) else float("nan"))
    rows = {metric: np.zeros(len(truth)) for metric in METRICS}
    for column in columns:
        seen = ~np.isnan(truth[:, column])
        y, p = truth[seen, column].astype(np.float64), mean[seen, column].astype(np.float64)
        for metric, score, pull in _of_column(y, p, weight[seen].astype(np.float64)):
            value[metric] += score / len(columns)
            rows[metric][seen] += pull / len(columns)
    return Influence(value=value, rows=rows)


def _of_column(y: Array, p: Array, w: Array) -> Iterator[tuple[str, float, Array]]:
    """(metric, score, float64[n] influence) of one column."""
    _, of = np.unique(p, return_inverse=True)
    event, rest = np.bincount(of, w * y), np.bincount(of, w * (1 - y))
    events, others = event.sum(), rest.sum()
    # What a row of this risk wins against rows of the other class; ties count half.
    below, above = np.cumsum(rest) - rest / 2, events - np.cumsum(event) + event / 2
    auroc = _auroc(event, event + rest)
    of_event, of_rest = (below / others)[of] - auroc, (above / events)[of] - auroc
    yield "auroc", auroc, w * np.where(y > 0, of_event / events, of_rest / others)
    # Rows called by a threshold at this risk: hits and all.
    hits, called = np.cumsum(event[::-1])[::-1], np.cumsum((event + rest)[::-1])[::-1]
    precision = hits / called
    auprc = _auprc(event, event + rest)
    gained, lost = np.cumsum(event / called), np.cumsum(event * precision / called)
    pull = y * (precision[of] - auprc + gained[of]) - lost[of]
    yield "auprc", auprc, w * pull / events
    squared = (p - y) ** 2
    brier = float(np.average(squared, weights=w))
    yield "brier", brier, w * (squared - brier) / w.sum()

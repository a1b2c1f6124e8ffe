"""C of two scores on the same patients: the difference, and its bootstrap interval by patient.

A resample is how often each patient stands in it. C is then a ratio of two sums over pairs, each
weighted by the product of both counts, so that pairs are compared once for all resamples. Weights
for censoring are those of all patients and stay as they are. A patient who was drawn twice is no
pair with himself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sksurv.nonparametric import CensoringDistributionEstimator
from sksurv.util import Surv

from combo_dl.core.errors import InputError
from combo_dl.core.follow_up import FollowUp
from combo_dl.stats.bootstrap import Difference, interval_of_mean
from combo_dl.stats.resampled import cluster_counts
from combo_dl.stats.survival import check_horizon, check_one_risk

METRICS = ("uno_c", "harrell_c")
_ROWS = 512  # events that are compared with all patients together
Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class ComparedRisks:
    """Patients of a fold: risks of two models float[N], higher for earlier events, who is resampled
    ``cluster`` int[N], and the day to which Uno's C counts."""

    seen: FollowUp
    model: Array
    against: Array
    cluster: Array
    horizon_days: float


def event_weights(seen: FollowUp, horizon_days: float) -> Array:
    """float64[N]: what an event counts in Uno's C, one over the squared probability of being seen
    until then, of these patients; 0 from the horizon on and for a censored patient (Uno et al.
    2011, Stat Med 30:1105).

    Raises InputError on late entry, which such weights do not know, several risks, and a horizon
    that is not above 0.
    """
    check_horizon(horizon_days)
    check_one_risk(seen)
    if seen.has_delayed_entry:
        raise InputError(
            f"{(seen.entry_days > 0).sum()} of {len(seen)} patients have delayed entry, which "
            "weights for censoring do not know; use harrell_c"
        )
    rows = np.flatnonzero((seen.event > 0) & (seen.time_days < horizon_days))
    made = np.zeros(len(seen))
    if len(rows):
        every = Surv.from_arrays(seen.event > 0, seen.time_days)
        law = CensoringDistributionEstimator().fit(every)
        made[rows] = law.predict_ipcw(every[rows]) ** 2
    return made


def concordance_difference(
    folds: Sequence[ComparedRisks], *, metric: str, draws: int = 1000, seed: int = 0
) -> tuple[Difference, list[Difference]]:
    """By how much ``metric`` (of METRICS) of ``model`` is above that of ``against``: the mean over
    folds, and each fold alone.

    Each draw takes as many patients as a fold has, with replacement, both models on the same ones.
    Where C is not defined (no pair, or Uno's C with late entry) a fold or a draw is left out. The
    same seed gives the same interval; models of one order differ by exactly 0.
    Raises InputError on an unknown metric, no fold, and a risk that is not finite.
    """
    if metric not in METRICS:
        raise InputError(f"no bootstrap of metric {metric!r}; there are {', '.join(METRICS)}")
    if not folds:
        raise InputError("no fold to compare two models on; expected at least one")
    once, drawn, sizes = [], [], []
    for place, fold in enumerate(folds):
        names, of = np.unique(fold.cluster, return_inverse=True)
        rng = np.random.default_rng([seed, place])
        gap = _gap(fold, metric)
        once.append(float(gap(np.ones((1, len(of))))[0]))
        blocks = cluster_counts(len(names), draws, rng)
        drawn.append(np.concatenate([gap(block[:, of].astype(np.float64)) for block in blocks]))
        sizes.append(len(names))
    each = [_told([m], [d], [n]) for m, d, n in zip(once, drawn, sizes, strict=True)]
    return _told(once, drawn, sizes), each


def _told(once: list[float], drawn: list[Array], sizes: list[int]) -> Difference:
    known = [i for i, value in enumerate(once) if not np.isnan(value)]
    low, high = interval_of_mean([drawn[i] for i in known])
    return Difference(
        mean=float(np.mean([once[i] for i in known])) if known else float("nan"),
        low=low,
        high=high,
        folds=tuple(once),
        n_clusters=sum(sizes[i] for i in known),
    )


def _gap(fold: ComparedRisks, metric: str) -> Callable[[Array], Array]:
    """The difference of C as a function of counts float64[b, N] of the rows: float64[b]."""
    check_one_risk(fold.seen)
    risks = [np.asarray(r, np.float64) for r in (fold.model, fold.against)]
    for risk in risks:
        if risk.shape != fold.seen.time_days.shape or not np.isfinite(risk).all():
            raise InputError("a risk to compare is not one finite number each patient")
    if metric == "harrell_c":
        weight = (fold.seen.event > 0).astype(np.float64)
    elif fold.seen.has_delayed_entry:
        return lambda counts: np.full(len(counts), np.nan)
    else:
        weight = event_weights(fold.seen, fold.horizon_days)
    return lambda counts: _difference_of(fold.seen, risks, weight, counts)


def _difference_of(seen: FollowUp, risks: list[Array], weight: Array, counts: Array) -> Array:
    rows = np.flatnonzero(weight > 0)
    sums = np.zeros((3, len(counts)))
    for at in range(0, len(rows), _ROWS):
        i = rows[at : at + _ROWS]
        pair = later_than(seen, i)
        own = counts[:, i] * weight[i]
        sums[0] += (own * (counts @ pair.T)).sum(axis=1)
        for k, risk in enumerate(risks):
            better = (risk[i, None] > risk) + 0.5 * (risk[i, None] == risk)
            sums[k + 1] += (own * (counts @ (pair * better).T)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[0] > 0, (sums[1] - sums[2]) / sums[0], np.nan)


def later_than(seen: FollowUp, rows: Array) -> Array:
    """bool[n, N]: who was at risk with each of ``rows`` int[n], and is known to have no event by
    that patient's; who was censored on that day was seen for longer."""
    time = seen.time_days[rows, None]
    later = (time < seen.time_days) | ((time == seen.time_days) & (seen.event == 0))
    return later & (seen.entry_days < time)


def stratified_c(seen: FollowUp, risk: Array, stratum: Array) -> float:
    """Harrell's C of the pairs within a stratum alone, object[N], such as patients of one cohort;
    NaN without such a pair. Raises InputError on several risks."""
    check_one_risk(seen)
    pairs = ordered = 0.0
    for name in dict.fromkeys(stratum.tolist()):
        own = np.flatnonzero(stratum == name)
        part, score = seen.take(own), np.asarray(risk, np.float64)[own]
        rows = np.flatnonzero(part.event > 0)
        for at in range(0, len(rows), _ROWS):
            i = rows[at : at + _ROWS]
            pair = later_than(part, i)
            better = (score[i, None] > score) + 0.5 * (score[i, None] == score)
            pairs += pair.sum()
            ordered += (pair * better).sum()
    return float(ordered / pairs) if pairs else float("nan")

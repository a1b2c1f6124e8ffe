"""Scores of predicted risks: of labels that are 0 or 1, how well they are told apart and whether
what is called a risk of 10 % happens in one of ten."""

import numpy as np
from scipy.special import logit, xlog1py, xlogy
from sklearn.linear_model import LogisticRegression

from combo_dl.core.errors import InputError
from combo_dl.stats import ranking
from combo_dl.stats.observed import observed

CLIP = 1e-6  # of a risk, where its logarithm is taken
BINS, K = 10, 50


def risk_scores(
    truth: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Scores of risks ``mean`` float[N] from 0 to 1 of labels ``truth`` float[N], 0, 1 or NaN.

    ``weight`` float[N] above 0: how much a row counts; None: each the same. Rows whose label is NaN
    are left out; the order of rows does not matter. Keys:
    prevalence: share of labels that are 1.
    auroc, auprc (average precision).
    brier: mean squared error of the risk (Brier 1950, Mon Weather Rev).
    brier_skill: 1 - brier / that of the prevalence of these very rows, 0 for what knows no more.
    log_loss: mean negative log likelihood in nats; risks are clipped to CLIP and 1 - CLIP.
    calibration_slope, calibration_intercept: see ``calibration_line``.
    ece: see ``calibration_error``.
    auroc, auprc, brier_skill, slope and intercept are NaN for labels of one class.
    Raises InputError on lengths that differ, no label, a label that is not 0 or 1, or a risk that
    is not a number from 0 to 1.
    """
    share = np.ones(len(truth)) if weight is None else weight
    seen = observed(truth, mean, weights=share)
    y, p, w = (x[seen].astype(np.float64) for x in (truth, mean, share))
    _check(y, p)
    event = y > 0
    prevalence = float(np.average(y, weights=w))
    brier = float(np.average((p - y) ** 2, weights=w))
    spread = prevalence * (1 - prevalence)
    kept = np.clip(p, CLIP, 1 - CLIP)
    slope, intercept = calibration_line(event, p, weight=w)
    return {
        "prevalence": prevalence,
        "auroc": ranking.auroc(event, p, weight=w),
        "auprc": ranking.auprc(event, p, weight=w),
        "brier": brier,
        "brier_skill": 1 - brier / spread if _has_both(event) else float("nan"),
        "log_loss": float(-np.average(xlogy(y, kept) + xlog1py(1 - y, -kept), weights=w)),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "ece": calibration_error(event, p, weight=w),
    }


def _check(y: np.ndarray, p: np.ndarray) -> None:
    for what, bad, values, expected in (
        ("label", ~np.isin(y, (0.0, 1.0)), y, "0 or 1"),
        ("risk", ~((p >= 0) & (p <= 1)), p, "a probability from 0 to 1"),
    ):
        if bad.any():
            raise InputError(
                f"a row has {what} {values[np.argmax(bad)]:g}; expected {expected} "
                f"({bad.sum()} such rows)"
            )


def _has_both(event: np.ndarray) -> bool:
    return bool(event.any() and not event.all())


def calibration_line(
    event: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """(slope, intercept) of the logistic recalibration logit P(event) = intercept + slope x
    logit(risk), by maximum likelihood (Cox 1958, Biometrika 45:562); (1, 0) is perfect.

    A slope below 1: risks are too extreme. ``event`` bool[N], ``mean`` float[N] clipped to CLIP and
    1 - CLIP. NaN where the likelihood has no maximum: events of one class, risks that do not vary,
    or risks that part the events wholly from the rest.
    """
    x = logit(np.clip(mean, CLIP, 1 - CLIP))
    none = (float("nan"), float("nan"))
    if not _has_both(event) or np.ptp(x) <= 1e-9:
        return none
    above, below = x[event], x[~event]
    if above.min() >= below.max() or above.max() <= below.min():
        return none
    # C = inf: no penalty.
    line = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8, max_iter=200)
    line.fit(x[:, None], event, sample_weight=weight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def calibration_error(
    event: np.ndarray, mean: np.ndarray, *, weight: np.ndarray | None = None, bins: int = BINS
) -> float:
    """Expected calibration error: mean over rows of |share of events - mean risk| of their bin.

    Bins hold like numbers of rows (Nixon et al. 2019, CVPR Workshops), because risks of rare events
    would share one of equal width; equal risks share a bin. ``event`` bool[N], ``mean`` float[N].
    """
    w = np.ones(len(mean)) if weight is None else weight
    _, of = np.unique(mean, return_inverse=True)
    size = np.bincount(of, w)
    middle = (np.cumsum(size) - size / 2) / size.sum()
    place = np.minimum((middle * bins).astype(np.int64), bins - 1)[of]
    gap = np.bincount(place, w * (event - mean), bins)
    return float(np.abs(gap).sum() / w.sum())


def ap_at(event: np.ndarray, mean: np.ndarray, *, k: int = K) -> float:
    """Average precision of the ``k`` highest risks, over as many hits as they could hold.

    Sum over the first k places of hit x precision, by min(events, k), as Zitnik, Agrawal & Leskovec
    2018 (Bioinformatics 34:i457) score side effects at k = 50. Of tied risks it is the expectation
    over their orders (McSherry & Najork 2008, ECIR). NaN without an event.
    ``event`` bool[N], ``mean`` float[N]. Raises InputError for k < 1.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected the number of highest risks to look at, 1 or more")
    if not event.any():
        return float("nan")
    _, of = np.unique(-mean, return_inverse=True)
    size, hits = np.bincount(of), np.bincount(of, event)
    before, hits_before = np.cumsum(size) - size, np.cumsum(hits) - hits
    group = np.repeat(np.arange(len(size)), size)[:k]
    place = np.arange(1, len(group) + 1)
    share = hits[group] / size[group]
    # Given a hit at this place, the other hits of its tie lie evenly over the other places.
    others = (hits[group] - 1) / np.maximum(size[group] - 1, 1)
    expected = hits_before[group] + (place - before[group] - 1) * others + 1
    return float((share * expected / place).sum() / min(int(event.sum()), k))

"""Outcomes of 0/1 endpoints: the risk, what independent drugs would have, and the excess."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from combo_dl.core.predictions import NULL_SUPPORT, Null, Outcome
from combo_dl.data.risk_calibration import NONE, RiskCalibration, logit
from combo_dl.infer.alone import independent

# Of a standard normal law, for what a new trial adds to a risk (Gauss-Hermite).
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True, kw_only=True)
class MemberRisks:
    """What M networks say of N combinations of W columns.

    risk: float64[M, N, W].  alone: float64[M, A, W] of their drugs alone, of which ``owner``
    int64[A] is the combination.  unseen: bool[N], training knows no such row: no drug of it, or no
    combination at all.  null_support: a text a row.
    """

    risk: np.ndarray
    alone: np.ndarray
    owner: np.ndarray
    unseen: np.ndarray
    null_support: tuple[str, ...]


def risk_outcome(
    found: MemberRisks, law: RiskCalibration | None, group: tuple[str, ...], *, level: float
) -> Outcome:
    """Risks with the interval that holds the risk of a new trial with probability ``level``.

    Without a law, no held-out row says how well a risk is known: intervals are all that is
    possible. A combination that abstains (``unseen``) has its risk all the same; a null of which a
    drug is unseen has none.
    """
    if law is None:
        return _anything(risk_outcome(found, NONE, group, level=level), found)
    mean = found.risk.mean(axis=0)
    between = found.risk.var(axis=0, ddof=1) if len(found.risk) > 1 else np.zeros_like(mean)
    low, high = law.interval(mean, between, group, level=level)
    risk = law.risk(mean, group)
    return Outcome(
        mean=risk.astype(np.float32),
        low=np.minimum(low, risk).astype(np.float32),
        high=np.maximum(high, risk).astype(np.float32),
        abstain=np.repeat(found.unseen[:, None], risk.shape[1], axis=1),
        null=_null(found, law, group, (risk, low, high), level),
    )


def _anything(told: Outcome, found: MemberRisks) -> Outcome:
    """The outcome with the widest intervals; the excess of one drug stays exactly 0."""
    null = told.null
    assert null is not None
    known, one = ~np.isnan(null.mean), (np.bincount(found.owner) == 1)[:, None]
    low, high = np.zeros_like(told.mean), np.ones_like(told.mean)

    def shown(values: np.ndarray) -> np.ndarray:
        return np.where(known, values, np.nan).astype(np.float32)

    wide = replace(
        null,
        low=shown(low),
        high=shown(high),
        excess_low=shown(np.where(one, 0.0, low - 1.0)),
        excess_high=shown(np.where(one, 0.0, high)),
    )
    return replace(told, low=low, high=high, null=wide)


def _null(
    found: MemberRisks,
    law: RiskCalibration,
    group: tuple[str, ...],
    risk: tuple[np.ndarray, np.ndarray, np.ndarray],
    level: float,
) -> Null:
    """The null of the mean risks, and the excess of ``risk`` (mean, low, high) over it. Their
    intervals are those of each network, over what a new trial adds to all log-odds alike: networks
    and trials differ. One drug is its own null, exactly."""
    own = tuple(group[i] for i in found.owner)
    count = len(group)
    together, apart = law.cluster(group), law.cluster(own)
    weights = np.repeat(_WEIGHTS / _WEIGHTS.sum() / len(found.risk), len(found.risk))
    nulls, excesses = [], []
    for node in _NODES:
        for own_risk, alone in zip(found.risk, found.alone, strict=True):
            whole = special.expit(logit(law.risk(own_risk, group)) + node * together)
            parts = special.expit(logit(law.risk(alone, own)) + node * apart)
            null = independent(parts, found.owner, count)
            nulls.append(null)
            excesses.append(whole - null)
    reach = stats.norm.ppf(0.5 + level / 2)
    null_half, half = (reach * _deviation(np.stack(v), weights) for v in (nulls, excesses))
    null = independent(law.risk(found.alone.mean(axis=0), own), found.owner, count)
    excess = risk[0] - null
    one = (np.bincount(found.owner, minlength=count) == 1)[:, None]
    known = np.array([s != NULL_SUPPORT[3] for s in found.null_support])[:, None]
    parts = {
        "mean": np.where(one, risk[0], null),
        "low": np.where(one, risk[1], np.clip(null - null_half, 0.0, 1.0)),
        "high": np.where(one, risk[2], np.clip(null + null_half, 0.0, 1.0)),
        "excess": np.where(one, 0.0, excess),
        "excess_low": np.where(one, 0.0, np.clip(excess - half, -1.0, 1.0)),
        "excess_high": np.where(one, 0.0, np.clip(excess + half, -1.0, 1.0)),
    }
    shown = {n: np.where(known, p, np.nan).astype(np.float32) for n, p in parts.items()}
    return Null(**shown, support=found.null_support)


def _deviation(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard deviation float64[N, W] of values [S, N, W] of these weights [S]."""
    mean = np.tensordot(weights, values, axes=1)
    return np.sqrt(np.tensordot(weights, (values - mean) ** 2, axes=1))


def null_supports(
    sets: np.ndarray, known: np.ndarray, alone: np.ndarray, undosed: np.ndarray
) -> tuple[str, ...]:
    """What the null of each row rests on. sets: int64[N, K] asked drugs, -1 pad.  known: int64[D]
    catalog id of each, -1 unseen.  alone: catalog ids of drugs that training saw alone.  undosed:
    bool[N, K], no dose is given of a drug that training knows doses of: it is taken to be at its
    usual one, also alone."""
    seen = set(alone.tolist())
    made = []
    missing: np.ndarray = np.asarray(undosed.any(axis=1))
    for n, row in enumerate(sets):
        ids = known[row[row >= 0]].tolist()
        if -1 in ids:
            made.append(NULL_SUPPORT[3])
        elif len(ids) == 1:
            made.append(NULL_SUPPORT[0])
        elif missing[n]:
            made.append(NULL_SUPPORT[4])
        else:
            made.append(NULL_SUPPORT[1] if seen.issuperset(ids) else NULL_SUPPORT[2])
    return tuple(made)

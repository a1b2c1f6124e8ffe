"""Outcomes of 0/1 endpoints: the risk, what independent drugs would have, and the excess."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from combo_dl.core.predictions import NULL_SUPPORT, Null, Outcome
from combo_dl.data.calibration import alone_of
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
    """The null of the mean risks, and the excess of ``risk`` (mean, low, high) over it.

    Networks err together on a set and on its drugs; what no network can say of the set and of each
    drug (the spread of clusters) is taken to be independent. A part of it is the trial's and common
    to them all, which held-out rows of sets do not tell apart: the interval is rather too wide.
    One drug is its own null, exactly.
    """
    own = tuple(alone_of(group[i]) for i in found.owner)
    count = len(group)
    nulls, excesses, null_lacks, excess_lacks = [], [], [], []
    for own_risk, alone in zip(found.risk, found.alone, strict=True):
        whole = _spread(law.risk(own_risk, group), law.cluster(group))
        apart = _product(_spread(law.risk(alone, own), law.cluster(own)), found.owner, count)
        nulls.append(apart[0])
        excesses.append(whole[0] - apart[0])
        null_lacks.append(apart[1])
        excess_lacks.append(whole[1] + apart[1])
    null_half = _half(np.stack(nulls), np.stack(null_lacks), level)
    half = _half(np.stack(excesses), np.stack(excess_lacks), level)
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


def _spread(risk: np.ndarray, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of risks whose log-odds are normal about those of ``risk``."""
    at = special.expit(logit(risk)[..., None] + deviation[..., None] * _NODES)
    mean = at @ (_WEIGHTS / _WEIGHTS.sum())
    return mean, (at - mean[..., None]) ** 2 @ (_WEIGHTS / _WEIGHTS.sum())


def _product(
    risk: tuple[np.ndarray, np.ndarray], owner: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of 1 - prod(1 - risk) of independent risks (mean, variance) of drugs."""
    mean, variance = risk
    null = independent(mean, owner, count)
    # E[prod q^2] of independent q = 1 - risk, by the same product.
    squared = 1.0 - independent(1.0 - (1.0 - mean) ** 2 - variance, owner, count)
    return null, np.maximum(squared - (1.0 - null) ** 2, 0.0)


def _half(values: np.ndarray, lacks: np.ndarray, level: float) -> np.ndarray:
    """Half the interval float64[N, W] of what networks [M, N, W] say and each of them lacks."""
    total = values.var(axis=0) + lacks.mean(axis=0)
    return special.ndtri(0.5 + level / 2) * np.sqrt(total)


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

"""RiskCalibration: what held-out rows teach about the risks of an ensemble.

Log-odds are recalibrated by a line (logistic recalibration: Cox 1958; Platt 1999). How well a risk
is known has two parts: how far the networks lie apart, and how far the risks of new clusters (the
arms of a trial) lie from what a model of drugs and doses can say. The second shows where rows of
one cluster err in the same direction (variance of a random intercept, by the method of moments).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from combo_dl.core.errors import FormatError

POOLED = ""
MIN_EVENTS, MIN_GROUP_EVENTS = 20, 50
MOST_INTERCEPT = 10.0
LEAST = 1e-6
SLOPES = (0.05, 5.0)
MOST_SPREAD = 3.0  # of a cluster, in log-odds
# How far the line of a group is thought to lie from that of all together: standard deviations of
# its height at the group's mean and of its slope. A group of few events says little of its slope.
HEIGHT_OF_GROUPS, SLOPE_OF_GROUPS = 0.5, 0.3


@dataclass(frozen=True, kw_only=True)
class RiskRows:
    """Entries (row x column) that were predicted and not learned from; arrays of length M.

    label: 0 or 1.  risk: mean over the networks.  between: variance of the risk between networks
    (unbiased; 0 where there is one).  cluster: int64, entries of one lean the same way.  group: a
    text, the support of the row.
    """

    label: np.ndarray
    risk: np.ndarray
    between: np.ndarray
    cluster: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: np.ndarray) -> "RiskRows":
        """These entries."""
        return RiskRows(**{name: array[rows] for name, array in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Line:
    """log-odds = intercept + slope * log-odds of the networks.  cluster: standard deviation of the
    log-odds of new clusters about that."""

    intercept: float
    slope: float
    cluster: float


@dataclass(frozen=True, kw_only=True)
class RiskCalibration:
    """lines: {group of support: its line}; "" of all together."""

    lines: dict[str, Line]

    def risk(self, risk: np.ndarray, group: Sequence[str]) -> np.ndarray:
        """Recalibrated risks float64[N, W] of rows of these groups."""
        intercept, slope, _ = self._of(group)
        return special.expit(intercept + slope * logit(risk))

    def interval(
        self, risk: np.ndarray, between: np.ndarray, group: Sequence[str], *, level: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) float64[N, W] that hold the risk of a new cluster with probability
        ``level``; ``between``: variance of ``risk`` between networks."""
        intercept, slope, cluster = self._of(group)
        inside = np.clip(risk, LEAST, 1 - LEAST)
        own = slope**2 * between / (inside * (1 - inside)) ** 2
        half = special.ndtri(0.5 + level / 2) * np.sqrt(own + cluster**2)
        centre = intercept + slope * logit(risk)
        return special.expit(centre - half), special.expit(centre + half)

    def cluster(self, group: Sequence[str]) -> np.ndarray:
        """float64[N, 1]: spread of the log-odds of new clusters."""
        return self._of(group)[2]

    def _of(self, group: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        lines = [self.lines.get(g, self.lines[POOLED]) for g in group]
        found = np.array([(x.intercept, x.slope, x.cluster) for x in lines]).reshape(-1, 3)
        return found[:, :1], found[:, 1:2], found[:, 2:]

    def to_json(self) -> dict:
        """Plain values."""
        return {group: dict(vars(line)) for group, line in self.lines.items()}

    @classmethod
    def from_json(cls, raw: dict) -> "RiskCalibration":
        """The inverse of ``to_json``. Raises FormatError without a line of all together."""
        names = ("intercept", "slope", "cluster")
        if POOLED not in raw:
            raise FormatError(f"a calibration of risks has the groups {sorted(raw)}; expected ''")
        return cls(lines={g: Line(**{n: float(line[n]) for n in names}) for g, line in raw.items()})


NONE = RiskCalibration(lines={POOLED: Line(intercept=0.0, slope=1.0, cluster=0.0)})


def logit(risk: np.ndarray) -> np.ndarray:
    """Log-odds of risks that are kept off 0 and 1."""
    return special.logit(np.clip(risk.astype(np.float64), LEAST, 1 - LEAST))


def fit_risk_calibration(rows: RiskRows) -> RiskCalibration | None:
    """Calibration from held-out entries, of all together and of each group with enough events,
    drawn to that of all; None where all together have too few."""
    if not _enough(rows, MIN_EVENTS):
        return None
    pooled = _line(rows)
    lines = {POOLED: pooled}
    for group in sorted(set(rows.group.tolist()) - {POOLED}):
        own = rows.take(np.flatnonzero(rows.group == group))
        if _enough(own, MIN_GROUP_EVENTS):
            lines[group] = _line(own, about=pooled)
    return RiskCalibration(lines=lines)


def _enough(rows: RiskRows, least: int) -> bool:
    events = float(rows.label.sum())
    return min(events, len(rows) - events) >= least


def _line(rows: RiskRows, *, about: Line | None = None) -> Line:
    """The most likely line; with ``about``, under a normal prior around that one."""
    x, y = logit(rows.risk), rows.label.astype(np.float64)
    middle = float(x.mean())

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        z = at[0] + at[1] * x
        wrong = special.expit(z) - y
        slopes = np.array([wrong.mean(), (wrong * x).mean()])
        value = float((np.logaddexp(0.0, z) - y * z).mean())
        if about is None:
            return value, slopes
        tilt = (at[1] - about.slope) / SLOPE_OF_GROUPS
        lift = (at[0] - about.intercept + (at[1] - about.slope) * middle) / HEIGHT_OF_GROUPS
        pull = np.array([lift, lift * middle]) / HEIGHT_OF_GROUPS
        pull[1] += tilt / SLOPE_OF_GROUPS
        return value + (tilt**2 + lift**2) / (2 * len(y)), slopes + pull / len(y)

    bounds = [(-MOST_INTERCEPT, MOST_INTERCEPT), SLOPES]
    start = np.array([0.0, 1.0])
    # Imported late: only a fit needs it.
    from scipy import optimize

    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    intercept, slope = map(float, found.x)
    fitted = special.expit(intercept + slope * x)
    return Line(
        intercept=intercept,
        slope=slope,
        cluster=_spread_of_clusters(y, fitted, rows.cluster),
    )


def _spread_of_clusters(label: np.ndarray, risk: np.ndarray, cluster: np.ndarray) -> float:
    """Standard deviation of a random intercept: products of the residuals of two entries of one
    cluster are its variance times the slopes of both risks, on the average."""
    place = np.unique(cluster, return_inverse=True)[1].reshape(-1)
    residual, slope = label - risk, risk * (1 - risk)
    sums = [np.bincount(place, weights=w) for w in (residual, residual**2, slope, slope**2)]
    pairs, scale = sums[0] ** 2 - sums[1], sums[2] ** 2 - sums[3]
    variance = pairs.sum() / scale.sum() if scale.sum() > 0 else 0.0
    return float(np.sqrt(np.clip(variance, 0.0, MOST_SPREAD**2)))

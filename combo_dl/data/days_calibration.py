"""DaysCalibration: how far predicted mean days are from what held-out groups of patients had.

A restricted mean is a share of its horizon, whose log-odds are taken to err normally. What a group
of patients had is the area under its Kaplan-Meier curve, which has a sampling error (Greenwood's
formula). What errors are beyond that has two parts: how far the networks lie apart, which each
prediction tells of itself, and the rest, tau, which is common to all and is learned here. The
predicted mean is not moved, so that a bias is a part of tau.

Tau is of means over groups. Errors of single patients within a group that average out over it are
not seen by any group, so that it is the least that is to be said of one patient's expected days.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from combo_dl.stats.heterogeneity import excess_variance

FEWEST_GROUPS = 8
MOST_SPREAD = 3.0  # in log-odds
LEAST = 1e-6


@dataclass(frozen=True, kw_only=True)
class GroupDays:
    """G groups of patients that were predicted and not learned from; arrays of length G.

    predicted: mean over patients of the mean days of the averaged networks, as a share of the days
    to which the group was followed.  between: variance of that between networks (unbiased; 0 where
    there is one).  observed: the share by Kaplan-Meier.  sampling: its variance.  cohort: a text,
    groups of one may err alike.  new: bool, nobody of the cohort was learned from.  networks: how
    many were averaged.
    """

    predicted: np.ndarray
    between: np.ndarray
    observed: np.ndarray
    sampling: np.ndarray
    cohort: np.ndarray
    new: np.ndarray
    networks: int

    def __len__(self) -> int:
        return len(self.predicted)

    def take(self, rows: np.ndarray) -> "GroupDays":
        """These groups: int[n] or bool[G]."""
        arrays = {n: getattr(self, n)[rows] for n in ARRAYS}
        return GroupDays(**arrays, networks=self.networks)

    @property
    def error(self) -> np.ndarray:
        """float64[G]: observed less predicted, in log-odds."""
        return logit(self.observed) - logit(self.predicted)

    @property
    def noise(self) -> np.ndarray:
        """float64[G]: variance of the observed log-odds (delta method)."""
        return self.sampling * steepness(self.observed) ** 2

    @property
    def apart(self) -> np.ndarray:
        """float64[G]: variance between networks of the predicted log-odds (delta method)."""
        return self.between * steepness(self.predicted) ** 2


ARRAYS = ("predicted", "between", "observed", "sampling", "cohort", "new")


@dataclass(frozen=True, kw_only=True)
class DaysCalibration:
    """Of one endpoint. spread: tau, in log-odds.  groups: how many it was learned from, inf where
    nothing was and the networks alone are meant.  new_cohorts: whether they all are of cohorts that
    nobody was learned from, as the patients of another hospital are."""

    spread: float
    groups: float
    new_cohorts: bool

    def interval(
        self, share: np.ndarray, between: np.ndarray, *, level: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) float64[N] that hold the true share of the horizon with probability
        ``level``; between: variance of ``share`` between networks, 0 of one."""
        total = between * steepness(share) ** 2 + self.spread**2
        half, centre = self.reach(level) * np.sqrt(total), logit(share)
        return special.expit(centre - half), special.expit(centre + half)

    def variance(self, share: np.ndarray) -> np.ndarray:
        """float64[N]: what tau adds to the variance of a share (delta method)."""
        return (self.spread / steepness(share)) ** 2

    def reach(self, level: float) -> float:
        """Standard deviations to the ends of an interval: of Student's t, since tau was learned
        from so many groups."""
        return float(special.stdtrit(self.groups, 0.5 + level / 2))

    def to_json(self) -> dict:
        """Plain values."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, raw: dict) -> "DaysCalibration":
        """The inverse of ``to_json``."""
        return cls(
            spread=float(raw["spread"]),
            groups=int(raw["groups"]),
            new_cohorts=bool(raw["new_cohorts"]),
        )


# How far networks disagree, alone.
AGREED = DaysCalibration(spread=0.0, groups=math.inf, new_cohorts=False)


def logit(share: np.ndarray) -> np.ndarray:
    """Log-odds of shares that are kept off 0 and 1."""
    return special.logit(_inside(share))


def steepness(share: np.ndarray) -> np.ndarray:
    """Slope of the log-odds of a share, 1 / (p (1 - p))."""
    inside = _inside(share)
    return 1.0 / (inside * (1.0 - inside))


def _inside(share: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(share, np.float64), LEAST, 1.0 - LEAST)


def fit_days_calibration(groups: GroupDays, *, networks: int) -> DaysCalibration | None:
    """Calibration for an ensemble of ``networks``, from groups predicted by ``groups.networks`` of
    them; None of fewer than FEWEST_GROUPS groups.

    With V the variance between networks, an average of c errs by tau0^2 + V/c and one of M by
    tau0^2 + V/M, of which an interval has V by itself where M > 1: tau^2 is the rest. Of two
    networks V is a guess in each group, and errors weighed by guesses make tau too large: its mean
    over groups is taken.
    """
    if len(groups) < FEWEST_GROUPS:
        return None
    between = float(groups.apart.mean())
    known = ((networks > 1) + 1 / groups.networks - 1 / networks) * between
    # What is not in an interval by itself is asked of tau, and where more of it is, added to tau.
    tau2 = excess_variance(groups.error, groups.noise + max(known, 0.0)) + max(-known, 0.0)
    spread = math.sqrt(tau2)
    return DaysCalibration(
        spread=min(spread, MOST_SPREAD), groups=len(groups), new_cohorts=bool(groups.new.all())
    )


def joined_groups(parts: Sequence[GroupDays]) -> GroupDays:
    """Groups of several folds or trainings, of ensembles of one size."""
    arrays = {n: np.concatenate([getattr(p, n) for p in parts]) for n in ARRAYS}
    return GroupDays(**arrays, networks=min(p.networks for p in parts))

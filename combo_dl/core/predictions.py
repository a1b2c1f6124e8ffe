"""Predictions: what comes out of a bundle, row by row."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_shape
from combo_dl.core.errors import InputError

PAIR_SUPPORT = (
    "pair seen in this profile",
    "pair seen",
    "drugs seen, pair new",
    "one drug unseen",
    "both unseen",
)
SINGLE_SUPPORT = ("drug seen", "drug unseen")
NULL_SUPPORT = (
    "one drug",
    "each seen alone",
    "seen in combinations",
    "a drug unseen",
    "at usual doses",
    "too many drugs",
)
# Days at which survival is told: half a year, a year and two.
SURVIVAL_DAYS = (182, 365, 730)
DISCLAIMER = "Predictions are hypotheses for trials, never treatment advice."


@dataclass(frozen=True, kw_only=True)
class Null:
    """What drugs would do without interaction, and how far the combination is from it; float32[N,
    W], NaN where that is outside support.

    mean, low, high: of the null, in the endpoint's unit.  excess, excess_low, excess_high: the
    combination less its null.  support: a text a row, of NULL_SUPPORT.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    excess: np.ndarray
    excess_low: np.ndarray
    excess_high: np.ndarray
    support: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Summary of one endpoint in its unit: float32[N, W]; ``curve`` float32[N, S] or None.

    Of survival W is 1, the mean days to the endpoint's horizon, and ``curve`` the share without an
    event at SURVIVAL_DAYS, NaN beyond what was learned.
    abstain: bool[N, W], the prediction is too uncertain to be used; None where that is not known.
    null: what independent drugs would do, None for an endpoint that has no such null.
    additive: of survival, what drugs would do whose times add; its support is that of ``null``.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    abstain: np.ndarray | None = None
    curve: np.ndarray | None = None
    null: Null | None = None
    additive: Null | None = None

    def validate(self) -> "Outcome":
        """Itself. Raises InputError unless low <= mean <= high, all finite."""
        for name in ("low", "high"):
            check_shape(name, getattr(self, name), self.mean.shape)
        if not (np.isfinite(self.low).all() and np.isfinite(self.high).all()):
            raise InputError("an outcome has an interval that is not finite")
        if not ((self.low <= self.mean) & (self.mean <= self.high)).all():
            raise InputError("an outcome has an interval that does not hold its mean")
        return self


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Outcomes of N requested rows.

    row: int64[N], the row of the request.  drug_names: K names a row.  support: a text a row from
    PAIR_SUPPORT or SINGLE_SUPPORT.  profile_seen: bool[N], the profile was in the training rows.
    level: the share of new observations that the interval is meant to hold.  times_days: the days
    of curves, None without any.
    """

    outcomes: dict[str, Outcome]
    row: np.ndarray
    drug_names: tuple[tuple[str, ...], ...]
    profile_names: tuple[str, ...]
    support: tuple[str, ...]
    profile_seen: np.ndarray
    level: float
    bundle_digest: str
    times_days: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.row)

    def validate(self) -> "Predictions":
        """Itself. Raises InputError when the parts do not fit."""
        n = len(self.row)
        for name in ("drug_names", "profile_names", "support", "profile_seen"):
            if len(getattr(self, name)) != n:
                raise InputError(f"predictions have {len(getattr(self, name))} {name} for {n} rows")
        for name, outcome in self.outcomes.items():
            if len(outcome.validate().mean) != n:
                raise InputError(f"outcome {name!r} has {len(outcome.mean)} rows; expected {n}")
        return self

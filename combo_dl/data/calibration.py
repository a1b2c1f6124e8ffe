"""Calibration: what held-out rows teach about the errors of an ensemble, group by group of support.

Three things are learned, each apart for pairs that were seen, new pairs of seen drugs, drugs never
seen and profiles never seen: how much of the kernel ridge to mix into the networks (stacking:
Wolpert 1992, Breiman 1996), how wide an interval must be (split-conformal), and above which
uncertainty a prediction is no better than the mean of the training labels (abstention).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from combo_dl.core.predictions import PAIR_SUPPORT, SINGLE_SUPPORT
from combo_dl.stats.conformal import POOLED, abstain_threshold, fit_conformal, reach

MIN_ROWS = 50
NEW_PROFILE = ", profile unseen"
# From the best supported to the worst: a group without rows of its own is treated as a harder one.
ORDER = (*PAIR_SUPPORT, *(f"{support}{NEW_PROFILE}" for support in PAIR_SUPPORT))
LEAST_SHRINK = 0.5


def groups_of(support: Sequence[str], profile_seen: np.ndarray) -> tuple[str, ...]:
    """The group of each row: its support, and whether its profile is new."""
    return tuple(
        s if seen else f"{s}{NEW_PROFILE}" for s, seen in zip(support, profile_seen, strict=True)
    )


def alone_of(group: str) -> str:
    """The group of a drug alone, seen in training, beside a row of ``group``."""
    return f"{SINGLE_SUPPORT[0]}{NEW_PROFILE}" if group.endswith(NEW_PROFILE) else SINGLE_SUPPORT[0]


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Rows that were predicted and not learned from; all float64[N], group a text a row.

    label; network: mean of the networks; deviation: predicted standard deviation of a new
    measurement; between: variance between networks, unbiased (0 where there is one); kernel: of
    the kernel ridge, NaN where there is none; null: of predicting the training mean.
    networks: how many were averaged.
    """

    label: np.ndarray
    network: np.ndarray
    deviation: np.ndarray
    between: np.ndarray
    kernel: np.ndarray
    null: np.ndarray
    group: tuple[str, ...]
    networks: int

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: np.ndarray) -> "HeldOut":
        """These rows."""
        return HeldOut(
            **{n: getattr(self, n)[rows] for n in _ARRAYS},
            group=tuple(self.group[i] for i in rows),
            networks=self.networks,
        )

    def with_label(self) -> "HeldOut":
        """The rows whose label is known and whose prediction can be wrong (one drug alone is 0)."""
        return self.take(np.flatnonzero(~np.isnan(self.label) & (self.deviation > 0)))


_ARRAYS = ("label", "network", "deviation", "between", "kernel", "null")


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Of one label column.

    share: {group: weight of the networks beside the kernel ridge}; "" pooled.  multiplier: {group:
    of the deviation at each of ``stats.conformal.LEVELS``}.  abstain: half-width of the 80 %
    interval above which a row abstains, inf = never.
    """

    share: dict[str, float]
    multiplier: dict[str, tuple[float, ...]]
    abstain: float = field(default=float("inf"))

    def mixed(
        self, network: np.ndarray, kernel: np.ndarray, group: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean of both, and the variance that their disagreement adds; the networks' alone where
        there is no kernel ridge."""
        share = np.array([self._share(g) for g in group])
        known = ~np.isnan(kernel)
        share = np.where(known, share, 1.0)
        other = np.where(known, kernel, network)
        return share * network + (1 - share) * other, share * (1 - share) * (network - other) ** 2

    def reach(self, group: Sequence[str], level: float) -> np.ndarray:
        """float64[N]: multiplier of the deviation for an interval of ``level``."""
        return reach(self.multiplier, group, level, order=ORDER)

    def covers(self, group: Sequence[str]) -> np.ndarray:
        """bool[N]: whether rows of this group, or of a harder one, were held out."""
        known = [ORDER.index(g) for g in self.multiplier if g in ORDER]
        hardest = max(known, default=-1)
        return np.array([g in ORDER and ORDER.index(g) <= hardest for g in group], dtype=bool)

    def _share(self, group: str) -> float:
        if group in self.share:
            return self.share[group]
        place = ORDER.index(group) if group in ORDER else len(ORDER)
        harder = [g for g in ORDER[place:] if g in self.share]
        known = [g for g in ORDER if g in self.share]
        key = harder[0] if harder else known[-1] if known else POOLED
        return self.share.get(key, 1.0)

    def to_json(self) -> dict:
        """Plain values; no infinity, which JSON lacks."""
        return {
            "share": self.share,
            "multiplier": {g: list(m) for g, m in self.multiplier.items()},
            "abstain": self.abstain if np.isfinite(self.abstain) else None,
        }

    @classmethod
    def from_json(cls, raw: dict) -> "Calibration":
        """The inverse of ``to_json``."""
        return cls(
            share={g: float(w) for g, w in raw["share"].items()},
            multiplier={g: tuple(map(float, m)) for g, m in raw["multiplier"].items()},
            abstain=float("inf") if raw["abstain"] is None else float(raw["abstain"]),
        )


def fit_calibration(rows: HeldOut, *, networks: int) -> Calibration | None:
    """Calibration for an ensemble of ``networks``, from rows predicted by ``rows.networks`` of
    them; None where there are too few rows.

    An average of M networks errs less than one of c: its squared error is smaller by the variance
    between networks times (1/c - 1/M). Shares and multipliers are corrected by that.
    """
    known = rows.with_label()
    if len(known) < MIN_ROWS:
        return None
    fewer = 1 / known.networks - 1 / networks
    names = np.array(known.group, dtype=object)
    parts = {g: np.flatnonzero(names == g) for g in dict.fromkeys(known.group)}
    parts = {g: at for g, at in parts.items() if len(at) >= MIN_ROWS} | {
        POOLED: np.arange(len(known))
    }
    share = {g: _share(known.take(at), fewer) for g, at in parts.items()}
    mixing = Calibration(share=share, multiplier={})
    mean, added = mixing.mixed(known.network, known.kernel, known.group)
    deviation = np.sqrt(known.deviation**2 + added)
    table = fit_conformal(np.abs(known.label - mean) / deviation, known.group, min_rows=MIN_ROWS)
    shrunk = {
        g: tuple(_shrink(known.take(parts[g]), mean[parts[g]], share[g], fewer) * m for m in row)
        for g, row in table.items()
    }
    made = Calibration(share=share, multiplier=shrunk)
    return Calibration(
        share=share, multiplier=shrunk, abstain=_abstain(made, known, mean, deviation)
    )


def _share(rows: HeldOut, fewer: float) -> float:
    """The weight of the networks with the least expected squared error, from 0 to 1."""
    both = ~np.isnan(rows.kernel)
    if not both.any():
        return 1.0
    apart = (rows.network - rows.kernel)[both]
    own = float((apart**2).mean()) - fewer * float(rows.between[both].mean())
    along = float(((rows.label - rows.kernel)[both] * apart).mean())
    # Fewer networks lie further from the kernel by their own noise, which says nothing of it.
    return float(np.clip(along / own, 0.0, 1.0)) if own > 0 else 0.5


def _shrink(rows: HeldOut, mean: np.ndarray, share: float, fewer: float) -> float:
    squared = float(((rows.label - mean) ** 2).mean())
    saved = fewer * share**2 * float(rows.between.mean())
    return float(np.sqrt(max(1 - saved / max(squared, 1e-12), LEAST_SHRINK**2)))


def _abstain(made: Calibration, rows: HeldOut, mean: np.ndarray, deviation: np.ndarray) -> float:
    """Learned on drugs and profiles that were held out; inf where none were."""
    hard = PAIR_SUPPORT[3:]
    new = np.flatnonzero([g in hard or g.endswith(NEW_PROFILE) for g in rows.group])
    if len(new) < MIN_ROWS:
        return float("inf")
    held = rows.take(new)
    width = deviation[new] * made.reach(held.group, 0.8)
    error, null = (held.label - mean[new]) ** 2, (held.label - held.null) ** 2
    return max(abstain_threshold(width, error, null), 0.0)

"""One block: score its sets, keep the best of each view."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import ConfigError
from combo_dl.screen.asked import Screened
from combo_dl.screen.combos import Block, sets_of
from combo_dl.screen.constraints import Allowed
from combo_dl.screen.found import MOST_FRONT, Found
from combo_dl.screen.settings import RankSettings
from combo_dl.screen.top import best, front, highest
from combo_dl.screen.values import Values
from combo_dl.screen.views import Views


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Of the n sets of a block: number int64[n]; allowed bool[n]; values {column: float32[U, n]};
    score float32[V, n], -inf where a set is not allowed or beyond a limit."""

    sets: np.ndarray
    number: np.ndarray
    allowed: np.ndarray
    values: dict[str, np.ndarray]
    score: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """How the blocks of a screen are scored and what is kept of them."""

    screened: Screened
    settings: RankSettings
    allowed: Allowed
    views: Views

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the values, in their order."""
        return tuple(self.screened.values)

    @property
    def harm(self) -> str | None:
        """The column of harm in the Pareto front, None where none is traded."""
        if self.settings.harm is not None:
            return self.settings.harm
        asked = [*self.settings.limit, *self.settings.weights]
        harms = [c for c in asked if self._is_harm(c)]
        return harms[0] if harms else None

    def check(self) -> "Ranker":
        """Itself. Raises ConfigError where what is to be maximised is a harm, or the other way."""
        if not self.settings.weights and self._is_harm(self.settings.maximise):
            raise ConfigError(
                f"maximise={self.settings.maximise} is a harm; name something good, and limit it: "
                f"'limit={{{self.settings.maximise}: 0.3}}'"
            )
        if self.settings.harm is not None and not self._is_harm(self.settings.harm):
            raise ConfigError(f"harm={self.settings.harm} is no harm; leave harm out, or name one")
        return self

    def _is_harm(self, column: str) -> bool:
        return self.screened.values[column].endpoint.direction == "harm"

    def block(self, block: Block, *, first: int) -> tuple[Scored, Found]:
        """Scores of a block and what is kept of them. first: number of the first set of its size
        among those of all sizes."""
        sets = sets_of(block, len(self.screened.drugs))
        number = first + np.arange(block.start, block.stop, dtype=np.int64)
        allowed = self.allowed.of(sets)
        values = {c: v.of(block) for c, v in self.screened.values.items()}
        means = {c: self.views.of(v.mean) for c, v in values.items()}
        fine = self._within(means) & allowed
        score = np.where(fine, self._utility(means), -np.inf)
        scored = Scored(
            sets=sets,
            number=number,
            allowed=allowed,
            values={c: v.mean for c, v in values.items()},
            score=score.astype(np.float32),
        )
        return scored, self._found(scored, means, values, fine)

    def _utility(self, values: dict[str, np.ndarray]) -> np.ndarray:
        weights = self.settings.utility
        if len(weights) == 1:
            ((column, weight),) = weights.items()
            return values[column] if weight == 1.0 else np.float32(weight) * values[column]
        return sum(np.float32(w) * values[c] for c, w in weights.items())  # type: ignore[return-value]

    def _within(self, means: dict[str, np.ndarray]) -> np.ndarray:
        """bool[V, n]: no limit is passed."""
        fine = np.ones(next(iter(means.values())).shape, bool)
        for column, limit in self.settings.limit.items():
            value = means[column]
            fine &= value <= limit if self._is_harm(column) else value >= limit
        return fine

    def _found(
        self,
        scored: Scored,
        means: dict[str, np.ndarray],
        values: dict[str, Values],
        fine: np.ndarray,
    ) -> Found:
        harm = self.harm
        nets = len(next(iter(values.values())).members)
        views = len(self.views)
        ranks = np.empty((nets, views, self.settings.top), np.float32)
        own = np.empty((nets, *scored.score.shape), np.float32)
        for m in range(nets):
            own[m] = self.views.of(self._utility({c: v.members[m] for c, v in values.items()}))
            ranks[m] = highest(np.where(fine, own[m], -np.inf), self.settings.top)
        rows: list[dict[str, np.ndarray]] = []
        for view in range(views):
            score = scored.score[view]
            top = best(score, scored.number, self.settings.kept)
            edge = np.zeros(0, np.int64)
            if harm is not None:
                edge = front(score, means[harm][view], scored.number, most=MOST_FRONT)
            at = np.union1d(top, edge)
            rows.append(
                {
                    "view": np.full(len(at), view, np.int32),
                    "number": scored.number[at],
                    "score": score[at],
                    "harm": _column(None if harm is None else means[harm][view], at),
                    "members": own[:, view, at].T,
                    "values": np.stack([means[c][view, at] for c in self.columns], axis=1),
                    "top": np.isin(at, top),
                    "front": np.isin(at, edge),
                }
            )
        profiles = len(self.screened.profiles)
        counts = [
            len(scored.sets),
            scored.allowed.sum(),
            np.isfinite(scored.score[:profiles]).sum(),
        ]
        return Found(
            **{n: np.concatenate([r[n] for r in rows]) for n in rows[0]},
            best=ranks,
            counts=np.array(counts, np.int64),
        )


def _column(values: np.ndarray | None, at: np.ndarray) -> np.ndarray:
    return np.full(len(at), np.nan, np.float32) if values is None else values[at]

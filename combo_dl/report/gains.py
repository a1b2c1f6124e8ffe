"""By how much the headline model is better than each baseline, fold by fold."""

from dataclasses import dataclass

from combo_dl.report.measures import MAIN, MEASURES, decimals
from combo_dl.report.result import BASELINE, TWIN, Difference, Result


@dataclass(frozen=True, kw_only=True)
class Gain:
    """A difference turned so that above 0 the model is the better one; ends None if unknown."""

    metric: str
    against: str
    mean: float
    low: float | None
    high: float | None
    folds: tuple[float, ...]
    clusters: str
    n_clusters: int

    @property
    def places(self) -> int:
        """Decimals that suit the mean and both ends."""
        return decimals([self.mean, self.low, self.high])

    @property
    def is_clear(self) -> bool:
        """The whole interval says that the model is better."""
        return self.low is not None and self.low > 0

    @property
    def is_loss(self) -> bool:
        """The whole interval says that the baseline is better."""
        return self.high is not None and self.high < 0


def gains(result: Result, endpoint: str, metric: str) -> list[Gain]:
    """Gains of the headline over baselines and twins, the smallest first."""
    own = result.protocol.headline
    found = [
        _gain(d, d.mean)
        for d in result.differences
        if (d.endpoint, d.metric, d.model) == (endpoint, metric, own)
        and d.mean is not None
        and result.role(d.against) in (BASELINE, TWIN)
    ]
    return sorted(found, key=lambda g: g.mean)


def compared(result: Result, endpoint: str) -> list[str]:
    """Measures that there are gains in, the main one first."""
    known = [m for m in MEASURES if MEASURES[m].better and gains(result, endpoint, m)]
    return sorted(known, key=lambda m: MAIN.index(m) if m in MAIN else len(MAIN))


def _gain(found: Difference, mean: float) -> Gain:
    up = MEASURES[found.metric].better > 0
    return Gain(
        metric=found.metric,
        against=found.against,
        mean=mean if up else -mean,
        low=found.low if up else _minus(found.high),
        high=found.high if up else _minus(found.low),
        folds=found.folds if up else tuple(-v for v in found.folds),
        clusters=found.clusters,
        n_clusters=found.n_clusters,
    )


def _minus(value: float | None) -> float | None:
    return None if value is None else -value

"""A benchmark as the page needs it: checked once, then looked up by endpoint and model."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from combo_dl.core.profile_table import PATIENT
from combo_dl.report.measures import MAIN, MEASURES

Record = dict[str, object]
HEADLINE, VARIANT, TWIN, BASELINE = "headline", "variant", "twin", "baseline"


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the benchmark was done. ``flatters``: the split makes every model look too good."""

    title: str
    split: str
    studies: tuple[str, ...]
    flatters: bool
    folds: tuple[str, ...]
    seeds: int
    headline: str
    endpoints: tuple[str, ...]
    thresholds: dict[str, float]
    units: dict[str, str]
    directions: dict[str, str]
    space: str = ""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of one model at one endpoint. ``values``: {measure: number or None}.

    ``shift`` and ``rows`` are those of a shift group: a label, and rows over all folds.
    """

    endpoint: str
    model: str
    values: dict[str, float | None]
    shift: str = ""
    rows: int = 0

    def get(self, key: str) -> float | None:
        """The score of this name, None where it was not computed."""
        return self.values.get(key)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A score of ``model`` minus that of ``against``, with its 95 % interval and one a fold."""

    endpoint: str
    metric: str
    model: str
    against: str
    mean: float | None
    low: float | None
    high: float | None
    folds: tuple[float, ...]
    clusters: str
    n_clusters: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a leakage check found. ``severity``: fail or warn."""

    check: str
    severity: str
    found: int
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How the numbers came about."""

    command: str
    cpu_minutes: float | None
    seeds: tuple[int, ...]
    versions: dict[str, str]
    digests: dict[str, str]
    config: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One benchmark.  table: means over folds.  groups: a model and shift group, folds pooled.

    ceiling: keys groups, pearson, ceiling, or empty.  survival: {curves, calibration, decisions:
    rows of groups of patients}, or empty.
    """

    name: str
    protocol: Protocol
    table: tuple[Scores, ...]
    groups: tuple[Scores, ...]
    differences: tuple[Difference, ...]
    ceiling: dict[str, float]
    leakage: tuple[Finding, ...]
    origin: Origin
    survival: dict[str, tuple[Record, ...]] = field(default_factory=dict)

    @property
    def of_patients(self) -> bool:
        """Whether rows are people; folders from before that was told are known by what differences
        were drawn over."""
        return self.protocol.space == PATIENT or any(
            d.clusters == PATIENT for d in self.differences
        )

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Names of the scored endpoints, in the order of the protocol; others after them."""
        found = dict.fromkeys(s.endpoint for s in self.table)
        named = [e for e in self.protocol.endpoints if e in found]
        return tuple(dict.fromkeys([*named, *found]))

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Leakage checks that failed: what was tested had been learned from."""
        return tuple(f.check for f in self.leakage if f.severity == "fail" and f.found)

    def ceiling_of(self, endpoint: str) -> float | None:
        """The correlation that replicates allow; they are compared at the first endpoint only."""
        return self.ceiling.get("ceiling") if endpoint == self.endpoints[0] else None

    def main(self, endpoint: str) -> str:
        """The measure that models of this endpoint are judged by."""
        found = {k for s in self.of(endpoint) for k, v in s.values.items() if v is not None}
        return next((key for key in MAIN if key in found), MAIN[0])

    def of(self, endpoint: str) -> list[Scores]:
        """The means of one endpoint, in the order of the file."""
        return [s for s in self.table if s.endpoint == endpoint]

    def ranked(self, endpoint: str) -> list[Scores]:
        """The means of one endpoint, the best model first, those without a score last."""
        key = self.main(endpoint)
        better = MEASURES[key].better
        return sorted(self.of(endpoint), key=lambda s: _badness(s.get(key), better))

    def scores(self, endpoint: str, model: str) -> Scores | None:
        """The means of one model, None where it has none."""
        return next((s for s in self.of(endpoint) if s.model == model), None)

    def role(self, model: str) -> str:
        """HEADLINE; VARIANT, the headline with another number of networks; TWIN, a network that
        knows names only; or BASELINE, a closed form."""
        own = self.protocol.headline
        if model == own:
            return HEADLINE
        if _stem(model) == _stem(own):
            return VARIANT
        return TWIN if "twin" in _stem(model).split() else BASELINE

    def best(self, endpoint: str, roles: Sequence[str]) -> Scores | None:
        """The best model of these roles, None where there is none."""
        return next((s for s in self.ranked(endpoint) if self.role(s.model) in roles), None)

    def shifts(self, endpoint: str) -> tuple[str, ...]:
        """Labels of the shift groups of an endpoint, in the order of the file."""
        return tuple(dict.fromkeys(s.shift for s in self.groups if s.endpoint == endpoint))

    def group(self, endpoint: str, model: str, shift: str) -> Scores | None:
        """Scores of one model in one shift group."""
        key = (endpoint, model, shift)
        return next((s for s in self.groups if (s.endpoint, s.model, s.shift) == key), None)


def _stem(model: str) -> str:
    return model.partition(",")[0].strip().casefold()


def _badness(value: float | None, better: int) -> tuple[bool, float]:
    return (value is None, 0.0 if value is None else -better * value)

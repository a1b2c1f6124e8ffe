"""Endpoint: what is predicted, declared in YAML."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

KINDS = ("synergy", "response", "toxicity", "survival", "effect")
DIRECTIONS = ("good", "harm", "neutral")
RISK_UNIT = "probability"


def _is_number(value: object) -> bool:
    # Not a number, an infinite one and an int beyond the floats all fail the comparison.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _is_range(bounds: object) -> bool:
    """Whether it is (low, high) with low below high, None for an open end."""
    if not isinstance(bounds, tuple) or len(bounds) != 2:
        return False
    low, high = bounds
    numbers = all(b is None or _is_number(b) for b in bounds)
    return numbers and (low is None or high is None or low < high)


def _named(columns: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("a column", column) for column in columns]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A predicted quantity of W = len(columns) columns.

    ``head`` names the head group that predicts it, ``weight`` its share in the objective,
    ``bounds`` the possible range (None = open), ``threshold`` what counts as an event in ranking
    scores, ``horizon_days`` to which a survival is counted (its restricted mean).
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    unit: str
    direction: str
    head: str
    weight: float = 1.0
    bounds: tuple[float | None, float | None] = (None, None)
    threshold: float | None = None
    metrics: tuple[str, ...] = ()
    horizon_days: float | None = None

    @property
    def is_risk(self) -> bool:
        """Whether labels are 0 or 1 and what is predicted is the probability of 1."""
        return self.unit == RISK_UNIT

    @property
    def is_survival(self) -> bool:
        """Whether a label is follow-up (days, event, entry), and what is predicted are curves."""
        return self.kind == "survival"

    def validate(self) -> "Endpoint":
        """Itself. Raises ConfigError."""
        if self.kind not in KINDS:
            raise ConfigError(
                f"endpoint {self.name!r} has kind {self.kind!r}; expected one of {', '.join(KINDS)}"
            )
        if self.direction not in DIRECTIONS:
            raise ConfigError(
                f"endpoint {self.name!r} has direction {self.direction!r}; "
                f"expected one of {', '.join(DIRECTIONS)}"
            )
        if not isinstance(self.columns, tuple):
            raise ConfigError(
                f"endpoint {self.name!r} has columns {self.columns!r}; expected a list of names"
            )
        if not self.columns:
            raise ConfigError(f"endpoint {self.name!r} has no columns; name at least one")
        self._check_text()
        self._check_numbers()
        return self

    def _check_text(self) -> None:
        for what, value in (("unit", self.unit), ("head", self.head), *_named(self.columns)):
            if not isinstance(value, str):
                raise ConfigError(f"endpoint {self.name!r} has {what} {value!r}; expected text")

    def _check_numbers(self) -> None:
        if not _is_number(self.weight) or not self.weight > 0:
            raise ConfigError(
                f"endpoint {self.name!r} has weight {self.weight!r}; expected a number above 0"
            )
        for what, value in (("threshold", self.threshold), ("horizon_days", self.horizon_days)):
            if value is not None and not _is_number(value):
                raise ConfigError(
                    f"endpoint {self.name!r} has {what} {value!r}; expected a number or null"
                )
        if self.is_survival and not (self.horizon_days or 0) > 0:
            raise ConfigError(
                f"the survival endpoint {self.name!r} has horizon_days {self.horizon_days!r}; "
                "expected the days to which survival is counted, such as 730"
            )
        if not _is_range(self.bounds):
            raise ConfigError(
                f"endpoint {self.name!r} has bounds {self.bounds!r}; expected [low, high] with low "
                "below high, or null for an open end"
            )

    @classmethod
    def from_json(cls, name: str, raw: dict) -> "Endpoint":
        """Endpoint of a configuration mapping. Raises ConfigError on an unknown or missing key."""
        known = [f.name for f in fields(cls)]
        if not isinstance(raw, dict):
            raise ConfigError(f"endpoint {name!r} is {raw!r}; expected its settings")
        for key in raw:
            if key not in known:
                raise ConfigError(
                    f"endpoint {name!r} has an unknown setting {key!r}; {hint(key, known)}"
                )
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        try:
            return cls(**(values | {"name": name})).validate()
        except TypeError as error:
            raise ConfigError(f"endpoint {name!r}: {error}") from error

    def to_json(self) -> dict:
        """Plain values for a JSON file."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

"""Settings of a screen, checked before anything is read."""

import re
from dataclasses import dataclass, field

from combo_dl.core.errors import ConfigError
from combo_dl.infer.device import check_device
from combo_dl.infer.request_table import MAX_DRUGS

MOST_TOP = 100_000
ENGINES = ("local", "spark")
_SIZES = re.compile(r"\s*(\d+)\s*(?:\.\.\s*(\d+)\s*)?")


@dataclass(frozen=True, kw_only=True)
class RankSettings:
    """What is looked for, and what may not be.

    maximise: a column that is good.  limit: {column: the most that a risk may be, or the least
    that something good may be}.  weights: {column: weight} of the utility that ranks; {maximise: 1}
    where none is given.  harm: the column against which benefit is traded in the Pareto front, by
    default the first harm of ``limit`` or ``weights``.  top: rows kept a profile, a group and the
    cohort.  most_per_drug: how many of them may hold the same drug, None = any number.  approved:
    drugs with an ATC code in the catalogue only.  other_targets: no two drugs of a set share a
    target.  most_new: drugs of a set that training never saw, None = any number.  seen_pairs:
    every pair of a set stands in a training row of what is maximised, and so does one drug alone.
    """

    maximise: str
    limit: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    harm: str | None = None
    top: int = 100
    most_per_drug: int | None = None
    approved: bool = False
    other_targets: bool = False
    most_new: int | None = None
    seen_pairs: bool = False

    def validate(self) -> "RankSettings":
        """Itself. Raises ConfigError."""
        if not 1 <= self.top <= MOST_TOP:
            raise ConfigError(f"top is {self.top}; expected a whole number from 1 to {MOST_TOP}")
        for name, least in (("most_per_drug", 1), ("most_new", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigError(f"{name} is {value}; expected {least} or more, or null")
        for setting in ("limit", "weights"):
            for column, value in getattr(self, setting).items():
                if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                    raise ConfigError(f"{setting}.{column} is {value!r}; expected a number")
        return self

    @property
    def utility(self) -> dict[str, float]:
        """{column: weight} of what ranks."""
        return self.weights or {self.maximise: 1.0}

    @property
    def kept(self) -> int:
        """Rows kept while scoring: more than are shown where a cap may pass over some."""
        return self.top if self.most_per_drug is None else 10 * self.top


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """Who scores the blocks. Rows do not depend on the engine; of the device and the precision they
    do, in the last digits.

    engine: ``local``, this process, or ``spark``.  workers: cores that Spark is given blocks for,
    and of a local session the number that it has.  device: cpu or cuda.  precision: of matrix
    products over pairs, float32 or bf16.
    """

    engine: str = "local"
    workers: int = 2
    device: str = "cpu"
    precision: str = "float32"

    def validate(self) -> "EngineSettings":
        """Itself. Raises ConfigError."""
        if self.engine not in ENGINES:
            raise ConfigError(f"engine is {self.engine!r}; expected {' or '.join(ENGINES)}")
        if self.workers < 1:
            raise ConfigError(f"workers is {self.workers}; expected 1 or more")
        check_device(self.device, self.precision)
        if self.engine == "spark" and self.device != "cpu":
            raise ConfigError(
                f"device={self.device} with engine=spark, whose workers score on processors; leave "
                "one of them out"
            )
        return self


def sizes_of(text: str | int) -> range:
    """``2`` or ``2..3`` as sizes. Raises ConfigError."""
    found = _SIZES.fullmatch(str(text))
    if found is None:
        raise ConfigError(f"size is {text!r}; expected a number or a range such as 2..3")
    low, high = int(found[1]), int(found[2] or found[1])
    if not 1 <= low <= high <= MAX_DRUGS:
        raise ConfigError(
            f"size is {text!r}; expected sizes from 1 to {MAX_DRUGS}, the smaller first, such as "
            "2..3"
        )
    return range(low, high + 1)

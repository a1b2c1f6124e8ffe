"""Hydra's sweep syntax as an Optuna search space (Hydra does not scan modules named ``_...``)."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep, Transformer
from hydra.errors import CompactHydraException
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from optuna.trial import FrozenTrial

Space = dict[str, BaseDistribution]


class SweepError(CompactHydraException):
    """A search that cannot start or go on; one line for the person who started it."""


def split(overrides: Sequence[Override]) -> tuple[list[str], Space]:
    """Overrides that every job gets, and the space of those that sweep. The last of a key wins."""
    fixed: dict[str, str] = {}
    space: Space = {}
    for override in overrides:
        key = override.get_key_element()
        fixed.pop(key, None)
        space.pop(key, None)
        if override.is_sweep_override():
            space[key] = _distribution(override)
        else:
            fixed[key] = str(override.input_line)
    if not space:
        raise SweepError(
            "nothing to search: no setting sweeps; give hydra.sweeper.params or, for one, "
            "'seed=choice(1,2,3)' or 'trainer.lr=tag(log, interval(1e-4, 1e-2))'"
        )
    return list(fixed.values()), space


def _distribution(override: Override) -> BaseDistribution:
    sweep: Any = override.value()
    try:
        if isinstance(sweep, IntervalSweep):
            return _interval(sweep)
        if isinstance(sweep, RangeSweep):
            return _range(sweep)
        return CategoricalDistribution([_plain(v) for v in override.sweep_iterator()])
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise SweepError(f"{override.input_line}: no search space ({reason})") from error


def _interval(sweep: IntervalSweep) -> BaseDistribution:
    log = "log" in sweep.tags
    if isinstance(sweep.start, int) and isinstance(sweep.end, int):
        return IntDistribution(sweep.start, sweep.end, log=log)
    return FloatDistribution(float(sweep.start or 0), float(sweep.end or 0), log=log)


def _range(sweep: RangeSweep) -> BaseDistribution:
    # Hydra adds binary floats, so that range(0.1, 0.4, 0.1) would reach its own excluded stop.
    values = [round(v, 12) for v in sweep.range() if not math.isclose(v, float(sweep.stop or 0))]
    if not values:
        raise ValueError("the range is empty")
    low, high, log = min(values), max(values), "log" in sweep.tags
    step = None if log else abs(sweep.step)
    if all(isinstance(v, int) for v in values):
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    return FloatDistribution(float(low), float(high), log=log, step=step)


def _plain(value: Any) -> int | float | bool | str:
    """Numbers as they are; all else in Hydra's own spelling, ready to be an override again."""
    return value if isinstance(value, int | float) else Transformer.str(value)


def as_overrides(params: dict[str, Any]) -> list[str]:
    """Parameters of a trial as overrides of a job."""
    return [f"{key}={value}" for key, value in params.items()]


def a_point(space: Space) -> dict[str, Any]:
    """Some point of the space: to see that its keys exist before any trial is made."""
    return {key: _edge(distribution) for key, distribution in space.items()}


def _edge(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return distribution.low


def grid_points(space: Space) -> list[dict[str, Any]]:
    """Every point of a discrete space, last key fastest. Raises SweepError on an interval."""
    axes = {key: _values(key, distribution) for key, distribution in space.items()}
    return [dict(zip(axes, point, strict=True)) for point in product(*axes.values())]


def _values(key: str, distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    step = None if distribution.log else distribution.step
    if step is None:
        raise SweepError(
            f"sampler grid: {key} is an interval, which has no end of values; "
            "give choice(...) or range(start, stop, step), or another sampler"
        )
    count = round((distribution.high - distribution.low) / step) + 1
    # Rounded: 0.1 + 2 * 0.1 would be spelt 0.30000000000000004 in the job's override.
    return [round(distribution.low + i * step, 12) for i in range(count)]


def check_same_space(space: Space, trials: Sequence[FrozenTrial], study_name: str) -> None:
    """Raise SweepError when the trials of a study were asked from another space."""
    for trial in trials:
        for key, old in trial.distributions.items():
            if key not in space:
                continue
            try:
                check_distribution_compatibility(old, space[key])
            except ValueError as error:
                raise SweepError(
                    f"study {study_name!r} searched {key} in {old}, now {space[key]}; "
                    "give the old space or another hydra.sweeper.study_name"
                ) from error

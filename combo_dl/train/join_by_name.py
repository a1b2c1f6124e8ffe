"""What several folds or trainings say under the same names, joined name by name."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def joined_by_name(parts: Sequence[dict[str, T]], join: Callable[[list[T]], T]) -> dict[str, T]:
    """{name: ``join`` of those of ``parts`` that have it}, names in the order that they come in."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: join([part[name] for part in parts if name in part]) for name in names}

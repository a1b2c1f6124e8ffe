"""Ordered names with their indices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint, is_formula


@dataclass(frozen=True, kw_only=True)
class Vocab:
    """Unique names; the position of a name is its id. ``kind`` names the noun in errors."""

    kind: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, names: Iterable[str]) -> "Vocab":
        """Vocab of the unique ``names``, sorted."""
        return cls(kind=kind, names=tuple(sorted(set(names))))

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def id(self, name: str) -> int:
        """Id of ``name``. Raises UnknownNameError with the nearest known names."""
        found = self._index.get(name)
        if found is None:
            raise UnknownNameError(f"unknown {self.kind} {name!r}; {hint(name, self.names)}")
        return found

    def get(self, name: str) -> int:
        """Id of ``name``, or -1."""
        return self._index.get(name, -1)

    def ids(self, names: Sequence[str]) -> np.ndarray:
        """Ids ``int32[n]`` of known names. Raises UnknownNameError."""
        return np.array([self.id(n) for n in names], dtype=np.int32)

    def validate(self) -> "Vocab":
        """Itself. Raises InputError on an empty or repeated name."""
        if len(self._index) != len(self.names):
            seen: set[str] = set()
            twice = next(n for n in self.names if n in seen or seen.add(n))  # type: ignore[func-returns-value]
            raise InputError(f"{self.kind} {twice!r} is named twice; names must be unique")
        if any(not isinstance(n, str) or not n.strip() for n in self.names):
            raise InputError(f"a {self.kind} has an empty name; every {self.kind} needs one")
        return self

    def refuse_formulas(self) -> None:
        """Raise InputError on a name that a spreadsheet would calculate instead of showing it."""
        for name in self.names:
            if is_formula(name):
                raise InputError(
                    f"{self.kind} {name[:40]!r} would be run as a formula by a spreadsheet that "
                    "opens the results; give it another name"
                )

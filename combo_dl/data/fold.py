"""Fold: which rows train, validate and test, with a proof that they share nothing split on."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.errors import LeakageError


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was checked: no ``unit`` (pair, drug, profile, group) stands on both sides."""

    unit: str
    between: str
    left: int
    right: int
    shared: int

    def validate(self) -> "Proof":
        """Itself. Raises LeakageError when the sides share a unit."""
        if self.shared:
            raise LeakageError(
                f"{self.shared} of {self.right} {self.unit}s are on both sides of {self.between}; "
                "expected none: split by identity (InChIKey first block), not by name or row"
            )
        return self

    def to_json(self) -> dict:
        """Plain values for a JSON file."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Row ids int64 of one fold.

    train: all rows that may be learned from.  search: the part of ``train`` used while
    ``validation`` (another part of it) finds the number of epochs.  test: never learned from.
    """

    name: str
    train: np.ndarray
    search: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    proofs: tuple[Proof, ...] = ()


def prove(unit: str, between: str, left: np.ndarray, right: np.ndarray) -> Proof:
    """Proof for the units (any ids, repeated) of two sides. Raises LeakageError on a shared one."""
    a, b = np.unique(left), np.unique(right)
    shared = len(np.intersect1d(a, b))
    return Proof(unit=unit, between=between, left=len(a), right=len(b), shared=shared).validate()

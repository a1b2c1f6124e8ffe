"""ProfileTable: cell lines, patients or arms of trials described by named fields."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_range, check_shape, take, take_text, text_array
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.vocab import Vocab

# Only a cell line is public: patients and the arms of trials are never kept by name.
PATIENT = "patient"
SPACES = ("cell_line", PATIENT, "none", "trial")


@dataclass(frozen=True, kw_only=True)
class ProfileField:
    """A named field: ``kind`` number (with ``unit``) or category (with ``levels``)."""

    name: str
    kind: str = "number"
    unit: str = ""
    levels: tuple[str, ...] = ()

    def to_json(self) -> dict:
        """Plain values for a JSON file."""
        return {
            "name": self.name,
            "kind": self.kind,
            "unit": self.unit,
            "levels": list(self.levels),
        }

    @classmethod
    def from_json(cls, raw: dict) -> "ProfileField":
        """The inverse of ``to_json``. Raises FormatError."""
        try:
            return cls(
                name=raw["name"], kind=raw["kind"], unit=raw["unit"], levels=tuple(raw["levels"])
            )
        except (KeyError, TypeError) as error:
            raise FormatError(f"broken profile field {raw!r}: {error}") from error


@dataclass(frozen=True, kw_only=True)
class ProfileTable:
    """P profiles.

    number: float32[P, Fn], NaN missing, columns in the order of the number fields.
    category: int16[P, Fc], -1 missing, columns in the order of the category fields.
    """

    space: str
    ids: Vocab
    fields: tuple[ProfileField, ...]
    number: np.ndarray
    category: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def told_names(self, ids: np.ndarray) -> np.ndarray:
        """object[...] names of these profiles for a file of results: '' of none (-1) and of every
        patient, whose name may be a number of a hospital."""
        names = [""] * len(self) if self.space == PATIENT else list(self.ids.names)
        return np.array([*names, ""], dtype=object)[ids]

    @property
    def number_fields(self) -> tuple[ProfileField, ...]:
        """The fields that are columns of ``number``."""
        return tuple(f for f in self.fields if f.kind == "number")

    @property
    def category_fields(self) -> tuple[ProfileField, ...]:
        """The fields that are columns of ``category``."""
        return tuple(f for f in self.fields if f.kind == "category")

    @classmethod
    def empty(cls) -> "ProfileTable":
        """The table of studies without profiles."""
        return cls(
            space="none",
            ids=Vocab(kind="profile", names=()),
            fields=(),
            number=np.zeros((0, 0), np.float32),
            category=np.zeros((0, 0), np.int16),
        )

    def validate(self) -> "ProfileTable":
        """Itself. Raises InputError when shapes, levels or values do not fit the fields."""
        if self.space not in SPACES:
            raise InputError(f"profile space {self.space!r}; expected one of {', '.join(SPACES)}")
        for field in self.fields:
            if field.kind not in ("number", "category"):
                raise InputError(
                    f"profile field {field.name!r} has kind {field.kind!r}; "
                    "expected number or category"
                )
        n = len(self.ids.validate())
        Vocab(kind="profile field", names=tuple(f.name for f in self.fields)).validate()
        check_shape("profile numbers", self.number, (n, len(self.number_fields)))
        check_shape("profile categories", self.category, (n, len(self.category_fields)))
        if np.isinf(self.number).any():
            row, col = np.argwhere(np.isinf(self.number))[0]
            raise InputError(
                f"profile {self.ids.names[row]!r} has an infinite {self.number_fields[col].name}; "
                "expected a number, or an empty cell where it is missing"
            )
        for j, field in enumerate(self.category_fields):
            check_range(f"profile field {field.name!r}", self.category[:, j], -1, len(field.levels))
        return self

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays of the values; the fields go to JSON (``ProfileField.to_json``)."""
        return {"ids": text_array(self.ids.names), "number": self.number, "category": self.category}

    @classmethod
    def from_arrays(
        cls, arrays: dict[str, np.ndarray], *, space: str, fields: tuple[ProfileField, ...]
    ) -> "ProfileTable":
        """The inverse of ``to_arrays``. Raises FormatError when the parts do not fit."""
        made = cls(
            space=space,
            ids=Vocab(kind="profile", names=take_text(arrays, "ids")),
            fields=fields,
            number=take(arrays, "number"),
            category=take(arrays, "category"),
        )
        try:
            return made.validate()
        except InputError as error:
            raise FormatError(f"broken profile table: {error}") from error

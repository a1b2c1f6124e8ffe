"""DrugCatalog: the drugs of a study or a request, with packed molecule graphs and fingerprints."""

from dataclasses import dataclass

import numpy as np

from combo_dl.core.arrays import check_shape, take, take_text, text_array
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.vocab import Vocab


@dataclass(frozen=True, kw_only=True)
class DrugCatalog:
    """D drugs; molecule d owns atoms ``atom_ptr[d]:atom_ptr[d+1]`` and bonds ``bond_ptr[d]:…``.

    A drug without SMILES (an antibody, radiation) has no atoms, no bonds and a zero fingerprint.

    atom: uint8[A, Fa], one category a column.  bond: uint8[M, Fb].  bond_index: int32[2, M], atom
    ids over the pack, both directions listed.  atom_ptr, bond_ptr: int64[D+1].
    fingerprint: uint8[D, bits] counts (clipped at 255).
    modality, smiles, drug_class, atc, inchikey: one text a drug (empty = unknown).
    """

    drugs: Vocab
    modality: tuple[str, ...]
    smiles: tuple[str, ...]
    inchikey: tuple[str, ...]
    drug_class: tuple[str, ...]
    atc: tuple[str, ...]
    atom: np.ndarray
    bond: np.ndarray
    bond_index: np.ndarray
    atom_ptr: np.ndarray
    bond_ptr: np.ndarray
    fingerprint: np.ndarray

    def __len__(self) -> int:
        return len(self.drugs)

    @property
    def inchikey14(self) -> tuple[str, ...]:
        """First block of the InChIKey (skeleton), the identity of leakage checks; a drug without a
        structure is itself."""
        return tuple(
            k[:14] if k else f"name:{n}"
            for k, n in zip(self.inchikey, self.drugs.names, strict=True)
        )

    @property
    def has_structure(self) -> np.ndarray:
        """bool[D]: the drug has a molecule graph."""
        return np.diff(self.atom_ptr) > 0

    def validate(self) -> "DrugCatalog":
        """Itself. Raises InputError when the parts do not fit together."""
        n = len(self.drugs.validate())
        for name in ("modality", "smiles", "inchikey", "drug_class", "atc"):
            if len(getattr(self, name)) != n:
                raise InputError(f"catalog has {len(getattr(self, name))} {name} for {n} drugs")
        check_shape("atom_ptr", self.atom_ptr, (n + 1,))
        check_shape("bond_ptr", self.bond_ptr, (n + 1,))
        check_shape("atom", self.atom, (None, None))
        check_shape("bond", self.bond, (None, None))
        check_shape("bond_index", self.bond_index, (2, len(self.bond)))
        check_shape("fingerprint", self.fingerprint, (n, None))
        self._check_pointers("atom", self.atom_ptr, len(self.atom))
        self._check_pointers("bond", self.bond_ptr, len(self.bond))
        owner = np.repeat(np.arange(n), np.diff(self.bond_ptr))
        inside = (self.bond_index >= self.atom_ptr[owner]) & (
            self.bond_index < self.atom_ptr[owner + 1]
        )
        if not inside.all():
            raise InputError(
                "a bond of the catalog joins atoms of two molecules; the pack is broken"
            )
        return self

    @staticmethod
    def _check_pointers(name: str, ptr: np.ndarray, total: int) -> None:
        if ptr[0] != 0 or ptr[-1] != total or (np.diff(ptr) < 0).any():
            raise InputError(
                f"{name}_ptr runs {ptr[0]}..{ptr[-1]}; expected 0..{total}, never falling"
            )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays (no objects) for an npz file."""
        texts = ("modality", "smiles", "inchikey", "drug_class", "atc")
        arrays = {name: text_array(getattr(self, name)) for name in texts}
        numbers = ("atom", "bond", "bond_index", "atom_ptr", "bond_ptr", "fingerprint")
        arrays |= {name: getattr(self, name) for name in numbers}
        return arrays | {"drugs": text_array(self.drugs.names)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "DrugCatalog":
        """The inverse of ``to_arrays``. Raises FormatError when arrays are missing or unfit."""
        texts = {
            n: take_text(arrays, n) for n in ("modality", "smiles", "inchikey", "drug_class", "atc")
        }
        dtypes = {
            "atom": "u1",
            "bond": "u1",
            "bond_index": "i4",
            "atom_ptr": "i8",
            "bond_ptr": "i8",
            "fingerprint": "u1",
        }
        numbers = {n: take(arrays, n) for n in dtypes}
        for name, dtype in dtypes.items():
            if numbers[name].dtype != np.dtype(dtype):
                raise FormatError(
                    f"array {name!r} holds {numbers[name].dtype}; expected {np.dtype(dtype)}"
                )
        made = cls(drugs=Vocab(kind="drug", names=take_text(arrays, "drugs")), **texts, **numbers)  # type: ignore[arg-type]
        try:
            return made.validate()
        except (InputError, IndexError) as error:
            raise FormatError(f"broken drug catalog: {error}") from error

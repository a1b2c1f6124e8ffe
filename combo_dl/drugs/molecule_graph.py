"""A molecule becomes arrays: categorical features of atoms and bonds, and a fingerprint."""

from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from combo_dl.core.arrays import check_range, check_shape
from combo_dl.core.molecule_features import (
    ATOM_FEATURES,
    BOND_FEATURES,
    BOND_STEREO,
    BOND_TYPES,
    CHIRALITIES,
    ELEMENTS,
    FINGERPRINT_BITS,
    FINGERPRINT_RADIUS,
    FORMAL_CHARGES,
    HYBRIDISATIONS,
    MAX_DEGREE,
    MAX_HYDROGENS,
)

_MORGAN = rdFingerprintGenerator.GetMorganGenerator(
    radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
)


@dataclass(frozen=True, kw_only=True)
class MoleculeGraph:
    """A atoms, M directed bonds.

    atom: uint8[A, Fa] and bond: uint8[M, Fb], columns as in ``core.molecule_features``.
    bond_index: int32[2, M], both directions of each bond listed, one after the other.
    """

    atom: np.ndarray
    bond: np.ndarray
    bond_index: np.ndarray

    def validate(self) -> "MoleculeGraph":
        """Itself. Raises InputError when the arrays do not fit together."""
        check_shape("atom", self.atom, (None, len(ATOM_FEATURES)))
        check_shape("bond", self.bond, (None, len(BOND_FEATURES)))
        check_shape("bond_index", self.bond_index, (2, len(self.bond)))
        check_range("bond_index", self.bond_index, 0, len(self.atom))
        return self

    @classmethod
    def empty(cls) -> "MoleculeGraph":
        """The graph of a drug without a structure: no atoms, no bonds."""
        return _graph([], [], [])


def featurise(mol: Chem.Mol) -> MoleculeGraph:
    """The graph of a sanitised molecule, atoms in its order.

    A chirality mark is relative to the order of atoms: take the molecule from ``parse_smiles``,
    whose order is canonical, so that one molecule gives one graph.
    """
    atoms = [_atom_row(atom) for atom in mol.GetAtoms()]
    bonds, ends = [], []
    for bond in mol.GetBonds():
        a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        bonds += [_bond_row(bond)] * 2
        ends += [(a, b), (b, a)]
    return _graph(atoms, bonds, ends)


def fingerprint(mol: Chem.Mol) -> np.ndarray:
    """Morgan fingerprint ``uint8[FINGERPRINT_BITS]``: counts of environments, at most 255 each."""
    counts = _MORGAN.GetCountFingerprintAsNumPy(mol)
    return np.minimum(counts, 255).astype(np.uint8)


def _graph(
    atoms: list[list[int]], bonds: list[list[int]], ends: list[tuple[int, int]]
) -> MoleculeGraph:
    return MoleculeGraph(
        atom=np.array(atoms, np.uint8).reshape(-1, len(ATOM_FEATURES)),
        bond=np.array(bonds, np.uint8).reshape(-1, len(BOND_FEATURES)),
        bond_index=np.ascontiguousarray(np.array(ends, np.int32).reshape(-1, 2).T),
    )


def _atom_row(atom: Chem.Atom) -> list[int]:
    values = {
        "element": _place(atom.GetSymbol(), ELEMENTS),
        "degree": min(atom.GetDegree(), MAX_DEGREE + 1),
        "formal_charge": _place(atom.GetFormalCharge(), FORMAL_CHARGES),
        "hybridisation": _place(str(atom.GetHybridization()), HYBRIDISATIONS),
        "hydrogens": min(atom.GetTotalNumHs(), MAX_HYDROGENS + 1),
        "chirality": _place(str(atom.GetChiralTag()), CHIRALITIES),
        "aromatic": int(atom.GetIsAromatic()),
        "in_ring": int(atom.IsInRing()),
    }
    return [values[name] for name in ATOM_FEATURES]


def _bond_row(bond: Chem.Bond) -> list[int]:
    values = {
        "type": _place(str(bond.GetBondType()), BOND_TYPES),
        "stereo": _place(str(bond.GetStereo()), BOND_STEREO),
        "conjugated": int(bond.GetIsConjugated()),
        "in_ring": int(bond.IsInRing()),
    }
    return [values[name] for name in BOND_FEATURES]


def _place(value: str | int, known: list | tuple) -> int:
    # The place after the last known value means "other".
    return known.index(value) if value in known else len(known)

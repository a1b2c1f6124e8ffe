"""Atoms of a molecule as people look at them: substructure bits by atom, and a flat drawing."""

from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDepictor, rdFingerprintGenerator

from combo_dl.core.molecule_features import FINGERPRINT_BITS, FINGERPRINT_RADIUS
from combo_dl.drugs.chemistry import parse_smiles


@dataclass(frozen=True, kw_only=True)
class Drawing2D:
    """A atoms on a plane: symbols, A texts; at, float64[A, 2] in units of about one bond; bonds,
    int64[M, 2] with their order float64[M] (1, 1.5 aromatic, 2, 3)."""

    symbols: tuple[str, ...]
    at: np.ndarray
    bonds: np.ndarray
    order: np.ndarray


def atom_symbols(smiles: str) -> tuple[str, ...]:
    """The element of each atom, in the order of a catalog's graph. Raises InputError."""
    return tuple(a.GetSymbol() for a in parse_smiles(smiles, where="").GetAtoms())


def bit_atoms(smiles: str) -> dict[int, np.ndarray]:
    """{bit of the Morgan fingerprint: float64[A], how often each atom is in an environment that
    sets the bit}, of the molecule in standard form. Raises InputError on what is no molecule."""
    mol = parse_smiles(smiles, where="")
    generator = rdFingerprintGenerator.GetMorganGenerator(
        radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
    )
    told = rdFingerprintGenerator.AdditionalOutput()
    told.AllocateBitInfoMap()
    generator.GetCountFingerprint(mol, additionalOutput=told)
    distance = _bonds_between(mol.GetNumAtoms(), _bonds(mol))
    found: dict[int, np.ndarray] = {}
    for bit, places in told.GetBitInfoMap().items():
        share = np.zeros(mol.GetNumAtoms())
        for centre, radius in places:
            share += distance[centre] <= radius
        found[int(bit)] = share
    return found


def drawing_of(smiles: str) -> Drawing2D:
    """Atoms and bonds on a plane, in the order of a catalog's graph. Raises InputError."""
    mol = parse_smiles(smiles, where="")
    rdDepictor.Compute2DCoords(mol)
    at = np.array(mol.GetConformer().GetPositions())[:, :2]
    bonds = list(mol.GetBonds())
    return Drawing2D(
        symbols=tuple(a.GetSymbol() for a in mol.GetAtoms()),
        at=at,
        bonds=_bonds(mol),
        order=np.array([b.GetBondTypeAsDouble() for b in bonds], np.float64),
    )


def _bonds(mol: Chem.Mol) -> np.ndarray:
    ends = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()]
    return np.array(ends, np.int64).reshape(-1, 2)


def _bonds_between(atoms: int, bonds: np.ndarray) -> np.ndarray:
    """int64[A, A]: bonds on the shortest way, as far as a fingerprint looks; more is one more."""
    near = np.eye(atoms, dtype=bool)
    beside = np.zeros((atoms, atoms), bool)
    beside[bonds[:, 0], bonds[:, 1]] = beside[bonds[:, 1], bonds[:, 0]] = True
    distance = np.where(near, 0, FINGERPRINT_RADIUS + 1)
    for step in range(1, FINGERPRINT_RADIUS + 1):
        near = near | ((near.astype(int) @ beside.astype(int)) > 0)
        distance = np.where(near & (distance > step), step, distance)
    return distance

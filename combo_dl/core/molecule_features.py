"""The categorical features of atoms and bonds: their names and how many values each takes.

They stand here, without chemistry, because ``drugs`` writes them and ``nn`` embeds them.
The last value of each feature means "other".
"""

# fmt: off
ELEMENTS = [
    "C", "N", "O", "F", "P", "S", "Cl", "Br", "I", "B", "Si", "Se", "Pt", "As", "Na", "K", "Ca",
    "Mg", "Fe", "Zn", "Co", "Cu", "Al", "Li", "Au", "Ag", "Ti", "V", "Cr", "Mn", "Ni", "Ga", "Ge",
    "Mo", "Ru", "Rh", "Pd", "Sn", "Sb", "Te", "Gd", "Tc", "Lu", "Ra", "H",
]
# fmt: on
FORMAL_CHARGES = (-2, -1, 0, 1, 2)
HYBRIDISATIONS = ("SP", "SP2", "SP3", "SP3D", "SP3D2")
CHIRALITIES = ("CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW")
BOND_TYPES = ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC", "DATIVE")
BOND_STEREO = ("STEREONONE", "STEREOE", "STEREOZ")
MAX_DEGREE = 6
MAX_HYDROGENS = 4

ATOM_FEATURES: dict[str, int] = {
    "element": len(ELEMENTS) + 1,
    "degree": MAX_DEGREE + 2,
    "formal_charge": len(FORMAL_CHARGES) + 1,
    "hybridisation": len(HYBRIDISATIONS) + 1,
    "hydrogens": MAX_HYDROGENS + 2,
    "chirality": len(CHIRALITIES) + 1,
    "aromatic": 2,
    "in_ring": 2,
}
BOND_FEATURES: dict[str, int] = {
    "type": len(BOND_TYPES) + 1,
    "stereo": len(BOND_STEREO) + 1,
    "conjugated": 2,
    "in_ring": 2,
}
FINGERPRINT_BITS = 2048
FINGERPRINT_RADIUS = 2

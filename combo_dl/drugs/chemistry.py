"""SMILES become molecules in one standard form: the drug without its salt, however it was drawn."""

import re
from functools import lru_cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from combo_dl.core.errors import InputError

MAX_SMILES_LENGTH = 2000

# Sodium, calcium and the like stand in a salt and are no part of the drug; the others hold ligands.
_SALT_METALS = frozenset((3, 4, 11, 12, 19, 20, 37, 38, 55, 56, 87, 88))
_METALS = frozenset((13, *range(21, 32), *range(39, 51), *range(57, 84), *range(89, 113)))
_DONORS = frozenset((7, 8, 15, 16, 33, 34))
_COUNTER_IONS = frozenset(
    Chem.CanonSmiles(ion)
    for ion in (
        *("F", "[F-]", "Cl", "[Cl-]", "Br", "[Br-]", "I", "[I-]", "O", "[OH-]", "[NH4+]"),
        *("[O-][N+](=O)[O-]", "O[N+](=O)[O-]", "[O-][Cl+3]([O-])([O-])[O-]", "O=S(=O)([O-])[O-]"),
        *("F[P-](F)(F)(F)(F)F", "F[B-](F)(F)F", "O=S(=O)([O-])C(F)(F)F", "O=S(=O)([O-])O"),
    )
)
_LARGEST = rdMolStandardize.LargestFragmentChooser(preferOrganic=True)
_NEUTRAL = rdMolStandardize.Uncharger()
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_RING_MARK = re.compile(r"%\(\d+\)|%\d\d|\d")


def parse_smiles(smiles: str, *, where: str) -> Chem.Mol:
    """The molecule of a SMILES in standard form, sanitised, with atoms in canonical order.

    Of a salt the largest organic fragment is kept, its charges neutralised where a proton does it
    (a quaternary ammonium or a zwitterion stays charged). A metal complex keeps its ligands, bound
    or written apart, and loses only its counter-ions. A dative bond of a lone pair is drawn with
    charges ([NH3+][Pt-2]), so that the common drawings of one complex are one graph.

    ``where`` ("row 3", "drug 'x'") begins the message. Raises InputError, with the reason, on a
    text that is no molecule, is empty, or has more than 2000 characters.
    """
    try:
        return Chem.Mol(_standard(smiles.strip()))
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from None


def canonical_smiles(smiles: str, *, where: str = "") -> str:
    """The one SMILES of the molecule in standard form. Raises InputError as ``parse_smiles``."""
    return Chem.MolToSmiles(parse_smiles(smiles, where=where))


def inchikey_of(smiles: str, *, where: str = "") -> str:
    """The full standard InChIKey (27 characters) of the molecule in standard form.

    Empty where InChI has no answer (a very large molecule). Raises InputError as ``parse_smiles``.
    """
    return molecule_key(parse_smiles(smiles, where=where))


def molecule_key(mol: Chem.Mol) -> str:
    """The full standard InChIKey of a molecule, empty where InChI has no answer."""
    # InChI takes metals apart by itself but refuses a dative bond.
    cut = Chem.RWMol(mol)
    for bond in [b for b in mol.GetBonds() if b.GetBondType() == Chem.BondType.DATIVE]:
        cut.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    with rdBase.BlockLogs():
        return Chem.MolToInchiKey(cut) or ""


@lru_cache(maxsize=4096)
def _standard(smiles: str) -> Chem.Mol:
    # Tables name the same few molecules on many rows, hence the cache.
    _check_text(smiles)
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            raise _unreadable(smiles, _reason(smiles))
        if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
            raise _unreadable(smiles, "it has an atom of no element, '*'")
        try:
            standard = _one_order(_drug_part(mol))
        except (Chem.MolSanitizeException, RuntimeError):  # RDKit's two ways to refuse a molecule
            standard = None
    if standard is None:
        raise _unreadable(smiles, "its charges or valences cannot be brought to a standard form")
    return standard


def _drug_part(mol: Chem.Mol) -> Chem.Mol:
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    if any(atom.GetAtomicNum() in _METALS for atom in mol.GetAtoms()):
        return _charged_donors(_without_counter_ions(mol))
    kept = _NEUTRAL.uncharge(_LARGEST.choose(mol))
    Chem.SanitizeMol(kept)  # the standardisers may leave ring information unset
    return kept


def _one_order(mol: Chem.Mol) -> Chem.Mol | None:
    # Reading the canonical text gives atoms, and chirality marks that hang on their order, in one
    # order whatever the SMILES looked like.
    return Chem.MolFromSmiles(Chem.MolToSmiles(mol))


def _without_counter_ions(mol: Chem.Mol) -> Chem.Mol:
    fragments = list(Chem.GetMolFrags(mol, asMols=True))
    bare_ion = any(f.GetNumAtoms() == 1 and _holds(f, _METALS) for f in fragments)
    kept = [f for f in fragments if not _is_counter_ion(f, keep_anions=bare_ion)]
    joined = kept[0]
    for fragment in kept[1:]:
        joined = Chem.CombineMols(joined, fragment)
    Chem.SanitizeMol(joined)
    return joined


def _is_counter_ion(fragment: Chem.Mol, *, keep_anions: bool) -> bool:
    # Around a bare [Pt+2] the chlorides are the ligands; beside a drawn complex they are its salt.
    if fragment.GetNumAtoms() == 1 and _holds(fragment, _SALT_METALS):
        return True
    return not keep_anions and Chem.MolToSmiles(fragment) in _COUNTER_IONS


def _holds(mol: Chem.Mol, elements: frozenset[int]) -> bool:
    return any(atom.GetAtomicNum() in elements for atom in mol.GetAtoms())


def _charged_donors(mol: Chem.Mol) -> Chem.Mol:
    drawn = Chem.RWMol(mol)
    for bond in drawn.GetBonds():
        donor, metal = bond.GetBeginAtom(), bond.GetEndAtom()
        if bond.GetBondType() != Chem.BondType.DATIVE or donor.GetAtomicNum() not in _DONORS:
            continue
        bond.SetBondType(Chem.BondType.SINGLE)
        donor.SetNumExplicitHs(donor.GetTotalNumHs())
        donor.SetNoImplicit(True)
        donor.SetFormalCharge(donor.GetFormalCharge() + 1)
        metal.SetFormalCharge(metal.GetFormalCharge() - 1)
    Chem.SanitizeMol(drawn)
    return drawn.GetMol()


def _check_text(smiles: str) -> None:
    if not smiles:
        raise InputError("the SMILES is empty; expected a molecule such as 'CC(=O)O'")
    if len(smiles) > MAX_SMILES_LENGTH:
        raise InputError(
            f"SMILES {shown(smiles)} has {len(smiles)} characters; "
            f"at most {MAX_SMILES_LENGTH} are read"
        )
    odd = next((c for c in smiles if not "!" <= c <= "~"), None)
    if odd is not None:
        raise _unreadable(smiles, f"it holds the character {odd!r}")


def _reason(smiles: str) -> str:
    raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is None:
        return _broken_syntax(smiles)
    problems = Chem.DetectChemistryProblems(raw)
    if not problems:
        return "its chemistry makes no sense to RDKit"
    return " ".join(problems[0].Message().split())


def _broken_syntax(smiles: str) -> str:
    bare = _BRACKETS.sub("", smiles)
    if "[" in bare or "]" in bare:
        return "unclosed bracket"
    if bare.count("(") != bare.count(")"):
        return "unclosed parenthesis"
    marks = _RING_MARK.findall(bare)
    if any(marks.count(mark) % 2 for mark in marks):
        return "unclosed ring"
    return "not the SMILES syntax"


def _unreadable(smiles: str, reason: str) -> InputError:
    return InputError(
        f"SMILES {shown(smiles)} cannot be read ({reason}); expected a molecule such as 'CC(=O)O'"
    )


def shown(text: str) -> str:
    """``text`` quoted on one line, its end left out where it is long."""
    return repr(text if len(text) <= 80 else text[:79] + "…")

"""What a person writes for a drug becomes a Drug: a name, a synonym, or a SMILES."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.names import hint, nearest, normalise
from combo_dl.drugs.chemistry import MAX_SMILES_LENGTH, inchikey_of, shown

_BETWEEN_DRUGS = re.compile(r"\s\+\s|[;|]")
_STRONG_MARK = re.compile(r"[=#@\[\]\\]")
_WEAK_MARK = re.compile(r"[()/.\d]")
_MIN_LENGTH_OF_WEAK = 5
_INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_PLAIN_ATOMS = re.compile(r"(?:Cl|Br|[BCNOPSFI]){2,}")
# Names have parentheses and digits too ("(R)-crizotinib", "CP-31398", "PI3K"), but then also small
# letters that are no atom, or no chain that goes on after a ring digit.
_WRITTEN_IN_ATOMS = re.compile(r"(?:Br|[^adefghijkmqrtuvwxyz])+")
_CHAIN_WITH_RING = re.compile(
    r"(?=.{4})(?:Cl|Br|[BCNOPSFIbcnops.-])+(?:%\d)?\d{1,2}(?:Cl|Br|[BCNOPSFIbcnops])[\w%.-]*"
)


def own_drugs(drugs: Sequence[Drug], *, table: DrugTable) -> DrugTable:
    """``table`` with a user's own ``drugs`` before it, each with the InChIKey of its structure.

    Raises InputError on a name or synonym that stands for two of them, on a synonym that is the
    name of a drug of the table, on a SMILES that cannot be read, and on an InChIKey that is none
    or is not that of the SMILES.
    """
    made = [_with_key(drug.validate(), f"drug {drug.name!r}") for drug in drugs]
    names: set[str] = set()
    for drug in made:
        if normalise(drug.name) in names:
            raise InputError(f"the table of drugs has {drug.name!r} twice; keep one row a drug")
        names.add(normalise(drug.name))
        for synonym in drug.synonyms:
            other = table.find(synonym)
            if other is not None and normalise(other.name) != normalise(drug.name):
                raise InputError(
                    f"the table of drugs gives {drug.name!r} the synonym {synonym!r}, which is "
                    f"{other.name!r}; leave it out"
                )
    DrugTable(drugs=tuple(made)).validate()
    return table.extended(made)


def _with_key(drug: Drug, where: str) -> Drug:
    if drug.inchikey and not _INCHIKEY.fullmatch(drug.inchikey):
        raise InputError(
            f"{where} states the InChIKey {shown(drug.inchikey)}; expected 27 characters such as "
            "BSYNRYMUTXBXSQ-UHFFFAOYSA-N, or an empty cell"
        )
    if not drug.smiles.strip():
        return drug
    key = inchikey_of(drug.smiles, where=where)
    if drug.inchikey and key and drug.inchikey != key:
        raise InputError(
            f"{where} states the InChIKey {drug.inchikey}, its SMILES has {key}; correct one"
        )
    return replace(drug, inchikey=key or drug.inchikey)


def split_combination(text: str) -> list[str]:
    """The entries of a combination: ``"Keytruda + lenvatinib"`` gives two.

    Between drugs stands " + " (with its spaces, since a charge such as [Na+] has a plus too), ";"
    or "|". Empty entries are left out.
    """
    parts = (part.strip() for part in _BETWEEN_DRUGS.split(text))
    return [part for part in parts if part]


def resolve_drug(entry: str, *, table: DrugTable, where: str) -> Drug:
    """The drug that ``entry`` means: a name or synonym of ``table``, else a SMILES.

    A SMILES whose full InChIKey is that of a drug of the table is that drug. Since a mistyped name
    may happen to be a molecule ("BCNO" is one), an unknown text counts as SMILES only if it has no
    space and either

    - holds a mark that names lack (= # @ [ ] or a backslash), or a parenthesis or an inner ring
      digit among nothing but atoms; where such a text does not read, it is a broken SMILES, or
    - has 5 or more characters, among them a parenthesis, a slash, a dot or a digit (every aromatic
      molecule has a ring digit), and reads as a molecule, or
    - is 2 or more plain atoms (C N O P S F I B Cl Br) in a row, is near no name of the table, and
      reads as a molecule.

    ``where`` ("row 3") begins every message. Raises InputError on a SMILES that cannot be read and
    UnknownNameError, with the nearest names, on any other unknown text.
    """
    text = entry.strip()
    if not text:
        raise InputError(f"{where}: a drug is empty; give a name or a SMILES")
    found = table.find(text)
    if found is not None:
        return found
    if _must_be_smiles(text):
        return _drug_of_smiles(text, table, where)
    if _may_be_smiles(text, table) and _reads(text):
        return _drug_of_smiles(text, table, where)
    raise UnknownNameError(
        f"{where}: unknown drug {shown(text)}; {hint(text, table.all_names)}; "
        f"give a SMILES{_how_to_write(text)}, or describe it in a drugs table (drugs=FILE)"
    )


def _must_be_smiles(text: str) -> bool:
    if " " in text:
        return False
    if _STRONG_MARK.search(text) or len(text) > MAX_SMILES_LENGTH:
        return True
    branched = ("(" in text or ")" in text) and _WRITTEN_IN_ATOMS.fullmatch(text)
    return bool(branched or _CHAIN_WITH_RING.fullmatch(text))


def _may_be_smiles(text: str, table: DrugTable) -> bool:
    if " " in text:
        return False
    if len(text) >= _MIN_LENGTH_OF_WEAK and _WEAK_MARK.search(text):
        return True
    return bool(_PLAIN_ATOMS.fullmatch(text)) and not nearest(text, table.all_names)


def _reads(text: str) -> bool:
    try:
        inchikey_of(text)
    except InputError:
        return False
    return True


def _how_to_write(text: str) -> str:
    return " (one atom in brackets, such as [CH3]C, tells it from a name)" if _reads(text) else ""


def _drug_of_smiles(text: str, table: DrugTable, where: str) -> Drug:
    key = inchikey_of(text, where=where)
    known = _by_inchikey(table).get(key) if key else None
    return known or Drug(name=text, modality="small_molecule", smiles=text, inchikey=key)


@lru_cache(maxsize=4)
def _by_inchikey(table: DrugTable) -> dict[str, Drug]:
    keys: dict[str, Drug] = {}
    for drug in table.drugs:
        key = drug.inchikey
        if drug.smiles:
            key = inchikey_of(drug.smiles, where=f"drug {drug.name!r}") or key
        if key:
            keys.setdefault(key, drug)
    return keys

"""What people write: names, synonyms, SMILES, and mistakes of each."""

import pytest

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.drugs.request import resolve_drug, split_combination

ASPIRIN = Drug(name="aspirin", synonyms=("ASA",), smiles="CC(=O)Oc1ccccc1C(=O)O")
CISPLATIN = Drug(name="cisplatin", smiles="[NH3+][Pt-2]([NH3+])(Cl)Cl")
LOMUSTINE = Drug(name="lomustine", synonyms=("CCNU",), smiles="O=NN(CCCl)C(=O)NC1CCCCC1")
PEMBRO = Drug(name="pembrolizumab", synonyms=("Keytruda", "MK-3475"), modality="antibody")
STATED = Drug(name="ethanol", inchikey="LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
TABLE = DrugTable(drugs=(ASPIRIN, CISPLATIN, LOMUSTINE, PEMBRO, STATED))


def resolve(entry: str) -> Drug:
    return resolve_drug(entry, table=TABLE, where="row 3")


@pytest.mark.parametrize("entry", ["Keytruda", "mk 3475", " PEMBROLIZUMAB "])
def test_names_and_synonyms(entry: str) -> None:
    assert resolve(entry) is PEMBRO


@pytest.mark.parametrize(
    "entry, drug",
    [
        ("O=C(C)Oc1ccccc1C(=O)O", ASPIRIN),
        ("CC(=O)OC1=CC=CC=C1C(=O)[O-].[Na+]", ASPIRIN),
        ("N.N.Cl[Pt]Cl", CISPLATIN),
        ("[NH3]->[Pt](Cl)(Cl)<-[NH3]", CISPLATIN),
        ("[CH3]CO", STATED),
    ],
)
def test_a_smiles_of_a_known_drug_is_that_drug(entry: str, drug: Drug) -> None:
    assert resolve(entry) is drug


@pytest.mark.parametrize(
    "entry", ["c1ccccc1", "C=O", "CCCCCC", "CC(C)C", "[Pt]", "CCN.Cl", "ClCCl", "F/C=C/F"]
)
def test_a_new_smiles_is_a_new_small_molecule(entry: str) -> None:
    drug = resolve(entry)
    assert (drug.name, drug.smiles, drug.modality) == (entry, entry, "small_molecule")
    assert len(drug.inchikey) == 27


@pytest.mark.parametrize("entry", ["C1CC", "CC(=Q)C", "CC(C", "[Na", "c1ccccc1(X", "C" * 2001])
def test_a_broken_smiles_is_told_as_one(entry: str) -> None:
    with pytest.raises(InputError, match="row 3: SMILES ") as caught:
        resolve(entry)
    assert not isinstance(caught.value, UnknownNameError)


@pytest.mark.parametrize(
    "entry",
    [
        *("C", "O", "Pt", "Cocos", "CCN", "BCNU", "CP31398", "SN39", "PI3K", "MK-9999"),
        *("PD-L1/CTLA-4", "(R)-crizotinib", "Keytruda(pembro)", "123I-MIBG"),
    ],
)
def test_an_unknown_name_is_told_as_one(entry: str) -> None:
    with pytest.raises(UnknownNameError, match="row 3: unknown drug"):
        resolve(entry)


def test_a_name_near_a_molecule_is_a_name() -> None:
    with pytest.raises(UnknownNameError, match=r"nearest known: CCNU.*one atom in brackets"):
        resolve("CCNO")


def test_a_misspelt_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'cisplatine'; nearest known: cisplatin"):
        resolve("cisplatine")


def test_an_empty_entry() -> None:
    with pytest.raises(InputError, match="row 3: a drug is empty"):
        resolve("  ")


def test_a_long_name_is_shortened() -> None:
    with pytest.raises(UnknownNameError) as caught:
        resolve("very long " * 1000)
    assert len(str(caught.value)) < 400


def test_a_broken_structure_of_the_table_names_its_drug() -> None:
    broken = DrugTable(drugs=(Drug(name="odd", smiles="C1CC"),))
    with pytest.raises(InputError, match="drug 'odd': SMILES 'C1CC'"):
        resolve_drug("CC(=O)O", table=broken, where="row 3")


@pytest.mark.parametrize(
    "text, parts",
    [
        ("Keytruda + lenvatinib", ["Keytruda", "lenvatinib"]),
        ("a; b|c", ["a", "b", "c"]),
        ("CC(=O)[O-].[Na+] + C[NH3+]", ["CC(=O)[O-].[Na+]", "C[NH3+]"]),
        ("[Pt+2]", ["[Pt+2]"]),
        ("alone", ["alone"]),
        ("a;; b ;", ["a", "b"]),
        ("", []),
    ],
)
def test_split_combination(text: str, parts: list[str]) -> None:
    assert split_combination(text) == parts

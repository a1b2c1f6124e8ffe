"""Chemistry and consistency of the named-drug catalogue shipped with the package."""

import csv
import re
from collections import Counter
from importlib.resources import files

import pytest
from rdkit import Chem

CORE = files("combo_dl") / "core"
COLUMNS = ("name", "synonyms", "modality", "smiles", "inchikey", "targets", "drug_class", "atc")
MODALITIES = {
    "small_molecule",
    "antibody",
    "adc",
    "protein",
    "cell_therapy",
    "vaccine",
    "radiation",
    "peptide",
    "oligonucleotide",
    "other",
}
# The spellings of the 38 drugs in the screen of O'Neil et al., Mol Cancer Ther 2016.
ONEIL_GENERIC = {
    "5-FU": "fluorouracil",
    "ABT-888": "veliparib",
    "AZD1775": "adavosertib",
    "BEZ-235": "dactolisib",
    "BORTEZOMIB": "bortezomib",
    "CARBOPLATIN": "carboplatin",
    "CYCLOPHOSPHAMIDE": "cyclophosphamide",
    "DASATINIB": "dasatinib",
    "DEXAMETHASONE": "dexamethasone",
    "DINACICLIB": "dinaciclib",
    "DOXORUBICIN": "doxorubicin",
    "ERLOTINIB": "erlotinib",
    "ETOPOSIDE": "etoposide",
    "GELDANAMYCIN": "geldanamycin",
    "GEMCITABINE": "gemcitabine",
    "L778123": "l-778123",
    "LAPATINIB": "lapatinib",
    "METFORMIN": "metformin",
    "METHOTREXATE": "methotrexate",
    "MITOMYCINE": "mitomycin",
    "MK-2206": "mk-2206",
    "MK-4541": "mk-4541",
    "MK-4827": "niraparib",
    "MK-5108": "mk-5108",
    "MK-8669": "ridaforolimus",
    "MK-8776": "sch-900776",
    "MRK-003": "mrk-003",
    "OXALIPLATIN": "oxaliplatin",
    "PACLITAXEL": "paclitaxel",
    "PD325901": "mirdametinib",
    "SN-38": "sn-38",
    "SORAFENIB": "sorafenib",
    "SUNITINIB": "sunitinib",
    "TEMOZOLOMIDE": "temozolomide",
    "TOPOTECAN": "topotecan",
    "VINBLASTINE": "vinblastine",
    "VINORELBINE": "vinorelbine",
    "ZOLINZA": "vorinostat",
}
OTHER_SPELLINGS = {
    "Keytruda": "pembrolizumab",
    "mk 3475": "pembrolizumab",
    "Opdivo": "nivolumab",
    "T-DXd": "trastuzumab deruxtecan",
    "nab-paclitaxel": "paclitaxel",
    "abiraterone acetate": "abiraterone",
    "radiation": "radiotherapy",
    "T-VEC": "talimogene laherparepvec",
}


def _rows() -> list[dict[str, str]]:
    with (CORE / "oncology_drugs.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _items(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def _key(spelling: str) -> str:
    return re.sub(r"[\s-]", "", spelling.lower())


ROWS = _rows()
STRUCTURES = [row for row in ROWS if row["smiles"]]
SPELLINGS = [(_key(s), r["name"]) for r in ROWS for s in (r["name"], *_items(r["synonyms"]))]
GENES = (CORE / "target_genes.txt").read_text(encoding="utf-8").splitlines()


def test_columns_and_size() -> None:
    assert tuple(ROWS[0]) == COLUMNS
    assert len(ROWS) >= 140


def test_sorted_by_unique_lower_case_name() -> None:
    names = [row["name"] for row in ROWS]
    assert names == sorted(set(names))
    assert all(name == name.lower().strip() for name in names)


def test_no_spelling_is_repeated() -> None:
    repeated = [key for key, n in Counter(key for key, _ in SPELLINGS).items() if n > 1]
    assert repeated == []


def test_no_cell_has_stray_blanks() -> None:
    cells = [part for row in ROWS for cell in row.values() for part in _items(cell)]
    assert all(part and part == part.strip() for part in cells)


def test_modality_is_known() -> None:
    assert {row["modality"] for row in ROWS} <= MODALITIES


def test_small_molecules_and_they_alone_need_a_structure() -> None:
    assert all(row["smiles"] for row in ROWS if row["modality"] == "small_molecule")
    assert {row["modality"] for row in STRUCTURES} <= {"small_molecule", "peptide"}
    assert all(bool(row["smiles"]) == bool(row["inchikey"]) for row in ROWS)


@pytest.mark.parametrize("row", STRUCTURES, ids=lambda row: row["name"])
def test_smiles_gives_the_stated_inchikey(row: dict[str, str]) -> None:
    molecule = Chem.MolFromSmiles(row["smiles"])
    assert molecule is not None
    assert Chem.MolToInchiKey(molecule) == row["inchikey"]


def test_one_drug_per_structure() -> None:
    keys = Counter(row["inchikey"] for row in STRUCTURES)
    assert [key for key, n in keys.items() if n > 1] == []


def test_only_the_known_epimers_share_a_first_block() -> None:
    # The first block knows no stereochemistry: these two count as one drug in a leakage check.
    blocks = Counter(row["inchikey"][:14] for row in STRUCTURES)
    shared = {row["name"] for row in STRUCTURES if blocks[row["inchikey"][:14]] > 1}
    assert shared == {"doxorubicin", "epirubicin"}


def test_each_structure_is_one_connected_molecule() -> None:
    # A salt or a metal written apart from its ligands would reach the encoder as several pieces.
    assert [row["name"] for row in STRUCTURES if "." in row["smiles"]] == []


@pytest.mark.parametrize("spelling, name", [*ONEIL_GENERIC.items(), *OTHER_SPELLINGS.items()])
def test_spelling_resolves(spelling: str, name: str) -> None:
    assert dict(SPELLINGS)[_key(spelling)] == name


def test_oneil_has_38_drugs_with_structure() -> None:
    named = set(ONEIL_GENERIC.values())
    assert len(named) == 38
    assert named <= {row["name"] for row in STRUCTURES}


def test_target_genes_are_exactly_the_verified_ones() -> None:
    used = {gene for row in ROWS for gene in _items(row["targets"])}
    assert sorted(used) == GENES
    assert all(re.fullmatch(r"[A-Z0-9][A-Za-z0-9-]*", gene) for gene in GENES)


def test_targets_of_a_drug_do_not_repeat() -> None:
    assert all(len(t) == len(set(t)) for t in (_items(row["targets"]) for row in ROWS))


def test_class_is_a_lower_snake_term() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", row["drug_class"]) for row in ROWS)


def test_atc_codes_are_fifth_level() -> None:
    codes = [code for row in ROWS for code in _items(row["atc"])]
    assert all(re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", code) for code in codes)


@pytest.mark.parametrize(
    "drug_class, gene",
    [
        ("pd1_inhibitor", "PDCD1"),
        ("pdl1_inhibitor", "CD274"),
        ("ctla4_inhibitor", "CTLA4"),
        ("parp_inhibitor", "PARP1"),
        ("cdk4_6_inhibitor", "CDK4"),
        ("taxane", "TUBB"),
        ("vegfr_inhibitor", "KDR"),
    ],
)
def test_class_implies_its_target(drug_class: str, gene: str) -> None:
    targets = [_items(row["targets"]) for row in ROWS if row["drug_class"] == drug_class]
    assert len(targets) >= 2
    assert all(gene in genes for genes in targets)

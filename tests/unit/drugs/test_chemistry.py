"""Molecules in standard form: salts, metals, charges, and what cannot be read."""

from contextlib import suppress

import pytest

from combo_dl.core.errors import InputError
from combo_dl.drugs.chemistry import canonical_smiles, inchikey_of, parse_smiles

CISPLATIN = "LXZZYRPGZAFOLE-UHFFFAOYSA-L"


@pytest.mark.parametrize(
    "smiles, standard",
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("Cl.CN(C)C(=N)NC(N)=N", "CN(C)C(=N)NC(=N)N"),
        ("O.O.CCO", "CCO"),
        ("CC(=O)[O-].CC(=O)[O-].[Ca+2]", "CC(=O)O"),
        ("C[NH3+]", "CN"),
        ("[CH3:1][OH:2]", "CO"),
        ("  CCO ", "CCO"),
    ],
)
def test_salts_and_charges_are_taken_off(smiles: str, standard: str) -> None:
    assert canonical_smiles(smiles) == standard


@pytest.mark.parametrize(
    "smiles, standard",
    [
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO"),
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
        ("[O-][N+](=O)c1ccccc1", "O=[N+]([O-])c1ccccc1"),
        ("[223Ra+2].[Cl-].[Cl-]", "[223Ra+2]"),
    ],
)
def test_permanent_charges_stay(smiles: str, standard: str) -> None:
    assert canonical_smiles(smiles) == standard


@pytest.mark.parametrize(
    "smiles",
    [
        "[NH3][Pt]([NH3])(Cl)Cl",
        "[NH3]->[Pt](Cl)(Cl)<-[NH3]",
        "[NH3+][Pt-2]([NH3+])(Cl)Cl",
        "N.N.Cl[Pt]Cl",
        "N.N.[Cl-].[Cl-].[Pt+2]",
        "[Na+].[Cl-].N.N.Cl[Pt]Cl",
        "Cl.N.N.Cl[Pt]Cl",
    ],
)
def test_every_drawing_of_cisplatin_is_cisplatin(smiles: str) -> None:
    assert inchikey_of(smiles) == CISPLATIN
    assert parse_smiles(smiles, where="row 1").GetNumAtoms() == 5


@pytest.mark.parametrize(
    "smiles, key",
    [
        ("[NH3][Pt]1([NH3])OC(=O)C2(CCC2)C(=O)O1", "OLESAACUTLOWQZ-UHFFFAOYSA-L"),
        (
            "O=C1O[Pt]2(OC1=O)[NH2][C@@H]1CCCC[C@H]1[NH2]2",
            "ZROHGHOFXNOHSO-BNTLRKBRSA-L",
        ),
    ],
    ids=["carboplatin", "oxaliplatin"],
)
def test_platinum_in_a_ring(smiles: str, key: str) -> None:
    assert inchikey_of(smiles) == key


def test_bonds_of_lone_pairs_are_drawn_in_one_way() -> None:
    assert canonical_smiles("[NH3]->[Pt](Cl)(Cl)<-[NH3]") == canonical_smiles(
        "[NH3+][Pt-2]([NH3+])(Cl)Cl"
    )


def test_a_complex_loses_its_counter_ions_only() -> None:
    nitrate = "[NH3+][Pt-2]([NH3+])(Cl)Cl.[O-][N+](=O)[O-].[K+]"
    assert canonical_smiles(nitrate) == canonical_smiles("[NH3+][Pt-2]([NH3+])(Cl)Cl")


def test_a_dative_bond_without_a_lone_pair_stays() -> None:
    assert "->" in canonical_smiles("C[CH2]->[Pt]")


@pytest.mark.parametrize(
    "smiles, reason",
    [
        ("C1CC", "unclosed ring"),
        ("CC(C", "unclosed parenthesis"),
        ("[Na", "unclosed bracket"),
        ("xyz", "not the SMILES syntax"),
        ("C(C)(C)(C)(C)C", "Explicit valence for atom # 0 C, 5"),
        ("c1cccc1", "Can't kekulize mol. Unkekulized atoms: 0 1 2 3 4"),
        ("C*", "no element"),
        ("CC O", "character ' '"),
        ("CC\x00", "character '\\x00'"),
        ("C\u00e9", "character 'é'"),
        ("   ", "the SMILES is empty"),
        ("C" * 2001, "has 2001 characters; at most 2000"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(smiles: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_smiles(smiles, where="row 3")
    message = str(caught.value)
    assert message.startswith("row 3: ")
    assert reason in message
    assert "\n" not in message and len(message) < 250


def test_the_whole_message() -> None:
    with pytest.raises(InputError) as caught:
        parse_smiles("C1CC", where="row 3")
    assert str(caught.value) == (
        "row 3: SMILES 'C1CC' cannot be read (unclosed ring); expected a molecule such as 'CC(=O)O'"
    )


@pytest.mark.parametrize("smiles", ["C1CC", "c1cccc1", "[NH3]->[Pt](Cl)(Cl)<-[NH3]", "C(F)(Cl)Br"])
def test_rdkit_prints_nothing(smiles: str, capfd: pytest.CaptureFixture[str]) -> None:
    with suppress(InputError):
        inchikey_of(smiles)
    assert capfd.readouterr() == ("", "")


def test_a_parsed_molecule_is_the_callers_own() -> None:
    parse_smiles("CCO", where="row 1").GetAtomWithIdx(0).SetAtomicNum(7)
    assert canonical_smiles("CCO") == "CCO"

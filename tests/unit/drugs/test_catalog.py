"""Drugs in, packed catalog out; the study's structures against the table's."""

import numpy as np
import pytest

from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import InputError
from combo_dl.core.molecule_features import ATOM_FEATURES, FINGERPRINT_BITS
from combo_dl.drugs.catalog import build_catalog, study_drugs

ETHANOL = Drug(name="ethanol", smiles="OCC", atc=("V03AB16", "V03AZ01"), drug_class="alcohol")
ACETATE = Drug(name="acetate", smiles="CC(=O)[O-].[Na+]")
ANTIBODY = Drug(name="nivolumab", synonyms=("Opdivo",), modality="antibody", targets=("PDCD1",))
TABLE = DrugTable(drugs=(ETHANOL, ANTIBODY, Drug(name="bare", modality="other", targets=("KDR",))))


def test_order_pack_and_facts() -> None:
    catalog = build_catalog([ACETATE, ANTIBODY, ETHANOL])
    assert catalog.drugs.names == ("acetate", "nivolumab", "ethanol")
    assert catalog.smiles == ("CC(=O)O", "", "CCO")
    assert catalog.atc[2] == "V03AB16|V03AZ01" and catalog.drug_class[2] == "alcohol"
    assert catalog.atom_ptr.tolist() == [0, 4, 4, 7]
    assert catalog.bond_ptr.tolist() == [0, 6, 6, 10]
    assert catalog.bond_index[:, 6:].tolist() == [[4, 5, 5, 6], [5, 4, 6, 5]]


def test_a_drug_without_structure() -> None:
    catalog = build_catalog([ANTIBODY, ETHANOL])
    assert catalog.has_structure.tolist() == [False, True]
    assert not catalog.fingerprint[0].any() and catalog.fingerprint[1].any()
    assert catalog.inchikey14 == ("name:nivolumab", "LFQSCWFLJHTTHZ")


@pytest.mark.parametrize("drugs", [[], [ANTIBODY]])
def test_no_structures_at_all(drugs: list[Drug]) -> None:
    catalog = build_catalog(drugs)
    assert catalog.atom.shape == (0, len(ATOM_FEATURES))
    assert catalog.fingerprint.shape == (len(drugs), FINGERPRINT_BITS)


def test_arrays_come_back() -> None:
    catalog = build_catalog([ACETATE, ANTIBODY])
    again = type(catalog).from_arrays(catalog.to_arrays())
    assert again.inchikey == catalog.inchikey
    assert np.array_equal(again.atom, catalog.atom)


def test_a_broken_structure_names_its_drug() -> None:
    with pytest.raises(InputError, match="drug 'odd': SMILES 'C1CC' cannot be read"):
        build_catalog([ETHANOL, Drug(name="odd", smiles="C1CC")])


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(InputError, match="'ethanol' is named twice"):
        build_catalog([ETHANOL, ETHANOL])


def test_the_table_knows_better_than_the_study() -> None:
    (drug,) = study_drugs(["Ethanol"], ["CCCCC"], table=TABLE)
    assert (drug.name, drug.smiles, drug.drug_class) == ("Ethanol", "OCC", "alcohol")


def test_an_antibody_gets_no_structure_from_a_study() -> None:
    (drug,) = study_drugs(["Opdivo"], ["CCO"], table=TABLE)
    assert (drug.name, drug.smiles, drug.targets) == ("Opdivo", "", ("PDCD1",))


def test_the_study_fills_what_the_table_lacks() -> None:
    (drug,) = study_drugs(["bare"], ["CCO"], table=TABLE)
    assert (drug.smiles, drug.modality, drug.targets) == ("CCO", "small_molecule", ("KDR",))


def test_unknown_names() -> None:
    with_smiles, without = study_drugs(["new", "newer"], [" CCN ", ""], table=TABLE)
    assert (with_smiles.smiles, with_smiles.modality) == ("CCN", "small_molecule")
    assert (without.smiles, without.modality) == ("", "other")


def test_names_and_smiles_must_pair() -> None:
    with pytest.raises(InputError, match="1 SMILES for 2 drugs"):
        study_drugs(["a", "b"], ["C"], table=TABLE)

from dataclasses import replace

import numpy as np
import pytest

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.errors import FormatError, InputError
from combo_dl.core.vocab import Vocab

# Two molecules of two and three atoms in a row, and between them a drug without a structure.
CATALOG = DrugCatalog(
    drugs=Vocab(kind="drug", names=("a", "antibody", "c")),
    modality=("small_molecule", "antibody", "small_molecule"),
    smiles=("CC", "", "CCC"),
    inchikey=("OTMSDBZUPAUEDD-UHFFFAOYSA-N", "", "ATUOYWHBWRKTHZ-UHFFFAOYSA-N"),
    drug_class=("", "PD-1", ""),
    atc=("", "L01FF02", ""),
    atom=np.zeros((5, 8), np.uint8),
    bond=np.zeros((6, 4), np.uint8),
    bond_index=np.array([[0, 1, 2, 3, 3, 4], [1, 0, 3, 2, 4, 3]], np.int32),
    atom_ptr=np.array([0, 2, 2, 5]),
    bond_ptr=np.array([0, 2, 2, 6]),
    fingerprint=np.eye(3, 16, dtype=np.uint8),
)


def test_identity_is_the_skeleton_or_the_name():
    assert CATALOG.validate().inchikey14 == ("OTMSDBZUPAUEDD", "name:antibody", "ATUOYWHBWRKTHZ")
    assert CATALOG.has_structure.tolist() == [True, False, True] and len(CATALOG) == 3


def test_arrays_and_back():
    arrays = CATALOG.to_arrays()
    back = DrugCatalog.from_arrays(arrays)
    assert all(a.dtype.kind != "O" for a in arrays.values())
    assert back.drugs == CATALOG.drugs and back.atc == CATALOG.atc
    for name, array in back.to_arrays().items():
        assert np.array_equal(array, arrays[name]) and array.dtype == arrays[name].dtype


@pytest.mark.parametrize("name", CATALOG.to_arrays())
def test_a_missing_array_is_named(name):
    arrays = {n: a for n, a in CATALOG.to_arrays().items() if n != name}
    with pytest.raises(FormatError, match=f"array '{name}' is missing"):
        DrugCatalog.from_arrays(arrays)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bond_index": CATALOG.bond_index[:, ::-1].copy()}, "joins atoms of two molecules"),
        ({"bond_index": CATALOG.bond_index + np.int32(9)}, "joins atoms of two molecules"),
        ({"atom_ptr": np.array([0, 3, 2, 5])}, "atom_ptr runs 0..5; expected 0..5, never falling"),
        ({"bond_ptr": np.array([0, 2, 2, 5])}, r"bond_ptr runs 0..5; expected 0..6"),
        ({"atom_ptr": np.array([0, 5])}, "atom_ptr has shape"),
        ({"atom": np.zeros(5, np.uint8)}, "atom has shape"),
        ({"atom": np.zeros((5, 8))}, "array 'atom' holds float64; expected uint8"),
        ({"modality": np.array(["antibody"])}, "catalog has 1 modality for 3 drugs"),
        ({"drugs": np.array(["a", "a", "c"])}, "drug 'a' is named twice"),
    ],
)
def test_a_broken_pack_is_refused(changed, message):
    with pytest.raises(FormatError, match=message):
        DrugCatalog.from_arrays(CATALOG.to_arrays() | changed)


def test_parts_of_other_lengths_are_refused():
    with pytest.raises(InputError, match="catalog has 2 smiles for 3 drugs"):
        replace(CATALOG, smiles=("CC", "")).validate()

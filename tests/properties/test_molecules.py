"""Laws of molecules: how a drug is written, and what stands beside it, changes nothing."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from combo_dl.core.drug_catalog import DrugCatalog
from combo_dl.core.drug_table import Drug, DrugTable
from combo_dl.core.errors import ComboError
from combo_dl.drugs.catalog import build_catalog
from combo_dl.drugs.chemistry import molecule_key, parse_smiles
from combo_dl.drugs.molecule_graph import featurise, fingerprint
from combo_dl.drugs.request import resolve_drug

TABLE = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@]12CC[C@@H](CC1=CC[C@@H]3[C@@H]2CC[C@]4([C@H]3CC=C4C5=CN=CC=C5)C)O",
    "CN(C)C/C=C/C(=O)NC1=C(C=C2C(=C1)C(=NC=N2)NC3=CC(=C(C=C3)F)Cl)O[C@H]4CCOC4",
    "C1CC[C@@H]2[C@@H](C1)[NH2+][Pt-2]3([NH2+]2)OC(=O)C(=O)O3",
    "N.N.Cl[Pt]Cl",
    "C[N+](C)(C)CCO.[Cl-]",
    "CN(C)C(=N)NC(=N)N",
    "[223Ra+2]",
)
DRUGS = (*(Drug(name=s, smiles=s) for s in TABLE), Drug(name="antibody", modality="antibody"))

molecules = st.sampled_from(TABLE)
orders = st.integers(0, 2**31)
LAW = settings(deadline=None, derandomize=True, max_examples=60)
PACKED = build_catalog(DRUGS)


@LAW
@given(smiles=molecules, seed=orders)
def test_one_molecule_is_one_graph_however_written(smiles: str, seed: int) -> None:
    written = Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(smiles), 1, randomSeed=seed)[0]
    one, other = parse_smiles(smiles, where="one"), parse_smiles(written, where="other")
    left, right = featurise(one), featurise(other)
    assert molecule_key(one) == molecule_key(other)
    assert np.array_equal(left.atom, right.atom) and np.array_equal(left.bond, right.bond)
    assert np.array_equal(left.bond_index, right.bond_index)


@LAW
@given(smiles=molecules, seed=orders)
def test_renumbering_atoms_renumbers_the_graph(smiles: str, seed: int) -> None:
    mol = parse_smiles(smiles, where="test")
    order = random.Random(seed).sample(range(mol.GetNumAtoms()), mol.GetNumAtoms())
    moved = Chem.RenumberAtoms(mol, order)
    here, there = featurise(mol), featurise(moved)
    assert np.array_equal(there.atom, here.atom[order])
    assert edges_of(np.array(order)[there.bond_index], there.bond) == edges_of(
        here.bond_index, here.bond
    )
    assert np.array_equal(fingerprint(mol), fingerprint(moved))
    assert molecule_key(mol) == molecule_key(moved)


def edges_of(index: np.ndarray, bond: np.ndarray) -> list[list[int]]:
    return sorted(np.concatenate([index.T, bond], axis=1).tolist())


@LAW
@given(smiles=molecules)
def test_both_directions_of_each_bond_with_one_feature(smiles: str) -> None:
    graph = featurise(parse_smiles(smiles, where="test"))
    assert edges_of(graph.bond_index, graph.bond) == edges_of(graph.bond_index[::-1], graph.bond)
    assert len(set(map(tuple, graph.bond_index.T.tolist()))) == graph.bond_index.shape[1]


@LAW
@given(chosen=st.lists(st.integers(0, len(DRUGS) - 1), unique=True))
def test_pack_neighbours_do_not_matter(chosen: list[int]) -> None:
    part = build_catalog([DRUGS[i] for i in chosen])
    for place, i in enumerate(chosen):
        for name, ptr in (("atom", "atom_ptr"), ("bond", "bond_ptr")):
            assert np.array_equal(slice_of(part, name, ptr, place), slice_of(PACKED, name, ptr, i))
        assert np.array_equal(bonds_of(part, place), bonds_of(PACKED, i))
        assert np.array_equal(part.fingerprint[place], PACKED.fingerprint[i])


def slice_of(catalog: DrugCatalog, name: str, ptr: str, i: int) -> np.ndarray:
    start, end = getattr(catalog, ptr)[i : i + 2]
    return getattr(catalog, name)[start:end]


def bonds_of(catalog: DrugCatalog, i: int) -> np.ndarray:
    start, end = catalog.bond_ptr[i : i + 2]
    return catalog.bond_index[:, start:end] - catalog.atom_ptr[i]


@LAW
@given(text=st.text(max_size=40) | st.text("CNOclBr[]()=#@+-12%/\\. ", max_size=25))
def test_any_text_is_a_drug_or_a_one_line_error(text: str) -> None:
    try:
        drug = resolve_drug(text, table=DrugTable(drugs=DRUGS[-1:]), where="row 1")
    except ComboError as error:
        assert str(error).startswith("row 1: ") and "\n" not in str(error)
    else:
        assert drug.validate() and len(build_catalog([drug])) == 1

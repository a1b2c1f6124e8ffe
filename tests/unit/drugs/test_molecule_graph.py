"""Arrays of small molecules, known by hand."""

import numpy as np
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.molecule_features import (
    ATOM_FEATURES,
    BOND_FEATURES,
    BOND_TYPES,
    ELEMENTS,
    FINGERPRINT_BITS,
)
from combo_dl.drugs.chemistry import parse_smiles
from combo_dl.drugs.molecule_graph import MoleculeGraph, featurise, fingerprint

AFATINIB = "CN(C)C/C=C/C(=O)NC1=C(C=C2C(=C1)C(=NC=N2)NC3=CC(=C(C=C3)F)Cl)O[C@H]4CCOC4"
BRUTAL = "[Xe].F[As-](F)(F)(F)(F)F.[Cm+3].CC#N.[O-2]"


def graph_of(smiles: str) -> MoleculeGraph:
    return featurise(parse_smiles(smiles, where="test")).validate()


def column(graph: MoleculeGraph, name: str) -> list[int]:
    return graph.atom[:, list(ATOM_FEATURES).index(name)].tolist()


def test_ethanol_by_hand() -> None:
    graph = graph_of("OCC")
    carbon, oxygen = ELEMENTS.index("C"), ELEMENTS.index("O")
    assert column(graph, "element") == [carbon, carbon, oxygen]
    assert column(graph, "degree") == [1, 2, 1]
    assert column(graph, "hydrogens") == [3, 2, 1]
    assert graph.bond_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert (graph.bond[:, 0] == BOND_TYPES.index("SINGLE")).all()


def test_benzene_is_aromatic_and_in_a_ring() -> None:
    graph = graph_of("C1=CC=CC=C1")
    assert column(graph, "aromatic") == column(graph, "in_ring") == [1] * 6
    assert set(graph.bond[:, 0]) == {BOND_TYPES.index("AROMATIC")}
    assert graph.bond[:, list(BOND_FEATURES).index("in_ring")].all()


def test_mirror_images_differ_in_chirality_alone() -> None:
    left, right = graph_of("C[C@H](N)C(=O)O"), graph_of("C[C@@H](N)C(=O)O")
    assert sorted(column(left, "chirality")) != sorted(column(right, "chirality"))
    assert column(left, "element") == column(right, "element")


def test_cis_and_trans_differ() -> None:
    assert graph_of("F/C=C/F").bond.tolist() != graph_of("F/C=C\\F").bond.tolist()


@pytest.mark.parametrize("smiles", [AFATINIB, BRUTAL, "[223Ra+2]", "C[CH2]->[Pt]", "[H][H]"])
def test_values_are_within_the_declared_sizes(smiles: str) -> None:
    graph = graph_of(smiles)
    assert (graph.atom < list(ATOM_FEATURES.values())).all()
    assert (graph.bond < list(BOND_FEATURES.values())).all()


def test_types_and_shapes() -> None:
    graph = graph_of("CC")
    assert (graph.atom.dtype, graph.bond.dtype, graph.bond_index.dtype) == ("u1", "u1", "i4")
    assert graph_of("C").bond_index.shape == (2, 0)
    assert MoleculeGraph.empty().validate().atom.shape == (0, len(ATOM_FEATURES))


def test_a_bond_to_no_atom_is_refused() -> None:
    good = graph_of("CC")
    bad = MoleculeGraph(atom=good.atom[:1], bond=good.bond, bond_index=good.bond_index)
    with pytest.raises(InputError, match="bond_index"):
        bad.validate()


def test_fingerprint_counts() -> None:
    prints = [fingerprint(parse_smiles("C" * n, where="test")) for n in (10, 400)]
    assert prints[0].shape == (FINGERPRINT_BITS,) and prints[0].dtype == np.uint8
    assert prints[0].sum() == 30 - 2  # 3 radii an atom; the two ends repeat a neighbour's whole
    assert prints[1].max() == 255

"""ClinTox and Tox21: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.label_names import label_names
from combo_dl.datasets import moleculenet
from combo_dl.drugs.catalog import build_catalog, study_drugs

CLINTOX = """smiles,FDA_APPROVED,CT_TOX,canonical_smiles
OCC,1,0,CCO
C(C)O,0,1,CCO
CCO,0,1,CCO
broken,1,1,
*CO,1,1,*CO
CN,1,0,CN
NC,0,1,CN
CCC,1,0,CCC
"""
TOX21 = ",".join([*moleculenet.ASSAYS, "mol_id", "smiles", "canonical_smiles"])
TOX21 += "\n1.0,,0.0" + "," * 9 + ",TOX1,CCO,CCO\n0.0,1.0" + "," * 10 + ",TOX2,OCC,CCO\n"
TOX21 += "," * 11 + ",TOX3,CC,CC\n0.0,0.0,1.0" + "," * 9 + ",TOX4,CN,CN\n"


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "toxicity" / "moleculenet"
    root.mkdir(parents=True)
    (root / "clintox.csv").write_text(CLINTOX)
    (root / "tox21.csv").write_text(TOX21)
    return tmp_path


def load(folder, table, check=False):
    return moleculenet.load(folder=str(folder), table=table, check_digests=check)


def test_copies_of_a_structure_vote_and_a_tie_is_no_value(folder):
    study = load(folder, "clintox")
    assert study.name == "clintox"
    assert (study.drugs.names, study.smiles) == (("clintox-0", "clintox-7"), ("CCO", "CCC"))
    assert study.combos.labels["clintox"].tolist() == [[1], [0]]
    assert study.provenance.flow == (
        ("rows read", 8),
        ("rows whose SMILES is a structure", 6),
        ("different structures", 3),
        ("structures with a value that is not a tie", 2),
    )


def test_an_assay_that_was_not_made_is_not_seen(folder):
    study = load(folder, "tox21")
    assert study.smiles == ("CCO", "CN")
    found = study.combos.labels["tox21"][:, :4]
    np.testing.assert_array_equal(found, [[np.nan, 1, 0, np.nan], [0, 0, 1, np.nan]])
    assert label_names(study, "tox21") == moleculenet.ASSAYS


def test_only_toxic_molecules_are_refused(folder):
    path = folder / "toxicity" / "moleculenet" / "clintox.csv"
    path.write_text(CLINTOX.replace("CCC,1,0,CCC", "CCC,0,1,CCC"))
    with pytest.raises(InputError, match="is positive in all 2 rows"):
        load(folder, "clintox")


def test_a_value_that_is_not_0_or_1_is_named(folder):
    path = folder / "toxicity" / "moleculenet" / "clintox.csv"
    path.write_text(CLINTOX.replace("CN,1,0,CN", "CN,1,2,CN"))
    with pytest.raises(InputError, match="row 5 has CT_TOX = '2'; expected 0, 1, or an empty"):
        load(folder, "clintox")


def test_another_table_is_refused(folder):
    with pytest.raises(ConfigError, match=r"data.moleculenet.table is 'sider'; expected one of"):
        load(folder, "sider")


@pytest.mark.real
@pytest.mark.parametrize(
    ("table", "rows", "shape"), [("clintox", 1491, (1441, 1)), ("tox21", 8014, (7822, 12))]
)
def test_the_counts_are_the_published_ones(table, rows, shape):
    study = load(os.environ.get("COMBO_DL_DATA"), table, check=True)
    assert study.provenance.flow[0][1] == rows
    assert study.combos.labels[table].shape == shape
    assert not any(oncology_drugs().find(name) for name in study.drugs.names)
    # The chemistry reads every structure.
    build_catalog(study_drugs(study.drugs.names, study.smiles, table=oncology_drugs()))

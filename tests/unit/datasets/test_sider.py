"""SIDER: rows written by hand in the true format, and the published counts (real)."""

import os

import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.label_names import find_label, label_names
from combo_dl.datasets import sider

DRUGS = """pubchem_cid,drug,canonical_smiles,inchikey14
11,tamoxiline,CCO,TAMOXILINETWIN
12,tamoxiline,OCC,TAMOXILINETWIN
21,cisplatin,CCN,CISPLATINALONE
31,,CCC,NAMELESSALONEX
41,,,
"""
# pubchem_cid, umls_cui, name
ROWS = [
    (11, "C2", "Nausea"),
    (12, "C2", "Nausea"),
    (12, "C1", "Rash"),
    (21, "C2", "Nausea"),
    (21, "C1", "Rash"),
    (31, "C3", "Uveitis"),
    (41, "C2", "Nausea"),
]


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "toxicity" / "sider4"
    root.mkdir(parents=True)
    columns = ["pubchem_cid", "umls_cui", "name"]
    pd.DataFrame(ROWS, columns=columns).to_parquet(root / "drug_side_effects.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    return tmp_path


def load(folder, min_drugs=2):
    return sider.load(folder=str(folder), min_drugs=min_drugs, check_digests=False)


def test_a_drug_is_a_row_and_a_common_effect_a_column(folder):
    study = load(folder)
    assert study.drugs.names == ("cid-31", "cisplatin", "tamoxiline")
    assert study.combos.drugs.tolist() == [[0], [1], [2]]
    assert label_names(study, "ae_sider") == ("Rash", "Nausea")
    # The keys of one name are one drug; a drug of rare effects has none of the columns.
    assert study.combos.labels["ae_sider"].tolist() == [[0, 0], [1, 1], [1, 1]]
    assert find_label(study, "ae_sider", "C2") == 1
    assert study.provenance.flow[:3] == (
        ("rows read", 7),
        ("rows of a drug with a name or a structure", 6),
        ("rows of different drugs and effects", 5),
    )


def test_settings_that_leave_nothing_are_named(folder):
    with pytest.raises(ConfigError, match=r"data.sider4.min_drugs is 0"):
        load(folder, min_drugs=0)
    with pytest.raises(InputError, match=r"no effect is named for 9 drugs \(the most: 2\)"):
        load(folder, min_drugs=9)


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = sider.load(folder=os.environ.get("COMBO_DL_DATA"), min_drugs=50, check_digests=True)
    assert study.provenance.flow[0][1] == 152759
    # 1,556 keys: 128 share a name with another, 172 have neither name nor structure.
    assert study.combos.labels["ae_sider"].shape == (1256, 550)

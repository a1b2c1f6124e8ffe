"""DrugBank interactions: rows written by hand in the true format, and the published counts."""

import os

import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.core.label_names import label_names
from combo_dl.datasets import drugbank_ddi

DRUGS = """drugbank_id,drug,canonical_smiles,inchikey14
DB1,zanoline,CCO,ZANOLINEALONEX
DB2,cisplatin,CCN,CISPLATINALONE
DB3,,CCC,NAMELESSALONEX
DB4,,,
"""
TYPES = """label,description
1,#Drug1 may increase the ototoxic activities of #Drug2.
2,The serum concentration of #Drug2 can be decreased when combined with #Drug1.
"""
# drug1, drug2, label: both directions, two types of a pair, and a drug of which nothing is known.
ROWS = [("DB1", "DB2", 1), ("DB2", "DB1", 2), ("DB3", "DB1", 2), ("DB4", "DB1", 1)]
ONCE = ("One drug may increase the ototoxic activities of the other drug",)
TWICE = (
    *ONCE,
    "The serum concentration of one drug can be decreased when combined with the other drug",
)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "toxicity" / "drugbank_ddi"
    root.mkdir(parents=True)
    rows = pd.DataFrame(ROWS, columns=["drug1", "drug2", "label"])
    rows.to_parquet(root / "interactions.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    (root / "interaction_types.csv").write_text(TYPES)
    return tmp_path


def load(folder):
    return drugbank_ddi.load(folder=str(folder), check_digests=False)


def rewrite(folder, rows):
    path = folder / "toxicity" / "drugbank_ddi" / "interactions.parquet"
    pd.DataFrame(rows, columns=["drug1", "drug2", "label"]).to_parquet(path)


def test_all_types_of_a_pair_are_in_one_row_whatever_their_direction(folder):
    rewrite(folder, [*ROWS, ("DB3", "DB2", 1)])
    study = load(folder)
    assert study.drugs.names == ("DB3", "cisplatin", "zanoline")
    assert study.combos.drugs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert study.combos.labels["ddi_type"].tolist() == [[1, 0], [0, 1], [1, 1]]
    assert label_names(study, "ddi_type") == TWICE


def test_a_type_that_every_pair_has_is_refused(folder):
    with pytest.raises(InputError, match=r"'ddi_type': 'The serum .* is positive in all 2 rows"):
        load(folder)


def test_a_type_that_is_not_described_is_named(folder):
    rewrite(folder, [*ROWS, ("DB3", "DB2", 3)])
    with pytest.raises(InputError, match="the table of interaction types lacks 3"):
        load(folder)


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = drugbank_ddi.load(folder=os.environ.get("COMBO_DL_DATA"), check_digests=True)
    assert study.provenance.flow[0][1] == 192284
    assert study.combos.labels["ddi_type"].shape == (191811, 86)
    # 67 interactions are of a drug without a name and a structure.
    assert study.combos.labels["ddi_type"].sum() == 192217

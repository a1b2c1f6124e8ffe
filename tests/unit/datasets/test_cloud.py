"""The CLOUD screen: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError
from combo_dl.datasets import cloud

# drug_a, drug_b, cell_line, replicate, synergy_bliss, synergy_hsa, fold
ROWS = [
    ("ZOLINZA", "MINOXIDIL", "KBM-7", 1, -3.0, 2.0, 0),
    ("MINOXIDIL", "ZOLINZA", "KBM-7", 2, -5.0, 4.0, 0),
    ("MINOXIDIL", "MINOXIDIL", "KBM-7", 1, 1.0, 1.0, 2),
    ("MINOXIDIL", "MINOXIDIL SULFATE", "KBM-7", 1, 8.0, 9.0, 1),
]
NAMES = ["drug_a", "drug_b", "cell_line", "replicate", "synergy_bliss", "synergy_hsa", "fold"]
DRUGS = """drug,generic_name,smiles,inchikey14
ZOLINZA,vorinostat,CCN,VORINOSTATALON
MINOXIDIL,minoxidil,CCO,MINOXIDILALONE
MINOXIDIL SULFATE,minoxidil,CCOS(=O)(=O)O,MINOXIDILESTER
"""


def load(folder, **knobs):
    given = {"replicates": "keep", "check_digests": False} | knobs
    return cloud.load(folder=str(folder), **given)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "cloud"
    root.mkdir()
    pd.DataFrame(ROWS, columns=NAMES).to_parquet(root / "measurements.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    return tmp_path


def test_an_ester_does_not_take_the_name_of_its_drug(folder):
    assert load(folder).drugs.names == ("MINOXIDIL SULFATE", "minoxidil", "vorinostat")


def test_a_drug_with_itself_is_left_out(folder):
    study = load(folder)
    assert study.combos.drugs.tolist() == [[1, 2], [1, 2], [0, 1]]
    assert study.provenance.flow[:2] == (("rows read", 4), ("rows of two different drugs", 3))


def test_labels_are_the_screens_own(folder):
    labels = load(folder, replicates="mean").combos.labels
    assert {n: v.ravel().tolist() for n, v in labels.items()} == {
        "synergy_bliss_cloud": [-4, 8],
        "synergy_hsa_cloud": [3, 9],
    }


def test_its_line_has_a_name_and_no_fields(folder):
    profiles = load(folder).profiles
    assert (profiles.space, profiles.ids.names, profiles.fields) == ("cell_line", ("KBM-7",), ())
    assert load(folder).profiles.number.shape == (1, 0)


def test_a_wrong_setting_is_named(folder):
    with pytest.raises(ConfigError, match=r"data.cloud.replicates is 'all'"):
        load(folder, replicates="all")


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ.get("COMBO_DL_DATA"), check_digests=True)
    assert (study.provenance.flow[0][1], len(study), len(study.drugs)) == (29278, 29277, 242)
    assert len(np.unique(study.combos.group)) == 29139
    assert all(study.smiles) and study.profiles.ids.names == ("KBM-7",)
    assert np.bincount(study.columns["fold_comb"]).tolist() == [5855, 5844, 5859, 5863, 5856]

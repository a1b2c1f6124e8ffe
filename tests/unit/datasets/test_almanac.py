"""NCI-ALMANAC: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, SourceError, UnknownNameError
from combo_dl.datasets import almanac

# drug_a, drug_b, cell_line, replicate, synergy_comboscore, fold
ROWS = [
    ("imatinib mesylate", "thioguanine", "HT-29", 1, -20, 3),
    ("thioguanine", "imatinib mesylate", "HT-29", 2, 40, 3),
    ("busulfan", "thioguanine", "786-0", 1, 7, 1),
]
NAMES = ["drug_a", "drug_b", "cell_line", "replicate", "synergy_comboscore", "fold"]
DRUGS = """drug,generic_name,smiles,inchikey14
imatinib mesylate,imatinib,CC.CS(=O)(=O)O,IMATINIBASSALT
thioguanine,tioguanine,CCS,TIOGUANINEALON
busulfan,busulfan,CCO,BUSULFANALONEE
"""
KNOBS = {"replicates": "keep", "expression": True, "check_digests": False}


def load(folder, **knobs):
    return almanac.load(folder=str(folder), **(KNOBS | knobs))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "almanac"
    root.mkdir()
    pd.DataFrame(ROWS, columns=NAMES).to_parquet(root / "measurements.parquet")
    genes = {"gene_symbol": ["ABL1", "TP53"], "HT-29": [1.5, 0.5], "786-0": [-1.5, 0.0]}
    pd.DataFrame(genes).to_parquet(root / "expression_cosmic651.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    (root / "cell_lines.csv").write_text("cell_line,tissue\nHT-29,large_intestine\n786-0,kidney\n")
    return tmp_path


def test_a_salt_is_the_drug_that_the_catalogue_knows(folder):
    study = load(folder)
    assert study.drugs.names == ("busulfan", "imatinib", "tioguanine")
    assert study.smiles[1] == oncology_drugs().smiles("imatinib")
    assert study.smiles[2] == "CCS"


def test_two_laboratories_share_a_group_and_count_once(folder):
    study = load(folder)
    assert study.combos.group.tolist() == [0, 0, 1]
    assert study.combos.weight.tolist() == [0.5, 0.5, 1]
    assert study.combos.drugs.tolist() == [[1, 2], [1, 2], [0, 2]]
    assert study.columns["replicate"].tolist() == [1, 2, 1]
    assert study.columns["fold_comb"].tolist() == [3, 3, 1]


def test_mean_has_one_row_a_triple(folder):
    study = load(folder, replicates="mean")
    assert study.combos.labels["synergy_comboscore"].ravel().tolist() == [10, 7]
    assert list(study.columns) == ["fold_comb"]
    assert study.provenance.flow[-2:] == (
        ("rows with replicates=mean", 2),
        ("triples of two drugs and a cell line", 2),
    )


def test_profiles_are_expression_and_tissue(folder):
    profiles = load(folder).profiles
    assert profiles.ids.names == ("786-0", "HT-29")
    assert profiles.number.tolist() == [[-1.5, 0], [1.5, 0.5]]
    assert profiles.category_fields[0].levels == ("kidney", "large_intestine")
    assert load(folder, expression=False).profiles.number_fields == ()


def test_the_cache_gives_the_same_study(folder):
    first, second = load(folder), load(folder)
    pd.testing.assert_frame_equal(first.to_frames()[0], second.to_frames()[0])
    assert first.provenance == second.provenance


def test_a_drug_or_line_that_the_tables_lack_is_named(folder):
    drugs = folder / "almanac" / "drugs.csv"
    drugs.write_text(drugs.read_text().replace("busulfan,busulfan", "other,other"))
    with pytest.raises(InputError, match=r"table of drugs lacks 'busulfan'"):
        load(folder)
    drugs.write_text(DRUGS)
    lines = folder / "almanac" / "cell_lines.csv"
    lines.write_text("cell_line,tissue\nHT-29,large_intestine\n")
    with pytest.raises(UnknownNameError, match=r"unknown profile '786-0'"):
        load(folder)


def test_wrong_settings_and_files_are_named(folder):
    with pytest.raises(ConfigError, match=r"data.almanac.replicates is 'both'; expected one of"):
        load(folder, replicates="both")
    with pytest.raises(SourceError, match=r"COMBO_DL_DATA"):
        almanac.load(folder=None, **KNOBS)
    with pytest.raises(SourceError, match=r"measurements.parquet is not the expected"):
        load(folder, check_digests=True)


@pytest.fixture
def real(own_cache):
    return load(os.environ.get("COMBO_DL_DATA"), check_digests=True)


@pytest.mark.real
def test_the_counts_are_the_published_ones(real):
    assert (len(real), len(real.drugs), len(real.profiles)) == (75493, 87, 55)
    assert len(np.unique(real.combos.drugs, axis=0)) == 1663
    assert len(np.unique(real.combos.group)) == 74139
    assert all(real.smiles) and np.isfinite(real.profiles.number).all()
    assert len(real.profiles.number_fields) == 651


@pytest.mark.real
def test_the_scores_and_folds_are_the_published_ones(real):
    score = real.combos.labels["synergy_comboscore"]
    assert (score.min(), score.max()) == (-706, 689)
    assert score.mean() == pytest.approx(-24.4, abs=0.05)
    # The endpoint's threshold: as rare as a Loewe score above 30 in O'Neil.
    assert (score > 40).mean() == pytest.approx(0.09, abs=0.002)
    fold = real.columns["fold_comb"]
    assert np.bincount(fold).tolist() == [15026, 15133, 15282, 15240, 14812]
    assert len(np.unique(np.column_stack([real.combos.drugs, fold]), axis=0)) == 1663

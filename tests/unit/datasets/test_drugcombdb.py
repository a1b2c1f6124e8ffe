"""DrugCombDB: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.datasets import drugcombdb

# drug_a, drug_b, cell_line, synergy_zip, replicate, in_oneil, in_almanac, fold
ROWS = [
    ("ofloxacin", "vorinostat", "HT29", 4.0, 1, False, False, 2),
    ("levofloxacin", "vorinostat", "HT29", 6.0, 1, False, False, 0),
    ("rifabutin", "vorinostat", "HT29", 1.0, 1, True, False, 1),
    ("vorinostat", "rifabutin", "HT29", 3.0, 2, True, False, 1),
    ("rifabutin", "vorinostat", "KPL1", -2.0, 1, False, True, 1),
    ("ofloxacin", "rifabutin", "KPL1", 620.0, 1, False, False, 3),
]
NAMES = ["drug_a", "drug_b", "cell_line", "synergy_zip", "replicate"]
FLAGS = ["in_oneil", "in_almanac", "fold"]
DRUGS = """drug,smiles,inchikey14,smiles_source
ofloxacin,CC(O)Cl,OFLOXACINTWINS,PubChem by name
levofloxacin,C[C@H](O)Cl,OFLOXACINTWINS,PubChem by name
rifabutin,CCO,RIFABUTINALONE,DrugBank5.1-structure-links
vorinostat,CCN,VORINOSTATALON,PubChem by name
"""
LINES = """cell_line,tissue,depmap_id,in_depmap_census
KPL1,breast,ACH-8,False
HT29,large intestine,ACH-5,True
"""
KNOBS = {
    "replicates": "keep",
    "overlap": "keep",
    "expression": True,
    "copy_number": True,
    "mutation_min_lines": 1,
    "marker_min_lines": 1,
    "check_digests": False,
}
BARE = {"expression": False, "copy_number": False, "mutation_min_lines": 0, "marker_min_lines": 0}


def load(folder, **knobs):
    return drugcombdb.load(folder=str(folder), **(KNOBS | knobs))


@pytest.fixture
def folder(tmp_path):
    root, census = tmp_path / "drugcombdb", tmp_path / "cell_lines"
    root.mkdir()
    census.mkdir()
    pd.DataFrame(ROWS, columns=NAMES + FLAGS).to_parquet(root / "measurements.parquet")
    (root / "drugs.csv").write_text(DRUGS)
    (root / "cell_lines.csv").write_text(LINES)
    markers = [("HT29", "KRT8", 1), ("KPL1", "KRT8", -1), ("KPL1", "CDH1", 1)]
    columns = ["cell_line", "gene_symbol", "direction"]
    pd.DataFrame(markers, columns=columns).to_parquet(root / "cell_line_genes.parquet")
    for kind, values in {
        "expression": [-0.5, 1.5],
        "copy_number": [1, 2],
        "mutation": [0, 1],
    }.items():
        table = {"gene_symbol": ["AKT3", "TP53"], "ACH-5": values, "ACH-1": [9, 9]}
        pd.DataFrame(table).to_parquet(census / f"depmap_census706_{kind}.parquet")
    return tmp_path


def test_an_impossible_score_is_left_out(folder):
    study = load(folder)
    assert study.combos.labels["synergy_zip_drugcombdb"].ravel().tolist() == [4, 6, 1, 3, -2]
    assert study.provenance.flow[:2] == (("rows read", 6), ("rows with ZIP within +-100", 5))


@pytest.mark.parametrize(
    ("overlap", "scores"),
    [("drop_oneil", [4, 6, -2]), ("drop_almanac", [4, 6, 1, 3]), ("drop_both", [4, 6])],
)
def test_what_other_screens_have_can_be_left_out(folder, overlap, scores):
    study = load(folder, overlap=overlap)
    assert study.combos.labels["synergy_zip_drugcombdb"].ravel().tolist() == scores
    assert ("rows of two different drugs", len(scores)) in study.provenance.flow


def test_replicates_share_a_group_and_flags_are_kept(folder):
    study = load(folder)
    assert study.combos.group.tolist() == [0, 1, 2, 2, 3]
    assert study.combos.weight.tolist() == [1, 1, 0.5, 0.5, 1]
    assert study.columns["in_oneil"].tolist() == [0, 0, 1, 1, 0]
    assert study.columns["in_almanac"].tolist() == [0, 0, 0, 0, 1]


def test_stereoisomers_are_in_one_fold(folder):
    assert load(folder).columns["fold_comb"].tolist() == [2, 2, 1, 1, 1]


def test_a_structure_of_drugbank_is_not_read(folder):
    study = load(folder)
    assert dict(zip(study.drugs.names, study.smiles, strict=True))["rifabutin"] == ""


def test_a_line_that_depmap_lacks_has_missing_fields(folder):
    profiles = load(folder).profiles
    names = [f.name for f in profiles.number_fields]
    census = ["expr:AKT3", "expr:TP53", "cn:AKT3", "cn:TP53", "mut:TP53"]
    assert names == [*census, "marker:CDH1", "marker:KRT8"]
    assert profiles.ids.names == ("HT29", "KPL1")
    assert profiles.number[0].tolist() == [-0.5, 1.5, 1, 2, 1, 0, 1]
    assert np.isnan(profiles.number[1, :5]).all() and profiles.number[1, 5:].tolist() == [1, -1]


def test_fields_can_be_left_out(folder):
    assert [f.name for f in load(folder, **BARE).profiles.fields] == ["tissue"]
    some = load(folder, **(BARE | {"marker_min_lines": 2})).profiles.number_fields
    assert [f.name for f in some] == ["marker:KRT8"]


def test_a_line_that_the_tables_of_depmap_lack_is_named(folder):
    (folder / "drugcombdb" / "cell_lines.csv").write_text(LINES.replace("False", "True"))
    with pytest.raises(InputError, match=r"expression.parquet has no column 'ACH-8'"):
        load(folder)


def test_a_gene_that_is_listed_twice_is_named(folder):
    path = folder / "cell_lines" / "depmap_census706_mutation.parquet"
    pd.read_parquet(path).assign(gene_symbol="TP53").to_parquet(path)
    with pytest.raises(InputError, match=r"mutation.parquet lists the gene 'TP53' twice"):
        load(folder)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("overlap", "drop"), ("replicates", "max"), ("marker_min_lines", -1)],
)
def test_a_wrong_setting_is_named(folder, setting, value):
    with pytest.raises(ConfigError, match=f"data.drugcombdb.{setting} is {value!r}; expected"):
        load(folder, **{setting: value})


@pytest.fixture
def real(own_cache):
    knobs = {"mutation_min_lines": 5, "marker_min_lines": 5, "check_digests": True}
    return load(os.environ.get("COMBO_DL_DATA"), **knobs)


@pytest.mark.real
def test_the_counts_are_the_published_ones(real):
    assert (real.provenance.flow[0][1], len(real)) == (69384, 69376)
    # Two of the 572 drugs were measured in the impossible rows alone.
    assert (len(real.drugs), len(real.profiles)) == (570, 73)
    assert real.columns["in_oneil"].sum() == 3143 and real.columns["in_almanac"].sum() == 11573
    assert [real.drugs.names[i] for i, s in enumerate(real.smiles) if not s] == ["rifabutin"]


@pytest.mark.real
def test_depmap_describes_56_lines_and_markers_all(real):
    names = np.array([f.name.split(":")[0] for f in real.profiles.number_fields])
    seen = ~np.isnan(real.profiles.number)
    lines = {p: int(seen[:, names == p].all(axis=1).sum()) for p in ("expr", "cn", "mut", "marker")}
    assert lines == {"expr": 56, "cn": 56, "mut": 56, "marker": 73}
    assert {p: int((names == p).sum()) for p in ("expr", "cn")} == {"expr": 706, "cn": 706}

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.datasets import oneil

KNOBS = {
    "replicates": "keep",
    "expression": True,
    "mutation_min_lines": 1,
    "monotherapy": False,
    "wells": False,
    "check_digests": False,
}


def load(folder, **knobs):
    return oneil.load(folder=str(folder), **(KNOBS | knobs))


@pytest.fixture
def folder(tmp_path, write_folder):
    return write_folder(tmp_path / "data")


def rewrite(path, change):
    change(pd.read_parquet(path)).to_parquet(path)


def test_drugs_have_the_names_and_structures_of_the_catalogue(folder):
    study = load(folder)
    assert study.drugs.names == ("fluorouracil", "mitomycin", "vorinostat")
    assert study.smiles == tuple(oncology_drugs().smiles(name) for name in study.drugs.names)


def test_replicates_share_a_group_and_count_once(folder):
    combos = load(folder).combos
    assert combos.group.tolist() == [0, 0, 1, 2]
    assert combos.weight.tolist() == [0.5, 0.5, 1, 1]
    assert combos.drugs.tolist() == [[0, 2], [0, 2], [0, 2], [1, 2]]
    assert load(folder).columns["replicate"].tolist() == [1, 2, 1, 1]


def test_mean_has_one_row_a_triple(folder):
    study = load(folder, replicates="mean")
    assert study.combos.labels["synergy_loewe"].ravel().tolist() == [15, -5, 7]
    assert study.combos.labels["synergy_zip"].ravel().tolist() == [3, -3, 6]
    assert study.combos.weight.tolist() == [1, 1, 1]
    assert study.provenance.flow[0] == ("rows read", 4)


def test_folds_and_groups_follow_the_sorted_drugs(folder):
    columns = load(folder).columns
    assert columns["fold_comb"].tolist() == [0, 0, 0, 1]
    assert columns["fold_cell"].tolist() == [1, 1, 2, 2]
    assert columns["fold_random"].tolist() == [0, 0, 4, 3]
    assert columns["group_first"].tolist() == [3, 3, 3, 2]
    assert columns["group_second"].tolist() == [1, 1, 1, 1]


def test_without_the_splits_file_the_published_folds_stay(tmp_path, write_folder):
    columns = load(write_folder(tmp_path / "bare", splits=False)).columns
    assert columns["fold_comb"].tolist() == [0, 0, 0, 1]
    assert "fold_cell" not in columns


def test_profiles_are_expression_mutation_and_tissue(folder):
    profiles = load(folder).profiles
    assert profiles.ids.names == ("A375", "HT29")
    assert [f.name for f in profiles.number_fields] == [
        "expr:TP53",
        "expr:KRAS",
        "mut:BRAF",
        "mut:TP53",
    ]
    assert profiles.number.tolist() == [[-1.5, -0.5, 1, 1], [1.5, 0.5, 0, 1]]
    assert [f.unit for f in profiles.number_fields] == ["z-score"] * 2 + ["0/1"] * 2
    assert profiles.category_fields[0].levels == ("colon", "melanoma")


def test_rare_mutations_and_expression_can_be_left_out(folder):
    assert [f.name for f in load(folder, mutation_min_lines=2).profiles.number_fields][2:] == [
        "mut:TP53"
    ]
    assert load(folder, mutation_min_lines=0, expression=False).profiles.number_fields == ()


def test_a_line_without_mutation_data_is_missing_not_wild_type(folder):
    rewrite(folder / "oneil" / "mutation.parquet", lambda t: t[t.cell_line == "A375"])
    profiles = load(folder, expression=False).profiles
    assert np.isnan(profiles.number[profiles.ids.id("HT29")]).all()


def test_wells_keep_their_order_under_the_catalogue_names(folder):
    wells = load(folder, wells=True).tables["wells_combination"].to_pylist()
    assert wells == [
        {"drug_a": "vorinostat", "drug_b": "fluorouracil", "conc_a_um": 0.5, "conc_b_um": 2.0}
    ]


def test_the_cache_gives_the_same_study_until_a_file_changes(folder):
    first, second = load(folder), load(folder)
    pd.testing.assert_frame_equal(first.to_frames()[0], second.to_frames()[0])
    assert first.profiles.fields == second.profiles.fields
    rewrite(folder / "oneil" / "measurements.parquet", lambda t: t.assign(synergy_loewe=1.0))
    assert load(folder).combos.labels["synergy_loewe"].ravel().tolist() == [1, 1, 1, 1]


def test_a_missing_file_is_named_with_its_origin(folder):
    (folder / "oneil" / "expression.parquet").unlink()
    with pytest.raises(SourceError, match=r"expression.parquet .*PRODeepSyn.*data\.md"):
        load(folder)


def test_another_file_is_refused_by_its_digest(folder):
    with pytest.raises(SourceError, match=r"measurements.parquet is not the expected"):
        load(folder, check_digests=True)


def test_a_missing_column_is_one_line_with_file_and_column(folder):
    path = folder / "oneil" / "measurements.parquet"
    rewrite(path, lambda t: t.rename(columns={"synergy_loewe": "loewe"}))
    with pytest.raises(InputError, match=r"measurements.parquet has no column 'synergy_loewe'"):
        load(folder)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("synergy_loewe", "high", "a number|number"),
        ("fold", 0.5, "whole number"),
        ("drug_a", " ", "text"),
        ("cell_line", None, "text"),
    ],
)
def test_a_wrong_value_is_one_line_with_file_column_and_row(folder, column, value, expected):
    rewrite(folder / "oneil" / "measurements.parquet", lambda t: t.assign(**{column: value}))
    with pytest.raises(
        InputError, match=f"measurements.parquet, column '{column}', row 0"
    ) as wrong:
        load(folder)
    assert "\n" not in str(wrong.value)
    assert any(word in str(wrong.value) for word in expected.split("|"))


def test_a_broken_file_is_one_line(folder):
    (folder / "oneil" / "mutation.parquet").write_bytes(b"PAR1 cut")
    with pytest.raises(SourceError, match=r"mutation.parquet cannot be read") as wrong:
        load(folder)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("5-FU,ZOLINZA,HT29,15,2,0,3,1,1,0\n", "", "lacks the triple '5-FU, ZOLINZA, HT29'"),
        ("MITOMYCINE,ZOLINZA,A375,7", "5-FU,ZOLINZA,A375,7", "'5-FU, ZOLINZA, A375' twice"),
        ("7,1,1,2,1,2,3", "7,1,1,2,0,2,3", "drug 'ZOLINZA' two groups"),
    ],
)
def test_a_wrong_splits_table_is_refused(folder, old, new, message):
    path = folder / "splits" / "oneil_triples.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        load(folder)


def test_wrong_settings_are_named(folder):
    with pytest.raises(ConfigError, match=r"replicates is 'both'; expected one of keep, mean"):
        load(folder, replicates="both")
    with pytest.raises(ConfigError, match=r"mutation_min_lines is -1"):
        load(folder, mutation_min_lines=-1)
    with pytest.raises(SourceError, match=r"COMBO_DL_DATA"):
        oneil.load(folder=None, **KNOBS)

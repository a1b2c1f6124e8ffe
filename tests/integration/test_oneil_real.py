"""The O'Neil tables as published: run with COMBO_DL_DATA set."""

import os

import numpy as np
import pytest

from combo_dl.core.drug_table import oncology_drugs
from combo_dl.datasets import oneil
from combo_dl.stats.replicates import replicate_ceiling

pytestmark = pytest.mark.real
KNOBS = {
    "expression": True,
    "mutation_min_lines": 5,
    "monotherapy": False,
    "check_digests": True,
}


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMBO_DL_CACHE", str(tmp_path_factory.mktemp("cache")))
        folder = os.environ.get("COMBO_DL_DATA")
        yield lambda replicates, wells=False: oneil.load(
            folder=folder, replicates=replicates, wells=wells, **KNOBS
        )


@pytest.fixture(scope="module")
def study(load):
    return load("keep")


def pairs_of(study):
    return np.unique(study.combos.drugs, axis=0, return_inverse=True)


def test_the_counts_are_the_published_ones(load, study):
    assert (len(study), len(study.drugs), len(study.profiles)) == (23052, 38, 39)
    assert len(pairs_of(study)[0]) == 583
    assert study.combos.weight.sum() == pytest.approx(22737)
    assert len(load("mean")) == 22737


def test_the_labels_are_the_published_ones(study):
    loewe = study.combos.labels["synergy_loewe"]
    assert loewe.mean() == pytest.approx(5.14, abs=0.005)
    assert (round(float(loewe.min()), 2), round(float(loewe.max()), 2)) == (-326.46, 179.12)
    assert (loewe > 30).mean() == pytest.approx(0.09, abs=0.001)
    assert all(not np.isnan(label).any() for label in study.combos.labels.values())


def test_each_pair_is_in_one_fold_of_the_published_size(study):
    fold = study.columns["fold_comb"]
    assert np.bincount(fold).tolist() == [4554, 4614, 4599, 4599, 4686]
    _, pair = pairs_of(study)
    assert len(np.unique(np.column_stack([pair, fold]), axis=0)) == 583


def test_cell_line_folds_and_drug_groups_fit_their_nouns(study):
    lines = np.column_stack([study.combos.profile, study.columns["fold_cell"]])
    assert len(np.unique(lines, axis=0)) == 39
    ids = study.combos.drugs[:, :2].T.ravel()
    groups = np.concatenate([study.columns["group_first"], study.columns["group_second"]])
    assert len(np.unique(np.column_stack([ids, groups]), axis=0)) == 38
    twins = study.profiles.ids.ids(["UWB1289", "UWB1289BRCA1"])
    folds = study.columns["fold_cell"][np.isin(study.combos.profile, twins)]
    assert len(np.unique(folds)) == 1


def test_replicates_agree_as_known(study):
    found = replicate_ceiling(study.combos.labels["synergy_loewe"][:, 0], study.combos.group)
    assert found["groups"] == 315
    assert 0.6 < found["pearson"] < 0.67


def test_profiles_have_all_genes_on_the_z_scale(study):
    names = [f.name for f in study.profiles.number_fields]
    expression = study.profiles.number[:, [n.startswith("expr:") for n in names]]
    assert expression.shape == (39, 3384)
    assert np.abs(expression.mean(axis=0)).max() < 1e-4
    assert sum(n.startswith("mut:") for n in names) == 757
    assert np.isfinite(study.profiles.number).all()


def test_every_drug_is_in_the_catalogue_with_a_structure(study):
    table = oncology_drugs()
    assert all(table.find(name) for name in study.drugs.names)
    assert all(study.smiles)


def test_wells_join_with_the_study_by_name(load):
    tables = load("keep", wells=True).tables
    assert {n: t.num_rows for n, t in tables.items()} == {
        "wells_combination": 368832,
        "wells_single": 78432,
    }
    assert set(tables["wells_single"]["drug"].unique().to_pylist()) == set(load("keep").drugs.names)

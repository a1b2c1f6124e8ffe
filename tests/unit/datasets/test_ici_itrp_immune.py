"""ITRP: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.datasets import ici_itrp_immune
from combo_dl.datasets.patient_rows import HOSPITALS

# cohort, cancer_type, ici, ici_target, responder, os_months, os_event, tmb, tmb_source
PATIENTS = [
    ("Liu", "SKCM", "Nivolumab", "PD1", 1, 10.0, 0, 300.0, "TMB column of the cohort"),
    ("Allen", "SKCM", "ipilimumab", "CTLA4", 0, 3.0, 1, None, None),
    ("SU2CLC1", "LUAD", "Nivolumab + LAG-3", "Other", 0, None, None, None, None),
    ("MGH", "SKCM", "unknow", "PD1+CTLA4", 1, 5.0, 1, None, None),
    ("MGH", "SKCM", "unknow", "Other", 0, 6.0, 0, None, None),
    ("Kim", "STAD", "Pembro", "PD1", 1, None, 1, None, None),
    ("IMVigor210", "BLCA", "Atezolizumab", "PDL1", 0, 2.0, 1, 9.0, "FoundationOne mut/Mb"),
]
COLUMNS = ["cohort", "cancer_type", "ici", "ici_target", "responder", "os_months", "os_event"]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    return tmp_path


def write(folder, scored=7):
    root = folder / "ici_itrp_immune"
    root.mkdir(exist_ok=True)
    keys = [f"invented-{i}" for i in range(len(PATIENTS))]
    table = pd.DataFrame(PATIENTS, columns=[*COLUMNS, "tmb", "tmb_source"])
    table = table.assign(
        sample_id=keys,
        patient_id=keys,
        sex=["M", None] + ["F"] * 5,
        tissue_group=["SKin", "Skin"] + [None] * 5,
        immune_phenotype=[None] * 6 + ["desert"],
        age_years=60.0,
        pfs_months=np.nan,
        pfs_event=pd.array([None] * 7, dtype="Int8"),
        prior_ctla4=pd.array([1, 0] + [None] * 5, dtype="Int8"),
    )
    table.astype({"os_event": "Int8"}).to_parquet(root / "clinical.parquet")
    # The tables of scores are in another order.
    order = list(reversed(range(len(PATIENTS))))[:scored]
    for name, score in (("celltype", "Treg"), ("geneset", "EMT1")):
        rows = {"sample_id": [keys[i] for i in order], "CANCER": 9.0}
        values = np.array(order, np.float32) / 10
        pd.DataFrame(rows | {score: values}).to_parquet(root / f"{name}_concepts.parquet")


def load(folder, without=(), scale="source", check=False):
    return ici_itrp_immune.load(
        folder=str(folder), without=without, score_scale=scale, check_digests=check
    )


def test_scores_are_joined_to_their_tumour_and_the_token_of_cancer_is_left_out(folder):
    profiles = load(folder).profiles
    numbers = {f.name: profiles.number[:, j] for j, f in enumerate(profiles.number_fields)}
    assert list(numbers) == ["cell_type:Treg", "gene_set:EMT1", "age_years", "tmb_mut_per_mb"]
    for name in ("cell_type:Treg", "gene_set:EMT1"):
        np.testing.assert_allclose(numbers[name], np.arange(7) / 10, atol=1e-6)
    # A burden in a unit of the cohort's own is not one in mutations per megabase.
    assert np.isnan(numbers["tmb_mut_per_mb"]).tolist() == [True] * 6 + [False]
    levels = {f.name: f.levels for f in profiles.category_fields}
    assert levels["biopsy_site"] == ("Skin",) and "NSCLC" in levels["cancer_type"]
    assert "invented" not in "".join(profiles.ids.names)


def test_a_regimen_is_its_drugs_and_that_of_the_target_where_none_is_named(folder):
    study = load(folder)
    names = np.array([*study.drugs.names, ""])[study.combos.drugs]
    assert [" + ".join(n for n in row if n) for row in names] == [
        "nivolumab",
        "ipilimumab",
        "LAG-3 inhibitor + nivolumab",
        "CTLA-4 inhibitor + PD-1 inhibitor",
        "immune checkpoint inhibitor",
        "pembrolizumab",
        "atezolizumab",
    ]


def test_an_event_without_a_time_is_no_label(folder):
    survival = load(folder).combos.labels["os"]
    assert np.isnan(survival[:, 0]).tolist() == [False, False, True, False, False, True, False]
    assert (np.isnan(survival[:, 0]) == np.isnan(survival[:, 1])).all()


def test_cohorts_that_may_share_patients_share_a_hospital(folder):
    study = load(folder)
    hospital = study.columns["hospital"]
    assert hospital[0] == hospital[1] and hospital[3] == hospital[4]
    assert hospital[2] == HOSPITALS.index("SU2C-MARK")
    assert len(load(folder, without=["Liu", "IMVigor210"])) == 5


def test_a_tumour_without_scores_is_named_by_its_row(folder):
    write(folder, scored=6)
    with pytest.raises(InputError, match="lacks the tumour of row 0") as error:
        load(folder)
    assert "invented" not in str(error.value)


def test_scores_may_be_deviations_of_their_cohort(folder):
    profiles = load(folder, scale="cohort").profiles
    number = profiles.number[:, [f.name for f in profiles.number_fields].index("cell_type:Treg")]
    # Rows 3 and 4 are one cohort; the others are alone in theirs.
    np.testing.assert_allclose(number, [0, 0, 0, -1, 1, 0, 0], atol=1e-5)
    with pytest.raises(ConfigError, match="score_scale is 'both'; expected source or cohort"):
        load(folder, scale="both")


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    assert len(study) == 1133 and study.tables["cohorts"].num_rows == 16
    names = [f.name for f in study.profiles.fields]
    assert sum(n.startswith("cell_type:") for n in names) == 43
    assert sum(n.startswith("gene_set:") for n in names) == 132
    known = {name: int((~np.isnan(x[:, 0])).sum()) for name, x in study.combos.labels.items()}
    assert known == {"response": 1133, "os": 860, "pfs": 387}
    overlap = load(os.environ["COMBO_DL_DATA"], without=["Liu", "Riaz", "IMVigor210"])
    assert len(overlap) == 1133 - 107 - 51 - 298

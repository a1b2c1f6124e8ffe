"""LORIS: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import ConfigError, InputError, SourceError
from combo_dl.core.label_names import label_names
from combo_dl.core.study_files import read_study, write_study
from combo_dl.data.published_split import PublishedTest
from combo_dl.data.splits import GivenFolds
from combo_dl.datasets import ici_loris
from combo_dl.datasets.patient_rows import HOSPITALS

MONTH = 30.4375
NOT_GIVEN = dict.fromkeys((*ici_loris.NUMBERS, *ici_loris.FLAGS, *ici_loris.CODES))
# cohort, cancer_type, sex, drug_class, response, os_months, os_event, and what else is known.
PATIENTS = [
    ("Chowell_train", "NSCLC", "M", "PD1_PDL1", 1, 12.0, 0, {"albumin_g_dl": 4.0, "nlr": 3.5}),
    ("Chowell_train", "Melanoma", "F", "PD1_PDL1+CTLA4", 0, 0.0, 1, {"msi_unstable": 1}),
    ("Chowell_train", "Renal", "F", "CTLA4", 0, 2.5, None, {"stage_iv": 0}),
    ("Chowell_test", "NSCLC", "M", "PD1_PDL1", 0, 6.0, 1, {"pfs_months": 1.0, "pfs_event": 1}),
    ("Chowell_test", "Bladder", "F", "PD1_PDL1", 1, None, 1, {"ici_start_year": 2016}),
    ("Shim_NSCLC", "NSCLC", "M", "PD1_PDL1", 0, 8.0, 1, {"performance_status": 2}),
    ("Kato_panCancer", "Ovarian", "F", None, 0, 4.0, 1, {"smoking_status": 1}),
]


def frame(rows=PATIENTS):
    named = ("cohort", "cancer_type", "sex", "drug_class", "response", "os_months", "os_event")
    made = [
        NOT_GIVEN
        | {"pfs_months": None, "ici_start_year": None, "patient_id": f"invented-{i}"}
        | dict(zip(named, row, strict=False))
        | row[-1]
        for i, row in enumerate(rows)
    ]
    table = pd.DataFrame(made)
    whole = [*ici_loris.FLAGS, *ici_loris.CODES, "ici_start_year"]
    return table.astype(dict.fromkeys(whole, "Int16"))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, frame())
    return tmp_path


def write(folder, table):
    (folder / "ici_loris").mkdir(exist_ok=True)
    table.to_parquet(folder / "ici_loris" / "patients.parquet")


def load(folder, without=(), check=False):
    return ici_loris.load(folder=str(folder), without=without, check_digests=check)


def test_a_patient_is_a_row_with_a_class_of_drug_and_three_labels(folder):
    study = load(folder)
    labels = study.combos.labels
    assert labels["response"][:, 0].tolist() == [1, 0, 0, 0, 1, 0, 0]
    # A death on the first day is half a day; a time or an event alone is neither.
    half, nothing = [0.5, 1], [np.nan, np.nan]
    expected = [[12 * MONTH, 0], half, nothing, [6 * MONTH, 1], nothing]
    np.testing.assert_array_equal(labels["os"][:5], np.array(expected, np.float32))
    assert np.isnan(labels["pfs"]).all(axis=1).tolist() == [True] * 3 + [False] + [True] * 3
    assert label_names(study, "os") == ("time_days", "event")
    names = np.array([*study.drugs.names, ""])[study.combos.drugs]
    assert names[1].tolist() == ["CTLA-4 inhibitor", "PD-1 or PD-L1 inhibitor"]
    assert names[6].tolist() == ["immune checkpoint inhibitor", ""]
    facts = study.tables[DRUGS_TABLE].to_pandas().set_index("name")
    assert facts.loc["PD-1 or PD-L1 inhibitor", "targets"] == "PDCD1|CD274"
    assert set(facts["modality"]) == {"antibody"}


def test_a_profile_has_units_and_holes_and_nothing_of_later(folder):
    profiles = load(folder).profiles
    units = {f.name: f.unit for f in profiles.number_fields}
    # Fields that no patient has are left out.
    assert units == {"albumin_g_dl": "g/dL", "nlr": "ratio"}
    levels = {f.name: f.levels for f in profiles.category_fields}
    assert levels["sex"] == ("female", "male") and levels["msi_unstable"] == ("yes",)
    assert levels["smoking"] == ("ever",) and levels["performance_status"] == ("2",)
    assert np.isnan(profiles.number).sum() == 12 and "ici_start_year" not in {*units, *levels}


def test_no_identifier_of_a_patient_is_in_the_study_or_in_an_error(folder, tmp_path):
    study = load(folder)
    assert study.profiles.space == "patient"
    assert study.profiles.ids.names[0] == "ici_loris row 0"
    write_study(study, tmp_path / "kept")
    read_study(tmp_path / "kept")
    for path in (tmp_path / "kept").rglob("*"):
        assert path.is_dir() or b"invented" not in path.read_bytes()
    twice = frame()
    twice.loc[3, "patient_id"] = twice.loc[1, "patient_id"]
    write(folder, twice)
    with pytest.raises(InputError, match="row 3 is that of an earlier row; expected one") as error:
        load(folder)
    assert "invented" not in str(error.value)


def test_cohorts_of_one_hospital_are_held_out_together(folder):
    study = load(folder)
    cohorts = study.tables["cohorts"].to_pandas()
    assert cohorts["name"].tolist() == sorted({row[0] for row in PATIENTS})
    named = cohorts["name"].to_numpy()[study.columns["cohort"]]
    assert named.tolist() == [row[0] for row in PATIENTS]
    codes = [HOSPITALS.index(ici_loris.HOSPITALS[row[0]]) for row in PATIENTS]
    assert study.columns["hospital"].tolist() == codes and codes[0] == codes[3]
    folds = GivenFolds(column="hospital", unit="profile").folds(study, study.drugs.names)
    assert sorted(f.test.tolist() for f in folds) == [[0, 1, 2, 3, 4], [5], [6]]


def test_the_published_fold_tests_chowell_alone(folder):
    study = load(folder)
    assert study.columns["fold_published"].tolist() == [0, 0, 0, 1, 1, -1, -1]
    split = PublishedTest(column="fold_published", validation_share=0.4, seed=0)
    (fold,) = split.folds(study, study.drugs.names)
    assert fold.test.tolist() == [3, 4] and fold.train.tolist() == [0, 1, 2]


def test_a_cohort_can_be_left_out_and_rows_keep_their_names(folder):
    study = load(folder, without=["Chowell_train"])
    assert len(study) == 4 and study.profiles.ids.names[0] == "ici_loris row 3"
    assert dict(study.provenance.flow)["patients of the chosen cohorts"] == 4
    with pytest.raises(ConfigError, match="without names the unknown cohort 'Chowel_test'"):
        load(folder, without=["Chowel_test"])
    with pytest.raises(ConfigError, match="leaves out all"):
        load(folder, without=sorted({row[0] for row in PATIENTS}))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("albumin_g_dl", 38.0, "row 2 has albumin_g_dl = 38; .*: it looks like g/L"),
        ("os_months", -1.0, "row 2 has os time_days = -30.4"),
        ("os_event", 2, "row 2 has os event = 2; expected 0 or 1"),
        ("response", 3, "row 2 has response = 3"),
        ("stage_iv", 4, "row 2 has stage_iv = 4.0; expected 0 or 1"),
        ("sex", "?", "row 2 has sex = '\\?'; expected one of F, M"),
        ("performance_status", 7, "row 2 has performance_status = '7.0'"),
        ("drug_class", "PD2", "row 2 has the class of drug 'PD2'"),
        ("cohort", "Chowell", "unknown cohort 'Chowell'; nearest known: Chowell_t"),
        ("patient_id", "", "row 2 is empty; expected one row a patient"),
    ],
)
def test_a_value_that_cannot_be_is_refused(folder, column, value, said):
    table = frame()
    table.loc[2, column] = value
    write(folder, table)
    with pytest.raises(InputError, match=said):
        load(folder)


def test_other_files_are_refused(folder):
    with pytest.raises(SourceError, match="sha256"):
        load(folder, check=True)


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    assert len(study) == 2428 and int(study.combos.labels["response"].sum()) == 709
    side = study.columns["fold_published"]
    # Chowell D et al. Nat Biotechnol 2022;40:499: 1,479 patients.
    assert ((side == 0).sum(), (side == 1).sum()) == (964, 515)
    known = {name: int((~np.isnan(x[:, 0])).sum()) for name, x in study.combos.labels.items()}
    assert known == {"response": 2428, "os": 2329, "pfs": 2359}
    assert len(study.profiles.fields) == 19 and len(np.unique(study.columns["hospital"])) == 5

"""Samstein: rows written by hand in the true format, and the published counts (real)."""

import os

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.errors import InputError
from combo_dl.datasets import ici_samstein2019

# cancer_type, sex, drug_class, age_years, tmb_mut_per_mb, tumor_purity_pct, os_months, os_event
PATIENTS = [
    ("Glioma", "M", "PD1_PDL1", 50.0, 2.0, 40.0, 0, 1),
    ("Esophagogastric Cancer", "F", "PD1_PDL1+CTLA4", None, 5.5, None, 12, 0),
    ("Melanoma", "F", "CTLA4", 70.0, 30.0, 75.0, 30, 1),
]
NUMBERS = ["age_years", "tmb_mut_per_mb", "tumor_purity_pct", "os_months", "os_event"]


def load(folder, check=False):
    return ici_samstein2019.load(folder=str(folder), check_digests=check)


def write(folder, **changed):
    (folder / "ici_samstein2019").mkdir(exist_ok=True)
    table = pd.DataFrame(PATIENTS, columns=["cancer_type", "sex", "drug_class", *NUMBERS])
    table = table.assign(
        patient_id=["invented-1", "invented-2", "invented-3"], sample_type="Metastasis"
    ).assign(**changed)
    table.to_parquet(folder / "ici_samstein2019" / "patients.parquet")
    return folder


def test_a_patient_has_survival_in_days_and_a_class_of_drug(tmp_path):
    study = load(write(tmp_path))
    days = np.array([[0.5, 1], [12 * 30.4375, 0], [30 * 30.4375, 1]], np.float32)
    np.testing.assert_array_equal(study.combos.labels["os"], days)
    assert set(study.combos.labels) == {"os"} and study.combos.size.tolist() == [1, 2, 1]
    numbers = [f.name for f in study.profiles.number_fields]
    purity = study.profiles.number[:, numbers.index("purity")]
    np.testing.assert_allclose(purity, [0.4, np.nan, 0.75])
    levels = {f.name: f.levels for f in study.profiles.category_fields}
    assert levels["cancer_type"] == ("CNS", "Esophagogastric", "Melanoma")
    assert study.columns["hospital"].tolist() == [0, 0, 0]
    assert study.tables["cohorts"]["hospital"].to_pylist() == ["Memorial Sloan Kettering"]


def test_an_age_in_days_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"age_years = 20000.*it looks like days"):
        load(write(tmp_path, age_years=[20000.0, 25000.0, 22000.0]))


@pytest.mark.real
def test_the_counts_are_the_published_ones():
    study = load(os.environ["COMBO_DL_DATA"], check=True)
    assert len(study) == 1661 and int(study.combos.labels["os"][:, 1].sum()) == 832
    # 1,307 patients of PD-1 or PD-L1, 255 of both, 99 of CTLA-4.
    sizes = np.bincount(study.combos.size)
    alone = study.combos.drugs[study.combos.size == 1, 0]
    assert sizes[2] == 255 and sorted(np.bincount(alone)) == [99, 1307]

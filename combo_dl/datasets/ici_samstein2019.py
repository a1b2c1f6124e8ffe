"""Mutational burden and survival under checkpoint inhibitors at one hospital (Samstein).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH, survival_label
from combo_dl.datasets.patient_regimens import class_regimens
from combo_dl.datasets.patient_rows import PatientRows, one_cohort, patient_study, renamed
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_samstein2019",
    version="1",
    citation="Samstein RM et al. Tumor mutational load predicts survival after immunotherapy "
    "across multiple cancer types. Nat Genet 2019;51:202-206",
    labels={"os_months": "os"},
)
PATIENTS = SourceFile(
    file="ici_samstein2019/patients.parquet",
    what="table of patients of Samstein",
    origin="cBioPortal study tmb_mskcc_2018, from github.com/changhw01/gemini at 10a632db",
    licence="ODbL-1.0",
    digest="84d04fa2c73af63b1feefcd20f6d062dcb3655f8bd3c586ef97eb0940d100735",
)
# Under the names that the other studies of patients use.
CANCER_TYPES = {
    "Bladder Cancer": "Bladder",
    "Breast Cancer": "Breast",
    "Cancer of Unknown Primary": "Unknown primary",
    "Colorectal Cancer": "Colorectal",
    "Esophagogastric Cancer": "Esophagogastric",
    "Glioma": "CNS",
    "Head and Neck Cancer": "Head & Neck",
    "Melanoma": "Melanoma",
    "Non-Small Cell Lung Cancer": "NSCLC",
    "Renal Cell Carcinoma": "Renal",
    "Skin Cancer, Non-Melanoma": "Skin, not melanoma",
}


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients as a Study with the label ``os`` float32[N, 2] (days, event) from the first
    dose; times are whole months, a time of 0 half a day. Drugs are classes (``patient_regimens``).

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    read = _read(files)
    days = read["os_months"] * DAYS_A_MONTH
    rows = PatientRows(
        fields=pd.DataFrame(
            {
                "age_years": read["age_years"],
                "tmb_mut_per_mb": read["tmb_mut_per_mb"],
                "purity": read["tumor_purity_pct"] / 100,
                "cancer_type": renamed(read["cancer_type"], CANCER_TYPES),
                "sex": renamed(read["sex"], {"F": "female", "M": "male"}),
                "sample_type": read["sample_type"].str.lower(),
            }
        ),
        regimens=class_regimens(read["drug_class"]),
        labels={"os": survival_label(days, read["os_event"], what="os")},
        **one_cohort("Samstein", "Memorial Sloan Kettering", rows=len(read)),
    )
    return patient_study(SCREEN, rows, files=files)


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = {"patient_id": "person"}
    kinds |= dict.fromkeys(("cancer_type", "sex", "drug_class", "sample_type"), "text")
    numbers = ("age_years", "tmb_mut_per_mb", "tumor_purity_pct", "os_months", "os_event")
    read = read_columns(files.paths[PATIENTS], kinds | dict.fromkeys(numbers, "number"))
    return read.drop(columns="patient_id")

"""LORIS: patients treated with checkpoint inhibitors, described by routine clinical features.

The layout of the source folder is in docs/data.md.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH, response_label, survival_label
from combo_dl.datasets.patient_regimens import class_regimens
from combo_dl.datasets.patient_rows import (
    PatientRows,
    patient_study,
    performance_status,
    renamed,
    yes_no,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_loris",
    version="1",
    citation="Chang TG et al. LORIS robustly predicts patient outcomes with immune checkpoint "
    "blockade therapy using common clinical, pathologic and genomic features. Nat Cancer 2024;"
    "5:1158-1175",
    labels={"response": "response"},
)
PATIENTS = SourceFile(
    file="ici_loris/patients.parquet",
    what="table of patients of LORIS",
    origin="github.com/rootchang/LORIS at eb87300f, 02.Input/AllData.xlsx",
    licence="GPL-3.0",
    digest="abd31e1459b42f020b664d53203a5ee4b9a6557059ae99fce1dc0e994c02597a",
)
_MSK = "Memorial Sloan Kettering"
HOSPITALS = {
    "Chowell_train": _MSK,
    "Chowell_test": _MSK,
    "MSK2": _MSK,
    "Vanguri_NSCLC": _MSK,
    "Shim_NSCLC": "Samsung Medical Center",
    "Ravi_NSCLC": "SU2C-MARK",
    "Pradat_panCancer": "Gustave Roussy",
    "Kato_panCancer": "UC San Diego",
}
# The fold that the authors published: 0 is learned from, 1 tests, -1 is neither.
PUBLISHED = {"Chowell_train": 0, "Chowell_test": 1}
NUMBERS = (
    "age_years",
    "tmb_mut_per_mb",
    "pdl1_tps_pct",
    "albumin_g_dl",
    "nlr",
    "platelets_1e9_l",
    "hgb_g_dl",
    "bmi_kg_m2",
    "fcna",
    "hed",
    "pack_years",
)
FLAGS = ("prior_systemic_therapy", "msi_unstable", "hla_loh", "stage_iv")
CODES = ("performance_status", "smoking_status", "response", "pfs_event", "os_event")


def load(*, folder: str | None, without: Sequence[str], check_digests: bool) -> Study:
    """The patients as a Study with the labels ``response`` float32[N, 1] (objective response: 0 or
    1), ``os`` and ``pfs`` float32[N, 2] (days from the first dose, event), NaN where unknown.

    Drugs are classes (``patient_regimens``): the source does not say which drug was given, nor
    whether chemotherapy went with it. Columns: ``cohort``, ``hospital``, ``fold_published`` (0 =
    learned from, 1 = tests, -1 = neither). An event on day 0 counts as half a day.

    folder: the source folder, laid out as in docs/data.md.
    without: names of cohorts that are left out.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS], folder=folder, check_digests=check_digests)
    chosen = tuple(without)
    return cached_study(SCREEN, files, repr(chosen), lambda: _build(files, chosen))


def _build(files: FoundFiles, without: Sequence[str]) -> Study:
    read = _read(files)
    rows = PatientRows(
        fields=_fields(read),
        regimens=class_regimens(read["drug_class"]),
        labels={
            "response": response_label(read["response"]),
            "os": _survival(read, "os"),
            "pfs": _survival(read, "pfs"),
        },
        cohort=read["cohort"],
        hospitals=HOSPITALS,
        columns={
            "fold_published": read["cohort"].map(PUBLISHED).fillna(-1).to_numpy(np.int32),
        },
    )
    return patient_study(SCREEN, rows, files=files, without=without)


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = {"patient_id": "person"} | dict.fromkeys(("cohort", "cancer_type"), "text")
    kinds |= dict.fromkeys(("sex", "drug_class"), "optional_text")
    numbers = (*NUMBERS, *FLAGS, *CODES, "os_months", "pfs_months")
    read = read_columns(files.paths[PATIENTS], kinds | dict.fromkeys(numbers, "number"))
    return read.drop(columns="patient_id")


def _fields(read: pd.DataFrame) -> pd.DataFrame:
    """The profile: what is known before the first dose. The year is not of it, since it tells the
    cohort and not the patient."""
    categories = {
        "cancer_type": read["cancer_type"],
        "sex": renamed(read["sex"], {"F": "female", "M": "male"}),
        "performance_status": performance_status(read["performance_status"]),
        "smoking": renamed(read["smoking_status"], {0.0: "never", 1.0: "ever"}),
    }
    flags = {name: yes_no(read[name]) for name in FLAGS}
    return read[list(NUMBERS)].assign(**categories, **flags)


def _survival(read: pd.DataFrame, name: str) -> np.ndarray:
    return survival_label(read[f"{name}_months"] * DAYS_A_MONTH, read[f"{name}_event"], what=name)

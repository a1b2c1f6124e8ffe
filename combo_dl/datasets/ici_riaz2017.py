"""Melanoma under nivolumab, with or without ipilimumab before (Riaz, CheckMate 038).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import recist_response, survival_label
from combo_dl.datasets.patient_rows import PatientRows, one_cohort, patient_study, stated, yes_no
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_riaz2017",
    version="1",
    citation="Riaz N et al. Tumor and microenvironment evolution during immunotherapy with "
    "nivolumab. Cell 2017;171:934-949",
    labels={"best_response": "response"},
)
PATIENTS = SourceFile(
    file="ici_riaz2017/patients.parquet",
    what="table of patients of Riaz",
    origin="github.com/riazn/bms038_analysis at 137111c3, data/bms038_clinical_data.csv",
    licence="none stated",
    digest="9fe89f030f4e7a04dfb595a5c5391477241bab293d8a57352169d555a112a1dd",
)


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients as a Study with the labels ``response`` float32[N, 1] (complete or partial; NaN
    where it was not evaluated), ``os`` and ``pfs`` float32[N, 2] (days from the first dose, event).

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    read = _read(files)
    rows = PatientRows(
        fields=pd.DataFrame(
            {
                "cancer_type": "Melanoma",
                "mutation_subtype": stated(read["subtype"]),
                "prior_ctla4": yes_no(1 - read["ipi_naive"]),
            }
        ),
        regimens=[("nivolumab",)] * len(read),
        labels={
            "response": recist_response(read["best_response"]),
            "os": survival_label(read["os_days"], read["os_event"], what="os"),
            "pfs": survival_label(read["pfs_days"], read["pfs_event"], what="pfs"),
        },
        **one_cohort("Riaz", "CheckMate 038", rows=len(read)),
    )
    return patient_study(SCREEN, rows, files=files)


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = {"patient_id": "person"} | dict.fromkeys(("best_response", "subtype"), "optional_text")
    numbers = ("ipi_naive", "os_days", "os_event", "pfs_days", "pfs_event")
    read = read_columns(files.paths[PATIENTS], kinds | dict.fromkeys(numbers, "number"))
    return read.drop(columns="patient_id")

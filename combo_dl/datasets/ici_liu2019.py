"""Metastatic melanoma under an antibody against PD-1, with exome summaries (Liu).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import recist_response, survival_label
from combo_dl.datasets.patient_regimens import named_regimens
from combo_dl.datasets.patient_rows import (
    PatientRows,
    one_cohort,
    patient_study,
    performance_status,
    renamed,
    yes_no,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_liu2019",
    version="1",
    citation="Liu D et al. Integrative molecular and clinical modeling of clinical outcomes to PD1 "
    "blockade in patients with metastatic melanoma. Nat Med 2019;25:1916-1927",
    labels={"best_response": "response"},
)
PATIENTS = SourceFile(
    file="ici_liu2019/patients.parquet",
    what="table of patients of Liu",
    origin="github.com/vanallenlab/schadendorf-pd1 at 536010aa, data/Supplemental_Table_1_wAge.tsv",
    licence="GPL-2.0",
    digest="6e180852e6fcd026e3f557c6e879f1d67cf6c00b6b65dd69c0b6f0d0f2b86f70",
)
NUMBERS = {
    "age_years": "age_years",
    "tx_start_ldh": "ldh_u_l",
    "nonsyn_muts": "nonsynonymous_mutations",
    "heterogeneity": "subclonal_share",
    "cna_prop": "fcna",
    "purity": "purity",
    "ploidy": "ploidy",
    "numpriortherapies": "prior_therapies",
}
FLAGS = {
    "priorctla4": "prior_ctla4",
    "priormapktx": "prior_mapk",
    "brain_met": "brain_metastasis",
    "lung_met": "lung_metastasis",
    "liver_visc_met": "liver_or_visceral_metastasis",
    "bone_met": "bone_metastasis",
    "ln_met": "lymph_node_metastasis",
}
STAGES = {0.0: "IIIC", 1.0: "M1a", 2.0: "M1b", 3.0: "M1c"}


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients as a Study with the labels ``response`` float32[N, 1] (complete or partial),
    ``os`` and ``pfs`` float32[N, 2] (days from the first dose, event).

    What happened after the first dose (later treatment, cycles) is not read. Ipilimumab before it
    is the field ``prior_ctla4``: a sequence, not a combination.

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
        fields=_fields(read),
        regimens=named_regimens(list(read["drug"]), spellings={}),
        labels={
            "response": recist_response(read["best_response"]),
            "os": survival_label(read["os_days"], read["dead"], what="os"),
            "pfs": survival_label(read["pfs_days"], read["progressed"], what="pfs"),
        },
        **one_cohort("Liu", "University Hospital Essen", rows=len(read)),
    )
    return patient_study(SCREEN, rows, files=files)


def _fields(read: pd.DataFrame) -> pd.DataFrame:
    categories = {
        "cancer_type": "Melanoma",
        "sex": renamed(read["sex_male"], {0.0: "female", 1.0: "male"}),
        "performance_status": performance_status(read["tx_start_ecog"]),
        "m_stage": renamed(read["mstage_code"], STAGES),
        "primary_type": read["primary_type"],
        "biopsy_site": read["biopsy_site_categ"],
    }
    flags = {name: yes_no(read[column]) for column, name in FLAGS.items()}
    return read[list(NUMBERS)].rename(columns=NUMBERS).assign(**categories, **flags)


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = {"sample_id": "person", "best_response": "optional_text"}
    kinds |= dict.fromkeys(("drug", "primary_type", "biopsy_site_categ"), "text")
    numbers = ("sex_male", "tx_start_ecog", "mstage_code", "os_days", "pfs_days", "dead")
    kinds |= dict.fromkeys((*NUMBERS, *FLAGS, *numbers, "progressed"), "number")
    return read_columns(files.paths[PATIENTS], kinds).drop(columns="sample_id")

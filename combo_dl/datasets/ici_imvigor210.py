"""Metastatic urothelial cancer under atezolizumab (Mariathasan, IMvigor210).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH, recist_response, survival_label
from combo_dl.datasets.patient_rows import (
    PatientRows,
    one_cohort,
    patient_study,
    performance_status,
    renamed,
    stated,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_imvigor210",
    version="1",
    citation="Mariathasan S et al. TGF-beta attenuates tumour response to PD-L1 blockade by "
    "contributing to exclusion of T cells. Nature 2018;554:544-548",
    labels={"best_confirmed_overall_response": "response"},
)
PATIENTS = SourceFile(
    file="ici_imvigor210/patients.parquet",
    what="table of patients of IMvigor210",
    origin="IMvigor210CoreBiologies, from github.com/mimifp/IMvigor210_mUC at 508772c4, "
    "2_data/1_IMvigor210/pData_IMvigor210.csv",
    licence="CC BY 3.0 (the copy states none)",
    digest="63d146d8ee5b376e472f11428479b2f9a42b328775bcea01c68842f28d4f7464",
)
_YES = {"N": "no", "Y": "yes"}
# {column: (field, its names; None = as they are)}
CATEGORIES: dict[str, tuple[str, dict[str, str] | None]] = {
    "sex": ("sex", {"F": "female", "M": "male"}),
    "tobacco_use_history": (
        "smoking",
        {"NEVER": "never", "PREVIOUS": "ever", "CURRENT": "ever"},
    ),
    "received_platinum": ("prior_platinum", _YES),
    "intravesical_bcg_administered": ("prior_bcg", _YES),
    "immune_phenotype": ("immune_phenotype", None),
    "ic_level": ("pdl1_immune_cells", None),
    "tc_level": ("pdl1_tumour_cells", None),
    "met_disease_status": ("metastatic_pattern", None),
    "tissue": ("biopsy_site", None),
    "lund2": ("lund_subtype", None),
    "tcga_subtype": ("tcga_subtype", None),
}
NUMBERS = ("tmb_mut_per_mb", "neoantigen_per_mb")


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients as a Study with the labels ``response`` float32[N, 1] (confirmed complete or
    partial; NaN where it was not evaluated) and ``os`` float32[N, 2] (days, event).

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
        fields=_fields(read),
        regimens=[("atezolizumab",)] * len(read),
        labels={
            "response": recist_response(read["best_confirmed_overall_response"]),
            "os": survival_label(days, read["os_event"], what="os"),
        },
        **one_cohort("IMvigor210", "IMvigor210", rows=len(read)),
    )
    return patient_study(SCREEN, rows, files=files)


def _fields(read: pd.DataFrame) -> pd.DataFrame:
    categories: dict[str, object] = {
        "cancer_type": "Bladder",
        "performance_status": performance_status(read["ecog"]),
    }
    for column, (name, names) in CATEGORIES.items():
        text = read[column]
        categories[name] = renamed(text, names) if names else stated(text)
    return read[list(NUMBERS)].assign(**categories)


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = {"sample_id": "person", "best_confirmed_overall_response": "optional_text"}
    kinds |= dict.fromkeys(CATEGORIES, "optional_text")
    kinds |= dict.fromkeys((*NUMBERS, "ecog", "os_months", "os_event"), "number")
    return read_columns(files.paths[PATIENTS], kinds).drop(columns="sample_id")

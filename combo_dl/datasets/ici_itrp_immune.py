"""Tumours before checkpoint inhibitors, as immune concept scores of their transcriptome (ITRP).

The layout of the source folder is in docs/data.md.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH, response_label, survival_label
from combo_dl.datasets.patient_regimens import ANY_INHIBITOR, CTLA4, LAG3, PD1, named_regimens
from combo_dl.datasets.patient_rows import PatientRows, patient_study, renamed, stated, yes_no
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_itrp_immune",
    version="1",
    citation="Shen W et al. Generalizable AI predicts immunotherapy outcomes across cancers and "
    "treatments. medRxiv 2025; and the study of each cohort",
    labels={"responder": "response"},
)
_ORIGIN = "github.com/mims-harvard/COMPASS at 15feee94, paper/01_extract_readout/ITRP"


def _file(name: str, what: str, digest: str) -> SourceFile:
    return SourceFile(
        file=f"ici_itrp_immune/{name}.parquet",
        what=what,
        origin=_ORIGIN,
        licence="MIT",
        digest=digest,
    )


CLINICAL = _file(
    "clinical",
    "table of patients of ITRP",
    "5d749e637f8f992aab1b6cd3b765f206c7db2f704e647268bf19435794c62c23",
)
CELL_TYPES = _file(
    "celltype_concepts",
    "table of scores of cell types",
    "db19e663942840b54e938308446d7589166d4948e4d0ca523596d4446d51f466",
)
GENE_SETS = _file(
    "geneset_concepts",
    "table of scores of gene sets",
    "02f3a64af08b33c87367b0ffbf13cfdde11c37d0cbae6f5bedc57e85da2ee24b",
)
# Fields of one prefix are one block to the scalers.
SCORES = {CELL_TYPES: "cell_type:", GENE_SETS: "gene_set:"}
KEY, TOKEN = "sample_id", "CANCER"  # the token is the type of cancer, which is a field already
UNIT = "score"
TINY = 1e-6  # a standard deviation of scores, which are between about -3 and 3, that is rounding
# Miao and Choueiri took patients of one trial; the two parts of SU2CLC are one project, Ravi of
# ici_loris; Allen and Liu share a hospital.
HOSPITALS = {
    "Allen": "University Hospital Essen",
    "Choueiri": "CheckMate 009",
    "Gide": "Gide 2019",
    "Hugo": "Hugo 2016",
    "IMVigor210": "IMvigor210",
    "IMmotion150": "IMmotion150",
    "Kim": "Samsung Medical Center",
    "Liu": "University Hospital Essen",
    "MGH": "Freeman 2022",
    "Miao": "CheckMate 009",
    "Riaz": "CheckMate 038",
    "Rose": "Rose 2021",
    "SU2CLC1": "SU2C-MARK",
    "SU2CLC2": "SU2C-MARK",
    "Snyder": "Memorial Sloan Kettering",
    "Zhao": "Zhao 2019",
}
CANCER_TYPES = {
    "BLCA": "Bladder",
    "GBM": "CNS",
    "KIRC": "Renal",
    "LUAD": "NSCLC",
    "LUSC": "NSCLC",
    "SKCM": "Melanoma",
    "STAD": "Gastric",
}
SPELLINGS = {"Pembro": "pembrolizumab", "LAG-3": LAG3.name}
# A regimen that is not named is that of the target, as far as one is known.
UNNAMED = "unknow"
OF_TARGET = {
    "PD1": PD1.name,
    "CTLA4": CTLA4.name,
    "PD1+CTLA4": f"{PD1.name} + {CTLA4.name}",
    "Other": ANY_INHIBITOR.name,
}
# Other cohorts count mutations in units of their own.
TMB_SOURCE = "FoundationOne mut/Mb"


# Scores as in the source, or in deviations of the tumours of their cohort.
SOURCE, COHORT = "source", "cohort"


def load(
    *, folder: str | None, without: Sequence[str], score_scale: str, check_digests: bool
) -> Study:
    """The patients as a Study with the labels ``response`` float32[N, 1] (objective response: 0 or
    1; stable disease is 0), ``os`` and ``pfs`` float32[N, 2] (days, event), NaN where unknown.

    A profile is the scores of 43 cell types and 132 gene sets, by an encoder that saw no response,
    and clinical fields. Columns: ``cohort``, ``hospital``.

    folder: the source folder, laid out as in docs/data.md.
    without: names of cohorts that are left out, such as those that another study has too (Liu,
    Riaz, IMVigor210).
    score_scale: ``source``, the scores as they are; ``cohort``, less the mean of the patient's
    cohort and over its standard deviation. No response is used for that, but the other patients of
    the cohort are, so that a patient alone could not be predicted.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([CLINICAL, *SCORES], folder=folder, check_digests=check_digests)
    chosen = tuple(without)
    if score_scale not in (SOURCE, COHORT):
        raise ConfigError(
            f"data.{SCREEN.name}.score_scale is {score_scale!r}; expected {SOURCE} or {COHORT}"
        )
    return cached_study(
        SCREEN,
        files,
        f"{chosen!r} {score_scale}",
        lambda: _build(files, chosen, within_cohort=score_scale == COHORT),
    )


def _build(files: FoundFiles, without: Sequence[str], *, within_cohort: bool) -> Study:
    read = _read(files.paths[CLINICAL])
    keys = read.pop(KEY)
    scores = [_scores(files.paths[s], keys, prefix) for s, prefix in SCORES.items()]
    if within_cohort:
        scores = [_deviations(table, read["cohort"]) for table in scores]
    targets = read["ici"].where(read["ici"] != UNNAMED, read["ici_target"].map(OF_TARGET))
    rows = PatientRows(
        fields=pd.concat([*scores, _clinical(read)], axis=1),
        regimens=named_regimens(list(targets.fillna("")), spellings=SPELLINGS),
        labels={"response": response_label(read["responder"])}
        | {
            name: survival_label(
                read[f"{name}_months"] * DAYS_A_MONTH, read[f"{name}_event"], what=name
            )
            for name in ("os", "pfs")
        },
        cohort=read["cohort"],
        hospitals=HOSPITALS,
        units={column: UNIT for table in scores for column in table.columns},
    )
    return patient_study(SCREEN, rows, files=files, without=without)


def _read(path: Path) -> pd.DataFrame:
    kinds = {KEY: "person", "patient_id": "person"}
    kinds |= dict.fromkeys(("cohort", "cancer_type", "ici", "ici_target"), "text")
    texts = ("sex", "tmb_source", "tissue_group", "immune_phenotype")
    numbers = ("responder", "age_years", "os_months", "os_event", "pfs_months", "pfs_event")
    kinds |= dict.fromkeys(texts, "optional_text")
    kinds |= dict.fromkeys((*numbers, "tmb", "prior_ctla4"), "number")
    return read_columns(path, kinds).drop(columns="patient_id")


def _scores(path: Path, keys: pd.Series, prefix: str) -> pd.DataFrame:
    """The scores of the tumours ``keys``, in their order. Raises InputError where one has none."""
    names = [n for n in pq.read_schema(path).names if n not in (KEY, TOKEN)]
    table = read_columns(path, {KEY: "person"} | dict.fromkeys(names, "number")).set_index(KEY)
    missing = ~keys.isin(table.index).to_numpy()
    if missing.any():
        raise InputError(
            f"{path.name} lacks the tumour of row {int(np.argmax(missing))} of the table of "
            f"patients ({int(missing.sum())} such rows); fetch both again"
        )
    return table.loc[list(keys)].reset_index(drop=True).add_prefix(prefix)


def _deviations(scores: pd.DataFrame, cohort: pd.Series) -> pd.DataFrame:
    """Each score less the mean of its cohort, over its standard deviation there; 0 where a cohort
    has one value."""
    groups = scores.groupby(cohort.to_numpy())
    size = groups.transform(lambda column: column.std(ddof=0))
    return (scores - groups.transform("mean")) / size.where(size > TINY, 1.0)


def _clinical(read: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age_years": read["age_years"],
            "tmb_mut_per_mb": read["tmb"].where(read["tmb_source"] == TMB_SOURCE),
            "cancer_type": renamed(read["cancer_type"], CANCER_TYPES),
            "sex": renamed(read["sex"], {"F": "female", "M": "male"}),
            "prior_ctla4": yes_no(read["prior_ctla4"]),
            "biopsy_site": stated(read["tissue_group"].str.capitalize()),
            "immune_phenotype": stated(read["immune_phenotype"]),
        }
    )

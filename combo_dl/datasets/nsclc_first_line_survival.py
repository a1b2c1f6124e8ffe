"""First-line trials of checkpoint inhibitors in non-squamous lung cancer: survival by arm (Shao).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets import nsclc_first_line_combo as toxicity
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH
from combo_dl.datasets.source_table import SourceFile, read_columns
from combo_dl.datasets.trial_arms import Arm, trial_study
from combo_dl.datasets.trial_drugs import regimen_of

SCREEN = Screen(
    name="nsclc_first_line_survival",
    version="1",
    citation=toxicity.SCREEN.citation,
    labels={"time_months": "os, pfs"},
)
PATIENTS = SourceFile(
    file="nsclc_first_line_combo/ipd.parquet",
    what="table of patients of first-line trials",
    origin="github.com/TaihangShao/nsq_scope_NMA at c384fa36, IPD_data/Data_for_RP",
    licence="none stated",
    digest="dd329553bdd3db89a9627ef2026a074b96710ff39ef4313b81d027b783762d58",
)
CONTROLS = ("che", "bev+che")
_CURVES = {"OS": "os", "PFS": "pfs"}


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients of the randomised arms as a Study with the labels ``os`` and ``pfs``
    float32[N, 2] (days from randomisation, event); a row has one of the two.

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    kinds = dict.fromkeys(("trial", "regimen_code", "regimen", "endpoint"), "text")
    people = read_columns(
        files.paths[PATIENTS], kinds | dict.fromkeys(("time_months", "event"), "number")
    )
    other = sorted(set(people["endpoint"]) - set(_CURVES))
    if other:
        raise InputError(f"{PATIENTS.file} has the endpoint {other[0]!r}; expected OS or PFS")
    named = people[["trial", "regimen_code", "regimen"]].drop_duplicates()
    arms = [_arm(*row) for row in named.itertuples(index=False, name=None)]
    place = {(arm.trial, arm.label): i for i, arm in enumerate(arms)}
    at = [place[row] for row in zip(people["trial"], people["regimen_code"], strict=True)]
    patients = pd.DataFrame(
        {
            "arm": at,
            "endpoint": people["endpoint"].map(_CURVES),
            "time_days": people["time_months"] * DAYS_A_MONTH,
            "event": people["event"],
        }
    )
    return trial_study(SCREEN, patients, arms, files=files)


def _arm(trial: str, code: str, regimen: str) -> Arm:
    text = "+".join(
        toxicity.DOUBLET if part == toxicity.CHEMOTHERAPY else part for part in regimen.split("+")
    )
    return Arm(
        trial=trial,
        label=code,
        drugs=regimen_of(text, where=f"arm {code!r} of trial {trial!r}"),
        cancer=toxicity.CANCER,
        line=toxicity.LINE,
        rank=CONTROLS.index(code) if code in CONTROLS else len(CONTROLS),
    )

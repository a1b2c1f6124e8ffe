"""Phase 3 trials of checkpoint inhibitors and of liver cancer: overall survival arm by arm (Bomze).

The layout of the source folder is in docs/data.md.
"""

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH
from combo_dl.datasets.source_table import SourceFile, read_columns
from combo_dl.datasets.trial_arms import Arm, line_of, trial_key, trial_study
from combo_dl.datasets.trial_drugs import regimen_of

SCREEN = Screen(
    name="ici_rct_ipd",
    version="1",
    citation="Bomze D et al. Survival-inferred fragility index of phase 3 clinical trials "
    "evaluating immune checkpoint inhibitors. JAMA Netw Open 2020;3:e2017675",
    labels={"time_months": "os"},
)
_ORIGIN = "github.com/davidbomze/SIFI at 1260f136, survival_data"
PATIENTS = SourceFile(
    file="ici_rct_ipd/patients.parquet",
    what="table of patients of trials of checkpoint inhibitors",
    origin=_ORIGIN,
    licence="none stated",
    digest="abd26a4ab8f57306497222e61c31574a45db2a3d692a5e59133fff368e92eb34",
)
ARMS = SourceFile(
    file="ici_rct_ipd/arms.parquet",
    what="table of arms of trials of checkpoint inhibitors",
    origin=f"{_ORIGIN}; regimen, cancer and setting by hand from the public designs",
    licence="none stated",
    digest="f22206de1352ef8e8d6fe742583f68a402733847631cf7e730d3218ec31c0ac9",
)
# Subgroup curves show patients of the whole trial once more.
POPULATIONS = ("itt", "hcc")
# The earlier of two arms in this list is what the other is compared with; of two arms that are not
# in it, one whose drugs include the other's is the experimental one.
CONTROLS = (
    "placebo",
    "standard",
    "IC",
    "ICC",
    "EP",
    "BCP",
    "chemotherapy",
    "dacarbazine",
    "docetaxel",
    "paclitaxel",
    "lenadexa",
    "cetuximab_chemotherapy",
    "sorafplac",
    "sorafenib",
    "sunitinib",
    "everolimus",
    "regorafenib",
    "ipilimumab",
)
CANCERS = {
    "HCC": "liver",
    "HNSCC": "head and neck",
    "NSCLC": "lung, non-small cell",
    "NSCLC non-squamous": "lung, non-small cell",
    "NSCLC squamous": "lung, non-small cell",
    "RCC": "kidney",
    "SCLC extensive": "lung, small cell",
    "TNBC": "breast",
    "colorectal": "colorectal",
    "gastric/GEJ": "stomach",
    "melanoma": "melanoma",
    "multiple myeloma": "myeloma",
    "oesophageal squamous": "oesophagus",
    "prostate": "prostate",
    "urothelial": "urothelial",
}
LINES = {
    "1st line": "first",
    "1st line PD-L1+": "first",
    "1st line PD-L1>=1%": "first",
    "1st line PD-L1>=50%": "first",
    "1st line BRAF wild type": "first",
    "1st-2nd line": "first",
    "chemo-naive castration-resistant": "first",
    "2nd line": "later",
    "3rd line": "later",
    ">=3rd line": "later",
    "advanced": "later",
    "after ipilimumab": "later",
    "platinum-refractory": "later",
    "relapsed": "later",
    "adjuvant stage III": "adjuvant",
    "stage III after chemoradiation": "adjuvant",
}
# Where a source names a choice, the drugs of no one patient are known.
CHOICES = {
    "investigator chemotherapy": "chemotherapy of choice",
    "investigator single agent": "chemotherapy of choice",
    "methotrexate or docetaxel or cetuximab": "chemotherapy of choice",
    "paclitaxel or irinotecan": "chemotherapy of choice",
    "taxane or vinflunine": "chemotherapy of choice",
}
# The arms of trials of liver cancer have no regimen in the source; from the public designs.
LIVER = {
    "atezobeva": "atezolizumab+bevacizumab",
    "radioembolization": "radioembolisation",
    "sirt": "radioembolisation",
    "sorafdoxo": "sorafenib+doxorubicin",
    "soraferlo": "sorafenib+erlotinib",
    "sorafhaic": "sorafenib+cisplatin+fluorouracil",
    "sorafplac": "sorafenib",
    "sorafsirt": "sorafenib+radioembolisation",
}
LATER_LIVER = ("celestial", "reach2", "resorce")
_ARM = ["trial", "publication", "figure", "population", "arm"]


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients of the randomised arms as a Study with the label ``os`` float32[N, 2] (days from
    randomisation, event). Curves of subgroups are left out, and an arm that stands in two
    comparisons of its trial is there once.

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS, ARMS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    kinds = dict.fromkeys(_ARM, "text")
    facts = read_columns(
        files.paths[ARMS],
        kinds | {"cancer": "text"} | dict.fromkeys(("setting", "regimen"), "optional_text"),
    )
    facts = facts[facts["population"].isin(POPULATIONS)].reset_index(drop=True)
    facts["key"] = facts["trial"].map(trial_key)
    facts = facts.drop_duplicates(["key", "arm"]).reset_index(drop=True)
    arms = [_arm(row) for row in facts.to_dict("records")]
    people = read_columns(
        files.paths[PATIENTS], kinds | dict.fromkeys(("time_months", "event"), "number")
    )
    place = {tuple(row[c] for c in _ARM): i for i, row in facts.iterrows()}
    at = pd.Series([place.get(row, -1) for row in people[_ARM].itertuples(index=False, name=None)])
    people = people[(at >= 0).to_numpy()]
    if people.empty:
        raise InputError(f"no patient of {PATIENTS.file} is in an arm of {ARMS.file}")
    patients = pd.DataFrame(
        {
            "arm": at[at >= 0].to_numpy(),
            "endpoint": "os",
            "time_days": people["time_months"].to_numpy() * DAYS_A_MONTH,
            "event": people["event"].to_numpy(),
        }
    )
    return trial_study(SCREEN, patients, arms, files=files)


def _arm(row: dict[str, str]) -> Arm:
    where = f"arm {row['arm']!r} of trial {row['trial']!r}"
    if row["cancer"] not in CANCERS:
        raise InputError(
            f"{where} has the unknown cancer {row['cancer']!r}; expected one of "
            f"{', '.join(CANCERS)}"
        )
    if row["population"] == "hcc":
        text = LIVER.get(row["arm"], row["arm"])
        line = "later" if row["trial"] in LATER_LIVER else "first"
    else:
        text = CHOICES.get(row["regimen"], row["regimen"])
        line = line_of(row["setting"], LINES, where=where)
    named = row["arm"] in CONTROLS
    return Arm(
        trial=row["trial"],
        label=row["arm"],
        drugs=regimen_of(text, where=where),
        cancer=CANCERS[row["cancer"]],
        line=line,
        rank=CONTROLS.index(row["arm"]) if named else len(CONTROLS),
    )

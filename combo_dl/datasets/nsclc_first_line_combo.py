"""First-line trials of checkpoint inhibitors in non-squamous lung cancer: severe toxicity by arm.

The layout of the source folder is in docs/data.md.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import InputError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.regimens import regimen_sets
from combo_dl.core.study import HOSPITAL, Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.pair_screen import Flow, FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.side_effects import EffectLabel, EffectRows, effect_study
from combo_dl.datasets.source_table import SourceFile, read_columns
from combo_dl.datasets.trial_arms import TRIAL, trial_code, trial_key

SCREEN = Screen(
    name="nsclc_first_line_combo",
    version="2",
    citation="Shao T et al. First-line immune checkpoint inhibitors plus chemotherapy in "
    "non-squamous non-small-cell lung cancer. Front Immunol 2022;13:948597",
    labels={"n_with_event": "ae_severe"},
)
TOXICITY = SourceFile(
    file="nsclc_first_line_combo/toxicity.parquet",
    what="table of adverse events of first-line trials",
    origin="github.com/TaihangShao/nsq_scope_NMA at c384fa36, safety",
    licence="none stated",
    digest="08a8cdfc763a18fbb1363bdf98bd563ddf88b90375dcb629a4f2f26493276a85",
)
# What the source calls chemotherapy: a doublet of platinum and, in these trials, mostly pemetrexed.
# Which one an arm gave it does not say, so that the doublet is a drug of its own.
CHEMOTHERAPY, DOUBLET = "chemotherapy", "platinum doublet"
CANCER, LINE = "lung, non-small cell", "first"
ANY, SEVERE = "any", ">=3"


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The arms as a Study of regimens with the label ``ae_severe`` float32[N, 1]: share of patients
    with an adverse event of grade 3 or more, 0 to 1. An arm weighs the number of its patients; the
    table ``arms`` has the counts, of any grade too. Trials count any cause or treatment alone.
    A profile is a trial, under the name and codes that it has in studies of survival too.

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([TOXICITY], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    counts = _read(files)
    events = counts.pivot(index=["trial", "regimen"], columns="grade", values="n_with_event")
    safety = counts.groupby(["trial", "regimen"])["n_safety"].first()
    arms = events.reindex(columns=[ANY, SEVERE]).assign(n_safety=safety).reset_index()
    known = arms[arms[SEVERE].notna()].reset_index(drop=True)
    if known.empty:
        raise InputError(f"the table of adverse events has no row of grade {SEVERE!r}")
    flow = (("arms read", len(arms)), ("arms with a count of grade 3 or more", len(known)))
    return _study(known, files=files, flow=flow)


def _study(arms: pd.DataFrame, *, files: FoundFiles, flow: Flow) -> Study:
    regimens = [tuple(sorted(_drugs(text))) for text in arms["regimen"]]
    names, sets = regimen_sets(regimens)
    share = (arms[SEVERE] / arms["n_safety"]).to_numpy(np.float32)
    label = EffectLabel(
        name="ae_severe",
        values=share[:, None],
        names=["any event, grade 3 or more"],
        codes=[SEVERE],
    )
    counts = arms.rename(columns={ANY: "n_any_grade", SEVERE: "n_grade_3_or_more"})
    facts = pd.DataFrame({"name": [DOUBLET], "modality": ["other"], "drug_class": [CHEMOTHERAPY]})
    keys = [trial_key(trial) for trial in arms["trial"]]
    trials = Vocab.of("trial", keys)
    code = np.array([trial_code(key) for key in keys], np.int32)
    fields = pd.DataFrame({"profile": trials.names, "cancer": CANCER, "line": LINE})
    rows = EffectRows(
        sets=sets,
        label=label,
        weight=arms["n_safety"].to_numpy(np.float32),
        profile=trials.ids(keys),
        profiles=profiles_from_frame(fields, space="trial"),
        columns={TRIAL: code, HOSPITAL: code},
        tables={
            "arms": pa.Table.from_pandas(counts, preserve_index=False),
            DRUGS_TABLE: pa.Table.from_pandas(facts, preserve_index=False),
        },
    )
    return effect_study(
        SCREEN, rows, names=names, smiles=("",) * len(names), files=files, flow=flow
    )


def _drugs(regimen: str) -> list[str]:
    found = [part.strip() for part in regimen.split("+")]
    if not all(found) or len(set(found)) < len(found):
        raise InputError(f"regimen {regimen!r} names no drug or one twice; expected drug+drug")
    return [DOUBLET if part == CHEMOTHERAPY else part for part in found]


def _read(files: FoundFiles) -> pd.DataFrame:
    kinds = dict.fromkeys(("trial", "regimen", "grade"), "text")
    counts = read_columns(
        files.paths[TOXICITY], kinds | dict.fromkeys(("n_with_event", "n_safety"), "integer")
    )
    other = sorted(set(counts["grade"]) - {ANY, SEVERE})
    if other:
        raise InputError(f"the table has the unknown grade {other[0]!r}; expected any or >=3")
    if counts.duplicated(["trial", "regimen", "grade"]).any():
        raise InputError("the table counts one grade of an arm twice; keep one row")
    arms = counts.groupby(["trial", "regimen"])["n_safety"]
    if (arms.nunique() > 1).any():
        raise InputError("an arm has two numbers of patients in n_safety; expected one")
    beyond = counts[~counts["n_with_event"].between(0, counts["n_safety"])]
    if len(beyond) or counts["n_safety"].min() < 1:
        raise InputError("an arm counts fewer than no or more than all patients with an event")
    return counts

"""Arms of randomised trials, patient by patient: what the tables of several sources share.

A patient of such a table is reconstructed from a published curve and has no facts of its own: what
is known is the trial (cancer, line of therapy) and the drugs of the arm.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import InputError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.label_names import follow_up_tables
from combo_dl.core.regimens import regimen_sets
from combo_dl.core.study import HOSPITAL, Provenance, Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.pair_screen import FoundFiles, Screen
from combo_dl.datasets.patient_labels import label_flow, survival_label
from combo_dl.datasets.trial_drugs import TABLE, own_drugs

ARMS = "arms"  # the table of a study of trials: one row an arm and endpoint
TRIAL, ARM = "trial", "arm"  # columns of codes of each patient
ENDPOINTS = ("os", "pfs")
LINES = ("adjuvant", "first", "maintenance", "later")
# Names under which one trial is known: the second of each is what ``trial_key`` makes of it.
_ALIASES = {
    "nct01057810": "ca184095",
    "nct01642004": "checkmate017",
    "nct01673867": "checkmate057",
    "nct02142738": "keynote024",
}


@dataclass(frozen=True, kw_only=True)
class Arm:
    """An arm: its trial and label as the source writes them, its drugs (sorted), the cancer and the
    line (one of LINES). rank: of two arms that of the lower one is the control; of equal ones, that
    whose drugs the other one includes.  stratum: arms of two strata of one trial were not
    randomised against each other."""

    trial: str
    label: str
    drugs: tuple[str, ...]
    cancer: str
    line: str
    rank: int
    stratum: str = ""


def trial_key(name: str) -> str:
    """The name of a trial without case, spaces and hyphens, and without what marks one of its
    comparisons (``CheckMate067(combo)``): two sources that write it in their own way have one key.

    Raises InputError for a name without a letter or digit.
    """
    key = re.sub(r"[^a-z0-9]", "", re.sub(r"\([^)]*\)", "", name.lower()))
    if not key:
        raise InputError(f"a trial has the name {name!r}; expected letters or digits")
    return _ALIASES.get(key, key)


def trial_code(key: str) -> int:
    """A number of a trial that is the same in every study: rows of one code may be the same
    patients. Above all codes of hospitals; trials that collide are held out together."""
    return 1_000_000 + crc32(key.encode()) % 1_000_000_000


def trial_study(
    screen: Screen,
    patients: pd.DataFrame,
    arms: Sequence[Arm],
    *,
    files: FoundFiles,
) -> Study:
    """The validated Study: a row a patient and endpoint, a profile a trial (space ``trial``).

    patients: ``arm`` (place in ``arms``), ``endpoint`` (of ENDPOINTS), ``time_days``, ``event``.
    Labels ``os`` and ``pfs`` float32[N, 2] (time_days, event), NaN where a row is of the other:
    curves do not say which time of progression and which time of death are one patient's. Columns
    ``trial`` and ``hospital`` (the trial's code) and ``arm``; the table ``arms`` has what the codes
    mean. Raises InputError on a trial with one arm, and on a time or event that cannot be.
    """
    patients = patients.reset_index(drop=True)
    at = patients["arm"].to_numpy(np.int64)
    keys = [trial_key(arm.trial) for arm in arms]
    _refuse_single(patients, arms, keys)
    trials = Vocab.of("trial", keys)
    drugs, sets = regimen_sets([arm.drugs for arm in arms])
    labels = _labels(patients)
    n = len(patients)
    code = np.array([trial_code(key) for key in keys], np.int32)[at]
    fields = _fields(arms, keys, trials)
    return Study(
        name=screen.name,
        version=screen.version,
        dose_unit="",
        drugs=drugs,
        smiles=tuple(TABLE.smiles(d) for d in drugs.names),
        combos=ComboTable.undosed(sets[at], profile=trials.ids(keys)[at], labels=labels),
        profiles=profiles_from_frame(fields, space="trial"),
        columns={TRIAL: code, HOSPITAL: code, ARM: at.astype(np.int32)},
        tables={ARMS: _arms_table(arms, keys), DRUGS_TABLE: own_drugs(drugs.names)}
        | follow_up_tables(labels),
        provenance=Provenance(
            sources=files.records,
            flow=(
                ("trials", len(trials)),
                ("arms", len(arms)),
                ("times of patients", n),
                *label_flow(labels),
            ),
            citation=screen.citation,
        ),
    ).validate()


def line_of(setting: str, lines: Mapping[str, str], *, where: str) -> str:
    """One of LINES for a setting as written. Raises InputError where ``lines`` lacks it."""
    if setting not in lines:
        raise InputError(
            f"{where} has the unknown setting {setting!r}; expected one of {', '.join(lines)}"
        )
    return lines[setting]


def _refuse_single(patients: pd.DataFrame, arms: Sequence[Arm], keys: Sequence[str]) -> None:
    """One arm of a trial has nothing that it was randomised against."""
    found = patients.groupby("endpoint")["arm"].unique()
    for endpoint, seen in found.items():
        trials = pd.Series([keys[i] for i in seen])
        for key in sorted(trials[~trials.duplicated(keep=False)]):
            own = next(arms[i] for i in seen if keys[i] == key)
            raise InputError(
                f"trial {own.trial!r} has one arm of {endpoint} ({own.label!r}); expected two or "
                "more that patients were randomised to: add the other arm, or leave it out"
            )


def _labels(patients: pd.DataFrame) -> dict[str, np.ndarray]:
    made = {}
    for endpoint in ENDPOINTS:
        own = (patients["endpoint"] == endpoint).to_numpy()
        if own.any():
            time = patients["time_days"].where(own)
            made[endpoint] = survival_label(time, patients["event"], what=endpoint)
    return made


def _fields(arms: Sequence[Arm], keys: Sequence[str], trials: Vocab) -> pd.DataFrame:
    first = dict(reversed(list(zip(keys, arms, strict=True))))
    names = trials.names
    return pd.DataFrame(
        {
            "profile": names,
            "cancer": [first[name].cancer for name in names],
            "line": [first[name].line for name in names],
        }
    )


def _arms_table(arms: Sequence[Arm], keys: Sequence[str]) -> pa.Table:
    text = pa.string()
    return pa.table(
        {
            "arm": pa.array(range(len(arms)), pa.int32()),
            "trial": pa.array(keys, text),
            "trial_code": pa.array([trial_code(k) for k in keys], pa.int64()),
            "label": pa.array([a.label for a in arms], text),
            "drugs": pa.array(["+".join(a.drugs) for a in arms], text),
            "cancer": pa.array([a.cancer for a in arms], text),
            "line": pa.array([a.line for a in arms], text),
            "stratum": pa.array([a.stratum for a in arms], text),
            "rank": pa.array([a.rank for a in arms], pa.int32()),
        }
    )

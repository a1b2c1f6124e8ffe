"""Studies of randomised trials as one study, in which a trial is there once.

The same trial stands in several tables, and its patients are the same people. It is taken from one
table an endpoint: the one with most arms, of equal ones the one that followed its arms longest, of
equal ones the first. So no copy of a held-out trial can train.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DRUGS_TABLE
from combo_dl.core.errors import ConfigError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.core.regimens import regimen_sets
from combo_dl.core.study import HOSPITAL, Provenance, Study

NAME = "randomised_trials"
ARMS, TRIAL, ARM = "arms", "trial", "arm"


def joined_trials(studies: Sequence[Study]) -> Study:
    """One validated study of the patients of all trials; a profile a trial, the table ``arms`` of
    all arms that have patients, columns ``trial``, ``hospital`` and ``arm``.

    A row keeps its labels of those endpoints for which its study has the trial. The flow chart says
    how many trials are copies. Raises ConfigError where a study has no arms of trials.
    """
    for study in studies:
        if not has_arms(study):
            raise ConfigError(
                f"study {study.name!r} has no arms of randomised trials; protocol=rct_contrasts "
                "needs studies such as data=[ici_rct_ipd]"
            )
    endpoints = sorted({name for s in studies for name in s.combos.labels})
    labels = {e: [_label(s, e) for s in studies] for e in endpoints}
    seen = {
        (s, e): _trials(study, labels[e][s]) for s, study in enumerate(studies) for e in endpoints
    }
    copies = _hide_copies(studies, labels, seen)
    parts = [_part(study, {e: labels[e][s] for e in endpoints}) for s, study in enumerate(studies)]
    arms = _arms(studies, parts)
    return _study(studies, arms, parts, endpoints, copies)


def has_arms(study: Study) -> bool:
    """Whether its rows are patients of arms of randomised trials."""
    return ARMS in study.tables and {TRIAL, ARM} <= study.columns.keys()


def _label(study: Study, endpoint: str) -> np.ndarray:
    if endpoint in study.combos.labels:
        return study.combos.labels[endpoint].copy()
    return np.full((len(study), 2), np.nan, np.float32)


def _trials(study: Study, label: np.ndarray) -> dict[int, tuple[int, float]]:
    """{trial code: (arms, last day that every arm was followed to)} of an endpoint."""
    known = ~np.isnan(label[:, 0])
    frame = pd.DataFrame(
        {
            "trial": study.columns[TRIAL][known],
            "arm": study.columns[ARM][known],
            "days": label[known, 0],
        }
    )
    last = frame.groupby(["trial", "arm"])["days"].max().groupby("trial").agg(["size", "min"])
    return {int(code): (int(n), float(day)) for code, n, day in last.itertuples(name=None)}


def _hide_copies(
    studies: Sequence[Study],
    labels: dict[str, list[np.ndarray]],
    seen: dict[tuple[int, str], dict[int, tuple[int, float]]],
) -> int:
    """Take the labels of copies away, in place; how many copies there were."""
    found = 0
    for endpoint, own in labels.items():
        codes = {code for s in range(len(studies)) for code in seen[s, endpoint]}
        for code in codes:
            holders = [s for s in range(len(studies)) if code in seen[s, endpoint]]
            kept = max(holders, key=lambda s: (*seen[s, endpoint][code], -s))
            for s in holders:
                if s != kept:
                    own[s][studies[s].columns[TRIAL] == code] = np.nan
                    found += 1
    return found


def _part(study: Study, labels: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(rows that are left int64[n], their labels)."""
    known = np.stack([~np.isnan(label[:, 0]) for label in labels.values()]).any(axis=0)
    rows = np.flatnonzero(known)
    return rows, {name: label[rows] for name, label in labels.items()}


def _arms(
    studies: Sequence[Study], parts: list[tuple[np.ndarray, dict[str, np.ndarray]]]
) -> pd.DataFrame:
    """Arms that have patients left, numbered anew; ``study`` and ``source_arm`` say which they
    were."""
    found = []
    for s, (study, (rows, _)) in enumerate(zip(studies, parts, strict=True)):
        table = study.tables[ARMS].to_pandas()
        left = table[table["arm"].isin(np.unique(study.columns[ARM][rows]))]
        found.append(left.rename(columns={"arm": "source_arm"}).assign(at=s, study=study.name))
    return pd.concat(found, ignore_index=True).assign(arm=lambda t: np.arange(len(t)))


def _study(
    studies: Sequence[Study],
    arms: pd.DataFrame,
    parts: list[tuple[np.ndarray, dict[str, np.ndarray]]],
    endpoints: list[str],
    copies: int,
) -> Study:
    facts = arms.drop_duplicates("trial")[["trial", "cancer", "line"]]
    profiles = profiles_from_frame(facts.rename(columns={"trial": "profile"}), space="trial")
    regimens = [tuple(text.split("+")) for text in arms["drugs"]]
    drugs, sets = regimen_sets(regimens)
    place = {
        (a, int(i)): k for k, (a, i) in enumerate(zip(arms["at"], arms["source_arm"], strict=True))
    }
    at = np.array(
        [
            place[s, int(i)]
            for s, (rows, _) in enumerate(parts)
            for i in studies[s].columns[ARM][rows]
        ],
        np.int64,
    )
    n = len(at)
    smiles = {d: t for s in studies for d, t in zip(s.drugs.names, s.smiles, strict=True)}
    code = arms["trial_code"].to_numpy(np.int32)[at]
    profile = profiles.ids.ids(list(arms["trial"])).astype(np.int32)
    own = [s.tables[DRUGS_TABLE].to_pandas() for s in studies if DRUGS_TABLE in s.tables]
    named = {k: t for s in studies for k, t in s.tables.items() if k.startswith("labels:")}
    kept = arms.drop(columns=["at"])
    return Study(
        name=NAME,
        version="+".join(s.version for s in studies),
        dose_unit="",
        drugs=drugs,
        smiles=tuple(smiles[d] for d in drugs.names),
        combos=ComboTable.undosed(
            sets[at],
            profile=profile[at],
            labels={e: np.concatenate([labels[e] for _, labels in parts]) for e in endpoints},
        ),
        profiles=profiles,
        columns={TRIAL: code, HOSPITAL: code, ARM: at.astype(np.int32)},
        tables={ARMS: pa.Table.from_pandas(kept, preserve_index=False)}
        | ({DRUGS_TABLE: _own_drugs(own)} if own else {})
        | named,
        provenance=_provenance(studies, copies, n),
    ).validate()


def _own_drugs(tables: list[pd.DataFrame]) -> pa.Table:
    every = pd.concat(tables, ignore_index=True).drop_duplicates("name")
    return pa.Table.from_pandas(every, preserve_index=False)


def _provenance(studies: Sequence[Study], copies: int, rows: int) -> Provenance:
    return replace(
        studies[0].provenance,
        sources=tuple(source for s in studies for source in s.provenance.sources),
        flow=(
            *((f"times of patients of {s.name}", len(s)) for s in studies),
            ("copies of trials left out", copies),
            ("times of patients", rows),
        ),
        citation="; ".join(s.provenance.citation for s in studies),
    )

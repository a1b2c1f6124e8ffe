"""Adverse events of PD-1 and PD-L1 inhibitors: shares of patients in arms of one drug.

The layout of the source folder is in docs/data.md.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.side_effects import (
    EffectLabel,
    EffectRows,
    check_whole,
    effect_study,
    keyed_drugs,
)
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="ici_adverse_events",
    version="1",
    citation="Wang Y et al. Treatment-related adverse events of PD-1 and PD-L1 inhibitors in "
    "clinical trials: a systematic review and meta-analysis. JAMA Oncol 2019;5:1008-1019",
    labels={"n_with_event": "ae_ici"},
)
_SBMI = "github.com/cbpeterson/sBMI at 8abcf175"
GRADES = {"any": "any grade", ">=3": "grade 3 or more"}
ARM_TEXT = ("source", "drug", "cancer_type", "dose")

ARMS = SourceFile(
    file="ici_adverse_events/monotherapy_arms.parquet",
    what="table of arms of checkpoint inhibitors",
    origin=f"{_SBMI}, Data/FinalAEs.csv",
    licence="none stated",
    digest="e24e98ddd908426ff32756d97042fbbeafebbc2ad3defe337878f493aab1a928",
)
EVENTS = SourceFile(
    file="ici_adverse_events/monotherapy_events.parquet",
    what="table of adverse events of checkpoint inhibitors",
    origin=f"{_SBMI}, Data/FinalAEs.csv, Data/AElist.csv",
    licence="none stated",
    digest="7b4cf4581e8afa50d8f87eb54f456b5324df9ec6b3b182037786151681f1cb39",
)


def load(*, folder: str | None, min_arms: int, check_digests: bool) -> Study:
    """The arms as a Study of single antibodies with the label ``ae_ici`` float32[N, W]: share of
    patients with the event, 0 to 1, one column an event and grade. NaN: the count was not
    published, which means few patients and not none. An arm weighs the number of its patients.

    folder: the source folder, laid out as in docs/data.md.
    min_arms: an event and grade is a column when at least so many arms publish its count.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    check_whole("data.ici_adverse_events.min_arms", min_arms, least=1)
    files = find_files([ARMS, EVENTS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, repr(min_arms), lambda: _build(files, min_arms))


def _build(files: FoundFiles, min_arms: int) -> Study:
    arms, events = _read(files)
    counts = events.pivot(index="arm_id", columns=["adverse_event", "grade"], values="n_with_event")
    counts = counts.reindex(index=arms["arm_id"])
    often = counts.loc[:, counts.notna().sum() >= min_arms]
    if often.shape[1] == 0:
        raise InputError(
            f"no event is counted in {min_arms} arms; lower data.ici_adverse_events.min_arms"
        )
    share = often.to_numpy(np.float64) / arms["n_treated"].to_numpy()[:, None]
    _refuse_beyond(share, arms)
    kept = ~np.isnan(share).all(axis=1)
    label = EffectLabel(
        name="ae_ici",
        values=share[kept].astype(np.float32),
        names=[f"{event}, {GRADES[grade]}" for event, grade in often.columns],
        codes=[f"{event} {grade}" for event, grade in often.columns],
    )
    flow = (
        ("arms read", len(arms)),
        ("arms with a published count", int(kept.sum())),
        ("events and grades with a published count", int(counts.notna().any().sum())),
        (f"events and grades counted in {min_arms} arms or more", often.shape[1]),
        ("shares of patients", int((~np.isnan(share)).sum())),
    )
    return _study(arms[kept], label, files=files, flow=flow)


def _study(
    arms: pd.DataFrame,
    label: EffectLabel,
    *,
    files: FoundFiles,
    flow: tuple[tuple[str, int], ...],
) -> Study:
    named = arms.assign(key=arms["drug"], smiles="", inchikey14="").drop_duplicates("key")
    drugs = keyed_drugs(named[["key", "drug", "smiles", "inchikey14"]], prefix="")
    rows = EffectRows(
        sets=drugs.ids(arms["drug"])[:, None],
        label=label,
        weight=arms["n_treated"].to_numpy(np.float32),
        columns={"trial": arms["trial"].to_numpy(np.int32)},
        tables={"arms": pa.Table.from_pandas(arms, preserve_index=False)},
    )
    return effect_study(
        SCREEN, rows, names=drugs.names, smiles=drugs.smiles, files=files, flow=flow
    )


def _read(files: FoundFiles) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(arms, counts of events), checked."""
    whole = dict.fromkeys(("arm_id", "trial", "n_treated"), "integer")
    arms = read_columns(files.paths[ARMS], whole | dict.fromkeys(ARM_TEXT, "text"))
    if arms["n_treated"].min() < 1:
        raise InputError("an arm has no patients in n_treated; expected 1 or more")
    kinds = {"arm_id": "integer", "adverse_event": "text", "grade": "text"}
    events = read_columns(files.paths[EVENTS], kinds | {"n_with_event": "number"})
    if events.duplicated(["arm_id", "adverse_event", "grade"]).any():
        raise InputError("the table of events counts one event of an arm twice; keep one row")
    for column, known in (("arm_id", set(arms["arm_id"])), ("grade", set(GRADES))):
        other = [v for v in events[column].unique().tolist() if v not in known]
        if other:
            raise InputError(f"the table of events has the unknown {column} {other[0]!r}")
    return arms, events


def _refuse_beyond(share: np.ndarray, arms: pd.DataFrame) -> None:
    bad = (share < 0) | (share > 1)
    if bad.any():
        arm = arms["arm_id"].iloc[int(np.argmax(bad.any(axis=1)))]
        raise InputError(f"arm {arm} counts fewer than no or more than all patients with an event")

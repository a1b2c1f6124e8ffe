"""Phase 3 trials of breast, colorectal, lung and prostate cancer: overall survival arm by arm.

The layout of the source folder is in docs/data.md. What the arms gave is in ``kmdata_arms.csv``, by
hand from the public designs: the source has labels of arms alone, and some of its cancers are
wrong.
"""

import io
from importlib import resources

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.study import Study
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import DAYS_A_MONTH
from combo_dl.datasets.source_table import SourceFile, read_columns
from combo_dl.datasets.trial_arms import Arm, trial_study
from combo_dl.datasets.trial_drugs import regimen_of

SCREEN = Screen(
    name="oncology_rct_ipd_kmdata",
    version="1",
    citation="Fell G et al. KMDATA: a curated database of reconstructed individual patient-level "
    "data from 153 oncology clinical trials. Database 2021;2021:baab037",
    labels={"time": "os"},
)
_ORIGIN = "github.com/raredd/kmdata at 8972d41b, data/*.rda"
PATIENTS = SourceFile(
    file="oncology_rct_ipd_kmdata/patients.parquet",
    what="table of patients of trials of KMDATA",
    origin=_ORIGIN,
    licence="MIT",
    digest="6e7a1d2a950c9e58f0ff96b58ad80de4333079556e3635513fcdc0f63e0ac4df",
)
DATASETS = SourceFile(
    file="oncology_rct_ipd_kmdata/datasets.parquet",
    what="table of curves of KMDATA",
    origin=_ORIGIN,
    licence="MIT",
    digest="1673ac0dc24a4f8b66e2ea6334fcad6866736459bbd069f1ac0a285c28517603",
)
DAYS = {"days": 1.0, "weeks": 7.0, "months": DAYS_A_MONTH, "years": 365.25}


def load(*, folder: str | None, check_digests: bool) -> Study:
    """The patients of the trials whose arms are mapped to drugs, as a Study with the label ``os``
    float32[N, 2] (days from randomisation, event).

    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([PATIENTS, DATASETS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def mapped_arms() -> pd.DataFrame:
    """The curves that are mapped: dataset, trial, stratum, cancer, line, and label and drugs of the
    control and of the experimental arm."""
    text = resources.files("combo_dl.datasets").joinpath("kmdata_arms.csv").read_text("utf-8")
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def _build(files: FoundFiles) -> Study:
    kinds = {"dataset": "text", "arm": "text", "time": "number", "event": "number"}
    people = read_columns(files.paths[PATIENTS], kinds)
    curves = read_columns(
        files.paths[DATASETS], {"dataset": "text", "outcome": "text", "units": "text"}
    ).set_index("dataset")
    mapped = mapped_arms()
    mapped = mapped[mapped["dataset"].isin(curves.index)]
    if mapped.empty:
        raise InputError(f"{DATASETS.file} has none of the curves whose arms are mapped")
    arms: list[Arm] = []
    parts: list[pd.DataFrame] = []
    for row in mapped.to_dict("records"):
        days = _days_a_unit(curves.loc[row["dataset"]], row["dataset"])
        own = people[people["dataset"] == row["dataset"]]
        for rank, role in enumerate(("control", "experimental")):
            label = row[f"{role}_arm"]
            part = own[own["arm"] == label]
            if part.empty:
                raise InputError(
                    f"curve {row['dataset']!r} has no patients of arm {label!r}; it has "
                    f"{', '.join(sorted(set(own['arm']))) or 'none'}"
                )
            parts.append(
                pd.DataFrame(
                    {
                        "arm": len(arms),
                        "endpoint": "os",
                        "time_days": part["time"].to_numpy() * days,
                        "event": part["event"].to_numpy(),
                    }
                )
            )
            arms.append(_arm(row, role, label, rank))
    return trial_study(SCREEN, pd.concat(parts, ignore_index=True), arms, files=files)


def _arm(row: dict[str, str], role: str, label: str, rank: int) -> Arm:
    return Arm(
        trial=row["trial"],
        stratum=row["stratum"],
        label=label,
        drugs=regimen_of(row[role], where=f"arm {label!r} of {row['dataset']!r}"),
        cancer=row["cancer"],
        line=row["line"],
        rank=rank,
    )


def _days_a_unit(curve: pd.Series, name: str) -> float:
    """Days of one unit of time of a curve. Raises InputError on an unknown unit, or where the curve
    is not of overall survival."""
    if curve["units"] not in DAYS:
        raise InputError(
            f"curve {name!r} counts time in {curve['units']!r}; expected one of {', '.join(DAYS)}"
        )
    if curve["outcome"] != "OS":
        raise InputError(f"curve {name!r} is of {curve['outcome']!r}; expected OS")
    return DAYS[curve["units"]]

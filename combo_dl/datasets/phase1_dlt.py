"""Dose-limiting toxicities of phase I trials of anticancer drugs, by arm and dose level.

The layout of the source folder is in docs/data.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from combo_dl.core import frames
from combo_dl.core.combo_table import ComboTable
from combo_dl.core.dose_units import DOSE_UNIT_TABLE, STANDARD
from combo_dl.core.drug_table import DRUGS_TABLE, DrugTable
from combo_dl.core.errors import ConfigError, InputError
from combo_dl.core.study import Provenance, Study
from combo_dl.datasets.pair_screen import Flow, FoundFiles, cached_study, find_files
from combo_dl.datasets.phase1_context import UNITS, level_number, level_profiles
from combo_dl.datasets.phase1_doses import LevelDoses, level_doses
from combo_dl.datasets.phase1_drugs import SourceDrugs, source_drugs
from combo_dl.datasets.phase1_sources import (
    ARM_DRUGS,
    DEFINITIONS,
    DOSES,
    DRUGS,
    FILES,
    LEVELS,
    ORGANS,
    SCREEN,
    TRIALS,
)
from combo_dl.datasets.source_table import read_columns

_STATUS = ("observed", "inferred_zero", "arm_without_dlt_rows")


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Levels that are used (pmid, arm, dose_level, any_dlt, dlt_categories, names), and the flow.

    names: the drugs of each row, under the study's names, sorted.
    """

    levels: pd.DataFrame
    flow: Flow


def load(*, folder: str | None, max_drugs: int, check_digests: bool) -> Study:
    """The trials as a Study with the labels ``dlt`` (any dose-limiting toxicity at the level: 0 or
    1) and ``dlt_CATEGORY`` (one of that category), a row an arm and dose level.

    Doses are a day's amount in the standard patient (``combo_dl.core.dose_units``), NaN where it
    was not stated or cannot be converted; the table ``dose_unit`` has each drug's unit, the table
    ``drugs`` the modality and targets of drugs that the catalogue lacks too. A level is its own
    profile, of what is known before its first patient. Left out: levels that an arm does not
    define, and arms that report no toxicity at all, since no report is not no toxicity.

    folder: the source folder, laid out as in docs/data.md.
    max_drugs: rows of more drugs are left out (a few high-dose regimens with all their supportive
    drugs, which would make every batch wide); 0 = all are kept.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    if type(max_drugs) is not int or not 0 <= max_drugs <= len(frames.LETTERS):
        raise ConfigError(
            f"data.phase1_dlt.max_drugs is {max_drugs!r}; expected 0 (all) to {len(frames.LETTERS)}"
        )
    files = find_files(FILES, folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, f"{max_drugs}", lambda: _build(files, max_drugs))


def _build(files: FoundFiles, max_drugs: int) -> Study:
    kinds = dict.fromkeys(("drug", "modality"), "text")
    kinds |= dict.fromkeys(("smiles", "smiles_source", "raw_names"), "optional_text")
    drugs = source_drugs(read_columns(files.paths[DRUGS], kinds))
    rows = _rows(files, drugs, max_drugs)
    levels = rows.levels
    stated = _dose_rows(files, drugs)
    doses = level_doses(stated)
    vocab, sets, dose = frames.drug_sets(_wide(levels, doses), DrugTable(drugs=()))
    profiles = level_profiles(
        levels,
        trials=_trials(files, levels["pmid"]),
        schedules=stated,
        definitions=_definitions(files),
    ).assign(profile=levels["profile"])
    return Study(
        name=SCREEN.name,
        version=SCREEN.version,
        dose_unit=STANDARD,
        drugs=vocab,
        smiles=tuple(drugs.drugs[n].smiles for n in vocab.names),
        combos=ComboTable(
            drugs=sets,
            dose=dose,
            profile=np.arange(len(levels), dtype=np.int32),
            labels=_labels(levels),
            weight=np.ones(len(levels), np.float32),
            group=np.arange(len(levels), dtype=np.int32),
            day=np.full(len(levels), np.nan, np.float32),
        ),
        profiles=frames.profiles_from_frame(profiles, space="trial", units=UNITS),
        columns=_columns(levels),
        tables={DOSE_UNIT_TABLE: _units(doses, vocab.names), DRUGS_TABLE: drugs.table(vocab.names)},
        provenance=Provenance(
            sources=files.records,
            flow=(*rows.flow, *_counts(levels, drugs, doses)),
            citation=SCREEN.citation,
        ),
    ).validate()


def _arms(rows: pd.DataFrame) -> pd.Series:
    """The name of each row's arm; a number of an arm is its own within a publication alone."""
    return rows["pmid"].astype(str) + "/" + rows["combn_id"].astype(str)


def _level(text: pd.Series) -> pd.Series:
    return text.str.split().str.join(" ")


def _rows(files: FoundFiles, drugs: SourceDrugs, max_drugs: int) -> _Rows:
    kinds = dict.fromkeys(("pmid", "combn_id", "any_dlt", "dose_level_defined"), "integer")
    kinds |= {"dose_level": "text", "status": "text", "dlt_categories": "optional_text"}
    read = read_columns(files.paths[LEVELS], kinds)
    _check_levels(read)
    defined = read[read["dose_level_defined"] == 1]
    told = defined[defined["status"] != "arm_without_dlt_rows"]
    levels = told.assign(arm=_arms(told), dose_level=_level(told["dose_level"]))
    levels["names"] = levels["arm"].map(_drugs_of_arms(files, drugs))
    if levels["names"].isna().any():
        arm = levels["arm"][levels["names"].isna()].iloc[0]
        raise InputError(f"the table of the drugs of each arm lacks arm {arm}; add its rows")
    flow = [
        ("levels read", len(read)),
        ("levels that the arm defines", len(defined)),
        ("levels of arms that report a dose-limiting toxicity", len(told)),
    ]
    if max_drugs:
        levels = levels[levels["names"].map(len) <= max_drugs]
        flow.append((f"levels of at most {max_drugs} drugs", len(levels)))
    if levels.empty:
        raise InputError(f"{LEVELS.file} has no level that can be used; it read {len(read)}")
    levels = levels.assign(profile=levels["arm"] + "/" + levels["dose_level"])
    twice = levels["profile"][levels["profile"].duplicated()]
    if len(twice):
        raise InputError(
            f"{len(twice)} levels are listed twice, the first {twice.iloc[0]}; keep one"
        )
    return _Rows(levels=levels.reset_index(drop=True), flow=tuple(flow))


def _check_levels(levels: pd.DataFrame) -> None:
    """Raise InputError on a status or a label that is not one of those there are."""
    for column, known in (("status", _STATUS), ("any_dlt", (0, 1)), ("dose_level_defined", (0, 1))):
        bad = ~levels[column].isin(known)
        if bad.any():
            raise InputError(
                f"{LEVELS.file}, column {column!r}, row {int(np.argmax(bad))} holds "
                f"{levels[column][bad].iloc[0]!r}; expected one of {', '.join(map(str, known))}"
            )


def _drugs_of_arms(files: FoundFiles, drugs: SourceDrugs) -> dict[str, tuple[str, ...]]:
    """{arm: its drugs, each once, sorted}."""
    kinds = {"pmid": "integer", "combn_id": "integer", "drug": "text"}
    rows = read_columns(files.paths[ARM_DRUGS], kinds)
    unknown = ~rows["drug"].isin(drugs.names)
    if unknown.any():
        name = rows["drug"][unknown].iloc[0]
        raise InputError(f"{DRUGS.file} lacks {name!r}, which an arm gives; add its row")
    found = rows["drug"].map(drugs.names).groupby(_arms(rows)).agg(set)
    return {arm: tuple(sorted(names)) for arm, names in found.items()}


def _dose_rows(files: FoundFiles, drugs: SourceDrugs) -> pd.DataFrame:
    """Rows of doses and schedules: arm, dose_level, drug (the study's name), and as published."""
    texts = ("dose_level", "dose_value_raw", "dose_unit", "frequency", "schedule")
    kinds = dict.fromkeys(("pmid", "combn_id"), "integer") | {"drug": "text"}
    kinds |= dict.fromkeys(texts, "optional_text") | {"dose_value": "number"}
    rows = read_columns(files.paths[DOSES], kinds)
    return rows.assign(
        arm=_arms(rows),
        dose_level=_level(rows["dose_level"]),
        # A spelling that no arm gives stays as it is: it belongs to no row.
        drug=[drugs.names.get(d, d) for d in rows["drug"]],
    )


def _trials(files: FoundFiles, wanted: pd.Series) -> pd.DataFrame:
    kinds = {"pmid": "integer", "trial_type": "text"}
    kinds |= dict.fromkeys(("population", "dlt_window", "inclusion"), "optional_text")
    trials = read_columns(files.paths[TRIALS], kinds)
    missing = ~wanted.isin(trials["pmid"])
    if missing.any():
        raise InputError(f"{TRIALS.file} lacks the trial {wanted[missing].iloc[0]}; add its row")
    return trials


def _definitions(files: FoundFiles) -> pd.DataFrame:
    kinds = dict.fromkeys(("pmid", "combn_id"), "integer")
    kinds |= dict.fromkeys(("definition", "grade", "is_exclusion"), "optional_text")
    rows = read_columns(files.paths[DEFINITIONS], kinds)
    return rows.assign(arm=_arms(rows))


def _wide(levels: pd.DataFrame, doses: LevelDoses) -> pd.DataFrame:
    """The columns drug_a, dose_a, drug_b, … of the rows."""
    width = max(map(len, levels["names"]), default=1)
    cells = list(_doses_of(levels, doses))
    columns: dict[str, list] = {}
    for i in range(width):
        at = [row[i] if i < len(row) else (None, np.nan) for row in cells]
        columns[f"drug_{frames.LETTERS[i]}"] = [name for name, _ in at]
        columns[f"dose_{frames.LETTERS[i]}"] = [dose for _, dose in at]
    return pd.DataFrame(columns)


def _doses_of(levels: pd.DataFrame, doses: LevelDoses) -> Iterator[list[tuple[str, float]]]:
    for row in levels.itertuples(index=False):
        keys = [(row.arm, row.dose_level, name) for name in row.names]
        yield [(key[2], doses.doses.get(key, np.nan)) for key in keys]


def _units(doses: LevelDoses, names: tuple[str, ...]) -> pa.Table:
    """The unit of each of these drugs that has a dose."""
    table = doses.unit_table()
    return table.filter(pa.array([d in names for d in table["drug"].to_pylist()], pa.bool_()))


def _labels(levels: pd.DataFrame) -> dict[str, np.ndarray]:
    categories = levels["dlt_categories"].str.split("|")
    found = {"dlt": levels["any_dlt"]}
    found |= {f"dlt_{organ}": categories.map(lambda c, o=organ: o in c) for organ in ORGANS}
    return {name: label.to_numpy(np.float32)[:, None] for name, label in found.items()}


def _columns(levels: pd.DataFrame) -> dict[str, np.ndarray]:
    """order: rank of the publication's number, which grows in time.  arm: id.  dose_rank: place of
    the level among those of its arm, ascending; 0 and below before the planned first."""
    number = levels["dose_level"].map(level_number).fillna(np.inf)
    keyed = levels.assign(number=number, first=number < 1).sort_values(["number", "dose_level"])
    before = keyed.groupby("arm")["first"].transform("sum")
    rank = keyed.groupby("arm").cumcount() + 1 - before
    return {
        "order": np.unique(levels["pmid"], return_inverse=True)[1].astype(np.int32),
        "arm": pd.factorize(levels["arm"])[0].astype(np.int32),
        "dose_rank": rank.reindex(levels.index).to_numpy(np.int32),
    }


def _counts(levels: pd.DataFrame, drugs: SourceDrugs, doses: LevelDoses) -> Flow:
    """Further lines of the flow chart: what the rows hold."""
    arms = levels.drop_duplicates("arm")
    keys = [[(r.arm, r.dose_level, n) for n in r.names] for r in levels.itertuples(index=False)]
    flat = [k for row in keys for k in row]
    known = [any(n in drugs.known for n in names) for names in arms["names"]]
    return (
        ("arms", len(arms)),
        ("arms with no drug that the catalogue knows", len(arms) - sum(known)),
        ("drugs of the levels", len(flat)),
        ("doses that were stated", sum(k in doses.stated for k in flat)),
        ("doses that could be converted", sum(k in doses.doses for k in flat)),
        ("levels with the dose of every drug", sum(all(k in doses.doses for k in r) for r in keys)),
    )

"""Invented people in an OMOP CDM 5.4, with lines of therapy, deaths and toxicity that are known.

Nobody is real. Older people, and those with brain metastases, get the combination less often and
die sooner; the combination lets people live longer, and has more pneumonitis.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from ibis.backends import BaseBackend

from combo_dl.cohort.engine import stored
from combo_dl.cohort.event_source import EventSource
from combo_dl.cohort.omop import read_omop

NIVOLUMAB, IPILIMUMAB, PEMBROLIZUMAB = 45892628, 40238188, 45775965
CARBOPLATIN, PEMETREXED, DOCETAXEL = 1344905, 1304919, 1315942
REGIMENS = (
    (NIVOLUMAB,),
    (IPILIMUMAB, NIVOLUMAB),
    (CARBOPLATIN, PEMBROLIZUMAB, PEMETREXED),
)
NAMES = {
    NIVOLUMAB: "nivolumab",
    IPILIMUMAB: "ipilimumab",
    PEMBROLIZUMAB: "pembrolizumab",
    CARBOPLATIN: "carboplatin",
    PEMETREXED: "pemetrexed",
    DOCETAXEL: "docetaxel",
}
LUNG_CANCER, BRAIN, PNEUMONITIS, HAEMOGLOBIN = 443388, 432851, 253506, 3000963
_EPOCH = pd.Timestamp("2150-01-01")  # shifted dates, as in public extracts
_CYCLE = 21


@dataclass(frozen=True, kw_only=True)
class Invented:
    """A generated CDM. tables: {name: rows}.  lines: the truth, ``person, line, start, drugs``."""

    tables: dict[str, pd.DataFrame]
    lines: pd.DataFrame


def invent(*, people: int, seed: int) -> Invented:
    """A CDM of so many invented people; the same seed makes the same people."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation(np.arange(people)) * 7_919_000_000_019 - people * 3_000_000_000_000
    rows: dict[str, list[tuple]] = {name: [] for name in _HEADERS}
    truth: list[tuple] = []
    for person in ids.tolist():
        _invent_person(rng, person, rows, truth)
    tables = {name: pd.DataFrame(r, columns=_HEADERS[name]) for name, r in rows.items()}
    return Invented(
        tables=tables, lines=pd.DataFrame(truth, columns=["person", "line", "start", "drugs"])
    )


def read_demo(*, people: int, seed: int, engine: str | BaseBackend = "duckdb") -> EventSource:
    """The events of invented people, read by the adapter like any CDM."""
    with tempfile.TemporaryDirectory() as folder:
        write_cdm(invent(people=people, seed=seed), Path(folder) / "demo_omop")
        source = read_omop(
            folder=str(Path(folder) / "demo_omop"), licence="invented", engine=engine
        )
        kept = stored(source.events)
    return replace(source, events=kept)


def write_cdm(made: Invented, folder: Path) -> None:
    """Write the tables as CSV, as an extract would come."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in made.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def _invent_person(rng: np.random.Generator, person: int, rows: dict, truth: list) -> None:
    day = _EPOCH + pd.Timedelta(days=int(rng.integers(0, 1500)))
    age, brain = float(rng.normal(66, 9)), bool(rng.random() < 0.25)
    female = bool(rng.random() < 0.4)
    birth = day - pd.Timedelta(days=int(age * 365.25))
    rows["person"].append((person, 8532 if female else 8507, birth.year, birth.month, birth.day))
    worse = 0.03 * (age - 66) + 0.8 * brain
    weights = np.exp([worse, -worse, 0.0])
    first = int(rng.choice(3, p=weights / weights.sum()))
    alive = rng.exponential(500 * np.exp(-worse + 0.5 * (first == 1)))
    seen = min(int(rng.integers(300, 1500)), int(alive) + 1)
    last = day + pd.Timedelta(days=seen)
    rows["observation_period"].append(
        (person, _day(day - pd.Timedelta(days=int(rng.integers(400, 2000)))), _day(last))
    )
    if int(alive) + 1 <= seen:
        rows["death"].append((person, _day(last)))
    _invent_facts(rng, person, day, brain, rows)
    cycles = int(rng.integers(4, 10))
    stop = _doses(rng, person, REGIMENS[first], day, cycles, last, rows)
    truth.append((person, 1, day, _named(REGIMENS[first])))
    if (first == 1 and rng.random() < 0.35) or rng.random() < 0.08:
        _condition(person, PNEUMONITIS, day + pd.Timedelta(days=int(rng.integers(30, 110))), rows)
    second = stop + pd.Timedelta(days=int(rng.integers(30, 90)))
    if second < last and rng.random() < 0.6:
        _doses(rng, person, (DOCETAXEL,), second, 4, last, rows)
        truth.append((person, 2, second, _named((DOCETAXEL,))))


def _invent_facts(
    rng: np.random.Generator, person: int, day: pd.Timestamp, brain: bool, rows: dict
) -> None:
    before = day - pd.Timedelta(days=int(rng.integers(5, 60)))
    _condition(person, LUNG_CANCER, before, rows)
    if brain:
        _condition(person, BRAIN, before, rows)
    if rng.random() < 0.9:
        value = round(float(rng.normal(12, 1.5)), 1)
        rows["measurement"].append((person, HAEMOGLOBIN, _day(before), value, 8713, "g/dL "))
    rows["visit_occurrence"].append((person, 9201, _day(before), _day(before)))
    rows["drug_exposure"].append((person, 0, _day(day), _day(day), "dexamethasone 4 mg  "))


def _condition(person: int, concept: int, day: pd.Timestamp, rows: dict) -> None:
    rows["condition_occurrence"].append((person, concept, _day(day), f"{concept}  "))


def _doses(
    rng: np.random.Generator,
    person: int,
    drugs: tuple[int, ...],
    day: pd.Timestamp,
    cycles: int,
    last: pd.Timestamp,
    rows: dict,
) -> pd.Timestamp:
    """Doses in cycles with some delay; the day of the last one."""
    given = day
    for _ in range(cycles):
        for drug in drugs:
            rows["drug_exposure"].append((person, drug, _day(given), _day(given), "infusion"))
        following = given + pd.Timedelta(days=_CYCLE + int(rng.integers(0, 5)))
        if following > last:
            break
        given = following
    return given


def _named(drugs: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(sorted(NAMES[d] for d in drugs))


def _day(day: pd.Timestamp) -> str:
    return day.strftime("%Y-%m-%d")


_HEADERS = {
    "person": ["person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth"],
    "observation_period": [
        "person_id",
        "observation_period_start_date",
        "observation_period_end_date",
    ],
    "death": ["person_id", "death_date"],
    "condition_occurrence": [
        "person_id",
        "condition_concept_id",
        "condition_start_date",
        "condition_source_value",
    ],
    "drug_exposure": [
        "person_id",
        "drug_concept_id",
        "drug_exposure_start_date",
        "drug_exposure_end_date",
        "drug_source_value",
    ],
    "measurement": [
        "person_id",
        "measurement_concept_id",
        "measurement_date",
        "value_as_number",
        "unit_concept_id",
        "unit_source_value",
    ],
    "visit_occurrence": ["person_id", "visit_concept_id", "visit_start_date", "visit_end_date"],
}

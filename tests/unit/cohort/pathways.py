"""Pathways of invented people, as events of an embedded engine."""

from datetime import date, timedelta
from functools import cache
from itertools import count

import ibis
import pandas as pd

from combo_dl.cohort.events import EVENT_COLUMNS, as_events
from combo_dl.cohort.line_rules import LineRules

_NUMBER = count()
DAY0 = date(2020, 1, 6)
RULES = LineRules(
    supportive=("dexamethasone", "leucovorin", "denosumab"),
    supportive_atc=("H02", "L03AA", "A04A"),
    switch_classes=("platinum", "taxane"),
    switch_groups={"fluoropyrimidine": ("fluorouracil", "capecitabine")},
    maintenance={"olaparib": ("platinum",), "pemetrexed": ("platinum",)},
    sessions=("ICD10:Z511", "GHM:28Z07Z"),
    oral_atc=("L01E", "L01XK", "L01BC06"),
)

# A protocol as YAML gives it.
PLAIN = {
    "name": "toy",
    "index": {"line": 1, "drugs": ["nivolumab"]},
    "eligibility": {
        "rules": [{"name": "lung cancer", "kind": "diagnosis", "codes": ["ICD10:C34*"]}]
    },
    "follow_up_days": 700,
    "baseline": [
        {"name": "hgb_g_dl", "kind": "measurement", "codes": ["LOINC:718-7"], "take": "last"},
        {"name": "brain_metastasis", "kind": "diagnosis", "codes": ["ICD10:C79.3"]},
    ],
    "outcomes": {
        "os": {"kind": "death"},
        "ttnt": {"kind": "next_treatment", "death_competes": True},
        "tox": {"kind": "toxicity", "codes": ["ICD10:J70*"], "within_days": 90},
    },
}


def day(offset: int) -> date:
    return DAY0 + timedelta(days=offset)


def dose(person: str, drug: str, offset: int, *, days: int = 1, vocabulary: str = "name") -> dict:
    return {
        "person": person,
        "kind": "drug",
        "code": drug,
        "vocabulary": vocabulary,
        "start": day(offset),
        "end": day(offset + days - 1),
    }


def fact(person: str, kind: str, code: str, offset: int, **more: object) -> dict:
    return {"person": person, "kind": kind, "code": code, "start": day(offset), **more}


def cycles(person: str, drug: str, offsets: list[int], **more: object) -> list[dict]:
    return [dose(person, drug, o, **more) for o in offsets]


def table(rows: list[dict]):
    frame = pd.DataFrame(rows, columns=list(EVENT_COLUMNS), dtype=object)
    name = f"events_{next(_NUMBER)}"
    return as_events(_connection().create_table(name, frame, schema=ibis.schema(EVENT_COLUMNS)))


@cache
def _connection():
    return ibis.duckdb.connect()

"""Profiles of phase I trials: what is known of an arm and a dose level before its first patient.

Nothing here is a result: neither how many levels an arm came to, nor its maximum tolerated dose,
nor anything of toxicities that were seen, nor when the trial was.
"""

import math
import re
import unicodedata
from typing import NamedTuple

import pandas as pd

from combo_dl.datasets.phase1_schedule import cycle_days, doses_per_week, window_days

UNITS = {
    "dlt_window_days": "days",
    "cycle_days": "days",
    "doses_per_week": "days with a dose a week",
    "minimum_age_years": "years",
}
MIXED = "solid"
# The first that fits a text alone; a text of several is of mixed solid tumours.
_TUMOURS = {
    "leukaemia_mds": r"leuk(a?em|em)|\baml\b|\bcll\b|\bcml\b|myelodys|\bmds\b",
    "lymphoma": r"lymphom|hodgkin|b-cell (neoplasm|malign)|waldenstr",
    "myeloma": r"myeloma|amyloidosis|plasma cell",
    "lung": r"lung|nsclc|sclc|mesotheliom|thoracic",
    "breast": r"breast",
    "colorectal": r"colorect|colon|rectal|rectum|\bcrc\b",
    "gastro_oesophageal": r"gastric|stomach|(o?e)sophag|gastroesoph",
    "hepato_pancreato_biliary": r"pancrea|biliary|cholangio|hepatocell|liver|gall ?bladder|\bhcc\b",
    "gynaecological": r"ovar|cervi|endometr|uter|gynecol|gynaecol|fallopian|m(ü|u)llerian",
    "genitourinary": r"prostat|renal|kidney|bladder|urothel|testic|germ cell|\bcrpc\b|transitional",
    "head_neck": r"head and neck|head & neck|nasophar|larynx|oropharyn|scchn|hnscc|thyroid",
    "brain": r"gliom|glioblast|astrocyt|brain|\bcns\b|medulloblast|ependym",
    "sarcoma": r"sarcoma|\bgist\b|stromal|osteosarc|ewing|rhabdomyo",
    "melanoma": r"melanoma",
    "neuroblastoma": r"neuroblast",
}
_HAEMATOLOGICAL = ("leukaemia_mds", "lymphoma", "myeloma")
_ANY_HAEMATOLOGICAL = r"h(a?)emato.{0,30}(malign|neopl|cancer)|blood cancer"
_ANY_SOLID = (
    r"solid|advanced (cancer|malign|tumou?r|neoplasm|disease)|refractory (malign|cancer|neo)"
)
_CHILDREN = r"child|pa?ediatric|infant|adolescen|aged? (<|<=|≤|under|up to) ?(18|21)\b"
_OLD = r"elderly|older (patients|adults)|(>=?|≥|over|at least) ?(65|70|75)\b"
_AGE = (
    r"(?:>=|≥|>|at least|over|older than|minimum of) ?(\d{1,2}) ?-?(?:years|year|yrs|yr|y\b)",
    r"(\d{1,2}) ?-?(?:years|year|yrs|yr|y)?(?: of age| old)? ?(?:or|and) ?"
    r"(?:older|more|above|over|greater)",
    r"\bage(?:d|s)?(?: of| was| between| range| from|:)* ?(?:>=|≥|>)? ?(\d{1,2})\b",
    r"(\d{1,2}) ?(?:-|to|and) ?\d{2} ?(?:years|yrs|yr)",
)
_STATUS = r"(?:ecog|\bwho\b|zubrod|swog|performance (?:status|score)|\bps\b)"
_AT_MOST = (
    rf"{_STATUS}[^.;]{{0,60}}?\b0 ?(?:-|to|or|/|, ?1,? (?:or|and)|, ?1,) ?([1-4])\b(?!\d)",
    rf"{_STATUS}[^.;]{{0,60}}?(?:<=|≤|of|was|:|=) ?([0-4])\b(?! ?(?:-|to|or) ?\d)",
    rf"{_STATUS}[^.;]{{0,60}}?\b([0-4]) ?(?:or|and) ?(?:less|better|lower|below)",
    rf"{_STATUS}[^.;]{{0,60}}?\b[01] ?(?:-|to|or|and) ?([1-4])\b",
)
# Flag: (what the definition names, the grades that count; any when none is given).
_COUNTED = {
    "dlt_grade_4_neutropenia": (r"neutrop|granulocyt|\banc\b|neutroph|h(a?)ematolog", r"\b4\b|iv"),
    "dlt_febrile_neutropenia": (r"febrile|fever|neutropenic (sepsis|infection)", ""),
    "dlt_thrombocytopenia": (r"thrombocyt|platelet", ""),
    "dlt_grade_3_non_haematological": (r"non-?\s?h(a?)emat", r"3"),
    "dlt_grade_2": (r"", r">=\s?2|>\s?1|^2|\b2 or\b|any grade"),
    "dlt_delay_of_treatment": (r"delay|omi(t|ssion)|missed|interrupt|held\b|unable to receive", ""),
}
_NON_BLOOD = re.compile(r"non-?\s?h(a?)emat")


class _Trial(NamedTuple):
    pmid: int
    trial_type: str
    population: str
    dlt_window: str
    inclusion: str


def level_profiles(
    rows: pd.DataFrame, *, trials: pd.DataFrame, schedules: pd.DataFrame, definitions: pd.DataFrame
) -> pd.DataFrame:
    """One line a row of ``rows`` (arm, pmid, dose_level), with the fields of docs/data.md.

    trials: pmid, trial_type, population, dlt_window, inclusion.  schedules: arm, dose_level, drug,
    schedule.  definitions: arm, definition, grade, is_exclusion. A number that no text states is
    NaN, a category that no text states is None.
    """
    cycles = _cycles(schedules)
    read = zip(*(trials[c] for c in _Trial._fields), strict=True)
    texts = {t.pmid: t for t in map(_Trial._make, read)}
    of_trial = pd.DataFrame([_of_trial(texts[p]) for p in rows["pmid"]], index=rows.index)
    of_arm = _definitions(definitions).reindex(rows["arm"]).set_axis(rows.index)
    weekly = _doses_per_week(schedules, cycles)
    cycle = rows["arm"].map(cycles).astype(float)
    windows = [texts[p].dlt_window for p in rows["pmid"]]
    numbers = {
        "dose_level_rank": [level_number(x) for x in rows["dose_level"]],
        "dlt_window_days": [window_days(w, c) for w, c in zip(windows, cycle, strict=True)],
        "cycle_days": cycle,
        "doses_per_week": [
            weekly.get(k, math.nan) for k in zip(rows["arm"], rows["dose_level"], strict=True)
        ],
    }
    return pd.concat([pd.DataFrame(numbers, index=rows.index), of_arm, of_trial], axis=1)


def level_number(label: str) -> float:
    """The place of a level in the plan of its arm, as its label says: 1, 2, …, 0 and below before.

    A level between two others (1.5, 2b) lies between them: by its own name, so that the rank of a
    level does not tell which others the arm came to have. NaN for a label without a number.
    """
    found = re.search(r"(-?\d+(?:\.\d+)?) ?(?:([a-d])\b|bis)?", label.casefold())
    if not found:
        return math.nan
    letter = 0.25 * (ord(found[2]) - ord("a")) if found[2] else 0.5 * ("bis" in label)
    return float(found[1]) + letter


def _cycles(schedules: pd.DataFrame) -> dict[str, float]:
    """Days of the cycle of each arm: what most of its schedules say, the shortest of equals."""
    said = schedules.assign(days=[cycle_days(s) for s in schedules["schedule"]]).dropna()
    counts = said.groupby(["arm", "days"]).size().reset_index(name="n")
    best = counts.sort_values(["n", "days"], ascending=[False, True]).drop_duplicates("arm")
    return dict(zip(best["arm"], best["days"], strict=True))


def _doses_per_week(schedules: pd.DataFrame, cycles: dict[str, float]) -> dict:
    """{(arm, level): mean over the drugs}."""
    of = zip(schedules["schedule"], schedules["arm"], strict=True)
    rate = [doses_per_week(s, cycles.get(a, math.nan)) for s, a in of]
    said = schedules.assign(rate=rate)
    by_drug = said.groupby(["arm", "dose_level", "drug"])["rate"].mean()
    return by_drug.groupby(level=["arm", "dose_level"]).mean().to_dict()


def _definitions(definitions: pd.DataFrame) -> pd.DataFrame:
    """Index arm: how many definitions an arm has, and yes or no for what they count."""
    counted = definitions[definitions["is_exclusion"].str.casefold() != "true"]
    made = {arm: _flags(rows) for arm, rows in counted.groupby("arm")}
    columns = ["n_dlt_definitions", *_COUNTED]
    frame = pd.DataFrame.from_dict(made, orient="index", columns=columns)
    return frame.astype({"n_dlt_definitions": float})


def _flags(rows: pd.DataFrame) -> list[object]:
    said = [(_plain(d), _plain(g)) for d, g in zip(rows["definition"], rows["grade"], strict=True)]
    flags = ["yes" if any(_counts(flag, d, g) for d, g in said) else "no" for flag in _COUNTED]
    return [len(rows), *flags]


def _counts(flag: str, definition: str, grade: str) -> bool:
    what, grades = _COUNTED[flag]
    # "Non-haematological" holds the word that names blood.
    text = definition if "non" in flag else _NON_BLOOD.sub(" ", definition)
    if not re.search(what, text):
        return False
    found = grade or " ".join(re.findall(r"grades? ?([^,;]{1,8})", definition))
    return not grades or bool(re.search(grades, found))


def _of_trial(trial: _Trial) -> dict[str, object]:
    population, inclusion = _plain(trial.population), _plain(trial.inclusion)
    both = f"{population} {inclusion}"
    return {
        "minimum_age_years": _first_number(_AGE, inclusion, most=70),
        "performance_status_max": _first_number(_AT_MOST, inclusion, most=4),
        "trial_type": trial.trial_type,
        "tumour_group": _tumour_group(population),
        "paediatric": _yes(re.search(_CHILDREN, both)),
        "elderly": _yes(re.search(_OLD, population)),
    }


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", "")
    return re.sub(r"\s+", " ", re.sub(r"[\u2010-\u2015\u2212]", "-", plain)).strip()


def _yes(found: object) -> str:
    return "yes" if found else "no"


def _first_number(patterns: tuple[str, ...], text: str, *, most: int) -> float:
    """The number of the first pattern that fits, NaN where none does."""
    for pattern in patterns:
        found = re.search(pattern, text)
        if found and int(found[1]) <= most:
            return float(found[1])
    return math.nan


def _tumour_group(population: str) -> str | None:
    """The one group that a population has; ``solid`` for several, ``other`` for none."""
    if not population:
        return None
    found = [g for g, pattern in _TUMOURS.items() if re.search(pattern, population)]
    blood = [g for g in found if g in _HAEMATOLOGICAL]
    if re.search(_ANY_SOLID, population) and len(blood) < len(found) + (not found):
        return MIXED
    if len(found) == 1:
        return found[0]
    if (found and len(blood) == len(found)) or re.search(_ANY_HAEMATOLOGICAL, population):
        return "haematological"
    return MIXED if found else "other"

"""The truth of generated claims: people, tumours, treatment by covariates, known outcomes.

Days are whole numbers since 1970-01-01. Every law here is written to the truth folder, so that a
model trained on the claims can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Rows = dict[str, np.ndarray]
NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class GivenDrug:
    """How a drug is given. way: ``oral`` (a box of the pharmacy), ``listed`` (named in hospital) or
    ``tariff`` (inside the stay tariff: SNDS shows the session alone)."""

    way: str
    cycle_days: int
    max_doses: int = 10_000
    effect: float = 0.0  # log hazard ratio of death


DRUGS = {
    "nivolumab": GivenDrug("listed", 14, effect=-0.35),
    "ipilimumab": GivenDrug("listed", 21, 4, effect=-0.15),
    "pembrolizumab": GivenDrug("listed", 21, effect=-0.45),
    "atezolizumab": GivenDrug("listed", 21, effect=-0.30),
    "bevacizumab": GivenDrug("listed", 21, effect=-0.15),
    "cetuximab": GivenDrug("listed", 14, effect=-0.20),
    "trastuzumab": GivenDrug("listed", 21, effect=-0.40),
    "pertuzumab": GivenDrug("listed", 21, effect=-0.20),
    "carboplatin": GivenDrug("tariff", 21, 6, effect=-0.15),
    "paclitaxel": GivenDrug("tariff", 7, 18, effect=-0.15),
    "fluorouracil": GivenDrug("tariff", 14, 12, effect=-0.10),
    "oxaliplatin": GivenDrug("tariff", 14, 12, effect=-0.15),
    "irinotecan": GivenDrug("tariff", 14, 12, effect=-0.15),
    "sunitinib": GivenDrug("oral", 28, effect=-0.25),
    "axitinib": GivenDrug("oral", 28, effect=-0.25),
    "everolimus": GivenDrug("oral", 28, effect=-0.10),
    "erlotinib": GivenDrug("oral", 28, effect=-0.10),
    "capecitabine": GivenDrug("oral", 28, effect=-0.10),
    "palbociclib": GivenDrug("oral", 28, effect=-0.25),
    "letrozole": GivenDrug("oral", 28, effect=-0.20),
    "dabrafenib": GivenDrug("oral", 28, effect=-0.30),
    "trametinib": GivenDrug("oral", 28, effect=-0.20),
}
# Beyond the sum of the drugs: the interaction that a model is to find.
INTERACTIONS = {("ipilimumab", "nivolumab"): -0.60}
# Log odds of a toxic stay within 90 days of the first dose.
TOXICITIES = {
    "K521": (-4.0, {"ipilimumab": 1.2, "nivolumab": 0.3}, {("ipilimumab", "nivolumab"): 0.8}),
    "J702": (-4.2, {"nivolumab": 0.6, "pembrolizumab": 0.6, "everolimus": 1.0}, {}),
}
EFFECTS = {"age_per_10_years": 0.20, "metastatic": 0.60, "comorbid": 0.40}
# Log odds, over a single drug, of being given several: the young, the metastatic, the fit.
ASSIGNMENT = {"age_per_10_years": -0.30, "metastatic": 0.60, "comorbid": -0.50}
Regimen = tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """A tumour: its ICD-10 code, the yearly hazard of death, and the regimens of each line."""

    icd: str
    hazard: float
    first: tuple[Regimen, ...]
    second: tuple[Regimen, ...]


SITES = (
    Site(
        "C341",
        0.60,
        (
            ("pembrolizumab",),
            ("nivolumab",),
            ("atezolizumab",),
            ("ipilimumab", "nivolumab"),
            ("carboplatin", "paclitaxel"),
            ("carboplatin", "paclitaxel", "pembrolizumab"),
        ),
        (("erlotinib",), ("bevacizumab", "paclitaxel")),
    ),
    Site(
        "C439",
        0.40,
        (
            ("nivolumab",),
            ("ipilimumab",),
            ("ipilimumab", "nivolumab"),
            ("pembrolizumab",),
        ),
        (("dabrafenib", "trametinib"), ("carboplatin", "paclitaxel")),
    ),
    Site(
        "C64",
        0.35,
        (
            ("nivolumab",),
            ("ipilimumab", "nivolumab"),
            ("sunitinib",),
            ("axitinib", "pembrolizumab"),
        ),
        (("everolimus",), ("bevacizumab", "everolimus")),
    ),
    Site(
        "C187",
        0.35,
        (
            ("fluorouracil", "oxaliplatin"),
            ("bevacizumab", "fluorouracil", "oxaliplatin"),
            ("cetuximab", "fluorouracil", "irinotecan"),
        ),
        (("capecitabine",),),
    ),
    Site(
        "C509",
        0.20,
        (
            ("letrozole", "palbociclib"),
            ("letrozole",),
            ("paclitaxel", "trastuzumab"),
            ("paclitaxel", "pertuzumab", "trastuzumab"),
        ),
        (("capecitabine",), ("everolimus",)),
    ),
)
CHANNELS = ("public", "private", "outpatient", "claims", "home")
_CHANNEL_SHARES = (0.60, 0.20, 0.07, 0.07, 0.06)


@dataclass
class World:
    """n people and what happened to them. doses: one row a drug and day. lines, toxic: rows too."""

    people: Rows
    lines: Rows
    doses: Rows
    toxic: Rows
    names: dict[str, np.ndarray] = field(default_factory=dict)


def draw_world(
    rng: np.random.Generator, n: int, *, first_day: int, last_day: int, other_share: float
) -> World:
    """n people, observed from first_day to last_day, of whom ``other_share`` have no tumour."""
    age = np.clip(rng.normal(65, 11, n), 25, 95)
    diagnosis = rng.integers(first_day + 200, max(last_day - 300, first_day + 201), n)
    birth = (diagnosis - age * 365.25).astype("datetime64[D]").astype("datetime64[M]")
    site = rng.integers(0, len(SITES), n)
    site[rng.random(n) < other_share] = -1
    comorbid = rng.random(n) < 1 / (1 + np.exp(-(age - 70) / 8))
    people: Rows = {
        "sex": rng.integers(1, 3, n),
        "birth": birth.astype("datetime64[D]").astype(np.int64),
        "age": age,
        "site": site,
        "diagnosis": diagnosis,
        "metastatic": rng.random(n) < 0.5,
        "comorbid": comorbid,
        "channel": rng.choice(len(CHANNELS), n, p=_CHANNEL_SHARES),
        "treated": (site >= 0) & (rng.random(n) < 0.95),
        "death": np.full(n, NEVER),
    }
    lines = _draw_lines(rng, people, last_day)
    doses = _draw_doses(rng, people, lines, last_day)
    return World(people, lines, doses, _draw_toxic(rng, people, lines, last_day))


def covariate_score(people: Rows, weights: dict[str, float]) -> np.ndarray:
    """The sum of weighted covariates of each person; age is centred at 65 years."""
    return (
        weights["age_per_10_years"] * (people["age"] - 65) / 10
        + weights["metastatic"] * people["metastatic"]
        + weights["comorbid"] * people["comorbid"]
    )


def regimen_effect(regimen: Regimen) -> float:
    """Log hazard ratio of death of a regimen: its drugs, and what is planted between them."""
    alone = sum(DRUGS[name].effect for name in regimen)
    return alone + sum(v for pair, v in INTERACTIONS.items() if set(pair) <= set(regimen))


def _draw_lines(rng: np.random.Generator, people: Rows, last_day: int) -> Rows:
    """Up to three lines a person; sets the day of death in ``people``."""
    n = len(people["site"])
    start = people["diagnosis"] + rng.integers(14, 45, n)
    score = covariate_score(people, EFFECTS)
    several = covariate_score(people, ASSIGNMENT)
    first = np.full(n, -1)
    effect, hazard = np.zeros(n), np.full(n, 0.02)
    for s, site in enumerate(SITES):
        own = np.flatnonzero(people["site"] == s)
        chosen = _choose(rng, several[own], site.first)
        first[own] = chosen
        effect[own] = np.array([regimen_effect(r) for r in site.first])[chosen]
        hazard[own] = site.hazard
    effect *= people["treated"]
    lived = rng.exponential(365.25 / (hazard * np.exp(score * (people["site"] >= 0) + effect)))
    death = start + np.maximum(lived, 5).astype(np.int64)
    people["death"] = np.where(death <= last_day, death, NEVER)
    parts = []
    alive = people["treated"].copy()
    regimen, begin = first, start
    for number in (1, 2, 3):
        spent = rng.exponential(240 * np.exp(-0.7 * effect)).astype(np.int64) + 42
        stop = begin + spent
        here = np.flatnonzero(alive & (begin < np.minimum(people["death"], last_day)))
        end = np.minimum.reduce([stop, people["death"] - 1, np.full(n, last_day)])[here]
        parts.append(
            {
                "p": here,
                "number": np.full(len(here), number),
                "second": np.full(len(here), number > 1),
                "regimen": regimen[here],
                "start": begin[here],
                "stop": end,
            }
        )
        alive = alive & (rng.random(n) < 0.6)
        # The third line takes the second up again after a pause that closes any line.
        pause = rng.integers(21, 50, n) if number == 1 else rng.integers(200, 300, n)
        begin = stop + pause
        if number == 1:
            later = np.array([len(site.second) for site in SITES])[people["site"]]
            regimen = (rng.random(n) * later).astype(np.int64)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _choose(
    rng: np.random.Generator, several: np.ndarray, regimens: tuple[Regimen, ...]
) -> np.ndarray:
    is_several = np.array([len(r) > 1 for r in regimens])
    logits = several[:, None] * is_several[None, :]
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def line_regimens(people: Rows, lines: Rows) -> list[Regimen]:
    """The drugs of each line."""
    sites = people["site"][lines["p"]]
    return [
        (SITES[s].second if second else SITES[s].first)[r]
        for s, second, r in zip(sites, lines["second"], lines["regimen"], strict=True)
    ]


def _draw_doses(rng: np.random.Generator, people: Rows, lines: Rows, last_day: int) -> Rows:
    parts: list[Rows] = []
    units = rng.integers(1, 5, (len(people["site"]), len(DRUGS)))
    sites = people["site"][lines["p"]]
    for s, site in enumerate(SITES):
        for second, regimens in ((False, site.first), (True, site.second)):
            for r, regimen in enumerate(regimens):
                own = (sites == s) & (lines["second"] == second) & (lines["regimen"] == r)
                rows = np.flatnonzero(own)
                for name in regimen:
                    parts.append(_doses_of(rows, lines, name, units))
    doses = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((doses["drug"], doses["day"], doses["p"]))
    return {name: values[order] for name, values in doses.items()}


def _doses_of(rows: np.ndarray, lines: Rows, name: str, units: np.ndarray) -> Rows:
    drug, d = DRUGS[name], list(DRUGS).index(name)
    length = np.maximum(lines["stop"][rows] - lines["start"][rows], 0)
    n_doses = np.minimum(length // drug.cycle_days + 1, drug.max_doses)
    at = np.repeat(rows, n_doses)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(n_doses) - n_doses, n_doses)
    p = lines["p"][at]
    return {
        "p": p,
        "line": lines["number"][at],
        "drug": np.full(len(at), d),
        "day": lines["start"][at] + rank * drug.cycle_days,
        "units": units[p, d],
    }


def _draw_toxic(rng: np.random.Generator, people: Rows, lines: Rows, last_day: int) -> Rows:
    regimens = line_regimens(people, lines)
    found: list[Rows] = []
    for icd, (base, alone, pairs) in TOXICITIES.items():
        logit = np.array(
            [
                base
                + sum(v for name, v in alone.items() if name in regimen)
                + sum(v for pair, v in pairs.items() if set(pair) <= set(regimen))
                for regimen in regimens
            ]
        )
        day = lines["start"] + rng.integers(5, 90, len(logit))
        hit = rng.random(len(logit)) < 1 / (1 + np.exp(-logit))
        hit &= day + 4 < np.minimum(people["death"][lines["p"]], last_day)
        found.append({"p": lines["p"][hit], "day": day[hit], "icd": np.full(hit.sum(), icd)})
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

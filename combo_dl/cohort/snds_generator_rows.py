"""Claims of a generated world: what each table of the SNDS would hold, without any defect.

A column that begins with ``_`` is not written: `_p` the person, `_day` the day of care, `_year` the
year of the table, `_s` the stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from combo_dl.cohort.snds_generator_world import NEVER, SITES, Rows, World

# Public codes where the references hold one, else invented ones of the true format; the generated
# IR_PHA_R carries the mapping either way. Drug: (UCD of seven digits, CIP13, ATC from 2022).
PRODUCTS = {
    "nivolumab": ("9409469", "3400994094690", "L01FF01"),
    "ipilimumab": ("9374050", "3400993740500", "L01FX04"),
    "pembrolizumab": ("9419723", "3400994197230", "L01FF02"),
    "atezolizumab": ("9431262", "3400994312620", "L01FF05"),
    "bevacizumab": ("9261104", "3400992611040", "L01FG01"),
    "cetuximab": ("9900001", "3400999000010", "L01FE01"),
    "trastuzumab": ("9900002", "3400999000020", "L01FD01"),
    "pertuzumab": ("9900003", "3400999000030", "L01FD02"),
    "sunitinib": ("9900011", "3400999000110", "L01EX01"),
    "axitinib": ("9900012", "3400999000120", "L01EK01"),
    "everolimus": ("9900014", "3400999000140", "L01EG02"),
    "erlotinib": ("9900015", "3400999000150", "L01EB02"),
    "capecitabine": ("9900016", "3400999000160", "L01BC06"),
    "palbociclib": ("9900017", "3400999000170", "L01EF01"),
    "letrozole": ("9900018", "3400999000180", "L02BG04"),
    "dabrafenib": ("9900019", "3400999000190", "L01EC02"),
    "trametinib": ("9900020", "3400999000200", "L01EE01"),
}
OTHER_PRODUCTS = tuple(
    (f"99001{i:02d}", f"34009990010{i:02d}", atc)
    for i, atc in enumerate(("C09AA05", "C10AA05", "A02BC01", "N02BE01", "A10AB05"))
)
PUBLIC = tuple(f"{n:09d}" for n in range(10000123, 10000143))  # ETA_NUM keep their leading zeros
PRIVATE = tuple(f"{n:09d}" for n in range(690800101, 690800109))
HOME = tuple(f"{n:09d}" for n in range(690900201, 690900204))
PARTNER_CODE, ALONE_CODE = "I990001", "I990002"
RETURN_CODES = (
    *("NIR_RET", "NAI_RET", "SEX_RET", "SEJ_RET", "FHO_RET", "PMS_RET", "DAT_RET"),
    *("COH_NAI_RET", "COH_SEX_RET"),
)
KEY_STAY = ("ETA_NUM", "RSA_NUM")


@dataclass
class Counters:
    """Running numbers over the chunks, so that no key comes twice."""

    claim: int = 0
    stay: int = 0
    person: int = 0


@dataclass
class Claims:
    """Tables being made; ``stays`` counts on, so that a defect can add stays of its own."""

    rng: np.random.Generator
    counters: Counters
    last_day: int
    tables: dict[str, list[Rows]] = field(default_factory=dict)

    def add(self, table: str, **columns: np.ndarray | str | float) -> None:
        """Rows of one table; a scalar column holds throughout."""
        n = max((len(c) for c in columns.values() if isinstance(c, np.ndarray)), default=0)
        if n:
            rows = {
                k: c if isinstance(c, np.ndarray) else np.full(n, c) for k, c in columns.items()
            }
            self.tables.setdefault(table, []).append(rows)

    def rows(self, table: str) -> Rows:
        """All rows of a table so far, as one part."""
        parts = self.tables.get(table, [])
        if not parts:
            return {}
        if len(parts) > 1:
            self.tables[table] = [stack(parts)]
        return self.tables[table][0]

    def new_stays(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """n new stays: their number, and it as a record number of ten digits."""
        ids = np.arange(n) + self.counters.stay
        self.counters.stay += n
        return ids, padded(ids, 10)

    def claim_keys(self, day: np.ndarray) -> Rows:
        """The nine columns of n new claims: each repeats over the claims, all nine are one line."""
        i = np.arange(len(day)) + self.counters.claim
        self.counters.claim += len(day)
        month = as_dates(day).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return {
            "FLX_DIS_DTD": month,
            "FLX_TRT_DTD": day + 3,
            "FLX_EMT_TYP": np.full(len(day), 1),
            "FLX_EMT_NUM": i // 7_000_000,
            "FLX_EMT_ORD": i // 35_000 % 200,
            "ORG_CLE_NUM": np.where(i % 2 == 0, "01C000000", "01C000001"),
            "DCT_ORD_NUM": i // 14 % 2_500,
            "PRS_ORD_NUM": i // 2 % 7 + 1,
            "REM_TYP_AFF": np.full(len(day), 0),
        }

    def claim(self, p: np.ndarray, day: np.ndarray, names: Mapping[str, np.ndarray]) -> Rows:
        """Lines of ER_PRS_F; returns their key (and hidden columns), for the table beside it."""
        key = self.claim_keys(day) | {"_p": p, "_day": day}
        self.add(
            "ER_PRS_F",
            **key,
            BEN_NIR_PSA=names["psa"][p],
            BEN_RNG_GEM=names["rank"][p],
            EXE_SOI_DTD=day,
            DPN_QLF=0,
            PRS_DPN_QLP=0,
            CPL_MAJ_TOP=0,
        )
        return key


def as_dates(days: np.ndarray) -> np.ndarray:
    """Days as dates; NEVER is no date."""
    return np.where(days >= NEVER, np.datetime64("NaT"), days.astype("datetime64[D]"))


def years_of(days: np.ndarray) -> np.ndarray:
    """The calendar year of days."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def months_of(days: np.ndarray) -> np.ndarray:
    """The month, 1 to 12, of days."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def padded(numbers: np.ndarray, width: int) -> np.ndarray:
    """Numbers as text with leading zeros."""
    return np.char.zfill(numbers.astype(f"U{width}"), width)


def stack(parts: list[Rows]) -> Rows:
    """Rows under one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def take(rows: Rows, at: np.ndarray) -> Rows:
    """The rows of a mask or of positions."""
    return {name: values[at] for name, values in rows.items()}


def add_people(claims: Claims, world: World) -> None:
    """The register, long-term illness of everybody with a tumour, and death certificates."""
    names, people = world.names, world.people
    n = len(people["site"])
    claims.add(
        "IR_BEN_R",
        _p=np.arange(n),
        BEN_NIR_PSA=names["psa"],
        BEN_RNG_GEM=names["rank"],
        BEN_NIR_ANO=names["ano"],
        BEN_IDT_ANO=names["person"],
        BEN_CDI_NIR="00",
        BEN_NAI_ANN=years_of(people["birth"]),
        BEN_NAI_MOI=months_of(people["birth"]),
        BEN_SEX_COD=people["sex"],
        BEN_DCD_DTE=people["death"],
    )
    ill = np.flatnonzero(people["site"] >= 0)
    icd = np.array([site.icd for site in SITES])
    claims.add(
        "IR_IMB_R",
        _p=ill,
        _day=people["diagnosis"][ill] + 20,
        BEN_NIR_PSA=names["psa"][ill],
        IMB_ALD_DTD=people["diagnosis"][ill] + 20,
        IMB_ETM_NAT=np.full(len(ill), 41),
        MED_MTF_COD=icd[people["site"][ill]],
    )
    dead = np.flatnonzero(people["death"] < NEVER)
    cause = np.where(people["site"] >= 0, icd[people["site"]], "I219")
    claims.add(
        "KI_CCI_R",
        _p=dead,
        BEN_IDT_ANO=names["person"][dead],
        BEN_DCD_DTE=people["death"][dead],
        DCD_CIM_COD=cause[dead],
    )


def add_stays(  # noqa: PLR0913 - the facts of a stay
    claims: Claims,
    world: World,
    p: np.ndarray,
    entry: np.ndarray,
    exit_: np.ndarray,
    *,
    main: np.ndarray | str,
    related: np.ndarray | str = "",
    ghm: str,
    leaves: str = "8",
    comes_from: str = "",
    private: np.ndarray | None = None,
) -> Rows:
    """Acute stays: chaining, summary and unit; returns the key columns of each."""
    ids, record = claims.new_stays(len(p))
    hospital = np.array(PUBLIC)[p % len(PUBLIC)]
    if private is not None:
        hospital = np.where(private, np.array(PRIVATE)[p % len(PRIVATE)], hospital)
    year = years_of(exit_)
    key = {"_p": p, "_day": entry, "_year": year, "_s": ids}
    key |= {"ETA_NUM": hospital, "RSA_NUM": record}
    claims.add(
        "T_MCOaaC",
        **key,
        NIR_ANO_17=world.names["psa"][p],
        EXE_SOI_DTD=entry,
        EXE_SOI_DTF=exit_,
        ENT_DAT=entry,
        SOR_DAT=exit_,
        **{name: np.full(len(p), "0") for name in RETURN_CODES},
    )
    diagnosis = np.broadcast_to(np.asarray(main), len(p))
    other = np.broadcast_to(np.asarray(related), len(p))
    claims.add(
        "T_MCOaaB",
        **key,
        DGN_PAL=diagnosis,
        DGN_REL=other,
        GRG_GHM=ghm,
        SEJ_TYP="A",
        ENT_MOD="8",
        ENT_PRV=comes_from,
        SOR_MOD=leaves,
        SOR_ANN=year,
        SOR_MOI=months_of(exit_),
    )
    claims.add("T_MCOaaUM", **key, DGN_PAL=diagnosis, DGN_REL=other)
    return key


def add_diagnosis_stays(claims: Claims, world: World) -> None:
    """The stay in which each tumour is found, with its metastasis and a lasting illness."""
    people = world.people
    n = len(people["site"])
    everyone = np.arange(n)
    icd = np.array([site.icd for site in SITES] + ["I10"])[people["site"]]
    alive = people["diagnosis"] + 4 < people["death"]
    p = everyone[alive]
    entry = people["diagnosis"][p]
    ends = np.minimum(entry + 4, claims.last_day)
    key = add_stays(claims, world, p, entry, ends, main=icd[p], ghm="04M091")
    for flag, code in (("metastatic", "C780"), ("comorbid", "J449")):
        at = people[flag][p] & (people["site"][p] >= 0)
        claims.add("T_MCOaaD", **take(key, at), ASS_DGN=np.full(at.sum(), code))


def add_toxic_stays(claims: Claims, world: World) -> None:
    """Stays for toxicity, through the emergency ward."""
    toxic = world.toxic
    if len(toxic["p"]):
        add_stays(
            claims,
            world,
            toxic["p"],
            toxic["day"],
            toxic["day"] + 3,
            main=toxic["icd"],
            ghm="06M901",  # holds 90, and is a valid group
            comes_from="5",
        )


def add_death_stays(claims: Claims, world: World) -> None:
    """Six deaths of ten with a tumour happen in hospital."""
    people = world.people
    dead = np.flatnonzero((people["death"] < NEVER) & (people["site"] >= 0))
    dead = dead[claims.rng.random(len(dead)) < 0.6]
    if len(dead):
        icd = np.array([site.icd for site in SITES])[people["site"][dead]]
        day = people["death"][dead]
        add_stays(
            claims, world, dead, day - 1, day, main="Z515", related=icd, ghm="23Z02Z", leaves="9"
        )


def add_background(claims: Claims, world: World, first_day: int, claims_per_year: float) -> None:
    """Claims that have nothing to do with cancer: boxes of common drugs, and consultations."""
    n = len(world.people["site"])
    last = np.minimum(world.people["death"] - 1, claims.last_day)
    count = claims.rng.poisson(claims_per_year * np.maximum(last - first_day, 0) / 365.25)
    p = np.repeat(np.arange(n), count)
    if not len(p):
        return
    span = np.maximum(last - first_day, 1)[p]
    day = first_day + (claims.rng.random(len(p)) * span).astype(np.int64)
    key = claims.claim(p, day, world.names)
    boxes = claims.rng.random(len(p)) < 0.6
    cip = np.array([product[1] for product in OTHER_PRODUCTS])
    part = take(key, boxes)
    own = cip[claims.rng.integers(0, len(cip), boxes.sum())]
    claims.add("ER_PHA_F", **part, PHA_PRS_C13=own, PHA_ACT_QSN=np.ones(boxes.sum(), np.int64))

"""Synthetic claims in the form of the SNDS, drawn from a truth that is written beside them.

The public random rows of the SNDS have its types and keys but no sense: no diagnosis goes with a
drug. Here every claim tells of something that happened, so that reading can be held against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np

from combo_dl.cohort.atc import both_generations
from combo_dl.cohort.snds_columns import SndsNames, official_tables
from combo_dl.cohort.snds_generator_copies import DUPLICATE_FINESS
from combo_dl.cohort.snds_generator_defects import (
    ALL_DEFECTS,
    DEFECTS,
)
from combo_dl.cohort.snds_generator_doses import draw_claims
from combo_dl.cohort.snds_generator_files import FORMATS, TableFiles
from combo_dl.cohort.snds_generator_rows import (
    OTHER_PRODUCTS,
    PARTNER_CODE,
    PRODUCTS,
    Claims,
    Counters,
    padded,
    take,
    years_of,
)
from combo_dl.cohort.snds_generator_truth import truth_tables
from combo_dl.cohort.snds_generator_world import (
    ASSIGNMENT,
    DRUGS,
    EFFECTS,
    INTERACTIONS,
    SITES,
    TOXICITIES,
    World,
    draw_world,
)
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.core.errors import ConfigError
from combo_dl.core.names import hint

CLAIMS_FOLDER, TRUTH_FOLDER = "claims", "truth"
LISTED_AFTER_DAYS = 365  # cetuximab of the generated world enters the list so long after the start
TWIN_SHARE, MISSING_NUMBER_SHARE = 0.002, 0.05


@dataclass(frozen=True, kw_only=True)
class SndsDesign:
    """The settings of generated claims. defects: names of ``ALL_DEFECTS``; none = clean claims.
    other_share: people without a tumour. claims_per_year: unrelated claims a person and year."""

    n_people: int
    seed: int = 0
    first_year: int = 2016
    last_year: int = 2020
    defects: tuple[str, ...] = ()
    form: str = "parquet"
    other_share: float = 0.2
    claims_per_year: float = 6.0
    n_chunk: int = 20_000

    def validate(self) -> SndsDesign:
        """Itself. Raises ConfigError when a setting is out of range or a defect is unknown."""
        if self.n_people < 1 or self.n_chunk < 2:
            raise ConfigError(f"n_people is {self.n_people}, n_chunk {self.n_chunk}; expected more")
        if self.last_year - self.first_year < 2:
            raise ConfigError(
                f"years are {self.first_year}..{self.last_year}; expected three or more, "
                "for a history before the diagnosis and a follow-up after it"
            )
        if self.form not in FORMATS:
            raise ConfigError(f"form is {self.form!r}; expected {' or '.join(FORMATS)}")
        for name in self.defects:
            if name not in ALL_DEFECTS:
                raise ConfigError(f"unknown defect {name!r}; {hint(name, ALL_DEFECTS)}")
        if not 0 <= self.other_share < 1 or self.claims_per_year < 0:
            raise ConfigError("other_share must be in 0..1 and claims_per_year 0 or more")
        return self

    @property
    def first_day(self) -> date:
        """The first day of care."""
        return date(self.first_year, 1, 1)

    @property
    def last_day(self) -> date:
        """The last day of care with complete flow."""
        return date(self.last_year, 12, 31)


def generated_settings(design: SndsDesign, names: SndsNames | None = None) -> SndsSettings:
    """How to read the claims of a design: its span, and its lists of invented codes."""
    listed = np.datetime64(design.first_day) + LISTED_AFTER_DAYS
    return SndsSettings(
        first_day=design.first_day,
        last_day=design.last_day,
        listing={"cetuximab": (listed.item(), date(2099, 12, 31))},
        partner_codes=(PARTNER_CODE,),
        duplicate_finess=DUPLICATE_FINESS,
        names=names or SndsNames(),
    )


def write_snds(folder: Path, design: SndsDesign) -> None:
    """Write ``folder``/claims (tables of the SNDS) and ``folder``/truth (see ``truth_tables``).

    Raises:
        ConfigError: a setting of the design is not usable.
    """
    design.validate()
    counters, seeds = Counters(), np.random.SeedSequence(design.seed)
    n_chunks = -(-design.n_people // design.n_chunk)
    with (
        TableFiles(folder / CLAIMS_FOLDER, design.form) as files,
        TableFiles(folder / TRUTH_FOLDER, "parquet") as truth,
    ):
        _open_all(files, design)
        for chunk, seed in enumerate(seeds.spawn(n_chunks)):
            n = min(design.n_chunk, design.n_people - chunk * design.n_chunk)
            world, claims = _draw_chunk(np.random.default_rng(seed), design, counters, n)
            _write_chunk(files, claims, design)
            for name, table in truth_tables(world).items():
                truth.write(name, table)
        _write_products(files, design)
    model = {
        "design": asdict(design),
        "drug_effects": {name: drug.effect for name, drug in DRUGS.items()},
        "interactions": {" + ".join(pair): value for pair, value in INTERACTIONS.items()},
        "covariate_effects": EFFECTS,
        "assignment": ASSIGNMENT,
        "hazard_per_year": {site.icd: site.hazard for site in SITES},
        "toxicities": {
            icd: {
                "base": base,
                "drugs": alone,
                "pairs": {" + ".join(k): v for k, v in pairs.items()},
            }
            for icd, (base, alone, pairs) in TOXICITIES.items()
        },
    }
    (folder / TRUTH_FOLDER / "model.json").write_text(json.dumps(model, indent=1), encoding="utf-8")


def _draw_chunk(
    rng: np.random.Generator, design: SndsDesign, counters: Counters, n: int
) -> tuple[World, Claims]:
    first, last = (np.datetime64(d).astype(np.int64) for d in (design.first_day, design.last_day))
    world = draw_world(
        rng, n, first_day=int(first), last_day=int(last), other_share=design.other_share
    )
    _keep_listing(world, int(first) + LISTED_AFTER_DAYS)
    _identify(rng, world, design.defects, counters)
    claims = draw_claims(
        rng,
        world,
        counters,
        int(last),
        claims_per_year=design.claims_per_year,
        first_day=int(first),
    )
    for name, plant in DEFECTS.items():
        if name in design.defects:
            plant(claims, world)
    return world, claims


def _keep_listing(world: World, listed: int) -> None:
    """No true dose of a drug before its listing: the truth keeps to what the list allows."""
    drug = list(DRUGS).index("cetuximab")
    early = (world.doses["drug"] == drug) & (world.doses["day"] < listed)
    world.doses = take(world.doses, ~early)
    world.people["unlisted_before"] = np.full(len(world.people["site"]), listed)


def _identify(
    rng: np.random.Generator, world: World, defects: Iterable[str], counters: Counters
) -> None:
    """Pseudonyms: P… of the insured, A… of the person; twins share the first one."""
    n = len(world.people["site"])
    number = np.arange(n) + counters.person
    counters.person += n
    psa = np.char.add("P", padded(number, 16))
    ano = np.char.add("A", padded(number, 16))
    rank = np.ones(n, np.int64)
    twin = np.zeros(n, bool)
    if "twins" in defects:
        older = np.flatnonzero(rng.random(n // 2) < TWIN_SHARE) * 2
        for name in ("sex", "birth"):
            world.people[name][older + 1] = world.people[name][older]
        psa[older + 1], rank[older + 1] = psa[older], 2
        twin[older], twin[older + 1] = True, True
    lacks = (rng.random(n) < MISSING_NUMBER_SHARE) & ("missing_own_number" in defects) & ~twin
    person = np.where(lacks, np.char.add(psa, "1"), ano)
    world.people |= {"number": number, "twin": twin}
    world.names = {
        "psa": psa,
        "ano": np.where(lacks, "", ano),
        "person": person,
        "rank": rank,
        "top": np.where(lacks, "0", "1"),
    }


def _open_all(files: TableFiles, design: SndsDesign) -> None:
    """Every table exists, of every year, even where no row falls into it."""
    for official in official_tables():
        if "aa" in official:
            for year in range(design.first_year, design.last_year + 1):
                files.official(official, {}, SndsNames().table(official, year))
        elif official != "IR_PHA_R":
            files.official(official, {}, official)


def _write_chunk(files: TableFiles, claims: Claims, design: SndsDesign) -> None:
    names = SndsNames()
    for official in list(claims.tables):
        rows = claims.rows(official)
        if "aa" in official:
            for year in np.unique(rows["_year"]):
                files.official(
                    official, take(rows, rows["_year"] == year), names.table(official, year)
                )
        elif official.startswith("ER_") and "archive_tables" in design.defects:
            year = years_of(rows["FLX_DIS_DTD"])
            old = year == design.first_year
            archive = names.archive.format(table=official, year=design.first_year)
            files.official(official, take(rows, old), archive)
            files.official(official, take(rows, ~old), official)
        else:
            files.official(official, rows, official)


def _write_products(files: TableFiles, design: SndsDesign) -> None:
    """IR_PHA_R: presentations with their unit and ATC code, half of it of the old generation."""
    rows: list[tuple[str, str, str]] = []
    for i, (ucd, cip, atc) in enumerate([*PRODUCTS.values(), *OTHER_PRODUCTS]):
        old = "old_atc" in design.defects and i % 2 == 0
        rows.append((cip, ucd, both_generations(atc)[0] if old else atc))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("PHA_CIP_C13", "PHA_CIP_UCD", "PHA_ATC_C07")
    files.official("IR_PHA_R", dict(zip(names, columns, strict=True)), "IR_PHA_R")

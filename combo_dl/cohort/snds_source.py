"""Claims of the SNDS as a source of events: a delivery, or generated claims to try all on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from combo_dl.cohort.codes import Code, CodeList, bare
from combo_dl.cohort.drug_codes import ATC, NAME
from combo_dl.cohort.engine import engine_of
from combo_dl.cohort.event_source import EventSource, knows
from combo_dl.cohort.from_yaml import typed
from combo_dl.cohort.snds_events import SndsEvents, read_snds
from combo_dl.cohort.snds_generator import (
    ALL_DEFECTS,
    CLAIMS_FOLDER,
    SndsDesign,
    generated_settings,
    write_snds,
)
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.core.errors import ConfigError
from combo_dl.core.study import Source

_ORIGIN = "SNDS"
# What a reader must know of every result that stands on claims.
NOT_SEEN = (
    "claims hide the molecule of chemotherapy in the tariff of a stay: it is one unnamed drug",
    "claims hold no stage, performance status, biomarker, laboratory value, image or response",
    "claims hold units handed out and no dose in mg; drugs of trials are absent",
)
_SYSTEMS = frozenset({ATC, NAME, "UCD", "CIP13", "ICD10", "COD_LES", "CCAM", "combo_dl"})


@knows(_SYSTEMS)
def read_delivery(
    *,
    folder: str,
    licence: str = "none stated",
    engine: str | BaseBackend = "duckdb",
    memory_limit_gib: float = 4.0,
    threads: int = 1,
    **settings: Any,
) -> EventSource:
    """The events of a folder with the tables of a delivery, Parquet or CSV.

    settings: those of ``SndsSettings``, as YAML gives them.  engine, memory_limit_gib, threads: see
    ``engine_of``.
    Raises ConfigError (a setting), SourceError (a table, a column, a year, a form of values).
    """
    if not folder:
        raise ConfigError("source.folder is empty; give the folder with the tables of the SNDS")
    given = {k: v for k, v in settings.items() if v is not None or k == "contact_grace_days"}
    made = typed(SndsSettings, given, where="source").validate()
    path = Path(folder)
    opened = engine_of(engine, threads=threads, memory_limit_gib=memory_limit_gib)
    return snds_source(read_snds(opened, made, folder=path), path.name, licence)


@knows(_SYSTEMS)
def read_demo_snds(
    *, people: int, seed: int, folder: str = "", engine: str | BaseBackend = "duckdb"
) -> EventSource:
    """The events of generated claims with every known defect, read like any delivery.

    folder: where claims and truth are kept; they are not kept without one.
    """
    design = SndsDesign(n_people=people, seed=seed, defects=ALL_DEFECTS)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(folder or temporary)
        write_snds(place, design)
        read = read_snds(
            engine_of(engine), generated_settings(design), folder=place / CLAIMS_FOLDER
        )
    made = snds_source(read, "demo_snds", "generated")
    invented = f"{people} people were invented, with {len(ALL_DEFECTS)} defects of the SNDS"
    return replace(made, notes=(invented, *made.notes))


def snds_source(read: SndsEvents, name: str, licence: str) -> EventSource:
    """Events that were read, as a source.

    Codes of drugs (ATC of either generation, UCD, CIP13) reach the events, whose drugs are named.
    The Study lists the tables by name alone: a delivery is too large to be hashed each time.
    """
    tables = sorted({table for table, _ in read.columns_read})
    products = _products(read.drug_codes)
    return EventSource(
        name=name,
        events=read.events,
        expand=lambda codes: _expanded(codes, products),
        systems=_SYSTEMS,
        notes=NOT_SEEN,
        files=tuple(Source(file=t, sha256="", licence=licence, origin=_ORIGIN) for t in tables),
        columns_read=read.columns_read,
        exclusions=read.exclusions,
        holds=read.ledger,
    )


def _products(codes: ir.Table) -> Mapping[tuple[str, str], set[Code]]:
    """{(vocabulary, code of a product or a class): what the events write}."""
    found: dict[tuple[str, str], set[Code]] = {}
    for row in codes.to_pyarrow().to_pylist():
        own = Code(vocabulary=row["vocabulary"], code=row["code"])
        for key in (
            (row["system"], row["product"]),
            (ATC, row["atc_before_2022"]),
            (ATC, row["atc_from_2022"]),
        ):
            found.setdefault(key, set()).add(own)
    return found


def _expanded(codes: CodeList, products: Mapping[tuple[str, str], set[Code]]) -> CodeList:
    made: list[Code] = list(codes)
    for code in codes:
        if code.vocabulary == NAME:
            continue
        wanted = bare(code.code)
        for (vocabulary, own), drugs in products.items():
            fits = own.startswith(wanted) if code.below else own == wanted
            if vocabulary == code.vocabulary and fits:
                made += sorted(drugs, key=str)
    return tuple(dict.fromkeys(made))

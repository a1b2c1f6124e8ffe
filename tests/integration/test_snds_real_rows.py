"""Rows in the real format of the SNDS: what is read of them, and that nothing else is needed."""

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from combo_dl.cohort.atc import both_generations, moved_codes
from combo_dl.cohort.engine import open_duckdb
from combo_dl.cohort.snds_columns import SndsNames, official_columns, official_tables
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_settings import SndsSettings
from combo_dl.core.drug_table import oncology_drugs

pytestmark = pytest.mark.real
DATA = Path(os.environ.get("COMBO_DL_DATA", "."))
ROWS, RANDOM, SCHEMA = (DATA / f"snds_{n}" for n in ("scalpel_rows", "synthetic_random", "schema"))
NAMES = SndsNames(columns={"BEN_NIR_PSA": "NUM_ENQ", "NIR_ANO_17": "NUM_ENQ"})
PRODUCTS = SCHEMA / "nomenclatures" / "IR_PHA_R.parquet"


def linked(folder, origin):
    """The tables of a delivery with the products beside them."""
    for path in origin.glob("*.csv"):
        (folder / path.name).symlink_to(path)
    (folder / "IR_PHA_R.parquet").symlink_to(PRODUCTS)
    return folder


def test_a_project_extraction_with_its_own_names_is_read(tmp_path):
    settings = SndsSettings(
        first_day=date(2006, 1, 1),
        last_day=date(2007, 12, 31),
        parts=("dcir", "ald"),
        names=NAMES,
        drug_prefixes=("",),
    )
    found = read_snds(open_duckdb(), settings, folder=linked(tmp_path, ROWS))
    assert found.kept["people"] == 2  # a third row has a number of nobody
    events = found.events
    drugs = events.filter(events.kind == "drug")
    assert drugs.count().execute() > 0
    assert (drugs.value > 0).all().execute()
    tumours = events.filter((events.kind == "diagnosis") & events.code.startswith("C"))
    assert set(tumours.source.to_pyarrow().to_pylist()) == {"ALD"}
    deaths = events.filter(events.kind == "death").start.to_pyarrow().to_pylist()
    assert deaths == [date(2008, 1, 25)]  # known to the register, though after the span


def test_stays_without_full_dates_fall_back_to_their_month(tmp_path):
    folder = linked(tmp_path, ROWS)
    for year in ("06", "07"):
        for table, columns in (
            ("UM", ("ETA_NUM", "RSA_NUM", "DGN_PAL", "DGN_REL")),
            ("MED", tuple(official_columns("T_MCOaaMED"))),
        ):
            empty = pa.table({c: pa.array([], pa.string()) for c in columns})
            pq.write_table(empty, folder / f"T_MCO{year}{table}.parquet")
    settings = SndsSettings(
        first_day=date(2006, 1, 1),
        last_day=date(2008, 12, 31),
        parts=("mco",),
        names=NAMES,
        drug_prefixes=("",),
    )
    found = read_snds(open_duckdb(), settings, folder=folder)
    events = found.events
    diagnoses = events.filter((events.kind == "diagnosis") & (events.vocabulary == "ICD10"))
    codes = set(diagnoses.code.to_pyarrow().to_pylist())
    assert {"C670", "C671", "C669"} <= codes  # the last one was written C66.9
    days = set(diagnoses.start.to_pyarrow().to_pylist())
    assert date(2006, 1, 1) in days and date(2008, 3, 8) in days
    # The three rows of T_MCO08MED make no drug event: their unit (UCD) was sold in 2008, and the
    # products of 2019 no longer list it. They are counted as such, never lost in silence.
    judged = {e.rule: e.dropped for e in found.exclusions if e.stage == "drugs given in hospital"}
    assert judged == {"quantity missing, zero or negative": 0, "unknown UCD": 3}
    assert found.kept["drugs given in hospital"] == 0


def test_the_random_rows_have_every_column_that_is_read():
    """But for the tables that the random rows lack; 2 columns are younger than they are."""
    for official in official_tables():
        place = RANDOM / f"{official}.csv"
        if place.is_file():
            header = place.read_text(encoding="utf-8").splitlines()[0].split(",")
            wanted = {c for c, (_, may_lack) in official_columns(official).items() if not may_lack}
            assert wanted - set(header) == set(), official


def test_the_random_rows_are_read_and_say_almost_nothing(tmp_path):
    settings = SndsSettings(
        first_day=date(1960, 1, 1), last_day=date(2030, 12, 31), parts=("dcir", "ald", "causes")
    )
    found = read_snds(open_duckdb(), settings, folder=linked(tmp_path, RANDOM))
    dropped = {e.rule: e.dropped for e in found.exclusions if e.stage == "people"}
    assert dropped["fictitious number (BEN_CDI_NIR)"] + found.kept["people"] <= 10
    assert found.events.count().execute() >= found.kept["people"]


def test_moved_codes_agree_with_the_names_of_the_products():
    """The old code in IR_PHA_R and the new one in the catalogue name the same substance."""
    of_new = {code: drug.name for drug in oncology_drugs().drugs for code in drug.atc}
    rows = pq.read_table(PRODUCTS, columns=["PHA_ATC_C07", "PHA_NOM_PA"]).to_pylist()
    checked = 0
    for atc, substance in {(r["PHA_ATC_C07"], r["PHA_NOM_PA"]) for r in rows}:
        name = of_new.get(both_generations(atc or "")[1])
        if atc in moved_codes() and name and substance:
            checked += 1
            assert substance.lower()[:5].replace("é", "e") == name[:5], (atc, substance, name)
    assert checked >= 15

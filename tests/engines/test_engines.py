"""One test body on both engines: the same rows, whichever runs the query."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from combo_dl.cohort.drug_codes import DrugCodes
from combo_dl.cohort.engine import engine_of, open_duckdb, open_spark
from combo_dl.cohort.hospital import read_hospital
from combo_dl.cohort.lines import lines_of
from combo_dl.cohort.omop import read_omop
from combo_dl.cohort.omop_demo import invent, write_cdm
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_generator import ALL_DEFECTS, SndsDesign, generated_settings, write_snds
from combo_dl.cohort.snds_source import snds_source
from combo_dl.core.errors import ConfigError
from combo_dl.core.local_spark import local_session

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1800), pytest.mark.filterwarnings("default")]
COLUMNS = ("person", "kind", "code", "vocabulary", "value", "unit", "start", "end", "source")
DESIGN = SndsDesign(
    n_people=80, seed=5, first_year=2017, last_year=2019, defects=ALL_DEFECTS, claims_per_year=0.5
)
# The rows are few and the queries many: to plan and compile a query costs more than to run it.
SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.default.parallelism": "1",
}
LINES = Path(__file__).parents[2] / "configs" / "lines" / "default.yaml"
HOSPITAL = Path(__file__).parents[2] / "configs" / "source" / "hospital.yaml"
RECORD = {
    "people": """person;birth;sex;death;seen_from;seen_to
p1;12/03/1950;F;01/06/2022;01/01/2018;31/12/2023
p2;05/11/1961;M;;01/01/2018;31/12/2023
""",
    "doses": """person;day;drug;dose;unit
p1;01/02/2021;Keytruda;200;mg
p2;03/02/2021;nivolumab;3;mg/kg
""",
    "labs": """person;day;name;value;unit
p1;15/01/2021;haemoglobin;118;g/L
p2;15/01/2021;sodium;140;mmol/L
""",
    "diagnoses": "person;day;code\np1;10/01/2021;C34.1\n",
    "status": """person;day;ecog;recist;t;n;m;stage
p1;20/01/2021;1;;pT2a;1;M0;2
p2;21/01/2021;2;PD;T4;Nx;M1b;Stade IV
""",
    "notes": """person;day;text
p1;22/01/2021;"Traitement par pembrolizumab 200 mg. OMS 1. Pas de métastase cérébrale."
""",
}
PROTOCOL = {
    "name": "both",
    "eligibility": {"observed_days": 90},
    "baseline": [{"name": "metastatic", "kind": "diagnosis", "codes": ["ICD10:C78*"]}],
    "outcomes": {"os": {"kind": "death"}, "ttnt": {"kind": "next_treatment"}},
}


@pytest.fixture(scope="session")
def spark():
    """One session for the whole folder, handed over as a user's own would be."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    builder = sql.SparkSession.builder
    for name, value in SMALL.items():
        builder = builder.config(name, value)
    engine = open_spark(local_session(builder, n_cores=1, n_shuffle_partitions=1))
    yield engine
    engine.disconnect()


@pytest.fixture(scope="module")
def both(spark, tmp_path_factory):
    """Claims with all defects, read once by each engine: DuckDB first."""
    folder = tmp_path_factory.mktemp("claims")
    write_snds(folder, DESIGN)
    settings = generated_settings(DESIGN)
    return [read_snds(e, settings, folder=folder / "claims") for e in (open_duckdb(), spark)]


def rows(found):
    """All events, in one order."""
    columns = found.events.to_pyarrow().to_pydict()
    return sorted(zip(*(columns[c] for c in COLUMNS), strict=True), key=repr)


def test_both_engines_read_the_same_events_and_drop_the_same_rows(both):
    one, other = both
    assert len(rows(one)) > 1000
    assert rows(one) == rows(other)
    assert one.exclusions == other.exclusions and any(e.dropped for e in one.exclusions)
    assert (one.kept, one.columns_read) == (other.kept, other.columns_read)


def test_both_engines_make_the_same_lines(both):
    rules = settings_of(PROTOCOL, yaml.safe_load(LINES.read_text("utf-8")))[1]
    codes = DrugCodes()
    one, other = (lines_of(found.events, codes, rules) for found in both)
    assert len(one) > 50
    pd.testing.assert_frame_equal(one, other)


def test_both_engines_make_the_same_study(both):
    protocol, rules = settings_of(PROTOCOL, yaml.safe_load(LINES.read_text("utf-8")))
    one, other = (
        cohort_of(snds_source(found, "both", "generated"), protocol, rules) for found in both
    )
    assert len(one.study) > 20 and one.flow == other.flow
    pd.testing.assert_frame_equal(one.people, other.people)
    pd.testing.assert_frame_equal(one.table_one, other.table_one)
    assert one.study.drugs == other.study.drugs
    assert np.array_equal(one.study.combos.drugs, other.study.combos.drugs)
    for name, label in one.study.combos.labels.items():
        assert np.array_equal(label, other.study.combos.labels[name], equal_nan=True)


def test_both_engines_read_text_of_csv_alike(spark, tmp_path):
    """Every column of CSV is text, whose types and forms of dates are looked for."""
    design = replace(DESIGN, form="csv", n_people=40)
    write_snds(tmp_path, design)
    settings = replace(generated_settings(design), parts=("ald", "causes"))
    found = [read_snds(e, settings, folder=tmp_path / "claims") for e in (open_duckdb(), spark)]
    assert len(rows(found[0])) > 100
    assert rows(found[0]) == rows(found[1])
    assert found[0].exclusions == found[1].exclusions


def test_both_engines_read_the_same_events_of_omop(spark, tmp_path):
    write_cdm(invent(people=60, seed=3), tmp_path / "cdm")
    one, other = (
        read_omop(folder=str(tmp_path / "cdm"), engine=engine) for engine in (open_duckdb(), spark)
    )
    assert len(rows(one)) > 500 and rows(one) == rows(other)
    assert (one.notes, one.columns_read) == (other.notes, other.columns_read)


def test_both_engines_read_the_same_events_of_a_hospital_record(spark, tmp_path):
    for name, text in RECORD.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    tables = yaml.safe_load(HOSPITAL.read_text("utf-8"))["tables"]
    tables["notes"] = [{"table": "notes", "person": "person", "day": "day", "text": "text"}]
    one, other = (
        read_hospital(folder=str(tmp_path), tables=tables, engine=engine)
        for engine in (open_duckdb(), spark)
    )
    assert len(rows(one)) > 12 and rows(one) == rows(other)
    assert (one.notes, one.columns_read) == (other.notes, other.columns_read)


def test_the_engine_is_chosen_by_its_name(spark):
    assert engine_of("spark").name == "pyspark" and engine_of().name == "duckdb"
    with pytest.raises(ConfigError, match="engine is 'polars'; expected duckdb or spark"):
        engine_of("polars")

"""One test body on both engines: the same rows, whichever runs the query."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from combo_dl.cohort.drug_codes import DrugCodes
from combo_dl.cohort.engine import open_duckdb, open_spark
from combo_dl.cohort.lines import lines_of
from combo_dl.cohort.run import cohort_of, settings_of
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_generator import ALL_DEFECTS, SndsDesign, generated_settings, write_snds
from combo_dl.cohort.snds_source import snds_source
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

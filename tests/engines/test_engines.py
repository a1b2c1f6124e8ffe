"""One test body on both engines: the same rows, whichever runs the query."""

import shutil

import pytest

from combo_dl.cohort.engine import open_duckdb, open_spark
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_generator import ALL_DEFECTS, SndsDesign, generated_settings, write_snds

COLUMNS = ("person", "kind", "code", "vocabulary", "value", "unit", "start", "end", "source")
DESIGN = SndsDesign(
    n_people=150, seed=5, first_year=2017, last_year=2019, defects=ALL_DEFECTS, claims_per_year=1.0
)


@pytest.fixture(scope="session")
def spark():
    """One session for the whole folder: to start it takes longer than all that is asked of it."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    engine = open_spark(n_cores=1, n_shuffle_partitions=1)
    yield engine
    engine.disconnect()


def rows(found):
    """All events and exclusions, in one order."""
    columns = found.events.to_pyarrow().to_pydict()
    events = sorted(zip(*(columns[c] for c in COLUMNS), strict=True), key=repr)
    return events, found.exclusions, found.columns_read


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_both_engines_read_the_same_events(form, spark, tmp_path):
    design = SndsDesign(**{**DESIGN.__dict__, "form": form})
    write_snds(tmp_path, design)
    settings = generated_settings(design)
    if form == "csv":
        settings = type(settings)(**{**settings.__dict__, "parts": ("dcir", "causes")})
    one = rows(read_snds(open_duckdb(), settings, folder=tmp_path / "claims"))
    other = rows(read_snds(spark, settings, folder=tmp_path / "claims"))
    assert len(one[0]) > 100
    assert one == other

"""One test body on both engines: the same rows, whichever runs the query."""

import pytest

from combo_dl.cohort.engine import open_duckdb, open_spark
from combo_dl.cohort.snds_events import read_snds
from combo_dl.cohort.snds_generator import ALL_DEFECTS, SndsDesign, generated_settings, write_snds

COLUMNS = ("person", "kind", "code", "vocabulary", "value", "unit", "start", "end", "source")
DESIGN = SndsDesign(
    n_people=150, seed=5, first_year=2017, last_year=2019, defects=ALL_DEFECTS, claims_per_year=1.0
)


@pytest.fixture(scope="session")
def spark(spark_session):
    """The session of the folder as an engine of queries."""
    return open_spark(spark_session)


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

"""A screen on Spark: the same rows, to the last byte, as in one process."""

import sys
from pathlib import Path

import pytest

from combo_dl.core.errors import ConfigError
from combo_dl.infer.bundle import load_bundle
from combo_dl.screen.run import ScreenRequest, prepared, run_blocks
from combo_dl.screen.settings import EngineSettings, RankSettings
from combo_dl.screen.spark import spark_filler
from combo_dl.screen.store import Store

BUNDLE = Path(__file__).parents[1] / "regression" / "bundle_format1"
DRUGS = ["olaparib", "cisplatin", "lapatinib", "erlotinib", "paclitaxel", "vorinostat"]
REQUEST = ScreenRequest(
    rank=RankSettings(maximise="synergy_loewe", top=3),
    sizes=range(2, 4),
    drugs=DRUGS,
    block_rows=20,
    keep_scores=True,
)


def screen():
    return prepared(load_bundle(BUNDLE), REQUEST)


def files(folder):
    """{file: bytes} of all that is kept."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.mark.filterwarnings("default")
def test_workers_run_this_python_whatever_the_search_path(spark_session):
    assert spark_session.sparkContext.pythonExec == sys.executable


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")
def test_spark_writes_the_bytes_of_one_process(spark_session, tmp_path):
    run_blocks(screen(), Store(folder=tmp_path / "one"), lambda *_: None)
    told = []
    run_blocks(
        screen(),
        Store(folder=tmp_path / "other"),
        lambda sets, resumed: told.append((sets, resumed)),
        fill=spark_filler(BUNDLE, n_cores=1, session=spark_session),
    )
    left, right = files(tmp_path / "one"), files(tmp_path / "other")
    assert len(left) == 1 + 2 * len(screen().plan.blocks())
    assert left == right
    assert told[0] == (0, True) and sum(sets for sets, _ in told) == screen().plan.total


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")
def test_spark_goes_on_with_what_one_process_began(spark_session, tmp_path):
    run_blocks(screen(), Store(folder=tmp_path / "one"), lambda *_: None)
    whole = files(tmp_path / "one")
    blocks = screen().plan.blocks()
    store = Store(folder=tmp_path / "one")
    for block in blocks[1:4]:
        store.path(block).unlink()
    asked = []
    real = spark_filler(BUNDLE, n_cores=1, session=spark_session)

    def fill(screen, missing, store, tell):
        asked.extend(b.number for b in missing)
        real(screen, missing, store, tell)

    run_blocks(screen(), store, lambda *_: None, fill=fill)
    assert asked == [1, 2, 3]
    assert files(tmp_path / "one") == whole


def test_an_engine_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="engine is 'dask'; expected local or spark"):
        EngineSettings(engine="dask").validate()
    with pytest.raises(ConfigError, match="workers is 0"):
        EngineSettings(engine="spark", workers=0).validate()

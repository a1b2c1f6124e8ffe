"""A screen on Spark: blocks of sets are scored by its workers, files are written by this process.

A worker reads the bundle and prepares the screen once, then scores whatever blocks it is given by
the very function of the local engine. What it keeps of a block comes back as the bytes of the
block's files; they are written here, so that workers need no common disk to write to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from combo_dl.core.errors import ComboError, ConfigError
from combo_dl.core.local_spark import local_session
from combo_dl.infer.bundle import load_bundle
from combo_dl.screen.combos import Block
from combo_dl.screen.run import Filler, Screen, ScreenRequest, Teller, prepared, scored_block
from combo_dl.screen.store import BlockFiles, Store

# Blocks that are sent out together, for each core: what a kill loses at most.
BLOCKS_A_CORE = 2
_ASKED = "block bigint"
_TOLD = "block bigint, found binary, scores binary"


@dataclass(frozen=True, kw_only=True)
class WorkerTask:
    """What a worker needs to prepare a screen. bundle: a folder that the worker can read."""

    bundle: str
    request: ScreenRequest


_prepared: dict[str, tuple[WorkerTask, Screen]] = {}


def _screen_of(task: WorkerTask, name: str) -> Screen:
    """The screen of a task, made once in a worker. name: of the screen, see ``Screen.identity``."""
    if name not in _prepared:
        import torch

        torch.set_num_threads(1)
        _prepared.clear()
        _prepared[name] = task, prepared(load_bundle(task.bundle), task.request)
    return _prepared[name][1]


def _scorer(
    task: WorkerTask, name: str
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            screen = _screen_of(task, name)
            blocks = screen.plan.blocks()
            for number in batch.column(0).to_pylist():
                _, files = scored_block(screen, blocks[number])
                yield pa.record_batch(
                    {
                        "block": pa.array([number], pa.int64()),
                        "found": pa.array([files.found], pa.binary()),
                        "scores": pa.array([files.scores], pa.binary()),
                    }
                )

    return score


def open_session(*, n_cores: int) -> Any:
    """The active SparkSession, else a local one. Raises ConfigError without pyspark or Java."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            "engine=spark needs Spark, which is not installed; install combo-dl[spark] and Java "
            "17, or leave engine out"
        ) from error
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    try:
        return local_session(SparkSession.builder, n_cores=n_cores, n_shuffle_partitions=n_cores)
    except (PySparkException, RuntimeError, OSError) as error:
        reason = str(error).strip().split("\n")[0]
        raise ConfigError(
            f"engine=spark cannot start a session ({reason}); Spark needs Java 17: set JAVA_HOME, "
            "or leave engine out"
        ) from error


def spark_filler(bundle: Path, *, n_cores: int, session: Any | None = None) -> Filler:
    """A filler for ``run_blocks``. bundle: the folder, at the same place for every worker.

    session: a SparkSession, whose settings stay as they are; without, the active one or a local one
    of ``n_cores``.  n_cores: for how many cores blocks are sent out together.
    """
    if n_cores < 1:
        raise ConfigError(f"n_cores is {n_cores}; expected 1 or more")

    def fill(screen: Screen, blocks: list[Block], store: Store, tell: Teller) -> None:
        if not blocks:
            return
        spark = open_session(n_cores=n_cores) if session is None else session
        task = WorkerTask(bundle=str(bundle.resolve()), request=screen.request)
        score = _scorer(task, repr(screen.identity()))
        for start in range(0, len(blocks), BLOCKS_A_CORE * n_cores):
            wave = {b.number: b for b in blocks[start : start + BLOCKS_A_CORE * n_cores]}
            for number, files in _wave(spark, score, list(wave)):
                store.write(wave[number], files)
                tell(len(wave[number]), False)

    return fill


def _wave(spark: Any, score: Callable, numbers: list[int]) -> Iterator[tuple[int, BlockFiles]]:
    from pyspark.errors import PySparkException

    try:
        asked = spark.createDataFrame([(n,) for n in numbers], _ASKED)
        # A partition a block: a free core takes the next one.
        found = asked.repartitionByRange(len(numbers), "block").mapInArrow(score, _TOLD).toArrow()
    except PySparkException as error:
        lines = [line for line in str(error).strip().split("\n") if line.strip()]
        raise ComboError(f"a Spark worker failed: {lines[-1].strip() if lines else error}") from (
            error
        )
    for row in found.to_pylist():
        yield row["block"], BlockFiles(found=row["found"], scores=row["scores"])

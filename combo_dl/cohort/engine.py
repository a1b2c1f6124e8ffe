"""The engine that queries run on: DuckDB in this process, or a Spark session handed over."""

from __future__ import annotations

import tempfile
import uuid
import weakref
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from combo_dl.core.errors import ConfigError
from combo_dl.core.local_spark import local_session

ENGINES = ("duckdb", "spark")


def engine_of(
    asked: str | BaseBackend = "duckdb", *, threads: int = 1, memory_limit_gib: float = 4.0
) -> BaseBackend:
    """An engine of Ibis as it is, or one opened by its name.

    ``duckdb``: in this process, with so many threads and so much memory, spilling beside the
    system's temporary files.  ``spark``: the active session, else a local one of ``threads`` cores.
    Raises ConfigError on another name, on settings that cannot be, and without Spark.
    """
    if isinstance(asked, BaseBackend):
        return asked
    if asked == "spark":
        return open_spark(n_cores=threads)
    if asked != "duckdb":
        raise ConfigError(f"engine is {asked!r}; expected {' or '.join(ENGINES)}")
    spill = Path(tempfile.gettempdir()) / "combo_dl_spill"
    return open_duckdb(n_threads=threads, memory_limit_gib=memory_limit_gib, temp_folder=spill)


def open_duckdb(
    path: Path | None = None,
    *,
    n_threads: int = 1,
    memory_limit_gib: float = 4.0,
    temp_folder: Path | None = None,
) -> BaseBackend:
    """DuckDB in memory, or on a database file that is read only; large joins spill to temp_folder.

    Raises:
        ConfigError: no thread, no memory, or a database file that is not there.
    """
    if n_threads < 1 or memory_limit_gib <= 0:
        raise ConfigError(
            f"DuckDB was given {n_threads} threads and {memory_limit_gib} GiB; "
            "expected at least 1 thread and more than 0 GiB"
        )
    settings: dict[str, Any] = {
        "threads": n_threads,
        "memory_limit": f"{memory_limit_gib}GiB",
        "preserve_insertion_order": False,
    }
    if temp_folder is not None:
        temp_folder.mkdir(parents=True, exist_ok=True)
        settings["temp_directory"] = str(temp_folder)
    if path is None:
        return ibis.duckdb.connect(**settings)
    if not path.is_file():
        raise ConfigError(f"no database file {path}; give the file of a DuckDB database")
    return ibis.duckdb.connect(str(path), read_only=True, **settings)


def open_spark(
    session: Any | None = None, *, n_cores: int = 2, n_shuffle_partitions: int = 4
) -> BaseBackend:
    """Spark by the session handed over (its settings stay as they are), else a local one.

    Raises:
        ConfigError: the extra ``spark`` is not installed.
    """
    if session is None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ConfigError(
                "Spark is not installed; install combo-dl[spark] and Java 17, or use duckdb"
            ) from error
        session = local_session(
            SparkSession.builder, n_cores=n_cores, n_shuffle_partitions=n_shuffle_partitions
        )
    return ibis.pyspark.connect(session)


def small_table(engine: BaseBackend, rows: pa.Table) -> ir.Table:
    """A small table that queries of the engine may join.

    The engine is shown it at once: Spark stores a query (``cache``) without looking for the tables
    in memory that it needs.
    """
    made = ibis.memtable(rows)
    engine.to_pyarrow(made.limit(0))
    return made


def stored(rows: ir.Table) -> ir.Table:
    """The rows, computed once and held by their engine as long as the table returned is alive.

    Spark is made to forget how they were computed (a local checkpoint): with ``cache`` it plans
    all earlier steps again in every later query, which soon takes longer than the queries.
    """
    engine = rows.get_backend()
    if engine.name != "pyspark":
        return rows.cache()
    name = f"combo_dl_{uuid.uuid4().hex}"
    # By the engine's own session, which need not be the one that is active here.
    frame = engine.raw_sql(engine.compile(rows)).localCheckpoint()
    frame.createTempView(name)
    made = engine.table(name)
    weakref.finalize(made, frame.sparkSession.catalog.dropTempView, name).atexit = False
    return made

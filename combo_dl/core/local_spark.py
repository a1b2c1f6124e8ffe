"""A Spark session on this machine, for whoever opens one."""

import os
import sys
from typing import Any

# Loopback: a laptop or a closed network need not resolve its own name. UTC: a date must not move
# by the zone of the machine.
LOCAL_SPARK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def local_session(builder: Any, *, n_cores: int, n_shuffle_partitions: int) -> Any:
    """The SparkSession of ``SparkSession.builder`` in local mode, whose workers run this Python.

    Spark reads the Python of its workers from the environment when the session starts: its setting
    ``spark.pyspark.python`` is for ``spark-submit`` alone, and without either it takes the first
    ``python3`` of the search path, which need not have the package.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = builder.master(f"local[{n_cores}]").appName("combo_dl")
    for name, value in LOCAL_SPARK.items():
        builder = builder.config(name, value)
    builder = builder.config("spark.sql.shuffle.partitions", str(n_shuffle_partitions))
    return builder.getOrCreate()

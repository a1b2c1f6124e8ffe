"""Settings of a Spark session on this machine, for whoever opens one."""

import sys

# Loopback: a laptop or a closed network need not resolve its own name. UTC: a date must not move
# by the zone of the machine.
LOCAL_SPARK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Workers run the Python that has the package, not the first one of the search path.
    "spark.pyspark.python": sys.executable,
    "spark.pyspark.driver.python": sys.executable,
}

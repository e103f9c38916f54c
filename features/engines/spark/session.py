"""A Spark session for one computation: quiet, in UTC, without a page of its own."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

LOCAL: Final = "local[*]"
"""The master unless told otherwise: all cores of this machine."""
DRIVER_MEMORY: Final = "2g"
ROWS: Final = 1 << 19
"""Rows that a partition has, at most and about."""

_LOGGING: Final = """\
appenders = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = spark: %m%n
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
"""


@contextmanager
def session(master: str, folder: Path, *, rows: int) -> Iterator[SparkSession]:
    """Give a session and end it.

    Parameters
    ----------
    master
        Such as ``local[*]`` or ``spark://host:7077``. The workers need this package and the
        history's folder under the same path.
    folder
        For what does not fit into memory.
    rows
        Rows that are spread by their keys, into as many parts for each core as they need.
    """
    from pyspark.sql import SparkSession

    folder.mkdir(parents=True, exist_ok=True)
    logging = folder / "log4j2.properties"
    logging.write_text(_LOGGING, "utf-8")
    # Workers run the interpreter, and so the packages, of the driver.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    options: dict[str, Any] = {
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{logging.as_posix()}",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.adaptive.enabled": "false",  # it would join partitions whose number is meant
        "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        "spark.local.dir": str(folder),
    }
    if master.startswith("local"):
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    with warnings.catch_warnings():
        # Only Arrow calls are made, which do not touch pandas.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        builder = SparkSession.builder.appName("order-intelligence").master(master)
        spark = builder.config(map=options).getOrCreate()
        try:
            cores = spark.sparkContext.defaultParallelism
            partitions = cores * -(-max(rows, 1) // (ROWS * cores))
            spark.conf.set("spark.sql.shuffle.partitions", partitions)
            yield spark
        finally:
            spark.stop()

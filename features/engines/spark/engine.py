"""Features of a history on Spark: the kernel of the batch engine on keys spread over machines.

Keys are spread by their hash; each task holds all rows of its keys, so the rows of one key, and of
all others of its partition, must fit into one worker. Two steps know no partition: what everybody
did, which rates of few are drawn towards, is one key and so one task; and identity links are
searched on the driver, from seven columns of whole numbers. The output is one file, which the
driver puts together block by block from what the tasks wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.engines.links import link_features
from features.engines.source import Source
from features.engines.spark.layout import LINKS, Layout
from features.engines.spark.packing import BLOCKS, PIECES, pieces, unpacked
from features.engines.spark.session import LOCAL, session
from features.engines.spill import BLOCK, beside, parquet_writer, schema_of
from features.windows import MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from features.engines.spark.rows import Rows
    from features.feature import Feature
    from features.history import History

_STEPS: Final = 3


def write(
    history: History,
    features: Sequence[Feature],
    path: Path,
    *,
    placed_from: datetime | None = None,
    placed_to: datetime | None = None,
    label_delay: timedelta | None = None,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = -1,
    master: str | None = None,
) -> int:
    """Write features of orders to a Parquet file, computed on Spark.

    Parameters
    ----------
    history, features, path, placed_from, placed_to, label_delay, progress
        As in `features.engines.batch.write`; the file has the same columns, types and values.
    jobs
        Cores of this machine, -1 for all; a master that is named decides for itself.
    master
        Spark's master, such as ``spark://host:7077``; this machine unless named.

    Returns
    -------
    int
        Orders written.
    """
    layout = Layout(tuple(features))
    delay_us = 0 if label_delay is None else label_delay // MICROSECOND
    source = Source(history, label_delay_us=delay_us)
    begin, end = source.span(placed_from, placed_to)
    where = master or (LOCAL if jobs < 0 else f"local[{jobs}]")

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, _STEPS)

    with beside(path) as folder:
        with session(where, folder / "spark", rows=source.n * len(layout.asking)) as spark:
            from features.engines.spark.rows import Rows

            rows = Rows(
                spark, history, layout, (begin, end), label_delay_us=delay_us, folder=folder
            )
            answers = _answered(spark, layout, rows, begin, folder)
            tell(1)
            linked = link_features(source, features, begin, end)
            if linked:
                answers = answers.unionByName(_linked(spark, layout, linked, begin, folder))
            del source
            _assembled(answers, layout, rows, history, (begin, end), folder)
            tell(2)
        _joined(features, folder)
        (folder / "whole").replace(path)
        tell(3)
    return end - begin


def _answered(
    spark: SparkSession, layout: Layout, rows: Rows, begin: int, folder: Path
) -> DataFrame:
    """Answer the queries of all keys, in pieces."""
    from pyspark.sql.pandas.types import from_arrow_schema

    from features.engines.spark.tasks import answering

    if not layout.asking:
        return spark.createDataFrame(PIECES.empty_table())
    keyed = rows.keyed().repartition("entity", "key")
    found = keyed.mapInArrow(answering(layout, begin), from_arrow_schema(PIECES))
    found.write.parquet(str(folder / "answers"))
    return spark.read.parquet(str(folder / "answers"))


def _linked(
    spark: SparkSession, layout: Layout, linked: dict[str, Any], begin: int, folder: Path
) -> DataFrame:
    """Hand identity links over as answers about one more entity."""
    values = [linked[name] for name in layout.links]
    orders = np.arange(begin, begin + len(values[0]))
    table = pa.table([orders, *values], schema=layout.linked)
    with pq.ParquetWriter(folder / "links.parquet", PIECES) as file:
        for piece in pieces(LINKS, table, begin):
            file.write_batch(piece)
    return spark.read.parquet(str(folder / "links.parquet"))


def _assembled(
    answers: DataFrame,
    layout: Layout,
    rows: Rows,
    history: History,
    period: tuple[int, int],
    folder: Path,
) -> None:
    """Put the output's blocks together, each by a task of its own."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.pandas.types import from_arrow_schema

    from features.engines.spark.tasks import assembling

    begin, end = period
    orders = rows.assembled().withColumn("block", F.floor((F.col("n") - begin) / BLOCK).cast("int"))
    whole = orders.unionByName(answers, allowMissingColumns=True)
    task = assembling(layout, history.profile, schema_of(layout.features))
    placed = whole.repartitionById(max(1, -(-(end - begin) // BLOCK)), "block")
    written = placed.mapInArrow(task, from_arrow_schema(BLOCKS)).write
    written.option("compression", "none").parquet(str(folder / "blocks"))


def _joined(features: Sequence[Feature], folder: Path) -> None:
    """Write the blocks into one file; a task has one block, and its file the task's number."""
    with parquet_writer(folder / "whole", features) as file:
        for part in sorted((folder / "blocks").glob("part-*.parquet")):
            for row in pq.read_table(part, schema=BLOCKS)["packed"]:
                file.write_table(unpacked(row.as_buffer()), row_group_size=BLOCK)

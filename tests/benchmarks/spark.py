"""Windows on Spark: our kernel inside ``mapInArrow`` beside Spark SQL with ``collect_set``.

``python -m tests.benchmarks.spark [ORDERS]``: both read the same history with two
cores, write a Parquet file, and every cell is compared.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import functions as F  # noqa: N812

from features.engines import spark
from features.engines.spark.session import ROWS, session
from features.entities import BUILT_IN
from features.history import History, HistoryProfile
from features.history_writing import write_history
from features.windows import MICROSECOND, Measure
from features.wording import describe
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import Column

WINDOWS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
COUNTERPART: Final = {"buyer": "device_key", "ip": "buyer_key", "device": "buyer_key"}
KEYS: Final = {"buyer": 40_000, "ip": 30_000, "device": 50_000}
DAYS: Final = 60
N_ORDERS: Final = 500_000
TURNS: Final = 2
MASTER: Final = "local[2]"
MEASURES: Final = tuple(
    Measure(BUILT_IN[subject], "orders", aggregate, window, column=column)
    for subject, other in COUNTERPART.items()
    for window in WINDOWS
    for aggregate, column in (("count", None), ("sum", "value_minor"), ("distinct", other))
)


def made(n: int, folder: Path) -> History:
    """Make a history whose busiest keys have thousands of orders."""
    chance = np.random.default_rng(11)
    placed = 1_700_000_000_000_000 + np.sort(chance.integers(0, DAYS * 86_400_000_000, n))
    number = np.arange(n).astype(str).astype(object)
    columns = {
        "order_key": np.char.zfill(number.astype(str), 9),
        "merchant_id": np.full(n, "m"),
        "channel": np.full(n, "web"),
        "shop_id": np.full(n, "s"),
        "order_id": number,
        "placed_at": pa.array(placed, pa.timestamp("us", tz="UTC")),
        "received_at": pa.array(placed, pa.timestamp("us", tz="UTC")),
        "value_minor": chance.integers(100, 100_000, n),
    }
    for subject, n_keys in KEYS.items():
        key = (n_keys * chance.random(n) ** 2.5).astype(np.int64)
        columns[f"{subject}_key"] = np.char.add("h1:", np.char.mod("%032x", key))
    write_history(folder, {"orders": pa.table(columns)}, HistoryProfile())
    return History(folder)


def ours(history: History, path: Path) -> None:
    """Write the features with the Spark engine."""
    features = [describe(measure, ("risk",)) for measure in MEASURES]
    spark.write(history, features, path, master=MASTER)


def in_sql(history: History, path: Path) -> None:
    """Write the same with Spark's own windows."""
    with TemporaryDirectory() as folder, session(MASTER, Path(folder), rows=4 * ROWS) as opened:
        orders = opened.read.parquet(str(history.folder / "orders"))
        orders = orders.withColumn("us", F.unix_micros("placed_at"))
        columns = [_in_sql(measure).alias(measure.name) for measure in MEASURES]
        orders.select("order_key", *columns).write.parquet(str(path))


def _in_sql(measure: Measure) -> Column:
    frame = (
        f"OVER (PARTITION BY {measure.entity.columns[0]} ORDER BY us "
        f"RANGE BETWEEN {measure.window // MICROSECOND} PRECEDING AND 1 PRECEDING)"
    )
    what = {
        "count": f"count(1) {frame}",
        "sum": f"coalesce(sum(value_minor) {frame}, 0)",
        "distinct": f"size(collect_set({measure.column}) {frame})",
    }
    return F.expr(what[measure.aggregate])


def timed(run: Callable[[History, Path], None], history: History, path: Path) -> float:
    """Give the seconds of a run."""
    begin = time.perf_counter()
    run(history, path)
    return time.perf_counter() - begin


def mismatches(one: Path, other: Path) -> int:
    """Count the cells that differ."""
    tables = [pq.read_table(path).sort_by("order_key") for path in (one, other)]
    return sum(
        int(np.sum(tables[0][m.name].to_numpy() != tables[1][m.name].to_numpy().astype(float)))
        for m in MEASURES
    )


def measure(n: int = N_ORDERS) -> list[Speed]:
    """Compute the same windows both ways, twice, and compare every cell."""
    seconds: dict[str, list[float]] = {"ours": [], "sql": []}
    with TemporaryDirectory() as name:
        folder = Path(name)
        warm = made(2_000, folder / "warm" / "history")  # starts the virtual machine; not counted
        timed(ours, warm, folder / "warm.parquet")
        timed(in_sql, warm, folder / "warm-sql")
        history = made(n, folder / "home" / "history")
        for turn in range(TURNS):
            seconds["ours"].append(timed(ours, history, folder / "ours.parquet"))
            seconds["sql"].append(timed(in_sql, history, folder / f"sql{turn}"))
        cells = mismatches(folder / "ours.parquet", folder / "sql0")
    best, peer = min(seconds["ours"]), min(seconds["sql"])
    return [
        Speed(
            f"Spark {MASTER}, {n:,} orders, {len(MEASURES)} windows of count, sum and distinct; "
            f"{n * len(MEASURES):,} cells, {cells} differ",
            f"{best:.1f} s",
            f"Spark SQL with collect_set {peer:.1f} s",
            f"{best / peer:.2f} × the time",
            "≤ 1.3 ×, 0 differ",
            best <= 1.3 * peer and cells == 0,
        )
    ]


if __name__ == "__main__":
    show(measure(*(int(argument) for argument in sys.argv[1:])))

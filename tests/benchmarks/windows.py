"""Windows over many orders with very skewed keys, beside DuckDB's window SQL and Polars.

``python -m tests.benchmarks.windows [ORDERS]``. Three entities, three windows, count and sum: all
three compute the same eighteen columns from the same Arrow table with the same number of threads,
and every cell is compared.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from features.engines.batch import compute
from features.entities import BUILT_IN
from features.history import HistoryProfile
from features.schema import TABLES, arrow_schema
from features.windows import MICROSECOND, Measure
from features.wording import describe
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from features.feature import Feature
    from features.history import History

N_ORDERS = 2_000_000
DAYS = 180
KEYS = {"buyer_key": (1.2, 200_000), "ip_key": (1.4, 100_000), "device_key": (1.3, 150_000)}
"""Column to the exponent of its Zipf law and how many keys there can be."""
WINDOWS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "30d": timedelta(days=30)}
ENTITIES = {BUILT_IN[name].columns[0]: BUILT_IN[name] for name in ("buyer", "ip", "device")}
THREADS = os.cpu_count() or 1


def orders(n: int = N_ORDERS) -> pa.Table:
    """Make orders in the sequence in which they are placed; a few keys have most of them."""
    chance = np.random.default_rng(5)
    placed = np.sort(chance.integers(0, DAYS * 86_400_000_000, n)) + 1_700_000_000_000_000
    columns: dict[str, Any] = {
        "order_key": pa.array([f"m/web/s/{i:08}" for i in range(n)]),
        "placed_at": pa.array(placed, pa.timestamp("us", tz="UTC")),
        "received_at": pa.array(placed, pa.timestamp("us", tz="UTC")),
        "value_minor": pa.array(chance.integers(100, 100_000, n)),
    }
    for name, (exponent, n_keys) in KEYS.items():
        number = np.minimum(chance.zipf(exponent, n), n_keys)
        names = pa.array([f"h1:{i:032x}" for i in range(n_keys + 1)])
        columns[name] = names.take(pa.array(number))
    return pa.table(columns)


@dataclass(frozen=True)
class TableHistory:
    """Orders in memory, read through the same call as a history on disk."""

    table: pa.Table
    profile: HistoryProfile = field(default_factory=HistoryProfile)

    def rows(
        self, table: str, columns: Sequence[str], begin: int = 0, end: int | None = None
    ) -> pa.Table:
        found = self.table if table == "orders" else arrow_schema(TABLES[table], {}).empty_table()
        return found.select(list(columns))[begin:end]


def features(aggregates: Sequence[str] = ("count", "sum")) -> list[Feature]:
    """Declare the windows."""
    return [
        describe(
            Measure(
                entity, "orders", aggregate, window,
                column="value_minor" if aggregate == "sum" else None,
            ),
            ("risk",),
        )
        for entity in ENTITIES.values()
        for window in WINDOWS.values()
        for aggregate in aggregates
    ]  # fmt: skip


def here(table: pa.Table, wanted: Sequence[Feature]) -> pd.DataFrame:
    """Compute them with the batch engine."""
    return compute(cast("History", TableHistory(table)), wanted, jobs=THREADS)


def in_duckdb(table: pa.Table) -> pa.Table:
    """Compute them with window SQL over whole microseconds."""
    import duckdb

    frames, picked = [], []
    for key in ENTITIES:
        for label, window in WINDOWS.items():
            name = f"{key}_{label}"
            frames.append(
                f"{name} AS (PARTITION BY {key} ORDER BY placed_us RANGE BETWEEN "
                f"{window // MICROSECOND} PRECEDING AND 1 PRECEDING)"
            )
            picked.append(f"count(*) OVER {name} AS {name}_count")
            picked.append(f"coalesce(sum(value_minor) OVER {name}, 0)::DOUBLE AS {name}_sum")
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {THREADS}")
        connection.register("t", table)
        found: pa.Table = connection.sql(
            "WITH o AS (SELECT *, epoch_us(placed_at) AS placed_us FROM t) "
            f"SELECT order_key, {', '.join(picked)} FROM o WINDOW {', '.join(frames)}"
        ).to_arrow_table()
    return found


def in_polars(table: pa.Table) -> pa.Table:
    """Compute them with ``rolling``, each entity's windows on its sorted rows."""
    import polars as pl

    found = {"order_key": table["order_key"]}
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame = frame.with_row_index("row")
    for key in ENTITIES:
        by_key = frame.select("row", key, "placed_at", "value_minor").sort(key, "placed_at")
        for label, window in WINDOWS.items():
            rolled = by_key.rolling("placed_at", period=window, closed="left", group_by=key).agg(
                n=pl.len(), total=pl.col("value_minor").sum()
            )
            row = by_key["row"].to_numpy()
            for name, column in (("count", "n"), ("sum", "total")):
                values = np.empty(len(row))
                values[row] = rolled[column].to_numpy()
                found[f"{key}_{label}_{name}"] = pa.chunked_array([values])
    return pa.table(found)


def differing(ours: pd.DataFrame, theirs: pa.Table) -> int:
    """Count the cells that are not equal; keys of orders ascend as they were placed."""
    columns = theirs.sort_by("order_key").columns[1:]
    return sum(
        int((ours[feature.name].to_numpy() != column.to_numpy()).sum())
        for feature, column in zip(features(), columns, strict=True)
    )


def timed(what: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """Give a result and the seconds that it took."""
    began = time.perf_counter()
    result = what(*arguments)
    return result, time.perf_counter() - began


def measure(n: int = N_ORDERS) -> list[Speed]:
    """Compute the same windows three times and compare every cell."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    table = orders(n)
    here(table.slice(0, 1_000), features())  # compiled once a machine; that is not counted
    ours, seconds = timed(here, table, features())
    _, counting = timed(here, table, features(("count",)))
    what = f"{n / 1e6:g} M orders, 3 entities × 3 windows × (count, sum), {THREADS} threads"
    found = []
    for peer, engine, goal in (("DuckDB SQL", in_duckdb, 20), ("Polars rolling", in_polars, 5)):
        theirs, peer_seconds = timed(engine, table)
        cells = differing(ours, theirs)
        ratio = peer_seconds / seconds
        found.append(
            Speed(
                f"{what}; {len(features()) * n:,} cells, {cells} differ",
                f"{seconds:.2f} s",
                f"{peer} {peer_seconds:.2f} s",
                f"{ratio:.1f} × faster",
                f"≥ {goal} ×, 0 differ",
                ratio >= goal and cells == 0,
            )
        )
    found.append(
        Speed(
            "the same without the sums: what is not asked for costs nothing",
            f"{counting:.2f} s",
            f"with sums {seconds:.2f} s",
            f"{counting / seconds:.2f} of the time",
            "< 0.9",
            counting < 0.9 * seconds,
        )
    )
    return found


if __name__ == "__main__":
    show(measure(*(int(argument) for argument in sys.argv[1:])))

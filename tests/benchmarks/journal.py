"""What it costs to keep an order: our journal beside an SQLite WAL that takes the same bytes.

``python -m tests.benchmarks.journal``. Both survive a killed process and neither a power cut; both
write the same records in the same run, in turns.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from features.engines.journal import Journal
from features.engines.telling import Telling
from tests.benchmarks.speed import Speed, show
from tests.parity.kills import everything
from tests.parity.shop import disorderly_shop

if TYPE_CHECKING:
    from collections.abc import Callable

N_ORDERS = 4_000
ROUNDS = 5


def _each(do: Callable[[bytes], object], records: list[bytes]) -> list[int]:
    taken = []
    for record in records:
        began = time.perf_counter_ns()
        do(record)
        taken.append(time.perf_counter_ns() - began)
    return taken


def measure() -> list[Speed]:
    """Append the same orders to both; the median of all of them counts."""
    shop = disorderly_shop(1, N_ORDERS)
    telling = Telling(everything()[1])
    lines: dict[str, list[dict[str, object]]] = {}
    for line in shop["order_lines"]:
        lines.setdefault(line["order_key"], []).append(line)
    written: list[int] = []
    records = []
    for order in shop["orders"]:
        began = time.perf_counter_ns()
        records.append(telling.order(order, lines[order["order_key"]]))
        written.append(time.perf_counter_ns() - began)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal", sync="none")
        database = sqlite3.connect(Path(folder) / "peer.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("CREATE TABLE told (n INTEGER PRIMARY KEY, record BLOB)")

        def insert(record: bytes) -> None:
            database.execute("INSERT INTO told (record) VALUES (?)", (record,))

        ours: list[int] = []
        peers: list[int] = []
        for _ in range(ROUNDS):
            ours += _each(journal.append, records)
            peers += _each(insert, records)
        journal.close()
        database.close()
    here, there = statistics.median(ours) / 1e3, statistics.median(peers) / 1e3
    packing = statistics.median(written) / 1e3
    return [
        Speed(
            f"append an order of {statistics.median(map(len, records)):.0f} B to the journal, p50",
            f"{here:.1f} µs (and {packing:.1f} µs to write it as bytes)",
            f"SQLite WAL, one commit each, {there:.1f} µs",
            f"{there / here:.1f} ×",
            "≥ 2 ×",
            there / here >= 2,
        )
    ]


if __name__ == "__main__":
    show(measure())

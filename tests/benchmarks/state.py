"""Online window state beside the plain way of keeping it: tuples in lists in dicts.

``python -m tests.benchmarks.state`` fills both with the same orders, five entities each, and prints
what an order costs to read and write, what an event costs to keep, how long the garbage collector
stops the process, and how long a restart takes. Values of both are compared, cell by cell.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import time
from bisect import bisect_left
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from features.engines.online import OnlineState
from features.engines.state.keeping import named
from features.engines.state.layout import arrays_of
from features.windows import MICROSECOND
from tests.benchmarks.speed import Speed, show
from tests.features import memory
from tests.features.memory import NOW, PROFILE, MemoryHistory, feature, order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from features.feature import Feature
    from features.history import History
    from tests.features.memory import Row

ENTITIES: Final = {
    "buyer": ("buyer_key", 60_000, "payment_key"),
    "phone": ("phone_key", 60_000, "buyer_key"),
    "address_unit": ("address_unit_key", 50_000, "buyer_key"),
    "device": ("device_key", 40_000, "buyer_key"),
    "ip": ("ip_key", 8_000, "buyer_key"),
}
"""Column of each entity, how many keys the orders share, and whose different values are counted."""
WINDOWS: Final = (
    timedelta(minutes=30), timedelta(hours=1), timedelta(hours=24), timedelta(days=30),
)  # fmt: skip
SKEW: Final = 2.6
"""Keys are drawn as ``size * u ** SKEW``: a few are very busy, most are seen once or twice."""


def features() -> list[Feature]:
    """Count orders and different counterparts, and add values up, in every window."""
    found = []
    for subject, (_, _, other) in ENTITIES.items():
        for window in WINDOWS:
            found.append(memory.measure("count", window, subject=subject))
            found.append(memory.measure("sum", window, subject=subject, column="value_minor"))
            found.append(memory.measure("distinct", window, subject=subject, column=other))
    return [feature(m) for m in found]


def orders(n: int, seconds_apart: int = 10) -> list[Row]:
    """Make orders whose keys are shared very unevenly."""
    chance = random.Random(1)  # noqa: S311 made-up orders
    rows = []
    for i in range(n):
        keys: dict[str, Any] = {
            column: f"h1:{int(size * chance.random() ** SKEW):032x}"
            for column, size, _ in ENTITIES.values()
        }
        keys["payment_key"] = f"h1:{chance.randrange(9000):032x}"
        at = NOW + i * seconds_apart * 1_000_000
        value = chance.randrange(100_00)
        rows.append(order(f"bench/jd/shop/{i:08}", at, value_minor=value, **keys))
    return rows


class Plain:
    """The same windows kept as tuples in lists in dicts."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str], list[tuple[int, int, str]]] = {}

    def observe(self, row: Row, _lines: Sequence[Row]) -> dict[str, float | None]:
        """Compute the windows of an order, then let later orders see it."""
        found: dict[str, float | None] = {}
        for subject, (column, _, other) in ENTITIES.items():
            events = self.events.setdefault((subject, row[column]), [])
            for window in WINDOWS:
                since = row["placed_at"] - window // MICROSECOND
                inside = events[bisect_left(events, (since,)) :]
                of = {a: _NAMES[subject, window, a] for a in ("count", "sum", "distinct")}
                found[of["count"]] = float(len(inside))
                found[of["sum"]] = float(sum(event[1] for event in inside))
                found[of["distinct"]] = float(len({event[2] for event in inside}))
            events.append((row["placed_at"], row["value_minor"], row[other]))
        return found


_NAMES: Final = {
    (subject, window, aggregate): memory.measure(
        aggregate,
        window,
        subject=subject,
        column={"count": None, "sum": "value_minor", "distinct": other}[aggregate],
    ).name
    for subject, (_, _, other) in ENTITIES.items()
    for window in WINDOWS
    for aggregate in ("count", "sum", "distinct")
}


def timed(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that a call takes."""
    started = clock()
    call()
    return clock() - started


def freeze() -> None:
    """Keep the collector off what is there already: what comes after is what it stops for."""
    gc.collect()
    gc.freeze()


class Loaded(MemoryHistory):
    """A history whose orders are in columns already, as they are on disk."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        super().__init__(tables)
        self._columns = super().arrow("orders")

    def arrow(self, table: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        if table != "orders":
            return super().arrow(table, columns=columns)
        return self._columns if columns is None else self._columns.select(list(columns))


def observed(
    state: OnlineState | Plain, rows: list[Row]
) -> tuple[tuple[float, float], list[dict[str, Any]]]:
    """Show orders to a state; p50 and p99 of the microseconds they took, and their values."""
    took, values = [], []
    for row in rows:
        started = time.perf_counter_ns()
        values.append(state.observe(row, ()))
        took.append((time.perf_counter_ns() - started) / 1000)
    p50, p99 = np.percentile(took, [50, 99])
    return (float(p50), float(p99)), values


def kept_bytes(state: OnlineState) -> int:
    """Bytes of all arrays of a state, with the room that they keep for what comes."""
    return sum(array.nbytes for _, array in named(arrays_of(state._state)))


def measure(n_orders: int = 200_000, n_asked: int = 5_000) -> list[Speed]:
    """Load orders, show further ones to both states, and compare their values."""
    rows = orders(n_orders + n_asked)
    before, asked = rows[:n_orders], rows[n_orders:]
    n_events = n_orders * len(ENTITIES)
    history = Loaded({"orders": before})
    OnlineState(features(), PROFILE).load(cast("History", Loaded({"orders": before[:9]})))
    freeze()
    state = OnlineState(features(), PROFILE)
    loading = timed(lambda: state.load(cast("History", history)), time.process_time)
    (p50, p99), values = observed(state, asked)
    each = kept_bytes(state) / ((n_orders + n_asked) * len(ENTITIES))
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        saving = timed(lambda: state.save(kept))
        restoring = timed(lambda: OnlineState.restore(kept, features(), PROFILE))
    stop = 1e3 * timed(gc.collect)
    freeze()
    plain = Plain()
    for row in before:
        for subject, (column, _, other) in ENTITIES.items():
            event = (row["placed_at"], row["value_minor"], row[other])
            plain.events.setdefault((subject, row[column]), []).append(event)
    plain_stop = 1e3 * timed(gc.collect)
    (plain_p50, plain_p99), expected = observed(plain, asked)
    differing = sum(a != b for a, b in zip(values, expected, strict=True))
    what = f"{n_events / 1e6:g} M events"
    return [
        Speed(
            f"read and write of an order, {len(ENTITIES)} entities × 4 windows with distinct "
            f"counts; {differing} of {n_asked:,} orders differ",
            f"p50 {p50:.0f} µs, p99 {p99:.0f} µs",
            f"tuples in dicts p50 {plain_p50:.0f} µs, p99 {plain_p99:.0f} µs",
            f"p50 {p50:.0f} µs",
            "≤ 60 µs",
            p50 <= 60 and differing == 0,
        ),
        Speed(
            f"memory of {what}, all arrays with their spare room",
            f"{each:.0f} B an event and entity",
            "",
            f"{each:.0f} B",
            "≤ 100 B",
            each <= 100,
        ),
        Speed(
            f"garbage collection with {what}",
            f"{stop:.1f} ms",
            f"tuples in dicts {plain_stop:.0f} ms",
            f"{stop:.1f} ms",
            "< 5 ms",
            stop < 5,
        ),
        Speed(
            f"restart with {what}",
            f"restore {restoring:.2f} s (save {saving:.2f} s)",
            f"load of the history {loading:.2f} CPU-s",
            f"{restoring:.2f} s",
            "< 5 s",
            restoring < 5,
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--asked", type=int, default=5_000)
    arguments = parser.parse_args()
    show(measure(arguments.orders, arguments.asked))

"""How the time and memory of the whole catalogue grow with the history.

``python -m tests.benchmarks.growth [ORDERS…]``. Each size is a history of its own, written through
the public writer: the same year, more orders in it, a few buyers, devices and goods with many of
them, some orders late. ``orderintel features`` runs over each in a process of its own, whose
memory and CPU time are read from outside.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from features.history import HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from serving.cli.console import say
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

SIZES = (1_000_000, 10_000_000)
LIMIT_GB = 6.0
BATCH = 250_000
YEAR_US = 365 * 86_400_000_000
BEGINS = 1_735_689_600_000_000  # 2025-01-01
DAY_US = 86_400_000_000
N_SKUS = 20_000
MATURITY_DAYS = 14.0


def _keys(chance: np.random.Generator, n: int, n_keys: int, exponent: float) -> NDArray[Any]:
    """Draw keys of which few are frequent."""
    return np.asarray((chance.pareto(exponent, n) * n_keys / 20).astype(np.int64) % n_keys)


def _texts(prefix: str, numbers: NDArray[Any], missing: float, chance: np.random.Generator) -> Any:
    """Write numbers as keys, some of them missing."""
    distinct, at = np.unique(numbers, return_inverse=True)
    names = pa.array([f"{prefix}{number:032x}" for number in distinct.tolist()])
    return names.take(pa.array(at, mask=chance.random(len(at)) < missing))


def _named(what: str, n: int, numbers: NDArray[Any]) -> pa.Array:
    return pa.array([f"{what}{i}" for i in range(n)]).take(pa.array(numbers % n))


def _instant(us: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(us.astype(np.int64), pa.timestamp("us", tz="UTC"), mask=mask)


@dataclass(frozen=True)
class _Orders:
    """What all tables of a batch of orders have in common."""

    chance: np.random.Generator
    key: pa.Array
    placed: NDArray[Any]
    buyer: NDArray[Any]
    place: NDArray[Any]
    value: NDArray[Any]
    n_lines: NDArray[Any]


def _drawn(n: int, first: int, total: int) -> _Orders:
    """Draw orders ``first`` to ``first + n`` of so many; the same whichever table they are for."""
    chance = np.random.default_rng([7, first])
    share = np.sort(chance.random(n)) * n / total + first / total
    buyer = _keys(chance, n, total // 4, 0.8)
    elsewhere = _keys(chance, n, total // 5, 0.9)
    return _Orders(
        chance,
        pa.array([f"m/web/s/{number:09}" for number in range(first, first + n)]),
        BEGINS + (share * YEAR_US).astype(np.int64),
        buyer,
        np.where(chance.random(n) < 0.1, elsewhere, buyer * 7 % (total // 5 + 1)),
        np.exp(chance.normal(9, 1, n)).astype(np.int64),
        chance.choice([1, 2], n, p=[0.8, 0.2]),
    )


def _orders(drawn: _Orders, total: int) -> pa.Table:
    chance, buyer, place = drawn.chance, drawn.buyer, drawn.place
    n = len(drawn.placed)
    late = np.where(chance.random(n) < 0.01, chance.integers(0, 7_200_000_000, n), 0)
    columns = {
        "order_key": drawn.key,
        "order_id": drawn.key,
        **{name: pa.array([text] * n) for name, text in _SAME.items()},
        "shop_id": _named("shop", 20, buyer),
        "placed_at": _instant(drawn.placed),
        "received_at": _instant(drawn.placed + late),
        "items_minor": pa.array(drawn.value),
        "total_minor": pa.array(drawn.value),
        "value_minor": pa.array(drawn.value),
        "buyer_key": _texts("h1:b", buyer, 0.0, chance),
        "phone_key": _texts("h1:f", buyer * 3 // 2, 0.1, chance),
        "device_key": _texts("h1:d", np.where(place % 9 == 0, place, buyer), 0.2, chance),
        "payment_key": _texts("h1:c", buyer, 0.3, chance),
        "ip_key": _texts("h1:i", _keys(chance, n, total // 3, 0.7), 0.1, chance),
        "address_unit_key": _texts("h1:u", place, 0.0, chance),
        "address_building_key": _texts("h1:v", place // 30, 0.0, chance),
        "sku_set_key": _texts("h1:s", _keys(chance, n, N_SKUS * 3, 0.6), 0.0, chance),
        "ship_country": pa.array(["CN"] * n),
        "ship_region": _named("region", 30, place),
        "ship_city": _named("city", 300, place),
        "n_lines": pa.array(drawn.n_lines),
        "n_units": pa.array(drawn.n_lines + chance.choice([0, 0, 0, 1, 5], n)),
    }
    return _fit("orders", columns)


_SAME = {
    "merchant_id": "m", "channel": "web", "status": "paid", "currency": "CNY",
    "payment_method": "card",
}  # fmt: skip


def _lines(drawn: _Orders, _total: int) -> pa.Table:
    chance, n_lines = drawn.chance, drawn.n_lines
    order = np.repeat(np.arange(len(n_lines)), n_lines)
    sku = _keys(chance, len(order), N_SKUS, 0.6)
    number = np.arange(len(order)) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines)
    columns = {
        "order_key": drawn.key.take(pa.array(order)),
        "line_id": _named("", 2, number),
        "placed_at": _instant(drawn.placed[order]),
        "sku": _texts("sku", sku, 0.0, chance),
        "category": _named("category", 50, sku),
        "quantity": pa.array(chance.choice([1, 1, 1, 2, 6], len(order))),
        "unit_price_minor": pa.array(sku * 37 % 50_000 + 500),
    }
    return _fit("order_lines", columns)


def _parcels(drawn: _Orders, _total: int) -> pa.Table:
    chance, n = drawn.chance, len(drawn.placed)
    shipped = drawn.placed + chance.integers(1, 40, n) * 3_600_000_000
    arrived = shipped + chance.integers(20, 120, n) * 3_600_000_000
    columns = {
        "shipment_id": drawn.key,
        "order_key": drawn.key,
        "warehouse": _named("W", 3, drawn.place),
        "carrier": _named("carrier", 4, chance.integers(0, 4, n)),
        "outlet": _named("outlet", 500, drawn.place),
        "origin_region": _named("region", 3, drawn.place),
        "shipped_at": _instant(shipped),
        "promised_at": _instant(drawn.placed + 4 * DAY_US),
        "first_attempt_at": _instant(arrived),
        "first_attempt_ok": pa.array(chance.random(n) < 0.9),
        "delivered_at": _instant(arrived, chance.random(n) < 0.03),
        "known_at": _instant(arrived),
    }
    return _fit("shipments", columns)


KINDS: Final = {"fraud": 0.01, "return": 0.08}
"""Kind of outcome to its usual share of the orders; the dear ones have more of it."""


def _outcomes(drawn: _Orders, _total: int, kinds: Mapping[str, float] = KINDS) -> pa.Table:
    tables = []
    for kind, share in kinds.items():
        dear = np.clip(drawn.value / 8_000, 0.2, 3)
        at = np.flatnonzero(drawn.chance.random(len(dear)) < share * dear)
        known = drawn.placed[at] + drawn.chance.integers(1, 20, len(at)) * DAY_US
        keys = drawn.key.take(pa.array(at))
        columns = {
            "outcome_id": pa.array([f"{kind}-{key}" for key in keys.to_pylist()]),
            "order_key": keys,
            "kind": pa.array([kind] * len(at)),
            "is_bad": pa.array([True] * len(at)),
            "occurred_at": _instant(known - DAY_US // 2),
            "known_at": _instant(known),
        }
        tables.append(_fit("outcomes", columns))
    return pa.concat_tables(tables)


TABLES_OF: Final = {
    "orders": _orders,
    "order_lines": _lines,
    "shipments": _parcels,
    "outcomes": _outcomes,
}
"""Table to what makes its rows."""


def _fit(table: str, columns: dict[str, Any]) -> pa.Table:
    whole = arrow_schema(TABLES[table], {})
    schema = pa.schema([pa.field(name, whole.field(name).type) for name in columns])
    return pa.table(columns).cast(schema)


def _reader(make: Callable[[_Orders, int], pa.Table], total: int) -> pa.RecordBatchReader:
    """Stream one table; each of its batches is made when it is asked for."""

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, total, BATCH):
            drawn = _drawn(min(BATCH, total - first), first, total)
            yield from make(drawn, total).combine_chunks().to_batches()

    schema = make(_drawn(2, 0, 100), 100).schema
    return pa.RecordBatchReader.from_batches(schema, batches())


def write_orders(home: Path, n: int, kinds: Mapping[str, float] = KINDS) -> None:
    """Write a history of so many orders, with these kinds of outcomes, into a home."""
    tables = TABLES_OF | {"outcomes": partial(_outcomes, kinds=kinds)}
    labels = {kind: LabelProfile(kind, MATURITY_DAYS) for kind in kinds}
    profile = HistoryProfile(timezone="Asia/Shanghai", labels=labels)
    write_history(home / "history", {t: _reader(make, n) for t, make in tables.items()}, profile)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run over a history took, read from outside."""

    orders: int
    features: int
    seconds: float
    user_seconds: float
    system_seconds: float
    peak_gb: float

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the process and of the system on its behalf."""
        return self.user_seconds + self.system_seconds

    @property
    def microseconds(self) -> float:
        """CPU time for one order."""
        return self.cpu_seconds / self.orders * 1e6


def run(home: Path) -> Run:
    """Run ``orderintel features`` over a home."""
    out = home / "features.parquet"
    arguments = ["-m", "tests.benchmarks.growth", "features", "--out", str(out), "--json"]
    environment = os.environ | {"ORDERINTEL_HOME": str(home)}
    with Popen([sys.executable, *arguments], stdout=PIPE, env=environment) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    document = json.loads(printed)
    size = out.stat().st_size / 1e9
    out.unlink()
    found = Run(
        document["rows"], document["features"], document["seconds"],
        used.ru_utime, used.ru_stime, used.ru_maxrss * 1024 / 1e9,
    )  # fmt: skip
    say(
        f"{found.orders:,} orders, {found.features} features, {size:.2f} GB written: "
        f"{found.seconds:,.0f} s, {found.cpu_seconds:,.0f} CPU s "
        f"({found.system_seconds:,.0f} of them the system's), "
        f"{found.microseconds:,.0f} µs an order, {found.peak_gb:.2f} GB at most"
    )
    return found


def made(n: int) -> Run:
    """Write a history, run over it, and remove it."""
    with tempfile.TemporaryDirectory() as folder:
        say(f"writing a history of {n:,} orders …")
        writer = get_context("spawn").Process(target=write_orders, args=(Path(folder), n))
        writer.start()
        writer.join()
        if writer.exitcode:
            raise SystemExit(writer.exitcode)
        return run(Path(folder))


def measure(sizes: tuple[int, ...] = SIZES) -> list[Speed]:
    """Run over every size and compare the last with the first."""
    runs = [made(n) for n in sizes]
    small, large = runs[0], runs[-1]
    growth = large.microseconds / small.microseconds
    peak = max(each.peak_gb for each in runs)
    what = f"{large.features} features of {large.orders / 1e6:g} M orders"
    return [
        Speed(
            f"{what}: CPU time for one order",
            f"{large.microseconds:,.0f} µs",
            f"at {small.orders / 1e6:g} M {small.microseconds:,.0f} µs",
            f"{growth:.2f} ×",
            "≤ 1.3 ×",
            growth <= 1.3,
        ),
        Speed(
            f"{what}: peak memory", f"{peak:.2f} GB", "", f"{peak:.2f} GB",
            f"≤ {LIMIT_GB:g} GB", peak <= LIMIT_GB,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["features"]:
        from serving.cli.main import main

        sys.exit(main(sys.argv[1:]))
    show(measure(tuple(int(size) for size in sys.argv[1:]) or SIZES))

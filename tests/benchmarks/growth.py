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
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.history import HistoryProfile, LabelProfile, write_history
from features.schema import TABLES, arrow_schema
from serving.cli.console import say
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SIZES = (1_000_000, 10_000_000)
LIMIT_GB = 6.0
BATCH = 250_000
YEAR_US = 365 * 86_400_000_000
BEGINS = 1_735_689_600_000_000  # 2025-01-01
DAY_US = 86_400_000_000
N_SKUS = 20_000
PROFILE = HistoryProfile(
    timezone="Asia/Shanghai",
    labels={"fraud": LabelProfile("fraud", 14.0), "return": LabelProfile("return", 14.0)},
)


def _keys(chance: np.random.Generator, n: int, n_keys: int, exponent: float) -> NDArray[Any]:
    """Draw keys of which few are frequent."""
    return np.asarray((chance.pareto(exponent, n) * n_keys / 20).astype(np.int64) % n_keys)


def _texts(prefix: str, numbers: NDArray[Any], missing: float, chance: np.random.Generator) -> Any:
    """Write numbers as keys, some of them missing."""
    distinct, at = np.unique(numbers, return_inverse=True)
    names = pa.array([f"{prefix}{number:032x}" for number in distinct.tolist()])
    return names.take(pa.array(at, mask=chance.random(len(at)) < missing))


def _instant(us: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(us.astype(np.int64), pa.timestamp("us", tz="UTC"), mask=mask)


def _batch(n: int, first: int, total: int) -> dict[str, pa.Table]:
    """Make orders ``first`` to ``first + n`` of so many, with all that belongs to them."""
    chance = np.random.default_rng([7, first])
    share = np.sort(chance.random(n)) * n / total + first / total
    placed = BEGINS + (share * YEAR_US).astype(np.int64)
    late = np.where(chance.random(n) < 0.01, chance.integers(0, 7_200_000_000, n), 0)
    buyer = _keys(chance, n, total // 4, 0.8)
    moved = chance.random(n) < 0.1
    place = np.where(moved, _keys(chance, n, total // 5, 0.9), buyer * 7 % (total // 5 + 1))
    ids = [f"{number:09}" for number in range(first, first + n)]
    order_key = pa.array([f"m/web/s/{name}" for name in ids])
    value = np.exp(chance.normal(9, 1, n)).astype(np.int64)
    n_lines = chance.choice([1, 2], n, p=[0.8, 0.2])
    orders = {
        "order_key": order_key,
        "order_id": pa.array(ids),
        **{name: pa.array([text] * n) for name, text in _SAME.items()},
        "shop_id": pa.array([f"shop{i}" for i in range(20)]).take(pa.array(buyer % 20)),
        "placed_at": _instant(placed),
        "received_at": _instant(placed + late),
        "items_minor": pa.array(value),
        "total_minor": pa.array(value),
        "value_minor": pa.array(value),
        "buyer_key": _texts("h1:b", buyer, 0.0, chance),
        "phone_key": _texts("h1:f", buyer * 3 // 2, 0.1, chance),
        "device_key": _texts("h1:d", np.where(moved, place, buyer), 0.2, chance),
        "payment_key": _texts("h1:c", buyer, 0.3, chance),
        "ip_key": _texts("h1:i", _keys(chance, n, total // 3, 0.7), 0.1, chance),
        "address_unit_key": _texts("h1:u", place, 0.0, chance),
        "address_building_key": _texts("h1:v", place // 30, 0.0, chance),
        "sku_set_key": _texts("h1:s", _keys(chance, n, N_SKUS * 3, 0.6), 0.0, chance),
        "ship_country": pa.array(["CN"] * n),
        "ship_region": pa.array([f"region{i}" for i in range(30)]).take(pa.array(place % 30)),
        "ship_city": pa.array([f"city{i}" for i in range(300)]).take(pa.array(place % 300)),
        "n_lines": pa.array(n_lines),
        "n_units": pa.array(n_lines + chance.choice([0, 0, 0, 1, 5], n)),
    }
    return {
        "orders": _fit("orders", orders),
        "order_lines": _lines(chance, order_key, placed, n_lines),
        "shipments": _parcels(chance, order_key, placed, place),
        "outcomes": _outcomes(chance, order_key, placed, value),
    }


_SAME = {
    "merchant_id": "m", "channel": "web", "status": "paid", "currency": "CNY",
    "payment_method": "card",
}  # fmt: skip


def _lines(chance: Any, order_key: pa.Array, placed: Any, n_lines: Any) -> pa.Table:
    order = np.repeat(np.arange(len(placed)), n_lines)
    sku = _keys(chance, len(order), N_SKUS, 0.6)
    number = np.arange(len(order)) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines)
    columns = {
        "order_key": order_key.take(pa.array(order)),
        "line_id": pa.array(["1", "2"]).take(pa.array(number)),
        "placed_at": _instant(placed[order]),
        "sku": _texts("sku", sku, 0.0, chance),
        "category": pa.array([f"category{i}" for i in range(50)]).take(pa.array(sku % 50)),
        "quantity": pa.array(chance.choice([1, 1, 1, 2, 6], len(order))),
        "unit_price_minor": pa.array(sku * 37 % 50_000 + 500),
    }
    return _fit("order_lines", columns)


def _parcels(chance: Any, order_key: pa.Array, placed: Any, place: Any) -> pa.Table:
    n = len(placed)
    shipped = placed + chance.integers(1, 40, n) * 3_600_000_000
    arrived = shipped + chance.integers(20, 120, n) * 3_600_000_000
    columns = {
        "shipment_id": pa.array([f"p{key}" for key in order_key.to_pylist()]),
        "order_key": order_key,
        "warehouse": pa.array(["W1", "W2", "W3"]).take(pa.array(place % 3)),
        "carrier": pa.array(["SF", "YTO", "ZTO", "JD"]).take(pa.array(chance.integers(0, 4, n))),
        "outlet": pa.array([f"O{i}" for i in range(500)]).take(pa.array(place % 500)),
        "origin_region": pa.array(["region1", "region2", "region3"]).take(pa.array(place % 3)),
        "shipped_at": _instant(shipped),
        "promised_at": _instant(placed + 4 * DAY_US),
        "first_attempt_at": _instant(arrived),
        "first_attempt_ok": pa.array(chance.random(n) < 0.9),
        "delivered_at": _instant(arrived, chance.random(n) < 0.03),
        "known_at": _instant(arrived),
    }
    return _fit("shipments", columns)


def _outcomes(chance: Any, order_key: pa.Array, placed: Any, value: Any) -> pa.Table:
    tables = []
    for kind, share in (("fraud", 0.01), ("return", 0.08)):
        at = np.flatnonzero(chance.random(len(placed)) < share * np.clip(value / 8_000, 0.2, 3))
        known = placed[at] + chance.integers(1, 20, len(at)) * DAY_US
        keys = order_key.take(pa.array(at))
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


def _fit(table: str, columns: dict[str, Any]) -> pa.Table:
    whole = arrow_schema(TABLES[table], {})
    schema = pa.schema([pa.field(name, whole.field(name).type) for name in columns])
    return pa.table(columns).cast(schema)


def _reader(table: str, total: int) -> pa.RecordBatchReader:
    """Stream one table; each of its batches is made when it is asked for."""

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, total, BATCH):
            made = _batch(min(BATCH, total - first), first, total)[table]
            yield from made.combine_chunks().to_batches()

    schema = _batch(2, 0, 100)[table].schema
    return pa.RecordBatchReader.from_batches(schema, batches())


def write_orders(home: Path, n: int) -> None:
    """Write a history of so many orders into a home."""
    names = ("orders", "order_lines", "shipments", "outcomes")
    write_history(home / "history", {name: _reader(name, n) for name in names}, PROFILE)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run over a history took, read from outside."""

    orders: int
    features: int
    seconds: float
    cpu_seconds: float
    peak_gb: float

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
        used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9,
    )  # fmt: skip
    say(
        f"{found.orders:,} orders, {found.features} features, {size:.2f} GB written: "
        f"{found.seconds:,.0f} s, {found.cpu_seconds:,.0f} CPU s, "
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

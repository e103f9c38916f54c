"""What identity links cost: time and bytes an order, in batch and order by order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from features.engines.links import LinkOrders, compute
from features.engines.links_layout import NEVER
from features.engines.links_online import LinkState
from features.links import COLUMNS
from serving.cli.console import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_DAY_US = 86_400_000_000


def shop(n: int, *, days: int = 300, orders_each: int = 3, seed: int = 1) -> LinkOrders:
    """Orders of buyers with five identifiers each, of which one in twenty is somebody else's."""
    draw = np.random.default_rng(seed)
    n_buyers = n // orders_each
    buyer = draw.integers(0, n_buyers, n).astype(np.int32)
    values = np.empty((n, len(COLUMNS)), np.int32)
    for kind in range(len(COLUMNS)):
        whose = np.where(draw.random(n) < 0.05, draw.integers(0, n_buyers, n), buyer)
        values[:, kind] = whose + kind * n_buyers
    at = np.sort(draw.integers(0, days * _DAY_US, n))
    return LinkOrders(buyer, values, at, at, np.full(n, NEVER))


def rows_of(orders: LinkOrders) -> Iterator[dict[str, Any]]:
    """Give orders as rows, with keys as long as real ones."""
    for i in range(len(orders.buyer)):
        row = {c: f"h1:{v:032x}" for c, v in zip(COLUMNS, orders.values[i].tolist(), strict=True)}
        at = int(orders.placed[i])
        yield row | {
            "order_key": f"merchant/channel/shop/{i:012d}",
            "buyer_key": f"h1:{orders.buyer[i]:032x}",
            "placed_at": at,
            "received_at": at,
        }


def print_speed() -> None:
    """Print time and bytes."""
    say("\nbatch, all orders asked")
    small = shop(1_000)
    compute(small, np.ones(1_000, np.bool_))
    for n in (200_000, 1_470_000):
        orders = shop(n)
        began, used = time.perf_counter(), time.process_time()
        compute(orders, np.ones(n, np.bool_))
        wall, cpu = time.perf_counter() - began, time.process_time() - used
        say(f"  {n:>9,} orders  {wall:6.2f} s  {cpu / n * 1e6:5.2f} us CPU an order")
    state, asked, added = LinkState(), [], []
    for row in rows_of(shop(100_000, days=90)):
        began = time.perf_counter()
        state.values(row)
        between = time.perf_counter()
        state.add_order(row)
        asked.append(between - began)
        added.append(time.perf_counter() - between)
    say("online, 100,000 orders of 90 days")
    for name, taken in (("ask", asked), ("add", added)):
        middle, high = np.percentile(taken, (50, 99)) * 1e6
        say(f"  {name}  p50 {middle:5.1f} us  p99 {high:5.1f} us")
    each = state.n_bytes / len(state)
    say(f"  {each:.0f} B an order, {each / (1 + len(COLUMNS)):.0f} B an order and entity")

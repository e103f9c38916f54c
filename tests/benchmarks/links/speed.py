"""What identity links cost: time and bytes an order, in batch and order by order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from features.engines.links import LinkOrders, compute
from features.engines.links_layout import NEVER
from features.engines.links_online import LinkState
from features.links import COLUMNS
from tests.benchmarks.speed import Speed, show

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


def measure() -> list[Speed]:
    """Measure batch, then order by order."""
    return [_batch(), *_online()]


def _batch() -> Speed:
    few, many = 200_000, 1_470_000
    _seconds(1_000)
    small, large = _seconds(few) / few, _seconds(many) / many
    return Speed(
        what=f"identity links of {many:,} orders in batch",
        ours=f"{large * many:.1f} s",
        peer="",
        figure=f"{large * 1e6:.1f} µs an order, {large / small:.2f} × that at {few:,}",
        goal="≤ 10 µs",
        holds=large <= 10e-6,
    )


def _seconds(n: int) -> float:
    """CPU seconds of the links of so many orders."""
    orders = shop(n)
    began = time.process_time()
    compute(orders, np.ones(n, np.bool_))
    return time.process_time() - began


def _online() -> Iterator[Speed]:
    state = LinkState()
    taken = np.empty((100_000, 2))
    for i, row in enumerate(rows_of(shop(len(taken), days=90))):
        began = time.perf_counter()
        state.values(row)
        between = time.perf_counter()
        state.add_order(row)
        taken[i] = between - began, time.perf_counter() - between
    ask, add = np.median(taken, axis=0) * 1e6
    high = np.percentile(taken.sum(axis=1), 99) * 1e6
    yield Speed(
        what=f"identity links of one order among {len(taken):,}, asked and added",
        ours=f"{ask:.0f} + {add:.0f} µs p50, {high:.0f} µs p99",
        peer="",
        figure=f"{ask + add:.0f} µs",
        goal="≤ 60 µs",
        holds=bool(ask + add <= 60),
    )
    each = state.n_bytes / len(state)
    yield Speed(
        what="memory of identity links",
        ours=f"{each:.0f} B an order with its buyer and five identifiers",
        peer="",
        figure=f"{each / (1 + len(COLUMNS)):.0f} B an order and entity",
        goal="≤ 100 B",
        holds=each / (1 + len(COLUMNS)) <= 100,
    )


if __name__ == "__main__":
    show(measure())

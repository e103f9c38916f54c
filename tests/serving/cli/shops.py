"""A small shop's history on disk: dear orders turn out fraudulent, in Shanghai time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.history import HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.keys import order_key

if TYPE_CHECKING:
    from pathlib import Path

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")


def write_shop(home: Path, *, n_orders: int = 2_500, days: int = 100) -> Path:
    """Write the history of a shop into a home and give the home."""
    random = np.random.default_rng(11)
    placed = [
        BEGINS + timedelta(seconds=int(second))
        for second in np.sort(random.integers(0, days * 86_400, n_orders))
    ]
    value = random.lognormal(9, 1, n_orders).astype(int)
    bad = random.random(n_orders) < 1 / (1 + np.exp(-(np.log(value) - 10)))
    keys = [order_key("m", "web", "s", str(number)) for number in range(n_orders)]
    orders = pa.table(
        {
            "order_key": keys,
            "merchant_id": ["m"] * n_orders,
            "channel": ["web"] * n_orders,
            "shop_id": ["s"] * n_orders,
            "order_id": [str(number) for number in range(n_orders)],
            "placed_at": pa.array(placed, INSTANT),
            "received_at": pa.array(placed, INSTANT),
            "value_minor": pa.array(value.tolist(), pa.int64()),
            "buyer_key": [f"h1:{number:032x}" for number in random.integers(0, 500, n_orders)],
        }
    )
    known = [at + timedelta(days=3) for at in placed]
    outcomes = pa.table(
        {
            "outcome_id": [f"fraud {key}" for key in keys],
            "order_key": keys,
            "kind": ["fraud"] * n_orders,
            "is_bad": pa.array([True] * n_orders),
            "occurred_at": pa.array(known, INSTANT),
            "known_at": pa.array(known, INSTANT),
        }
    ).filter(pa.array(bad))
    profile = HistoryProfile(
        timezone="Asia/Shanghai",
        labels={"fraud": LabelProfile("fraud", 7.0)},
        excused={"late": "nothing is known of deliveries"},
    )
    write_history(home / "history", {"orders": orders, "outcomes": outcomes}, profile)
    return home

"""A made-up history with features, for tests of models: who ordered twice in an hour is risky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from features.history import HistoryProfile, LabelProfile
from models.training.material import Material

if TYPE_CHECKING:
    from features.history import History

BEGINS = pd.Timestamp("2026-01-01", tz="UTC")


@dataclass(frozen=True)
class FakeFeature:
    name: str
    kind: str = "number"
    unit: str | None = None
    zh: str = "特征"
    en: str = "a feature"
    purposes: tuple[str, ...] = ("risk",)

    @property
    def measure(self) -> Any:
        """Give no window: each is told by the order itself."""
        return None


FEATURES = (
    FakeFeature(
        "buyer__order_count__1h", unit="orders", zh="买家一小时内订单数", en="orders in 1 h"
    ),
    FakeFeature("order__value_minor", unit="minor units", zh="订单金额", en="order value"),
    FakeFeature("order__channel", kind="category", zh="渠道", en="channel"),
    FakeFeature("order__noise"),
    FakeFeature("shop__orders_so_far"),
)


@dataclass
class FakeHistory:
    profile: HistoryProfile

    def has(self, table: str) -> bool:
        return table in {"orders", "outcomes"}


def material(
    *,
    n_orders: int = 6_000,
    days: int = 120,
    kinds: tuple[str, ...] = ("fraud",),
    maturity_days: float = 7.0,
    seed: int = 1,
    excused: dict[str, str] | None = None,
) -> Material:
    """Build material whose harm depends on counts, amount and channel."""
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, days * 86_400, n_orders))
    placed = BEGINS + pd.to_timedelta(seconds, unit="s")
    placed = pd.DatetimeIndex(placed).as_unit("us")
    keys = pd.Index([f"m/shop/1/{number}" for number in range(n_orders)], name="order_key")
    count = random.poisson(0.7, n_orders).astype(float)
    value = random.lognormal(8, 1, n_orders).round()
    channel = random.choice(np.array(["shop", "app", "live"], dtype=object), n_orders)
    odds = -3.5 + 1.1 * count + 0.6 * (value > 6_000) + 0.8 * (channel == "live")
    bad = random.random(n_orders) < 1 / (1 + np.exp(-odds))
    frame = pd.DataFrame(
        {
            "placed_at": placed,
            "received_at": placed,
            "buyer__order_count__1h": count,
            "order__value_minor": np.where(random.random(n_orders) < 0.05, np.nan, value),
            "order__channel": channel,
            "order__noise": random.normal(size=n_orders),
            "shop__orders_so_far": np.arange(n_orders, dtype=float),
        },
        index=keys,
    )
    orders = pd.DataFrame(
        {
            "order_id": [str(number) for number in range(n_orders)],
            "channel": channel,
            "buyer_key": [f"b{number}" for number in random.integers(0, 900, n_orders)],
            "placed_at": placed,
            "received_at": placed,
            "value_minor": pd.array(value.astype(int), dtype="Int64"),
            "is_known_buyer": pd.array(random.random(n_orders) < 0.5, dtype="boolean"),
        },
        index=keys,
    )
    delay = pd.to_timedelta(random.uniform(0.1, maturity_days, n_orders), unit="D")
    known = (placed + delay)[bad]
    outcomes = pd.DataFrame(
        {
            "order_key": np.tile(keys[bad], len(kinds)),
            "kind": np.repeat(kinds, len(known)).astype(object),
            "is_bad": pd.array([True] * len(known) * len(kinds), dtype="boolean"),
            "occurred_at": known.append([known] * (len(kinds) - 1)) if kinds else known[:0],
            "known_at": known.append([known] * (len(kinds) - 1)) if kinds else known[:0],
        }
    )
    profile = HistoryProfile(
        labels={kind: LabelProfile(kind, maturity_days) for kind in kinds}, excused=excused or {}
    )
    made = Material(cast("History", FakeHistory(profile)))
    content: dict[str, Any] = {
        "features": FEATURES,
        "definitions": {feature.name: f"hash of {feature.name}" for feature in FEATURES},
        "frame": frame,
        "orders": orders,
        "outcomes": outcomes,
    }
    vars(made).update(content)
    return made

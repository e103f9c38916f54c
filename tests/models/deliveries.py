"""A made-up shop with parcels, for tests of the delivery models: one carrier is slow and clumsy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from features.history import HistoryProfile, LabelProfile
from features.lane import stretched_micro
from models.training.attempts import LEVELS, WINDOWS
from models.training.material import Material
from tests.models.materials import BEGINS
from tests.models.materials import FakeFeature as Fake

if TYPE_CHECKING:
    from features.history import History

DAY = pd.Timedelta(days=1)
PROFILE = HistoryProfile(
    labels={"late": LabelProfile("late", 1.0)}, rows={"shipments": 1, "orders": 1}
)
NUMBERS = (
    "lane__transit_log__matured_30d",
    "timing__hours_to_promise",
    "lane__distance_km",
    *(
        name
        for level in LEVELS
        for window in WINDOWS
        for name in (f"{level}__parcel_count__{window}", f"{level}__attempt_failed__share_{window}")
    ),
)


@dataclass(frozen=True)
class FakeFeature(Fake):
    @property
    def measure(self) -> str | None:
        return "a window" if self.name.endswith("d") else None


FEATURES = (
    *(FakeFeature(name, purposes=("delivery",)) for name in NUMBERS),
    FakeFeature("plan__carrier", kind="category", purposes=("delivery",)),
)


@dataclass
class FakeTables:
    """Answers ``frame`` from prepared tables."""

    tables: dict[str, pd.DataFrame]
    profile: HistoryProfile = PROFILE

    def has(self, table: str) -> bool:
        return table in self.tables

    def frame(self, table: str, *, columns: Any = None) -> pd.DataFrame:
        found = self.tables[table]
        return found.copy() if columns is None else found[list(columns)].copy()


def parcel_row(**changes: Any) -> dict[str, Any]:
    """Make one parcel: placed on day 0, promised for day 5, delivered on day 3."""
    row: dict[str, Any] = {
        "order_id": "1",
        "placed_at": BEGINS,
        "promised_at": BEGINS + 5 * DAY,
        "delivered_at": BEGINS + 3 * DAY,
        "known_at": BEGINS + 3 * DAY,
        "cancelled_at": pd.NaT,
        "attempt_ok": 1.0,
        "attempt_known_at": BEGINS + 3 * DAY,
        "carrier": "sf",
        "outlet": "sf-1",
    }
    return row | changes


def parcel_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Lay parcels out as `models.training.parcels.read_parcels` does."""
    frame = pd.DataFrame(list(rows))
    for name in ("placed_at", "promised_at", "delivered_at", "known_at", "cancelled_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    frame["attempt_known_at"] = pd.to_datetime(frame["attempt_known_at"], utc=True)
    frame.index = pd.Index([str(number) for number in range(len(frame))], name="order_key")
    return frame


def delivery_material(*, n_orders: int = 2_400, days: int = 120, seed: int = 3) -> Material:
    """Build material: the slow carrier takes 5 days and fails every third time, the other 2."""
    random = np.random.default_rng(seed)
    placed = BEGINS + pd.to_timedelta(np.sort(random.uniform(0, days, n_orders)), unit="D")
    placed = pd.DatetimeIndex(placed).as_unit("us")
    keys = pd.Index([f"m/shop/1/{number}" for number in range(n_orders)], name="order_key")
    slow = random.random(n_orders) < 0.5
    usual = np.where(slow, 5.0, 2.0)
    promised = random.uniform(2.0, 7.0, n_orders)
    transit = usual * random.lognormal(0, 0.35, n_orders)
    failed = random.random(n_orders) < np.where(slow, 0.33, 0.05)
    carrier = np.where(slow, "slow", "quick").astype(object)
    ends = BEGINS + days * DAY
    delivered = pd.Series(placed + pd.to_timedelta(transit, unit="D")).dt.as_unit("us")
    arrived = (delivered < ends).to_numpy()
    delivered = delivered.where(arrived)
    promise = pd.Series(placed + pd.to_timedelta(promised, unit="D")).dt.as_unit("us")
    micros = (usual * 86_400e6).astype(np.int64)
    frame = pd.DataFrame(
        {
            "placed_at": placed,
            "received_at": placed,
            "lane__transit_log__matured_30d": stretched_micro(micros).astype(float),
            "timing__hours_to_promise": promised * 24,
            "lane__distance_km": random.uniform(10, 900, n_orders).round(1),
            "plan__carrier": carrier,
        },
        index=keys,
    )
    share = np.where(slow, 0.33, 0.05)
    for level in LEVELS:
        for size, window in zip((20.0, 80.0, 240.0), WINDOWS, strict=True):
            frame[f"{level}__parcel_count__{window}"] = size
            known = 0.19 if level == "everybody" else share
            frame[f"{level}__attempt_failed__share_{window}"] = known
    orders = pd.DataFrame(
        {
            "order_id": [str(number) for number in range(n_orders)],
            "channel": "shop",
            "buyer_key": [f"b{number}" for number in range(n_orders)],
            "placed_at": placed,
            "received_at": placed,
            "value_minor": pd.array([1_000] * n_orders, dtype="Int64"),
            "is_known_buyer": pd.array([False] * n_orders, dtype="boolean"),
        },
        index=keys,
    )
    tables = {
        "orders": pd.DataFrame({"order_key": keys, "deliver_by": promise}),
        "shipments": pd.DataFrame(
            {
                "shipment_id": [f"p{number}" for number in range(n_orders)],
                "order_key": keys,
                "carrier": carrier,
                "outlet": carrier + "-1",
                "shipped_at": placed,
                "promised_at": promise,
                "first_attempt_at": delivered,
                "first_attempt_ok": pd.Series(~failed, dtype="boolean").where(arrived),
                "delivered_at": delivered,
                "known_at": delivered,
            }
        ),
    }
    made = Material(cast("History", FakeTables(tables, replace(PROFILE))))
    outcomes = pd.DataFrame(
        {
            "order_key": pd.Series(dtype=object),
            "kind": pd.Series(dtype=object),
            "is_bad": pd.Series(dtype="boolean"),
            "occurred_at": pd.Series(dtype="datetime64[us, UTC]"),
            "known_at": pd.Series(dtype="datetime64[us, UTC]"),
        }
    )
    vars(made).update(
        {
            "features": FEATURES,
            "definitions": {feature.name: f"hash of {feature.name}" for feature in FEATURES},
            "frame": frame,
            "orders": orders,
            "outcomes": outcomes,
        }
    )
    return made

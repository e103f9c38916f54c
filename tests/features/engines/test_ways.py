"""The ways of an order get the same values from every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.engines.online import OnlineState
from features.engines.plans import Ends, Plans, Side
from features.engines.redis.connection import Connection
from features.engines.ways import way_reader
from features.given import PLAN_FEATURES
from tests.features.engines.redis.opening import open_redis
from tests.features.memory import HOUR_US, NOW, PROFILE, feature, measure, order

if TYPE_CHECKING:
    import pytest

    from features.engines.ways import Ways

PARCELS = measure("count", subject="carrier", stream="shipments")
FEATURES = [feature(PARCELS), *PLAN_FEATURES]


def parcel(number: int, carrier: str) -> dict[str, Any]:
    return {
        "shipment_id": f"p{number}",
        "order_key": "before",
        "carrier": carrier,
        "delivered_at": NOW + HOUR_US,
        "known_at": NOW + HOUR_US,
    }


def told(state: Any) -> Any:
    """Let a state know of two parcels of one carrier and one of another."""
    state.add_order(order("before", NOW), [])
    for number, carrier in enumerate(("sf", "sf", "yd")):
        state.add_shipment(parcel(number, carrier))
    return state


def plans() -> Plans:
    """Plan three ways: over each carrier, and over one that nothing is known of."""
    warehouses, outlets = Ends(), Ends()
    names = ("sf", "yd", "jd")
    begin = warehouses.places(("JX",) * 3, lambda _: {"warehouse": "JX"})
    end = outlets.places(names, lambda at: {"carrier": names[at], "outlet": f"{names[at]}-1"})
    return Plans((Side(warehouses, begin), Side(outlets, end)))


def read(state: Any) -> Ways:
    asked = order("now", NOW + 2 * HOUR_US)
    return way_reader(state, FEATURES, PROFILE).read(asked, [], plans())


def test_the_ways_have_the_values_of_their_carriers_from_every_engine() -> None:
    in_process = read(told(OnlineState(FEATURES, PROFILE)))
    in_redis = read(told(open_redis(FEATURES)))

    found = [in_process.one(way) for way in range(3)]
    assert [in_redis.one(way) for way in range(3)] == found
    assert [(one["plan__carrier"], one[PARCELS.name]) for one in found] == [
        ("sf", 2.0),
        ("yd", 1.0),
        ("jd", 0.0),
    ]


def test_redis_is_asked_about_all_ways_in_one_round_trip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = told(open_redis(FEATURES))
    trips: list[int] = []
    send = Connection.call_many

    def counted(self: Connection, prefix: str, calls: list[tuple[Any, ...]]) -> list[Any]:
        trips.append(len(calls))
        return send(self, prefix, calls)

    monkeypatch.setattr(Connection, "call_many", counted)
    read(state)

    assert trips == [3]

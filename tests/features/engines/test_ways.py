"""The ways of an order get the same values from every engine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from features.engines.online import OnlineState
from features.engines.plans import Ends, Plans, Side
from features.engines.redis.connection import Connection
from features.engines.ways import way_reader
from features.given import PLAN_FEATURES
from features.lane import FEATURES as LANE_FEATURES
from tests.features.engines.redis.opening import open_redis
from tests.features.memory import (
    HOUR_US,
    NOW,
    PROFILE,
    Row,
    feature,
    in_batch,
    measure,
    order,
    plain,
)

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


def test_ways_from_known_and_unknown_places_have_the_lanes_that_batch_gives_their_parcels() -> None:
    places: dict[str, Row] = {
        "near": {"origin_region": "浙江省", "origin_lat": 30.75, "origin_lon": 120.76},
        "far": {"origin_region": "广东省", "origin_lat": 23.05, "origin_lon": 113.75},
        "unknown": {"origin_region": None, "origin_lat": None, "origin_lon": None},
    }
    home: Row = {"ship_region": "浙江省", "ship_lat": 30.25, "ship_lon": 120.17}
    names = tuple(places)
    warehouses, outlets = Ends(), Ends()
    begin = warehouses.places(names, lambda at: places[names[at]])
    end = outlets.places(("sf-1",) * 3, lambda _: {"carrier": "sf", "outlet": "sf-1"})
    ways = Plans((Side(warehouses, begin), Side(outlets, end)))
    history = {
        "orders": [order(name, NOW, **home) for name in names],
        "shipments": [
            {**parcel(at, "sf"), **places[n], "order_key": n} for at, n in enumerate(names)
        ],
    }

    state = OnlineState(LANE_FEATURES, PROFILE)
    found = way_reader(state, LANE_FEATURES, PROFILE).read(order("now", NOW, **home), [], ways)

    batch = in_batch(history, LANE_FEATURES)
    expected = [{f.name: plain(batch.loc[n, f.name]) for f in LANE_FEATURES} for n in names]
    assert [found.one(way) for way in range(3)] == expected
    assert [one["lane__is_same_region"] for one in expected] == [1.0, 0.0, None]


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

    assert trips == [1]


def test_what_ways_ask_together_redis_answers_as_if_each_had_asked_alone() -> None:
    day = timedelta(days=1)
    last = measure("last", day)
    features = [
        feature(last),
        feature(measure("count", day)),
        feature(measure("last", day, subject="carrier", stream="shipments")),
        *FEATURES,
    ]
    state = told(open_redis(features))
    ways = plans()
    asked = [order("now", NOW + 2 * HOUR_US) | ways.one(way) for way in range(ways.n)]

    together = state.values_of_ways(asked, [])

    assert together == [state.values(each, []) for each in asked]
    assert {one[last.name] for one in together} == {"before"}
    assert len({tuple(one.values()) for one in together}) == ways.n

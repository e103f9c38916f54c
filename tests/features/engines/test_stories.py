"""Stories of the two clocks, told to every engine: an order sees what was known before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest

from features.engines.online import OnlineState
from features.measures import measures
from tests.features.engines.redis.opening import open_busy_redis, open_redis
from tests.features.memory import (
    DAY_US,
    HOUR_US,
    NOW,
    PROFILE,
    Row,
    Value,
    bad,
    feature,
    in_batch,
    measure,
    order,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.windows import Measure
    from tests.features.memory import State

MINUTE_US = 60_000_000
SECOND_US = 1_000_000


class Shop(Protocol):
    """Someone who is told what happens and answers about an order."""

    def order(self, row: Row) -> None: ...
    def outcome(self, row: Row) -> None: ...
    def parcel(self, row: Row) -> None: ...
    def ask(self, row: Row) -> Value: ...


class BatchShop:
    """Keeps the history as it is known so far and computes it from the start at each question."""

    def __init__(self, of: Measure) -> None:
        self.of = of
        self.rows: dict[str, dict[str, Row]] = {"orders": {}, "outcomes": {}, "shipments": {}}

    def order(self, row: Row) -> None:
        self.rows["orders"][row["order_key"]] = row

    def outcome(self, row: Row) -> None:
        self.rows["outcomes"][row["outcome_id"]] = row

    def parcel(self, row: Row) -> None:
        self.rows["shipments"][row["shipment_id"]] = row

    def ask(self, row: Row) -> Value:
        tables = {name: list(rows.values()) for name, rows in self.rows.items()}
        others = [other for other in tables["orders"] if other["order_key"] != row["order_key"]]
        frame = in_batch(tables | {"orders": [*others, row]}, [feature(self.of)])
        return plain(frame.loc[row["order_key"], self.of.name])


class OnlineShop:
    """Keeps window state, in process or in Redis."""

    def __init__(self, of: Measure, open_state: Callable[..., State] = OnlineState) -> None:
        self.of = of
        self.state = open_state([feature(of)], PROFILE)

    def order(self, row: Row) -> None:
        self.state.add_order(row, [])

    def outcome(self, row: Row) -> None:
        self.state.add_outcome(row)

    def parcel(self, row: Row) -> None:
        self.state.add_shipment(row)

    def ask(self, row: Row) -> Value:
        return self.state.values(row, [])[self.of.name]


SHOPS: dict[str, Callable[[Measure], Shop]] = {
    "batch": BatchShop,
    "online": OnlineShop,
    "redis": partial(OnlineShop, open_state=open_redis),
    "redis, busy keys": partial(OnlineShop, open_state=open_busy_redis),
}


@pytest.fixture(params=list(SHOPS.values()), ids=list(SHOPS))
def opened(request: pytest.FixtureRequest) -> Callable[[Measure], Shop]:
    """Give the way to open a shop of each engine."""
    found: Callable[[Measure], Shop] = request.param
    return found


IN_10M = measure("count", timedelta(minutes=10), subject="shop")
IN_1H = measure("count", timedelta(hours=1), subject="shop")
IN_24H = measure("count", timedelta(hours=24))
REFUNDS = measure("count", timedelta(hours=24), stream="outcome:refund")
FRAUDS = measure("count", timedelta(days=30), stream="outcome:fraud")
RATE = measure("rate", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))
PARCELS = measure("count", timedelta(days=30), subject="shop", stream="shipments")
LATE = measure(
    "share", timedelta(days=30), subject="shop", stream="shipments", column="is_late"
)  # fmt: skip


def arrived(name: str, of: str, at: int, *, known: int | None = None) -> Row:
    """Make a parcel that was promised for NOW and arrived at an instant."""
    row = {"shipment_id": name, "order_key": of, "promised_at": NOW, "delivered_at": at}
    return row | {"known_at": at if known is None else known}


def test_a_channel_outage_whose_327_orders_arrive_at_once_is_no_burst(
    opened: Callable[[Measure], Shop],
) -> None:
    back = NOW + 2 * HOUR_US
    held = [
        order(f"o{n:03}", NOW + n * 22 * SECOND_US, received=back, buyer_key=f"h1:{n}")
        for n in range(327)
    ]  # fmt: skip
    short, long = opened(IN_10M), opened(IN_1H)
    for row in held:
        short.order(row)
        long.order(row)

    among_them = [short.ask(held[n]) for n in (0, 100, 326)]
    after = order("after", back + 1, received=back + 1, buyer_key="h1:z")

    assert among_them == [0, 0, 0]
    assert short.ask(after) == 26  # one in 22 seconds, less the 28 since the last
    assert long.ask(after) == 163


def test_a_refund_of_yesterday_that_is_reported_today_is_not_seen_yesterday(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(REFUNDS)
    shop.order(order("a", NOW - 5 * DAY_US))
    shop.outcome(bad("r", "a", NOW, known=NOW + 20 * HOUR_US, kind="refund"))

    evening = shop.ask(order("evening", NOW + 12 * HOUR_US))
    next_day = shop.ask(order("next day", NOW + 21 * HOUR_US))
    day_after = shop.ask(order("day after", NOW + 25 * HOUR_US))

    assert (evening, next_day) == (0, 1)
    assert day_after == 0  # reported five hours ago, but it happened more than a day ago


def test_a_late_order_is_unknown_until_it_comes_and_then_stands_where_it_happened(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(IN_24H)
    shop.order(order("late", NOW - HOUR_US, received=NOW + HOUR_US))

    assert shop.ask(order("before it came", NOW, received=NOW + HOUR_US)) == 0
    assert shop.ask(order("after it came", NOW, received=NOW + HOUR_US + 1)) == 1
    assert shop.ask(order("a day later", NOW + 23 * HOUR_US + 1)) == 0


def test_what_is_told_again_counts_once(opened: Callable[[Measure], Shop]) -> None:
    orders, frauds, parcels = opened(IN_24H), opened(FRAUDS), opened(PARCELS)
    for shop in (orders, frauds, parcels):
        for _ in range(3):
            shop.order(order("a", NOW))
            shop.outcome(bad("r", "a", NOW + 1))
            shop.parcel(arrived("p", "a", NOW + 1))

    next_order = order("next", NOW + 2)

    assert [shop.ask(next_order) for shop in (orders, frauds, parcels)] == [1, 1, 1]


def test_a_corrected_order_replaces_the_earlier_one_from_when_the_correction_came(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(measure("sum", timedelta(hours=24), column="value_minor"))
    shop.order(order("a", NOW, value_minor=100))
    first = shop.ask(order("x", NOW + 5))
    shop.order(order("a", NOW, received=NOW + 10, value_minor=900))

    assert first == 100
    assert shop.ask(order("y", NOW + 10)) == 0
    assert shop.ask(order("z", NOW + 11)) == 900


def test_an_order_corrected_to_another_buyer_takes_its_outcomes_along(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(FRAUDS)
    shop.order(order("a", NOW))
    shop.outcome(bad("r", "a", NOW + 1))
    shop.order(order("a", NOW, received=NOW + 2, buyer_key="h1:bob"))

    assert shop.ask(order("ann", NOW + 9)) == 0
    assert shop.ask(order("bob", NOW + 9, buyer_key="h1:bob")) == 1


def test_an_outcome_that_is_taken_back_and_given_again(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(FRAUDS)
    shop.order(order("a", NOW))
    asking = order("now", NOW + HOUR_US)
    found = []
    for minute, is_bad in enumerate((True, False, True), 1):
        at = NOW + minute * MINUTE_US
        shop.outcome(bad("r", "a", NOW + 1, known=at, is_bad=is_bad))
        found.append(shop.ask(asking))

    assert found == [1, 0, 1]
    assert shop.ask(order("then", NOW + 3 * MINUTE_US)) == 0  # the last word came at this instant


def test_an_order_is_bad_once_however_often_and_by_whom_it_is_reported(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(FRAUDS)
    shop.order(order("a", NOW))
    for name, kind in (("one", "fraud"), ("two", "chargeback"), ("three", "fraud")):
        shop.outcome(bad(name, "a", NOW + 1, kind=kind))

    assert shop.ask(order("now", NOW + 2)) == 1


def test_a_parcel_corrected_to_have_come_in_time_is_late_no_more(
    opened: Callable[[Measure], Shop],
) -> None:
    shop = opened(LATE)
    shop.order(order("a", NOW - DAY_US))
    shop.parcel(arrived("p", "a", NOW + 1))
    before = shop.ask(order("x", NOW + 2))
    shop.parcel(arrived("p", "a", NOW, known=NOW + 3))

    assert before == 1.0
    assert shop.ask(order("y", NOW + 3)) is None
    assert shop.ask(order("z", NOW + 4)) == 0.0


def test_news_that_come_before_their_order_wait_for_it(
    opened: Callable[[Measure], Shop],
) -> None:
    frauds, parcels = opened(FRAUDS), opened(PARCELS)
    for shop in (frauds, parcels):
        shop.outcome(bad("r", "a", NOW + 1))
        shop.parcel(arrived("p", "a", NOW + 1))
        shop.order(order("a", NOW, received=NOW + 10))

    found = [
        [shop.ask(order("now", NOW + 10 + d)) for shop in (frauds, parcels)] for d in (0, 1)
    ]  # fmt: skip

    assert found == [[0, 0], [1, 1]]  # not known before its order is


def test_orders_told_backwards_count_as_if_told_forwards(
    opened: Callable[[Measure], Shop],
) -> None:
    rows = [order(f"o{n}", NOW + n * HOUR_US) for n in range(30)]
    shop = opened(IN_24H)
    for row in reversed(rows):
        shop.order(row)

    assert [shop.ask(rows[n]) for n in (0, 1, 24, 29)] == [0, 1, 24, 24]


def test_a_young_order_is_neither_good_nor_bad(opened: Callable[[Measure], Shop]) -> None:
    shop = opened(RATE)
    shop.order(order("a", NOW))

    assert shop.ask(order("young", NOW + 7 * DAY_US)) is None
    assert shop.ask(order("mature", NOW + 7 * DAY_US + 1)) == 0.0


def _at(*instant: int) -> int:
    return int(datetime(*instant, tzinfo=UTC).timestamp() * 1e6)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("first", "then", "n"),
    [
        (_at(2026, 3, 28, 11), _at(2026, 3, 29, 10, 30), 1),  # 12:00 and 12:30: 23.5 hours apart
        (_at(2026, 10, 24, 10, 30), _at(2026, 10, 25, 11), 0),  # 12:30 and 12:00: 24.5 hours
        (_at(2026, 10, 25, 0, 30), _at(2026, 10, 25, 1, 30), 1),  # 02:30 comes twice that night
    ],
)
def test_the_night_the_clocks_change_a_day_is_still_24_hours(
    opened: Callable[[Measure], Shop], first: int, then: int, n: int
) -> None:
    shop = opened(IN_24H)
    shop.order(order("a", first))

    assert shop.ask(order("now", then)) == n


def test_days_without_a_time_count_whole_days(opened: Callable[[Measure], Shop]) -> None:
    shop = opened(IN_24H)
    for day, n in enumerate((2, 3)):
        for i in range(n):
            shop.order(order(f"{day}-{i}", NOW + day * DAY_US, received=NOW + day * DAY_US))

    found = [shop.ask(order("now", NOW + day * DAY_US)) for day in range(4)]

    # Orders of one day stand at one instant and do not see each other.
    assert found == [0, 2, 3, 0]


def test_a_history_of_days_has_no_window_within_one() -> None:
    found = measures(replace(PROFILE, day_resolution=True, entities={"buyer_key": 1.0}))

    assert min(wanted.window for wanted, _ in found) == timedelta(days=1)

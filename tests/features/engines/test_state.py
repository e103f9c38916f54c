"""Stories of the state of windows, in process and in Redis: corrections, repeats, late news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

import pytest

from features.engines.online import OnlineState
from tests.features.engines.redis.opening import open_busy_redis, open_redis
from tests.features.memory import (
    DAY_US,
    HOUR_US,
    NOW,
    PROFILE,
    MemoryHistory,
    Row,
    bad,
    feature,
    line,
    measure,
    order,
)

if TYPE_CHECKING:
    from features.history import History
    from features.windows import Measure
    from tests.features.memory import State

Opened = Callable[..., "State"]
"""Opens an empty state of some measures."""

COUNT = measure("count", timedelta(days=1))
TOTAL = measure("sum", timedelta(days=1), column="value_minor")
KNOWN = measure("count", timedelta(days=30), stream="outcome:fraud")
MATURED = measure("count", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))

STATES = {"online": OnlineState, "redis": open_redis, "redis, busy keys": open_busy_redis}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def opened(request: pytest.FixtureRequest) -> Opened:
    def open_state(*measures: Measure) -> State:
        state: State = request.param([feature(m) for m in measures], PROFILE)
        return state

    return open_state


def ask(of: State, wanted: Measure, row: Row) -> float | str | None:
    return of.values(row, [])[wanted.name]


def test_asking_changes_nothing(opened: Opened) -> None:
    shop = opened(COUNT)

    first = ask(shop, COUNT, order("now", NOW))
    second = ask(shop, COUNT, order("now", NOW))

    assert (first, second) == (0, 0)


def test_an_order_that_was_added_does_not_see_itself(opened: Opened) -> None:
    shop = opened(COUNT)
    shop.add_order(order("now", NOW), [])

    assert ask(shop, COUNT, order("now", NOW, received=NOW + 9)) == 0
    assert ask(shop, COUNT, order("next", NOW + 9)) == 1


def test_a_corrected_order_replaces_the_earlier_one(opened: Opened) -> None:
    shop = opened(COUNT, TOTAL)
    shop.add_order(order("a", NOW, value_minor=100), [])
    shop.values(order("between", NOW + 1), [])
    shop.add_order(order("a", NOW, received=NOW + 2, value_minor=900), [])

    found = shop.values(order("now", NOW + 3), [])

    assert (found[COUNT.name], found[TOTAL.name]) == (1, 900)


def test_a_correction_is_not_seen_before_it_was_received(opened: Opened) -> None:
    shop = opened(COUNT)
    shop.add_order(order("a", NOW), [])
    shop.add_order(order("a", NOW, received=NOW + 5), [])

    assert ask(shop, COUNT, order("now", NOW + 5)) == 0
    assert ask(shop, COUNT, order("now", NOW + 6)) == 1


def test_a_correction_takes_its_outcomes_along(opened: Opened) -> None:
    shop = opened(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1))
    shop.add_order(order("a", NOW, received=NOW + 2, buyer_key="h1:bob"), [])

    assert ask(shop, KNOWN, order("ann", NOW + 9)) == 0
    assert ask(shop, KNOWN, order("bob", NOW + 9, buyer_key="h1:bob")) == 1


def test_the_same_order_twice_counts_once(opened: Opened) -> None:
    shop = opened(COUNT)
    for _ in range(3):
        shop.add_order(order("a", NOW), [])

    assert ask(shop, COUNT, order("now", NOW + 1)) == 1


def test_the_same_outcome_twice_counts_once(opened: Opened) -> None:
    shop = opened(KNOWN)
    shop.add_order(order("a", NOW), [])
    for name in ("o", "o", "another report"):
        shop.add_outcome(bad(name, "a", NOW + 1))

    assert ask(shop, KNOWN, order("now", NOW + 9)) == 1


def test_an_outcome_taken_back_no_longer_counts(opened: Opened) -> None:
    shop = opened(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1))
    before = ask(shop, KNOWN, order("before", NOW + 5))
    shop.add_outcome(bad("o", "a", NOW + 1, known=NOW + 6, is_bad=False))

    assert (before, ask(shop, KNOWN, order("now", NOW + 9))) == (1, 0)


def test_an_outcome_may_come_before_its_order(opened: Opened) -> None:
    shop = opened(KNOWN)
    shop.add_outcome(bad("o", "a", NOW - 5))
    shop.add_order(order("a", NOW), [])

    assert ask(shop, KNOWN, order("now", NOW + 1)) == 1


def test_an_outcome_known_tomorrow_waits_until_then(opened: Opened) -> None:
    shop = opened(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1, known=NOW + DAY_US))

    assert ask(shop, KNOWN, order("today", NOW + HOUR_US)) == 0
    assert ask(shop, KNOWN, order("tomorrow", NOW + DAY_US + 1)) == 1


def test_a_question_about_an_earlier_moment_is_answered_as_of_then(opened: Opened) -> None:
    shop = opened(COUNT, TOTAL)
    for hour in range(5):
        shop.add_order(order(f"o{hour}", NOW + hour * HOUR_US, value_minor=10**hour), [])

    latest = shop.values(order("now", NOW + 9 * HOUR_US), [])
    earlier = shop.values(order("then", NOW + 2 * HOUR_US), [])
    again = shop.values(order("now", NOW + 9 * HOUR_US), [])

    assert (earlier[COUNT.name], earlier[TOTAL.name]) == (2, 11)
    assert (latest[COUNT.name], latest[TOTAL.name]) == (5, 11111)
    assert again == latest


def test_instants_may_be_datetimes(opened: Opened) -> None:
    shop = opened(COUNT)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    a, b = order("a", 0), order("b", 0)
    a["placed_at"] = a["received_at"] = at
    b["placed_at"] = b["received_at"] = at + timedelta(hours=1)

    shop.add_order(a, [])

    assert ask(shop, COUNT, b) == 1


def test_an_order_without_a_clock_is_refused(opened: Opened) -> None:
    with pytest.raises(ValueError, match="placed_at and received_at"):
        opened(COUNT).add_order(order("a", NOW) | {"placed_at": None}, [])


def test_a_busy_key_forgets_in_bulk_and_keeps_its_sums(opened: Opened) -> None:
    shop = opened(TOTAL)
    for hour in range(24 * 40):
        row = order(f"o{hour}", NOW + hour * HOUR_US, value_minor=1)
        found = ask(shop, TOTAL, row)
        shop.add_order(row, [])
        assert found == min(hour, 24)


class TestLoad:
    tables: ClassVar[dict[str, list[Row]]] = {
        "orders": [
            order("a", NOW - 30 * DAY_US),
            order("b", NOW - 2 * HOUR_US, received=NOW - HOUR_US),
            order("c", NOW - HOUR_US),
        ],
        "order_lines": [line("a"), line("b"), line("b", 2, sku="ink"), line("c", sku="ink")],
        "outcomes": [
            bad("o", "a", NOW - 20 * DAY_US, known=NOW - 19 * DAY_US),
            bad("p", "b", NOW - HOUR_US, known=NOW + DAY_US),
        ],
    }
    wanted = (COUNT, KNOWN, MATURED, measure("count", subject="sku", stream="lines"))

    def filled(self, opened: Opened, until: datetime | None = None) -> State:
        shop = opened(*self.wanted)
        shop.load(cast("History", MemoryHistory(self.tables)), until=until)
        return shop

    def test_a_loaded_state_answers_like_one_that_lived_through_it(self, opened: Opened) -> None:
        lived = opened(*self.wanted)
        lines = self.tables["order_lines"]
        for row in self.tables["orders"]:
            lived.add_order(row, [r for r in lines if r["order_key"] == row["order_key"]])
        for row in self.tables["outcomes"]:
            lived.add_outcome(row)
        now, later = order("now", NOW), order("later", NOW + 2 * DAY_US)

        for question in (now, later):
            asked = [line(question["order_key"], sku="ink")]
            assert self.filled(opened).values(question, asked) == lived.values(question, asked)

    def test_nothing_known_from_then_on_is_loaded(self, opened: Opened) -> None:
        until = datetime.fromtimestamp((NOW - HOUR_US) / 1e6, tz=UTC)
        shop = self.filled(opened, until=until)

        assert len(shop) == 1
        assert ask(shop, KNOWN, order("now", NOW + 2 * DAY_US)) == 1

    def test_news_that_was_loaded_may_come_again(self, opened: Opened) -> None:
        shop = self.filled(opened)
        shop.add_outcome(self.tables["outcomes"][0])
        shop.add_order(self.tables["orders"][0], [])

        assert ask(shop, MATURED, order("now", NOW)) == 1


def test_a_profile_without_windows_keeps_nothing(opened: Opened) -> None:
    shop = opened()
    shop.add_order(order("a", NOW), [])

    assert shop.values(order("b", NOW + 1), []) == {}


def test_a_late_order_does_not_hide_a_later_one_from_a_question_about_before(
    opened: Opened,
) -> None:
    shop = opened(COUNT)
    shop.add_order(order("first", NOW + 100), [])
    shop.values(order("asks", NOW + 200), [])
    shop.add_order(order("told late", NOW + 50), [])
    shop.values(order("asks", NOW + 210), [])

    assert ask(shop, COUNT, order("before", NOW + 60)) == 1


def test_observing_is_asking_and_then_adding(opened: Opened) -> None:
    shop = opened(COUNT)

    found = [shop.observe(order(f"o{n}", NOW + n), [])[COUNT.name] for n in range(3)]
    again = shop.observe(order("o2", NOW + 2), [])[COUNT.name]

    assert (found, again) == ([0, 1, 2], 2)

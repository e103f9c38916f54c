"""Stories of the online state: corrections, repeats, late news, questions out of turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

import pytest

from features.engines.online import SLACK, OnlineState
from features.engines.slots import Slot
from features.engines.tracks import Event
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

COUNT = measure("count", timedelta(days=1))
TOTAL = measure("sum", timedelta(days=1), column="value_minor")
KNOWN = measure("count", timedelta(days=30), stream="outcome:fraud")
MATURED = measure("count", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))


def state(*measures: Measure) -> OnlineState:
    return OnlineState([feature(m) for m in measures], PROFILE)


def ask(of: OnlineState, wanted: Measure, row: Row) -> float | str | None:
    return of.values(row, [])[wanted.name]


def test_asking_changes_nothing() -> None:
    shop = state(COUNT)

    first = ask(shop, COUNT, order("now", NOW))
    second = ask(shop, COUNT, order("now", NOW))

    assert (first, second) == (0, 0)


def test_an_order_that_was_added_does_not_see_itself() -> None:
    shop = state(COUNT)
    shop.add_order(order("now", NOW), [])

    assert ask(shop, COUNT, order("now", NOW, received=NOW + 9)) == 0
    assert ask(shop, COUNT, order("next", NOW + 9)) == 1


def test_a_corrected_order_replaces_the_earlier_one() -> None:
    shop = state(COUNT, TOTAL)
    shop.add_order(order("a", NOW, value_minor=100), [])
    shop.values(order("between", NOW + 1), [])
    shop.add_order(order("a", NOW, received=NOW + 2, value_minor=900), [])

    found = shop.values(order("now", NOW + 3), [])

    assert (found[COUNT.name], found[TOTAL.name]) == (1, 900)


def test_a_correction_is_not_seen_before_it_was_received() -> None:
    shop = state(COUNT)
    shop.add_order(order("a", NOW), [])
    shop.add_order(order("a", NOW, received=NOW + 5), [])

    assert ask(shop, COUNT, order("now", NOW + 5)) == 0
    assert ask(shop, COUNT, order("now", NOW + 6)) == 1


def test_a_correction_takes_its_outcomes_along() -> None:
    shop = state(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1))
    shop.add_order(order("a", NOW, received=NOW + 2, buyer_key="h1:bob"), [])

    assert ask(shop, KNOWN, order("ann", NOW + 9)) == 0
    assert ask(shop, KNOWN, order("bob", NOW + 9, buyer_key="h1:bob")) == 1


def test_the_same_order_twice_counts_once() -> None:
    shop = state(COUNT)
    for _ in range(3):
        shop.add_order(order("a", NOW), [])

    assert ask(shop, COUNT, order("now", NOW + 1)) == 1


def test_the_same_outcome_twice_counts_once() -> None:
    shop = state(KNOWN)
    shop.add_order(order("a", NOW), [])
    for name in ("o", "o", "another report"):
        shop.add_outcome(bad(name, "a", NOW + 1))

    assert ask(shop, KNOWN, order("now", NOW + 9)) == 1


def test_an_outcome_taken_back_no_longer_counts() -> None:
    shop = state(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1))
    before = ask(shop, KNOWN, order("before", NOW + 5))
    shop.add_outcome(bad("o", "a", NOW + 1, known=NOW + 6, is_bad=False))

    assert (before, ask(shop, KNOWN, order("now", NOW + 9))) == (1, 0)


def test_an_outcome_may_come_before_its_order() -> None:
    shop = state(KNOWN)
    shop.add_outcome(bad("o", "a", NOW - 5))
    shop.add_order(order("a", NOW), [])

    assert ask(shop, KNOWN, order("now", NOW + 1)) == 1


def test_an_outcome_known_tomorrow_waits_until_then() -> None:
    shop = state(KNOWN)
    shop.add_order(order("a", NOW), [])
    shop.add_outcome(bad("o", "a", NOW + 1, known=NOW + DAY_US))

    assert ask(shop, KNOWN, order("today", NOW + HOUR_US)) == 0
    assert ask(shop, KNOWN, order("tomorrow", NOW + DAY_US + 1)) == 1


def test_a_question_about_an_earlier_moment_is_answered_as_of_then() -> None:
    shop = state(COUNT, TOTAL)
    for hour in range(5):
        shop.add_order(order(f"o{hour}", NOW + hour * HOUR_US, value_minor=10**hour), [])

    latest = shop.values(order("now", NOW + 9 * HOUR_US), [])
    earlier = shop.values(order("then", NOW + 2 * HOUR_US), [])
    again = shop.values(order("now", NOW + 9 * HOUR_US), [])

    assert (earlier[COUNT.name], earlier[TOTAL.name]) == (2, 11)
    assert (latest[COUNT.name], latest[TOTAL.name]) == (5, 11111)
    assert again == latest


def test_instants_may_be_datetimes() -> None:
    shop = state(COUNT)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    a, b = order("a", 0), order("b", 0)
    a["placed_at"] = a["received_at"] = at
    b["placed_at"] = b["received_at"] = at + timedelta(hours=1)

    shop.add_order(a, [])

    assert ask(shop, COUNT, b) == 1


def test_an_order_without_a_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="placed_at and received_at"):
        state(COUNT).add_order(order("a", NOW) | {"placed_at": None}, [])


def test_what_no_window_reaches_is_forgotten() -> None:
    shop = state(COUNT, TOTAL)
    for day in range(60):
        for n in range(3):
            at = NOW + day * DAY_US + n
            buyer = "h1:ann" if n else f"h1:once{day}"
            row = order(f"o{day}-{n}", at, buyer_key=buyer, value_minor=1)
            shop.values(row, [])
            shop.add_order(row, [])

    kept = [len(slot.events) for slots in shop._slots for slot in slots.slots.values()]

    assert sum(kept) < 2 * (128 + 3 * (SLACK.days + 3))
    assert ask(shop, COUNT, order("now", NOW + 60 * DAY_US)) == 2


def test_a_busy_key_forgets_in_bulk_and_keeps_its_sums() -> None:
    shop = state(TOTAL)
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

    def filled(self, **rest: datetime) -> OnlineState:
        shop = state(*self.wanted)
        shop.load(cast("History", MemoryHistory(self.tables)), **rest)
        return shop

    def test_a_loaded_state_answers_like_one_that_lived_through_it(self) -> None:
        lived = state(*self.wanted)
        lines = self.tables["order_lines"]
        for row in self.tables["orders"]:
            lived.add_order(row, [r for r in lines if r["order_key"] == row["order_key"]])
        for row in self.tables["outcomes"]:
            lived.add_outcome(row)
        now, later = order("now", NOW), order("later", NOW + 2 * DAY_US)

        for question in (now, later):
            asked = [line(question["order_key"], sku="ink")]
            assert self.filled().values(question, asked) == lived.values(question, asked)

    def test_nothing_known_from_then_on_is_loaded(self) -> None:
        until = datetime.fromtimestamp((NOW - HOUR_US) / 1e6, tz=UTC)
        shop = self.filled(until=until)

        assert len(shop) == 1
        assert ask(shop, KNOWN, order("now", NOW + 2 * DAY_US)) == 1

    def test_news_that_was_loaded_may_come_again(self) -> None:
        shop = self.filled()
        shop.add_outcome(self.tables["outcomes"][0])
        shop.add_order(self.tables["orders"][0], [])

        assert ask(shop, MATURED, order("now", NOW)) == 1


def test_an_event_that_is_not_there_cannot_be_removed() -> None:
    slot = Slot()
    slot.insert(Event(5, "a"))

    assert not slot.remove(Event(5, "a"))
    assert not slot.remove(Event(4, "a"))


def test_a_profile_without_windows_keeps_nothing() -> None:
    shop = OnlineState([], replace(PROFILE, labels={}))
    shop.add_order(order("a", NOW), [])

    assert shop.values(order("b", NOW + 1), []) == {}

"""Stories of the online state: corrections, repeats, late news, questions out of turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from features.engines.online import SLACK, OnlineState
from features.engines.slots import Slot
from features.engines.tracks import Event
from tests.features.memory import (
    DAY_US,
    NOW,
    PROFILE,
    Row,
    feature,
    measure,
    order,
)

if TYPE_CHECKING:
    from features.windows import Measure

COUNT = measure("count", timedelta(days=1))
TOTAL = measure("sum", timedelta(days=1), column="value_minor")
KNOWN = measure("count", timedelta(days=30), stream="outcome:fraud")
MATURED = measure("count", timedelta(days=30), stream="cohort:fraud", delay=timedelta(days=7))


def state(*measures: Measure) -> OnlineState:
    return OnlineState([feature(m) for m in measures], PROFILE)


def ask(of: OnlineState, wanted: Measure, row: Row) -> float | str | None:
    return of.values(row, [])[wanted.name]


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


def test_an_event_that_is_not_there_cannot_be_removed() -> None:
    slot = Slot()
    slot.insert(Event(5, "a"))

    assert not slot.remove(Event(5, "a"))
    assert not slot.remove(Event(4, "a"))

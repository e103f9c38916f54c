"""An order, its outcomes and its parcels as events of the tracks kept of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from features.engines.events import KeptOrder
from features.engines.plan import Plan
from features.engines.tracks import Event
from tests.features.memory import DAY_US, HOUR_US, NOW, feature, measure, order

if TYPE_CHECKING:
    from features.windows import Measure

DAY = timedelta(days=1)
ANN = KeptOrder("a", NOW, NOW + HOUR_US, {"buyer_key": "h1:ann"}, ())


def plan(*measures: Measure) -> Plan:
    return Plan([feature(m) for m in measures])


def outcome(kind: str, occurred: int, known: int, **more: object) -> dict[str, object]:
    return {"kind": kind, "occurred_at": occurred, "known_at": known, **more}


def test_lines_of_one_key_are_one_event_with_their_units_added_up() -> None:
    laid = plan(measure("sum", DAY, subject="sku", stream="lines", column="quantity"))
    pens = [{"line_id": str(n), "sku": "pen", "quantity": 1 + n} for n in range(2)]

    ((track, key, event),) = laid.events.of_order(order("a", NOW), pens, "a", NOW)

    assert (track.stream, key) == ("lines", "pen")
    assert event == Event(NOW, "a", (3,))


def test_an_order_without_a_key_has_no_place_in_the_track() -> None:
    laid = plan(measure("count", DAY))

    ((_, key, _),) = laid.events.of_order(order("a", NOW, buyer_key=None), [], "a", NOW)

    assert key is None


def test_only_the_first_outcome_of_a_kind_counts() -> None:
    laid = plan(measure("count", DAY, stream="outcome:fraud"))
    late, soon = (outcome("fraud", NOW + days, NOW + 2 * days) for days in (9 * DAY_US, 5 * DAY_US))

    ((known, _, key, event),) = laid.events.later(ANN, [late, soon], [])

    assert (known, key, event.happened) == (NOW + 10 * DAY_US, "h1:ann", NOW + 5 * DAY_US)


def test_what_was_known_before_the_order_came_is_known_with_it() -> None:
    laid = plan(measure("count", DAY, stream="outcome:fraud"))

    ((known, _, _, _),) = laid.events.later(ANN, [outcome("fraud", NOW, NOW)], [])

    assert known == ANN.received


def test_a_cohort_counts_an_outcome_where_its_order_was_placed() -> None:
    laid = plan(measure("count", DAY, stream="cohort:fraud", delay=DAY))

    ((_, _, _, event),) = laid.events.later(ANN, [outcome("fraud", NOW + DAY_US, NOW + DAY_US)], [])

    assert event.happened == NOW


def test_an_outcome_that_is_not_bad_or_of_another_kind_is_no_event() -> None:
    laid = plan(measure("count", DAY, stream="outcome:fraud"))
    good, other = (
        outcome("fraud", NOW, NOW, is_bad=False),
        outcome("refund", NOW, NOW),
    )

    assert laid.events.later(ANN, [good, other], []) == []


def test_an_outcome_that_names_a_line_is_about_that_line_alone() -> None:
    laid = plan(measure("count", DAY, subject="sku", stream="outcome:refund"))
    lines = [{"line_id": "1", "sku": "pen"}, {"line_id": "2", "sku": "ink"}]
    kept = ANN._replace(lines=laid.events.line_keys({}, lines))
    one = outcome("refund", NOW, NOW, line_id="2")
    whole = outcome("refund", NOW, NOW)

    assert [key for _, _, key, _ in laid.events.later(kept, [one], [])] == ["ink"]
    assert {key for _, _, key, _ in laid.events.later(kept, [whole], [])} == {"pen", "ink"}


def test_a_parcel_without_a_promise_takes_its_order_s() -> None:
    laid = plan(measure("mean", DAY, stream="shipments", column="is_late"))
    kept = ANN._replace(row=ANN.row | {"deliver_by": NOW + DAY_US})
    parcel = {"delivered_at": NOW + DAY_US + 1, "known_at": NOW + 2 * DAY_US}

    ((known, _, key, event),) = laid.events.later(kept, [], [parcel])

    assert (known, key) == (NOW + 2 * DAY_US, "h1:ann")
    assert event == Event(NOW + DAY_US + 1, "a", (1,))


def test_a_parcel_of_which_no_instant_is_known_is_no_event() -> None:
    laid = plan(measure("mean", DAY, stream="shipments", column="is_late"))

    assert laid.events.later(ANN, [], [{"promised_at": NOW}]) == []

"""Outcomes: kept exactly once, also of orders nobody saw."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from features.engines.rows import instant
from serving.store.tables import OUTCOMES
from tests.serving.orders import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


def outcome(**changes: Any) -> dict[str, Any]:
    return {
        "outcome_id": "o-1",
        "order_key": "demo/shopify/eu/1",
        "kind": "chargeback",
        "is_bad": True,
        "amount": {"minor": 500, "currency": "CNY"},
        "occurred_at": "2026-03-01T08:00:00Z",
        "known_at": "2026-03-01T08:30:00Z",
    } | changes


def report(service: Service, *outcomes: dict[str, Any], **extra: Any) -> Any:
    return service.call("POST", "/v1/outcomes", json={"outcomes": list(outcomes)} | extra)


def count(service: Service) -> int:
    with service.runtime.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(OUTCOMES)).scalar_one())


def stored(service: Service) -> dict[str, dict[str, Any]]:
    """What counts now, by outcome."""
    return {row["outcome_id"]: row for row in service.runtime.outcomes.store.outcomes()}


def microseconds(text: str) -> int:
    """Read an instant of the wire."""
    at = instant(datetime.fromisoformat(text))
    assert at is not None
    return at


def test_an_outcome_is_counted_once_however_often_it_is_reported(service: Service) -> None:
    service.score(order())
    first = report(service, outcome(), outcome()).json()

    again = report(service, outcome()).json()

    assert first == {"stored": 1, "corrected": 0, "repeated": 1, "unknown_orders": 0}
    assert again == {"stored": 0, "corrected": 0, "repeated": 1, "unknown_orders": 0}
    assert count(service) == 1


def test_an_id_does_not_stand_for_two_things(service: Service) -> None:
    service.score(order())
    report(service, outcome())

    answer = report(service, outcome(kind="refund"), outcome(outcome_id="o-2"))

    assert answer.status_code == 409
    assert "another kind" in answer.json()["detail"]
    assert count(service) == 1


def test_two_things_said_as_of_one_instant_are_refused_whole(service: Service) -> None:
    service.score(order())
    report(service, outcome())

    answer = report(service, outcome(is_bad=False), outcome(outcome_id="o-2"))

    assert answer.status_code == 409
    assert "the same known_at" in answer.json()["detail"]
    assert count(service) == 1


def test_a_fraud_that_was_cleared_replaces_itself_once(service: Service) -> None:
    service.score(order())
    report(service, outcome())
    cleared = outcome(is_bad=False, known_at="2026-03-01T08:34:00Z")

    told = report(service, cleared).json()
    again = report(service, cleared).json()

    assert told == {"stored": 1, "corrected": 1, "repeated": 0, "unknown_orders": 0}
    assert again == {"stored": 0, "corrected": 0, "repeated": 1, "unknown_orders": 0}
    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()["outcomes"]
    assert [each["is_bad"] for each in shown] == [False]


@pytest.mark.parametrize("known_at", ["2026-03-01T08:30:00Z", None])
def test_a_report_that_comes_again_after_its_correction_changes_nothing(
    service: Service, known_at: str | None
) -> None:
    service.score(order())
    report(service, outcome(known_at=known_at))
    service.clock.advance(60)
    report(service, outcome(is_bad=False, known_at="2026-03-01T08:36:00Z"))

    late = report(service, outcome(known_at=known_at)).json()

    assert late == {"stored": 0, "corrected": 0, "repeated": 1, "unknown_orders": 0}
    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()["outcomes"]
    assert [each["is_bad"] for each in shown] == [False]


def test_an_outcome_may_be_corrected_again_and_again(service: Service) -> None:
    service.score(order())
    told = [
        outcome(is_bad=is_bad, known_at=f"2026-03-01T08:3{minute}:00Z")
        for minute, is_bad in enumerate([True, False, True, False])
    ]

    answer = report(service, *told).json()

    assert answer == {"stored": 4, "corrected": 3, "repeated": 0, "unknown_orders": 0}
    assert count(service) == 1


def test_what_stays_of_a_corrected_outcome_is_known_since_it_was_first_said(
    service: Service,
) -> None:
    report(service, outcome())

    report(service, outcome(amount=None, known_at="2026-03-01T08:34:00Z"))

    row = stored(service)["o-1"]
    assert row["amount_minor"] is None
    assert row["known_at"] == microseconds("2026-03-01T08:30:00Z")


def test_what_was_decided_before_a_report_came_did_not_know_it(service: Service) -> None:
    decided = service.score(order()).json()["as_of"]

    report(service, outcome(known_at="2026-02-01T00:00:00Z", occurred_at="2026-01-31T00:00:00Z"))

    assert stored(service)["o-1"]["known_at"] == microseconds(decided)


def test_a_correction_counts_strictly_later_than_what_it_corrects(service: Service) -> None:
    decided = microseconds(service.score(order()).json()["as_of"])

    report(
        service,
        outcome(known_at="2026-02-01T00:00:00Z", occurred_at="2026-01-31T00:00:00Z"),
        outcome(known_at="2026-02-02T00:00:00Z", occurred_at="2026-01-31T00:00:00Z", is_bad=False),
    )

    row = stored(service)["o-1"]
    assert (row["is_bad"], row["known_at"]) == (False, decided + 1)


def test_a_corrected_outcome_stands_behind_all_that_was_stored_before(service: Service) -> None:
    report(service, outcome(), outcome(outcome_id="o-2"))
    mark = service.runtime.outcomes.store.last_events()[0]

    report(service, outcome(outcome_id="o-2", is_bad=False, known_at="2026-03-01T08:34:00Z"))

    told = list(service.runtime.outcomes.store.outcomes(after=mark))
    assert [(row["outcome_id"], row["is_bad"]) for row in told] == [("o-2", False)]


def test_an_outcome_of_an_unknown_order_is_kept(service: Service) -> None:
    answer = report(service, outcome(order_key="demo/shopify/eu/77")).json()

    assert answer == {"stored": 1, "corrected": 0, "repeated": 0, "unknown_orders": 1}


def test_an_outcome_without_a_second_clock_is_known_now(service: Service) -> None:
    service.score(order())
    report(service, outcome(known_at=None))

    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()

    assert shown["outcomes"][0]["known_at"] == "2026-03-01T08:35:05Z"


def test_what_has_not_happened_yet_is_refused_whole(service: Service) -> None:
    answer = report(service, outcome(), outcome(outcome_id="o-2", known_at="2027-01-01T00:00:00Z"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/outcomes/1/known_at"
    assert count(service) == 0


def test_a_parcel_is_kept_once_for_each_state_of_knowledge(service: Service) -> None:
    parcel = {"shipment_id": "s", "order_key": "demo/shopify/eu/1", "carrier": "SF"}
    known = {"known_at": "2026-03-01T08:00:00Z"}

    first = report(service, shipments=[parcel | known]).json()
    again = report(service, shipments=[parcel | known]).json()
    later = report(service, shipments=[parcel | {"known_at": "2026-03-01T08:10:00Z"}]).json()

    assert [answer["stored"] for answer in (first, again, later)] == [1, 0, 1]


def test_what_is_said_of_a_parcel_later_counts_strictly_later(service: Service) -> None:
    decided = microseconds(service.score(order()).json()["as_of"])
    parcel = {"shipment_id": "s", "order_key": "demo/shopify/eu/1"}

    for carrier, known_at in (("SF", "2026-02-01T00:00:00Z"), ("JD", "2026-02-02T00:00:00Z")):
        report(service, shipments=[parcel | {"carrier": carrier, "known_at": known_at}])

    told = list(service.runtime.outcomes.store.shipments())
    assert [(row["carrier"], row["known_at"] - decided) for row in told] == [("SF", 0), ("JD", 1)]

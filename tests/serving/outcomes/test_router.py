"""Outcomes: kept exactly once, also of orders nobody saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

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


def test_an_outcome_is_counted_once_however_often_it_is_reported(service: Service) -> None:
    service.score(order())
    first = report(service, outcome(), outcome()).json()

    again = report(service, outcome()).json()

    assert first == {"stored": 1, "repeated": 1, "unknown_orders": 0}
    assert again == {"stored": 0, "repeated": 1, "unknown_orders": 0}
    assert count(service) == 1


def test_an_id_does_not_stand_for_two_things(service: Service) -> None:
    service.score(order())
    report(service, outcome())

    answer = report(service, outcome(is_bad=False), outcome(outcome_id="o-2"))

    assert answer.status_code == 409
    assert "another is_bad" in answer.json()["detail"]
    assert count(service) == 1


def test_an_outcome_of_an_unknown_order_is_kept(service: Service) -> None:
    answer = report(service, outcome(order_key="demo/shopify/eu/77")).json()

    assert answer == {"stored": 1, "repeated": 0, "unknown_orders": 1}


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

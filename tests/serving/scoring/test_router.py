"""Scoring over HTTP: stored before answered, once for each event, never refused for a helper."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from serving.idempotency import ABANDONED
from serving.store.tables import DECISIONS, IDEMPOTENCY, ORDER_EVENTS, PERSONAL
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

PARTS = {
    "decision_id",
    "order_key",
    "revision",
    "action",
    "priority",
    "band",
    "expected_loss",
    "scores",
    "reasons",
    "rule_hits",
    "shadow_hits",
    "tags",
    "duplicate_of",
    "linked_orders",
    "trial",
    "is_frozen",
    "address",
    "route",
    "degraded",
    "versions",
    "as_of",
    "latency_ms",
}


def test_a_decision_has_every_part_of_the_contract(service: Service) -> None:
    answer = service.score(order())

    assert answer.status_code == 200
    assert set(answer.json()) == PARTS


def test_what_is_missing_degrades_and_does_not_refuse(service: Service) -> None:
    missing = {part["part"] for part in service.score(order()).json()["degraded"]}

    assert missing == {"models", "state"}


def test_a_decision_is_stored_when_it_is_answered(service: Service) -> None:
    answer = service.score(order()).json()

    (decision,) = service.rows(DECISIONS)
    assert decision["decision_id"] == answer["decision_id"]
    assert decision["as_of"] == service.clock.at


def test_the_same_event_gets_the_same_stored_decision(service: Service) -> None:
    first = service.score(order())
    service.clock.advance(3600)

    again = service.score(order())

    assert again.text == first.text
    assert len(service.rows(ORDER_EVENTS)) == 1


def test_another_revision_is_another_event_of_the_same_order(service: Service) -> None:
    service.score(order())

    service.score(order(revision="2"))

    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()
    assert [decision["revision"] for decision in shown["decisions"]] == ["1", "2"]


def test_raw_personal_data_is_stored_once_and_apart(service: Service) -> None:
    service.score(order("1"))
    service.score(order("2"))

    rest = json.dumps([dict(row) for row in (*service.rows(ORDER_EVENTS),)])
    rest += json.dumps([dict(row) for row in service.rows(DECISIONS)])
    kinds = sorted(row["kind"] for row in service.rows(PERSONAL))
    assert kinds == ["address", "address", "address_line", "device", "ip", "phone"]
    for raw in ("13800000000", "203.0.113.77", "d-8842", "u-20931", "文三路", "1201室"):
        assert raw not in rest


def test_the_address_of_a_stored_answer_comes_back_whole(service: Service) -> None:
    first = service.score(order()).json()

    again = service.score(order()).json()

    assert first["address"]["street"] == again["address"]["street"] == "文三路"


@pytest.mark.parametrize("ahead_s", [301, 86_400])
def test_an_order_of_the_future_is_refused(service: Service, ahead_s: int) -> None:
    service.clock.advance(-ahead_s)
    ingest = {"received_at": "2026-03-01T08:35:05Z"}

    answer = service.score(order(placed_at="2026-03-01T08:00:00Z", ingest=ingest))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/ingest/received_at"


def test_a_clock_that_is_a_little_ahead_is_forgiven(service: Service) -> None:
    service.clock.advance(-300)
    ingest = {"received_at": "2026-03-01T08:35:05Z"}

    assert service.score(order(ingest=ingest)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[]", 422, "invalid_request"),
        (b'{"order_id": NaN}', 422, "invalid_request"),
        (b"x" * (9 * 1024 * 1024), 413, "payload_too_large"),
    ],
)
def test_a_body_that_is_no_order_is_a_problem(
    service: Service, body: bytes, status: int, code: str
) -> None:
    answer = service.call(
        "POST",
        "/v1/orders/score",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.rows(ORDER_EVENTS) == []


def test_a_body_without_a_declared_length_is_limited_too(service: Service) -> None:
    chunks = iter([b" " * 1024 * 1024] * 9)

    answer = service.call(
        "POST",
        "/v1/orders/score",
        content=chunks,
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 413


def test_another_media_type_is_refused(service: Service) -> None:
    headers = {"Content-Type": "text/csv"}

    answer = service.call("POST", "/v1/orders/score", content=b"a,b", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_problem_names_place_mend_and_request(service: Service) -> None:
    answer = service.score(order() | {"order_id": 7}, headers={"X-Request-ID": "shop-77"}).json()

    assert answer["request_id"] == "shop-77"
    assert answer["errors"] == [
        {
            "pointer": "/order_id",
            "detail": "is a number: write it as text in quotes; ids lose digits as numbers",
        }
    ]


def test_a_batch_answers_in_its_own_order(service: Service) -> None:
    batch = {"orders": [order("b"), order("a")]}

    answer = service.call("POST", "/v1/orders/score/batch", json=batch).json()

    keys = [decision["order_key"] for decision in answer["decisions"]]
    assert keys == ["demo/shopify/eu/b", "demo/shopify/eu/a"]


def test_one_bad_order_refuses_the_batch_before_any_is_scored(service: Service) -> None:
    batch = {"orders": [order("a"), order("b", lines=[*order()["lines"], *order()["lines"]])]}

    answer = service.call("POST", "/v1/orders/score/batch", json=batch)

    assert answer.json()["errors"][0]["pointer"] == "/orders/1/lines/1/line_id"
    assert service.rows(ORDER_EVENTS) == []


def test_a_batch_of_more_than_a_thousand_is_refused(service: Service) -> None:
    batch = {"orders": [order(str(number)) for number in range(1001)]}

    answer = service.call("POST", "/v1/orders/score/batch", json=batch)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/orders")


def test_an_idempotency_key_gives_the_first_answer_again(service: Service) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = service.score(order(), headers=headers)

    assert service.score(order(), headers=headers).text == first.text


def test_an_idempotency_key_of_another_body_is_refused(service: Service) -> None:
    headers = {"Idempotency-Key": "k1"}
    service.score(order("1"), headers=headers)

    answer = service.score(order("2"), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_a_refused_call_gives_its_idempotency_key_free(service: Service) -> None:
    headers = {"Idempotency-Key": "k1"}
    service.score(order(placed_at="2027-01-01T00:00:00Z"), headers=headers)

    assert service.score(order(), headers=headers).status_code == 200


def test_a_running_call_is_a_conflict_until_it_counts_as_abandoned(service: Service) -> None:
    runtime = service.runtime
    caller = runtime.keys.caller(service.keys["admin"])
    body = json.dumps(order()).encode()
    begun = {
        "key_id": caller.key_id,
        "idempotency_key": "k1",
        "request_digest": hashlib.sha256(body).hexdigest(),
        "stored_at": service.clock(),
    }
    with runtime.engine.begin() as connection:
        connection.execute(insert(IDEMPOTENCY).values(begun))
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}

    running = service.call("POST", "/v1/orders/score", content=body, headers=headers)
    service.clock.advance(ABANDONED / 1_000_000)
    later = service.call("POST", "/v1/orders/score", content=body, headers=headers)

    assert (running.status_code, running.json()["code"]) == (409, "in_progress")
    assert later.status_code == 200


def test_an_order_shows_what_is_kept_about_it(service: Service) -> None:
    service.score(locked())

    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()

    assert shown["decisions"][0]["action"] == "hold"
    assert [event["kind"] for event in shown["timeline"]] == ["placed", "decision"]


def test_a_timeline_is_in_order_whatever_zone_the_channel_writes_in(service: Service) -> None:
    service.score(locked(placed_at="2026-03-01T16:30:00+08:00"))

    shown = service.call("GET", "/v1/orders/demo/shopify/eu/1").json()

    assert [(event["at"], event["text"]["zh"]) for event in shown["timeline"]] == [
        ("2026-03-01T08:30:00Z", "下单"),
        ("2026-03-01T08:35:05Z", "决策：拦截"),
    ]


def test_an_order_id_with_a_slash_is_found_under_its_key(service: Service) -> None:
    key = service.score(order("a/b")).json()["order_key"]

    assert key == "demo/shopify/eu/a%2Fb"
    assert service.call("GET", "/v1/orders/demo/shopify/eu/a%252Fb").json()["order_key"] == key


def test_an_order_that_was_never_scored_is_not_found(service: Service) -> None:
    assert service.call("GET", "/v1/orders/demo/shopify/eu/9").status_code == 404


def test_names_of_calls_are_no_order_keys(service: Service) -> None:
    answer = service.call("GET", "/v1/orders/score")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_an_instant_with_an_offset_is_the_same_instant(service: Service) -> None:
    offset = order(placed_at="2026-03-01T16:30:00+08:00")

    service.score(offset)

    (event,) = service.rows(ORDER_EVENTS)
    assert json.loads(event["row"])["placed_at"] == 1_772_353_800_000_000

"""The review queue: nobody works twice, and everything can be undone for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serving.scoring.cases import open_cases
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


@pytest.fixture
def case(service: Service) -> dict[str, Any]:
    service.score(locked())
    found: dict[str, Any] = service.call("GET", "/v1/reviews").json()["items"][0]
    return found


def act(service: Service, case: dict[str, Any], name: str, role: str = "admin", **body: Any) -> Any:
    return service.call("POST", f"/v1/reviews/{case['review_id']}/{name}", role=role, json=body)


def test_only_orders_that_are_not_released_wait(service: Service) -> None:
    service.score(order("1"))
    service.score(locked("2"))

    items = service.call("GET", "/v1/reviews").json()["items"]

    assert [item["order_key"] for item in items] == ["demo/shopify/eu/2"]


def test_a_case_shows_what_a_reviewer_needs(case: dict[str, Any]) -> None:
    assert case["value"] == {"minor": 23900, "currency": "CNY"}
    assert case["channel"] == "shopify"
    assert case["reasons"][0]["text"]["zh"]
    assert case["address"].startswith("浙江省杭州市")


def test_pages_go_through_every_case_once(service: Service) -> None:
    for number in range(7):
        service.score(locked(str(number)))
        service.clock.advance(1)
    seen, cursor = [], None

    for _ in range(4):
        asked = {"limit": "2", "sort": "age"} | ({"cursor": cursor} if cursor else {})
        page = service.call("GET", "/v1/reviews", params=asked).json()
        seen += [item["order_key"][-1] for item in page["items"]]
        cursor = page["next_cursor"]

    assert (seen, cursor) == (list("0123456"), None)


def test_a_cursor_that_was_not_given_out_is_refused(service: Service) -> None:
    answer = service.call("GET", "/v1/reviews", params={"cursor": "zzz"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_a_claimed_case_is_the_claimers_for_ten_minutes(
    service: Service, case: dict[str, Any]
) -> None:
    act(service, case, "claim", role="review")

    meanwhile = act(service, case, "claim", role="admin")
    service.clock.advance(600)
    later = act(service, case, "claim", role="admin")

    assert (meanwhile.status_code, later.json()["claimed_by"]) == (409, "admin")


def test_a_decided_case_leaves_the_queue_and_can_be_undone(
    service: Service, case: dict[str, Any]
) -> None:
    decided = act(service, case, "decide", verdict="hold", cause="fraud").json()
    waiting = service.call("GET", "/v1/reviews").json()["items"]
    service.clock.advance(8)

    undone = act(service, case, "undo").json()

    assert (decided["state"], waiting, undone["state"]) == ("closed", [], "open")
    assert undone["verdict"] is None


def test_after_eight_seconds_a_verdict_stands_and_becomes_an_outcome(
    service: Service, case: dict[str, Any]
) -> None:
    act(service, case, "decide", verdict="release", cause="legit")
    service.clock.advance(8)
    service.runtime.reviews.settle()
    service.runtime.reviews.settle()

    undone = act(service, case, "undo")

    outcomes = service.call("GET", f"/v1/orders/{case['order_key']}").json()["outcomes"]
    assert undone.status_code == 409
    assert [(one["kind"], one["is_bad"]) for one in outcomes] == [("verdict", False)]


def test_an_undone_verdict_never_becomes_an_outcome(service: Service, case: dict[str, Any]) -> None:
    act(service, case, "decide", verdict="hold", cause="fraud")
    act(service, case, "undo")
    service.clock.advance(60)

    service.runtime.reviews.settle()

    assert service.call("GET", f"/v1/orders/{case['order_key']}").json()["outcomes"] == []


def test_a_version_that_is_not_the_newest_is_a_conflict(
    service: Service, case: dict[str, Any]
) -> None:
    act(service, case, "note", text="asked the buyer")

    stale = act(service, case, "decide", verdict="hold", cause="fraud", version=case["version"])

    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")


def test_a_closed_case_is_not_decided_again(service: Service, case: dict[str, Any]) -> None:
    act(service, case, "decide", verdict="hold", cause="fraud")

    assert act(service, case, "decide", verdict="release", cause="legit").status_code == 409


def test_a_snoozed_case_comes_back_by_itself(service: Service, case: dict[str, Any]) -> None:
    act(service, case, "snooze", minutes=30)
    asleep = service.call("GET", "/v1/reviews").json()["items"]
    service.clock.advance(30 * 60)

    awake = service.call("GET", "/v1/reviews").json()["items"]

    assert (asleep, len(awake)) == ([], 1)


def test_every_act_is_kept_with_who_and_what(service: Service, case: dict[str, Any]) -> None:
    act(service, case, "claim")
    act(service, case, "decide", verdict="hold", cause="fraud", note="twice today")

    events = service.runtime.reviews.store.events(case["review_id"])

    assert [(event["actor"], event["act"], event["note"]) for event in events] == [
        ("service", "open", None),
        ("admin", "claim", None),
        ("admin", "decide", "twice today"),
    ]


def test_a_new_revision_brings_an_open_case_up_to_date(
    service: Service, case: dict[str, Any]
) -> None:
    service.score(locked(revision="2"))

    (item,) = service.call("GET", "/v1/reviews").json()["items"]

    assert item["review_id"] == case["review_id"]
    assert item["version"] == case["version"] + 1


def test_a_flagged_order_brings_released_ones_it_is_linked_to(service: Service) -> None:
    first = service.score(order("first")).json()
    flagged = service.score(order("flagged")).json()
    linked = {"linked_orders": [first["order_key"]], "rule_hits": [{"id": "burst"}]}
    body = flagged | linked | {"priority": 90}

    with service.runtime.engine.begin() as connection:
        open_cases(connection, flagged["order_key"], body, service.clock())

    items = service.call("GET", "/v1/reviews").json()["items"]
    assert {(item["order_key"], item["priority"]) for item in items} == {
        (first["order_key"], 90),
        (flagged["order_key"], 90),
    }

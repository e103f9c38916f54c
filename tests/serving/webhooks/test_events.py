"""What happens in a service arrives at a subscriber, after the undo time and without a person."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from serving.retraining.repository import RunStore
from serving.runtime import open_runtime
from serving.settings import Settings
from serving.store.tables import WEBHOOK_EVENTS
from serving.webhooks import outbox
from serving.webhooks.events import KINDS, delivery_alert
from serving.webhooks.worker import WebhookWorker
from tests.serving.conftest import Clock, Service, serving
from tests.serving.orders import locked, order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving.webhooks.receiver import Got, Receiver

PATIENCE_S = 60.0


@pytest.fixture
def subscribed(tmp_path: Path, receiver: Receiver) -> Iterator[Service]:
    """Give a service that sends every event to the receiver."""
    clock = Clock()
    settings = Settings(home=tmp_path, log_level="ERROR", webhook_private_hosts=["127.0.0.1"])
    for service in serving(open_runtime(settings, clock=clock), clock):
        asked = {"url": receiver.url, "events": list(KINDS)}
        assert service.call("POST", "/v1/webhooks", json=asked).status_code == 201
        yield service


def arrived(receiver: Receiver, n: int) -> list[tuple[str, dict[str, Any]]]:
    return [(got.document["type"], got.document["data"]) for got in receiver.wait(n)]


def kept(service: Service) -> list[str]:
    """Give the types of the events that are kept, whether or not they were sent."""
    wanted = select(WEBHOOK_EVENTS.c.type).order_by(WEBHOOK_EVENTS.c.event_id)
    with service.runtime.engine.connect() as connection:
        return list(connection.execute(wanted).scalars())


def test_an_order_to_look_at_is_told(subscribed: Service, receiver: Receiver) -> None:
    decision = subscribed.score(locked()).json()

    ((kind, data),) = arrived(receiver, 1)
    assert kind == "order.flagged"
    assert data["order_key"] == decision["order_key"]
    assert data["decision_id"] == decision["decision_id"]
    assert data["action"] == decision["action"]
    assert data["reasons"] == [reason["code"] for reason in decision["reasons"]]


def test_a_released_order_is_told_as_decided(subscribed: Service, receiver: Receiver) -> None:
    decision = subscribed.score(order()).json()
    assert decision["action"] == "release"

    ((kind, data),) = arrived(receiver, 1)
    assert kind == "order.decided"
    assert data == {
        "order_key": decision["order_key"],
        "decision_id": decision["decision_id"],
        "action": "release",
        "by": "service",
    }


def test_the_same_order_again_is_no_news(subscribed: Service) -> None:
    subscribed.score(order())
    subscribed.score(order())

    assert kept(subscribed) == ["order.decided"]


def close(service: Service) -> str:
    """Close the case of a flagged order; gives its id."""
    service.score(locked())
    (case,) = service.call("GET", "/v1/reviews").json()["items"]
    review_id: str = case["review_id"]
    verdict = {"verdict": "cancel", "cause": "fraud"}
    answer = service.call("POST", f"/v1/reviews/{review_id}/decide", json=verdict)
    assert answer.status_code == 200
    return review_id


def test_a_verdict_is_told_once_it_can_no_longer_be_undone(
    subscribed: Service, receiver: Receiver
) -> None:
    review_id = close(subscribed)
    subscribed.clock.advance(7.9)
    subscribed.runtime.reviews.settle()
    assert kept(subscribed) == ["order.flagged"]

    subscribed.clock.advance(0.2)
    subscribed.runtime.reviews.settle()
    subscribed.runtime.reviews.settle()

    messages = arrived(receiver, 3)
    assert kept(subscribed) == ["order.flagged", "review.closed", "order.decided"]
    closed, decided = messages[1][1], messages[2][1]
    assert (closed["review_id"], closed["verdict"], closed["cause"]) == (
        review_id,
        "cancel",
        "fraud",
    )
    assert (decided["action"], decided["by"]) == ("cancel", "reviewer")


def test_a_verdict_that_was_undone_is_never_told(subscribed: Service) -> None:
    review_id = close(subscribed)
    subscribed.clock.advance(5)
    assert subscribed.call("POST", f"/v1/reviews/{review_id}/undo").status_code == 200

    subscribed.clock.advance(60)
    subscribed.runtime.reviews.settle()

    assert kept(subscribed) == ["order.flagged"]


def test_an_address_that_stays_unsure_is_told(subscribed: Service, receiver: Receiver) -> None:
    vague = {"country": "CN", "line": "人民路1号"}
    decision = subscribed.score(order(shipping_address=vague)).json()

    messages = dict(arrived(receiver, 2))
    told = messages["address.needs_review"]
    assert told["order_key"] == decision["order_key"]
    assert told["confidence"] < 0.9
    assert "人民路" not in json.dumps(told, ensure_ascii=False)


def test_a_finished_run_is_told(subscribed: Service, receiver: Receiver) -> None:
    runs = RunStore(subscribed.runtime.engine)
    week = {"model": "fraud", "outcome": "promoted", "version": "4", "why": {"en": "better"}}
    runs.begin("2026-02-23", subscribed.clock())
    runs.end("2026-02-23", "done", subscribed.clock(), {"models": [week]})

    ((kind, data),) = arrived(receiver, 1)
    assert kind == "retrain.finished"
    assert data["state"] == "done"
    assert data["models"] == [{"model": "fraud", "outcome": "promoted", "version": "4"}]


def test_an_alert_of_deliveries_is_told_once(subscribed: Service, receiver: Receiver) -> None:
    alert = KINDS["delivery.alert"].example
    for _ in range(2):
        with subscribed.runtime.engine.begin() as connection:
            outbox.tell(connection, delivery_alert(alert, subscribed.clock()))

    assert arrived(receiver, 1) == [("delivery.alert", alert)]
    assert kept(subscribed) == ["delivery.alert"]


def test_nothing_that_is_sent_says_anything_about_a_person(
    subscribed: Service, receiver: Receiver
) -> None:
    personal = {
        "name": "王小明",
        "phone": "13912345678",
        "email": "xiaoming.wang@example.com",
        "line": "人民路1号502室",
    }
    buyer = {"name": personal["name"], "phone": personal["phone"], "email": personal["email"]}
    address = {"country": "CN", "line": personal["line"], "name": personal["name"]}
    for make in (order, locked):
        document = make(make.__name__)
        document["buyer"] = document.get("buyer", {}) | buyer
        document["shipping_address"] = address
        answer = subscribed.score(document)
        if answer.status_code == 422:  # a field that the document does not know
            pytest.fail(answer.text)

    messages: list[Got] = receiver.wait(4)

    sent = b"".join(got.body for got in messages).decode()
    assert not [what for what in personal.values() if what in sent]


def test_a_rolled_back_decision_is_not_told(
    subscribed: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = outbox.keep

    def keep_and_fail(*given: Any) -> None:
        keep(*given)
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "keep", keep_and_fail)
        with pytest.raises(RuntimeError):
            subscribed.score(order())

    assert kept(subscribed) == []
    subscribed.score(order())
    assert len(kept(subscribed)) == 1


def test_messages_leave_at_the_next_look_and_looks_are_half_a_second_apart(
    subscribed: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = 0, []
    real = WebhookWorker.work

    def look(worker: WebhookWorker) -> int:
        nonlocal began
        began += 1
        ended.append(real(worker))
        return ended[-1]

    monkeypatch.setattr(WebhookWorker, "work", look)

    subscribed.score(order())
    n_before = began
    receiver.wait(1)
    until = time.monotonic() + PATIENCE_S
    while not any(ended):
        assert time.monotonic() < until, "no look sent anything"
        time.sleep(0.01)

    n_empty = next(n for n, sent in enumerate(ended) if sent)
    assert n_empty <= n_before  # the first look that began afterwards sees it for sure
    assert WebhookWorker.idle_seconds <= 0.5

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, Service, serving
from tests.serving.orders import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving.webhooks.receiver import Receiver

ASKED = {"url": "https://hooks.shop.com/x", "events": ["order.decided"]}


@pytest.fixture
def open_service(tmp_path: Path) -> Iterator[Service]:
    clock = Clock()
    settings = Settings(
        home=tmp_path,
        log_level="ERROR",
        webhook_hosts=["hooks.shop.com"],
        webhook_private_hosts=["127.0.0.1"],
    )
    yield from serving(open_runtime(settings, clock=clock), clock)


def made(service: Service, **changes: Any) -> dict[str, Any]:
    answer = service.call("POST", "/v1/webhooks", json=ASKED | changes)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_a_secret_is_shown_once(open_service: Service) -> None:
    endpoint = made(open_service, description="warehouse")
    path = f"/v1/webhooks/{endpoint['endpoint_id']}"

    assert endpoint["secret"].startswith("whsec_")
    (listed,) = open_service.call("GET", "/v1/webhooks").json()["items"]
    assert "secret" not in listed
    assert "secret" not in open_service.call("GET", path).json()
    assert listed["description"] == "warehouse"
    assert listed["messages"] == {"waiting": 0, "sent": 0, "failed": 0}


def test_the_secret_stands_in_no_table(open_service: Service) -> None:
    secret = made(open_service)["secret"].removeprefix("whsec_")

    with open_service.runtime.engine.connect() as connection:
        for table in ("webhook_endpoints", "webhook_events", "idempotency"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert secret not in repr(rows)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"url": "https://elsewhere.com/x"}, "/url"),
        ({"url": "http://hooks.shop.com/x"}, "/url"),
        ({"url": "http://169.254.169.254/"}, "/url"),
        ({"events": ["order.imagined"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_with_its_place(
    open_service: Service, changes: dict[str, Any], place: str
) -> None:
    answer = open_service.call("POST", "/v1/webhooks", json=ASKED | changes)

    assert answer.status_code == 422
    assert place in [error["pointer"] for error in answer.json()["errors"]]


def test_an_endpoint_cannot_be_moved_to_another_host(open_service: Service) -> None:
    path = f"/v1/webhooks/{made(open_service)['endpoint_id']}"

    assert open_service.call("PATCH", path, json={"url": "https://evil.com"}).status_code == 422


def test_an_endpoint_is_changed_switched_off_and_removed(open_service: Service) -> None:
    path = f"/v1/webhooks/{made(open_service)['endpoint_id']}"

    changed = open_service.call("PATCH", path, json={"events": ["review.closed"]}).json()
    off = open_service.call("PATCH", path, json={"state": "disabled"}).json()

    assert changed["events"] == ["review.closed"]
    assert changed["url"] == ASKED["url"]
    assert (off["state"], off["why"]) == ("disabled", "asked")
    assert (
        open_service.call(
            "POST", f"{path}/replay", json={"since": "2026-01-01T00:00:00Z"}
        ).status_code
        == 409
    )
    assert open_service.call("DELETE", path).status_code == 204
    assert open_service.call("GET", path).status_code == 404


def test_a_replaced_secret_is_another_one(open_service: Service) -> None:
    endpoint = made(open_service)

    answer = open_service.call("POST", f"/v1/webhooks/{endpoint['endpoint_id']}/secret")

    assert answer.json()["secret"] not in {endpoint["secret"], None}


def test_messages_are_listed_and_sent_again(open_service: Service, receiver: Receiver) -> None:
    endpoint = made(open_service, url=receiver.url)
    path = f"/v1/webhooks/{endpoint['endpoint_id']}"
    for number in range(3):
        open_service.score(order(str(number)))
    receiver.wait(3)

    first = open_service.call("GET", f"{path}/messages?limit=2").json()
    rest = open_service.call("GET", f"{path}/messages?cursor={first['next_cursor']}").json()
    one = {"message_id": first["items"][0]["message_id"]}
    sent = open_service.call("POST", f"{path}/replay", json=one)
    since = open_service.call("POST", f"{path}/replay", json={"since": "2026-03-01T08:00:00Z"})

    assert (first["has_more"], len(first["items"]), len(rest["items"])) == (True, 2, 1)
    assert first["items"][0]["type"] == "order.decided"
    assert (sent.json(), since.json()) == ({"messages": 1}, {"messages": 3})
    receiver.wait(6)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message_id": "msg_" + "0" * 32}, 404),
        ({}, 422),
        ({"message_id": "msg_" + "0" * 32, "since": "2026-03-01T08:00:00Z"}, 422),
        ({"since": "2026-03-01T08:00:00"}, 422),
    ],
)
def test_a_replay_of_nothing_is_refused(
    open_service: Service, body: dict[str, Any], status: int
) -> None:
    path = f"/v1/webhooks/{made(open_service)['endpoint_id']}"

    assert open_service.call("POST", f"{path}/replay", json=body).status_code == status


@pytest.mark.parametrize("role", ["score", "review"])
def test_only_an_administrator_may_look(open_service: Service, role: str) -> None:
    assert open_service.call("GET", "/v1/webhooks", role=role).status_code == 403
    assert open_service.call("POST", "/v1/webhooks", role=role, json=ASKED).status_code == 403


def test_the_document_describes_what_is_sent(open_service: Service) -> None:
    document = open_service.client.get("/openapi.json").json()

    assert set(document["webhooks"]) == {
        "order.flagged",
        "order.decided",
        "review.closed",
        "address.needs_review",
        "delivery.alert",
        "retrain.finished",
    }
    page = open_service.client.get("/docs?lang=zh").text
    assert "order.flagged" in page
    assert "订单需人工审核或被拦截" in page
    flagged = document["webhooks"]["order.flagged"]["post"]["requestBody"]["content"]
    assert flagged["application/json"]["example"]["type"] == "order.flagged"


def logged_in(service: Service) -> None:
    answer = service.client.post("/console/login", data={"key": service.keys["admin"]})
    assert answer.status_code == 200


def token_of(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Send the last day again"), ("zh", "重发 1 天内")]
)
def test_an_endpoint_is_managed_in_the_console(
    open_service: Service, receiver: Receiver, lang: str, said: str
) -> None:
    logged_in(open_service)
    client = open_service.client
    page = client.get(f"/console/webhooks?lang={lang}").text
    form = {"token": token_of(page), "url": receiver.url, "events": ["order.decided"]}

    made = client.post("/console/webhooks", data=form).text
    path = "/console/webhooks/whe_" + made.partition("/console/webhooks/whe_")[2][:32]
    open_service.score(order())
    receiver.wait(1)
    shown = client.get(path).text
    client.post(f"{path}/replay", data={"token": token_of(shown), "hours": "24"})
    receiver.wait(2)
    off = client.post(f"{path}/disable", data={"token": token_of(shown)}).text
    gone = client.post(f"{path}/remove", data={"token": token_of(shown)})

    assert "whsec_" in made
    assert "whsec_" not in shown
    assert said in shown
    assert ("Switch on" if lang == "en" else "启用") in off
    assert gone.url.path == "/console/webhooks"
    assert open_service.call("GET", "/v1/webhooks").json()["items"] == []


def test_a_form_of_another_site_changes_nothing(open_service: Service) -> None:
    logged_in(open_service)
    form = {"url": ASKED["url"], "events": ["order.decided"]}

    assert open_service.client.post("/console/webhooks", data=form).status_code == 403
    assert open_service.call("GET", "/v1/webhooks").json()["items"] == []


def test_a_form_that_cannot_be_is_shown_again_with_its_fault(open_service: Service) -> None:
    logged_in(open_service)
    page = open_service.client.get("/console/webhooks?lang=en").text
    form = {"token": token_of(page), "url": "https://evil.com/<x>", "events": ["order.decided"]}

    again = open_service.client.post("/console/webhooks", data=form).text

    assert "evil.com is not a configured host" in again
    assert "<x>" not in again


def test_every_change_stands_in_the_audit_log(open_service: Service) -> None:
    endpoint = made(open_service)
    path = f"/v1/webhooks/{endpoint['endpoint_id']}"
    open_service.call("PATCH", path, json={"state": "disabled"})
    open_service.call("POST", f"{path}/secret")
    open_service.call("DELETE", path)

    lines = open_service.runtime.audit.page(None, 50)
    acts = [line.act for line in lines if line.act.startswith("webhook.")]
    assert acts == ["webhook.remove", "webhook.secret", "webhook.change", "webhook.create"]
    assert endpoint["secret"] not in repr(lines)

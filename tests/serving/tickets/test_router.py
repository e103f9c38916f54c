"""Messages are sorted, orders looked up, corrections learned from; nothing personal is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.orders import order as an_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Shop:
    """A running service and the keys of an order system and a reviewer."""

    def __init__(self, client: TestClient, home: Path) -> None:
        self.client = client
        self.keys = {role: self.runtime.keys.create(role, role) for role in ("score", "review")}
        self.home = home

    @property
    def runtime(self) -> Any:
        return self.client.app.state.runtime  # type: ignore[attr-defined]

    def post(self, path: str, body: Any, role: str = "score") -> Any:
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        return self.client.post(path, json=body, headers=headers)

    def priority(self, message: str, **rest: Any) -> dict[str, Any]:
        answer = self.post("/v1/tickets/priority", {"tickets": [{"text": message, **rest}]})
        assert answer.status_code == 200, answer.text
        ticket: dict[str, Any] = answer.json()["tickets"][0]
        return ticket


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    settings = Settings(home=tmp_path)
    with TestClient(create_app(settings, runtime=open_runtime(settings))) as client:
        yield Shop(client, tmp_path)


def test_a_dangerous_matter_is_urgent_and_says_why(shop: Shop) -> None:
    found = shop.priority("插座冒烟了")

    assert found["priority"] == "urgent"
    assert found["reasons"][0]["text"] == {
        "zh": "人身或用电安全",
        "en": "danger to people or from electricity",
    }


def test_the_order_of_a_message_is_looked_up(shop: Shop) -> None:
    scored = shop.post("/v1/orders/score", an_order())
    key = scored.json()["order_key"]
    unshipped = shop.priority("麻烦改一下地址", order_key=key)
    now = datetime.now(UTC)
    parcel = {
        "shipment_id": "p1",
        "order_key": key,
        "shipped_at": (now - timedelta(days=2)).isoformat(),
        "delivered_at": (now - timedelta(days=1)).isoformat(),
    }
    assert shop.post("/v1/outcomes", {"shipments": [parcel]}).status_code == 200

    delivered = shop.priority("麻烦改一下地址", order_key=key)

    assert unshipped["reasons"][0]["code"] == "stop_the_order"
    assert delivered["priority"] != "urgent"


def test_facts_in_the_call_come_before_those_of_the_store(shop: Shop) -> None:
    key = shop.post("/v1/orders/score", an_order()).json()["order_key"]

    found = shop.priority("麻烦改一下地址", order_key=key, facts={"is_shipped": True})

    assert found["priority"] != "urgent"


def test_a_correction_is_learned_at_once_and_survives_a_restart(shop: Shop) -> None:
    message = "店庆的灯牌不亮了"
    assert shop.priority(message)["priority"] != "urgent"

    body = {"text": message, "priority": "urgent"}
    kept = shop.post("/v1/tickets/corrections", body, "review").json()

    assert kept["corrections"] == 1
    assert shop.priority(message)["priority"] == "urgent"
    settings = Settings(home=shop.home)
    with TestClient(create_app(settings, runtime=open_runtime(settings))) as client:
        assert Shop(client, shop.home).priority(message)["priority"] == "urgent"


def test_a_kept_correction_holds_no_telephone_and_no_mail(shop: Shop) -> None:
    message = "打我 13800138000 或 li@example.com，灯牌不亮"

    shop.post("/v1/tickets/corrections", {"text": message, "priority": "urgent"}, "review")

    with shop.runtime.engine.connect() as connection:
        kept = connection.execute(text("select text from ticket_corrections")).scalars().all()
    assert kept == ["打我 # 或 #，灯牌不亮"]


def test_an_order_system_may_not_correct(shop: Shop) -> None:
    answer = shop.post("/v1/tickets/corrections", {"text": "x", "priority": "urgent"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tickets": []}, "/tickets"),
        ({"tickets": [{"text": ""}]}, "/tickets/0/text"),
        (
            {"tickets": [{"text": "x", "facts": {"days_late": "late"}}]},
            "/tickets/0/facts/days_late",
        ),
        ({"tickets": [{"text": "x", "mood": "bad"}]}, "/tickets/0/mood"),
    ],
)
def test_a_bad_body_names_its_field(shop: Shop, body: Any, pointer: str) -> None:
    answer = shop.post("/v1/tickets/priority", body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]

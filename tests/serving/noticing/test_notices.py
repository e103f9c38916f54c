"""A shop one of whose outlets falls: the look, what it stores, and the routes that show it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from serving.delivery.following import DeliveryFollower
from serving.noticing.repository import NoticeStore
from serving.noticing.service import NoticeService
from serving.noticing.settings import NoticeSettings
from serving.runtime import open_runtime
from serving.settings import Settings
from tests.serving.conftest import Clock, Service, serving
from tests.serving.delivery.shop import ENDS, OUTLETS, WAREHOUSES, order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAYS = 60
FALLS = 6
"""Days before the end on which the outlet yd-1 falls."""


def tables() -> dict[str, pa.Table]:
    """Make eight parcels a day for each outlet, and a storm that is on its way."""
    draw = np.random.default_rng(5)
    orders, parcels = [], []
    for day in range(DAYS, 0, -1):
        for outlet in OUTLETS:
            for number in range(8):
                tried = ENDS - timedelta(days=day) + timedelta(hours=4)
                fallen = outlet["outlet"] == "yd-1" and day <= FALLS
                ok = bool(draw.random() < (0.3 if fallen else 0.93))
                key = f"demo/shopify/eu/{outlet['outlet']}-{day}-{number}"
                placed = tried - timedelta(days=2)
                orders.append(
                    {"order_key": key, "merchant_id": "demo", "channel": "shopify",
                     "shop_id": "eu", "order_id": key, "placed_at": placed, "received_at": placed,
                     "ship_country": "CN", "ship_region": outlet["region"],
                     "ship_city": outlet["city"], "n_lines": 1, "n_units": 1}
                )  # fmt: skip
                parcels.append(
                    {"shipment_id": key, "order_key": key, "warehouse": "JX",
                     "carrier": outlet["carrier"], "outlet": outlet["outlet"],
                     "shipped_at": placed, "picked_up_at": placed + timedelta(hours=5),
                     "promised_at": tried + timedelta(days=1), "first_attempt_at": tried,
                     "first_attempt_ok": ok, "delivered_at": tried, "known_at": tried}
                )  # fmt: skip
    storm = {"alert_id": "W1", "country": "CN", "region": "浙江省", "kind": "storm", "severity": 3,
             "starts_at": ENDS, "ends_at": ENDS + timedelta(days=400),
             "known_at": ENDS - timedelta(hours=9), "text": "台风橙色预警"}  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "orders": orders, "shipments": parcels, "warehouses": WAREHOUSES,
        "outlets": [
            {k: v for k, v in o.items() if k != "fence"} | {"first_kg_minor": price}
            for o, price in zip(OUTLETS, (800, 500, 500), strict=True)
        ],
        "alerts": [storm],
    }  # fmt: skip
    return {
        name: pa.Table.from_pylist(content, arrow_schema(TABLES[name]))
        for name, content in rows.items()
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a running service that has looked at its deliveries twice."""
    home: Path = tmp_path_factory.mktemp("falling")
    labels = {"late": LabelProfile("late", 1.0)}
    profile = HistoryProfile(base_currency="CNY", timezone="Asia/Shanghai", labels=labels)
    write_history(home / "history", tables(), profile, source="falling")
    clock = Clock()
    runtime = open_runtime(Settings(home=home, log_level="ERROR"), clock=clock)
    for _ in range(2):
        notices(runtime.engine, home).look(clock())
    yield from serving(runtime, clock)


def notices(engine: Any, home: Path) -> NoticeService:
    return NoticeService(History(home / "history"), engine, NoticeSettings())


def test_the_fallen_outlet_is_the_one_alert_and_stands_once(shop: Service) -> None:
    answer = shop.call("GET", "/v1/delivery/alerts", role="admin").json()

    (drop,) = answer["drops"]
    assert (drop["outlet"], drop["kind"], drop["closed_at"]) == ("yd-1", "first_attempt", None)
    assert drop["since_on"] == str((ENDS - timedelta(days=FALLS)).date())
    assert drop["now"] < 0.5 < 0.85 < drop["usual"]
    assert "yd-1" in drop["text"]["zh"]
    assert "yd-1" in drop["text"]["en"]


def test_the_storm_stands_beside_it(shop: Service) -> None:
    (warning,) = shop.call("GET", "/v1/delivery/alerts", role="admin").json()["warnings"]

    assert (warning["alert_id"], warning["region"], warning["severity"]) == ("W1", "浙江省", 3)


def test_the_worst_outlet_comes_first_with_its_raw_days(shop: Service) -> None:
    answer = shop.call("GET", "/v1/delivery/rates?level=outlet&limit=2", role="admin").json()

    worst = answer["rows"][0]
    assert worst["path"] == ["yd", "上海市", "yd-1"]
    assert worst["recent"]["n"] == 24
    assert worst["low"] < worst["now"] < worst["high"] < answer["rows"][1]["high"]
    assert (answer["n_rows"], answer["next_cursor"]) == (3, "2")


def test_advice_says_what_it_takes_for_granted(shop: Service) -> None:
    answer = shop.call("GET", "/v1/delivery/advice", role="admin").json()

    assert answer["areas"] == []
    assert len(answer["assumptions"]) == 3


def test_routing_knows_the_storm_where_the_parcels_leave(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    now = shop.clock()

    shift = delivery.news.book.shift(
        "浙江省", "嘉兴市", end="from", since=now, until=now + 1, as_of=now
    )

    assert shift is not None
    assert shift.delay_days > 0


def test_a_running_service_takes_the_drop_up_and_routes_around_it(shop: Service) -> None:
    runtime, store = shop.runtime, NoticeStore(shop.runtime.engine)
    assert runtime.delivery is not None
    assert runtime.history is not None
    follower = DeliveryFollower(runtime.delivery, runtime.history, runtime.settings, runtime.engine)
    (drop,) = store.alerts(is_open=True)
    drop.pop("closed_at")
    looked = store.report("rates:first_attempt")
    assert looked is not None
    store.keep("rates:first_attempt", looked[1] | {"rows": []}, at=6)
    store.settle([], now=6)
    assert follower.refresh()
    before = shop.score(order("1")).json()["route"]

    store.keep("rates:first_attempt", looked[1], at=7)
    store.settle([drop], now=7)
    taken_up = [follower.refresh(), follower.refresh()]
    after = shop.score(order("2")).json()["route"]

    assert taken_up == [True, False]
    assert (before["outlet"], before["instead_of"]) == ("yd-1", None)
    assert after["outlet"] == "sf-1"
    assert after["instead_of"]["outlet"] == "yd-1"
    assert drop["text"]["en"] in after["instead_of"]["reasons"][0]["en"]


def test_an_alert_closes_when_the_outlet_goes_as_usual_and_opens_no_second_time(
    shop: Service,
) -> None:
    store = NoticeStore(shop.runtime.engine)
    (before,) = store.alerts(is_open=True)
    before.pop("closed_at")

    assert store.settle([], now=7) == []
    assert [each["closed_at"] for each in store.alerts(is_open=False)] == [7]
    assert store.settle([before], now=8) == []
    assert [each["alert_id"] for each in store.alerts(is_open=True)] == [before["alert_id"]]


def test_the_page_shows_all_of_it_in_both_languages(shop: Service) -> None:
    shop.client.post(
        "/console/login",
        content=f"key={shop.keys['admin']}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    for lang, words in (
        ("zh", ("骤降的网点", "台风橙色预警")),
        ("en", ("Outlets that dropped", "severe")),
    ):
        for part in ("on_time", "first_attempt", "not_picked_up", "first_update"):
            text = shop.client.get(f"/console/delivery?lang={lang}&part={part}").text
            assert "yd-1" in text
            assert all(word in text for word in words)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from models.delivery.alerts import Alert, AlertBook, Effect
from models.delivery.present import Fallen, Present
from serving.delivery.shifting import News
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service

HOUR_US = 3_600_000_000


def storm(region: str, now: int, **changes: int) -> News:
    clocks = {"starts_at": now - HOUR_US, "ends_at": now + 40 * HOUR_US, "known_at": now - HOUR_US}
    starts, ends, known = (clocks | changes).values()
    alert = Alert("W1", "storm", 3, "CN", region, None, starts, ends, known)
    effects = {("storm", 3, end): Effect(3.0, -1.5, 2.0) for end in ("from", "to")}
    return News(AlertBook((alert,), effects))


def route(shop: Service, order_id: str = "1", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = shop.score(order(order_id, **changes)).json()["route"]
    return found


def region_of(shop: Service, warehouse: str) -> str:
    assert shop.runtime.delivery is not None
    network = shop.runtime.delivery.reference.network
    region = next(w.region for w in network.warehouses if w.warehouse == warehouse)
    assert region is not None
    return region


def test_a_storm_at_a_warehouse_sends_orders_from_another_and_says_so(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    before = shop.call("POST", "/v1/routes/options", json={"order": order()}).json()["options"]
    usual = before[0]["warehouse"]

    delivery.news = storm(region_of(shop, usual), shop.clock())
    found = shop.call("POST", "/v1/routes/options", json={"order": order()}).json()["options"]

    assert found[0]["warehouse"] != usual
    hit = next(option for option in found if option["warehouse"] == usual)
    said = {reason["code"]: reason for reason in hit["reasons"]}
    assert "暴风雨" in said["alert"]["zh"]
    assert "storm" in said["alert"]["en"]
    assert said["alert"]["minor"] > 0
    assert "alert" not in {reason["code"] for reason in found[0]["reasons"]}
    earlier = {(o["warehouse"], o["outlet"]): o for o in before}[hit["warehouse"], hit["outlet"]]
    assert hit["p_late"] > earlier["p_late"]
    assert hit["p_first_attempt"] < earlier["p_first_attempt"]
    assert hit["eta_days"]["q50"] == pytest.approx(earlier["eta_days"]["q50"] + 2, abs=2e-3)


def test_the_decision_says_what_the_storm_kept_the_order_from_and_what_to_tell_the_buyer(
    shop: Service,
) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    before = route(shop, "1")
    assert before["instead_of"] is None

    delivery.news = storm(region_of(shop, before["warehouse"]), shop.clock())
    after = route(shop, "2")

    avoided = after["instead_of"]
    assert after["warehouse"] != before["warehouse"]
    assert (avoided["warehouse"], avoided["outlet"]) == (before["warehouse"], before["outlet"])
    assert [reason["code"] for reason in avoided["reasons"]] == ["alert"]
    assert "另一仓库" in after["notice"]["zh"]
    assert "another warehouse" in after["notice"]["en"]


def test_a_drop_lets_no_parcel_fare_better_than_the_outlet_does_now(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    before = route(shop, "1")
    fallen = Fallen("drop-1", "first_attempt", 0.05, "跌了", "it fell")

    delivery.news = News(present=Present({}, {before["outlet"]: (fallen,)}))
    after = route(shop, "2")

    assert after["outlet"] != before["outlet"]
    assert after["instead_of"]["outlet"] == before["outlet"]
    (reason,) = after["instead_of"]["reasons"]
    assert (reason["code"], reason["zh"], reason["en"]) == ("outlet_drop", "跌了", "it fell")
    assert reason["minor"] == round(800 * (before["p_first_attempt"] - 0.05))
    assert after["notice"] is None


def test_present_rates_stand_in_for_a_missing_model_of_first_attempts(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    assert delivery.rater is not None
    delivery.rater = replace(delivery.rater, models=replace(delivery.rater.models, attempt=None))

    assert route(shop, "1")["p_first_attempt"] is None
    delivery.news = News(present=Present({"sf-1": 0.9, "yd-1": 0.7, "yd-2": 0.8}))
    found = shop.call("POST", "/v1/routes/options", json={"order": order()}).json()["options"]

    rates = {option["outlet"]: option["p_first_attempt"] for option in found}
    assert rates == {"sf-1": 0.9, "yd-1": 0.7}


def test_where_no_way_avoids_the_storm_the_buyer_is_told(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    assert route(shop, "1")["notice"] is None

    delivery.news = storm("上海市", shop.clock())
    found = route(shop, "2", shipping_address={
        "country": "CN", "region": "上海市", "city": "上海市", "masked": False})  # fmt: skip

    assert found["outlet"] in {"sf-1", "yd-1"}
    assert "暴风雨" in found["notice"]["zh"]
    assert "storm" in found["notice"]["en"]


@pytest.mark.parametrize(
    "changes",
    [{"known_at": 1}, {"starts_at": 60 * 24}, {"ends_at": 0}],
    ids=["not known yet", "begins later", "is over"],
)
def test_what_is_not_in_force_or_not_known_changes_nothing(
    shop: Service, changes: dict[str, int]
) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    before = shop.call("POST", "/v1/routes/options", json={"order": order()}).json()["options"]

    now = shop.clock()
    moved = {name: now + hours * HOUR_US for name, hours in changes.items()}
    delivery.news = storm("浙江省", now, **moved)
    after = shop.call("POST", "/v1/routes/options", json={"order": order()}).json()["options"]

    assert after == before

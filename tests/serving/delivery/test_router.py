from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from serving.runtime import open_runtime
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from tests.serving.conftest import Service


def options(shop: Service, **changes: Any) -> Any:
    return shop.call("POST", "/v1/routes/options", json={"order": order(**changes)})


def test_options_are_ranked_and_take_their_costs_apart(shop: Service) -> None:
    answer = options(shop)

    found = answer.json()
    assert answer.status_code == 200
    costs = [option["cost"]["minor"] for option in found["options"]]
    assert costs == sorted(costs)
    assert found["n_options"] == 4
    assert {option["outlet"] for option in found["options"]} == {"sf-1", "yd-1"}
    best = found["options"][0]
    assert abs(sum(reason["minor"] for reason in best["reasons"]) - costs[0]) <= 2
    assert set(found["versions"]) == {"late", "eta", "attempt"}
    assert found["degraded"] == []


def test_the_slow_carrier_is_expected_later_and_less_surely(shop: Service) -> None:
    by_outlet = {option["outlet"]: option for option in options(shop).json()["options"]}

    slow, quick = by_outlet["yd-1"], by_outlet["sf-1"]

    assert slow["p_late"] > quick["p_late"]
    assert slow["p_first_attempt"] < quick["p_first_attempt"]
    assert slow["eta_days"]["q50"] > quick["eta_days"]["q50"]
    assert quick["eta_days"]["q10"] <= quick["eta_days"]["q50"] <= quick["eta_days"]["q90"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": 8}, "stock"),
        ({"sku": "POT"}, "stock"),
        ({"city": "长沙市"}, "area"),
        ({"quantity": 6, "sku": "CUP"}, None),
    ],
    ids=["more than is free", "stock below zero is none", "nobody goes there", "all that is free"],
)
def test_an_order_that_cannot_be_served_says_why(
    shop: Service, changes: dict[str, Any], code: str | None
) -> None:
    found = options(shop, **changes).json()

    assert (found["unserved"] and found["unserved"]["code"]) == code
    assert bool(found["options"]) == (code is None)


def test_substitutes_that_are_there_are_named(shop: Service) -> None:
    unserved = options(shop, sku="POT").json()["unserved"]

    assert unserved["missing_units"] == {"POT": 1}
    assert unserved["substitutes"] == {"POT": ["PAN"]}


def test_a_decision_carries_its_route(shop: Service) -> None:
    decision = shop.score(order()).json()

    route = decision["route"]
    assert {route["outlet"], *(o["outlet"] for o in route["alternatives"])} == {"sf-1", "yd-1"}
    assert len(route["alternatives"]) == 3
    assert route["promised_by"] == "2026-03-04T08:30:00Z"
    assert route["cost"]["currency"] == "CNY"


def test_the_days_capacity_is_used_up_once_an_order(shop: Service) -> None:
    first = shop.score(order("1", sku="PAN")).json()["route"]
    again = shop.score(order("1", sku="PAN", revision="2")).json()["route"]
    second = shop.score(order("2", sku="PAN")).json()["route"]

    assert first["warehouse"] == again["warehouse"] == "CD"
    assert second["warehouse"] is None
    assert second["unserved"]["code"] == "warehouse_capacity"


def test_a_restart_remembers_what_the_day_has_used(shop: Service) -> None:
    shop.score(order("1", sku="PAN"))

    with closing(open_runtime(shop.runtime.settings, clock=shop.clock)) as again:
        assert again.delivery is not None
        assert [used.total() for used in again.delivery.load.sent.values()] == [1]


def test_a_malformed_order_is_refused_with_its_place(shop: Service) -> None:
    answer = shop.call("POST", "/v1/routes/options", json={"order": order(lines=[])})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/order/lines")


@pytest.mark.parametrize("level", ["area", "carrier", "area_carrier", "warehouse", "outlet"])
def test_health_counts_promises_and_attempts_by_week(shop: Service, level: str) -> None:
    found = shop.call("GET", f"/v1/delivery/health?level={level}&weeks=4&limit=2").json()

    row = found["rows"][0]
    assert found["n_rows"] > 2
    assert found["next_cursor"] == "2"
    assert row["on_time"]["low"] <= row["on_time"]["rate"] <= row["on_time"]["high"]


def test_health_pages_do_not_overlap(shop: Service) -> None:
    first = shop.call("GET", "/v1/delivery/health?level=carrier&limit=3").json()
    second = shop.call(
        "GET", f"/v1/delivery/health?level=carrier&limit=3&cursor={first['next_cursor']}"
    ).json()

    keys = [(row["week"], row["carrier"]) for row in first["rows"] + second["rows"]]
    assert len(keys) == len(set(keys)) == 6


def test_a_strange_cursor_is_refused(shop: Service) -> None:
    answer = shop.call("GET", "/v1/delivery/health?cursor=next")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/cursor"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/v1/routes/options", {"order": order()}), ("GET", "/v1/delivery/health", None)],
)
def test_without_a_network_the_answer_says_what_to_import(
    service: Service, method: str, path: str, body: Any
) -> None:
    answer = service.call(method, path, json=body)

    assert answer.status_code == 409
    assert "import" in answer.json()["detail"]


def test_a_key_is_needed(shop: Service) -> None:
    assert shop.call("GET", "/v1/delivery/health", role=None).status_code == 401


def test_an_order_goes_the_way_that_a_rule_of_the_merchant_wishes(shop: Service) -> None:
    cheapest = shop.score(order("before")).json()["route"]["carrier"]
    wished = {"sf": "yd", "yd": "sf"}[cheapest]
    rule = {
        "id": "carrier",
        "name": {"zh": "指定承运商", "en": "a carrier of our choice"},
        "when": {"field": "order__channel", "op": "==", "value": "shopify"},
        "then": {"route": {"prefer": {"carrier": wished}}},
    }

    saved = shop.call("PUT", "/v1/rules", json={"document": {"rules": [rule]}})
    route = shop.score(order("after")).json()["route"]

    assert saved.status_code == 200
    assert route["carrier"] == wished
    assert cheapest in {other["carrier"] for other in route["alternatives"]}

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from models.policy.limits import PolicyError
from models.routing.outlet_rule import OutletRule
from models.routing.stock import Count
from serving.delivery.opening import read_rule
from serving.runtime import open_runtime
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from pathlib import Path

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
        ({"quantity": 99}, "stock"),
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
    shown = options(shop, order_id="after").json()
    route = shop.score(order("after")).json()["route"]

    assert saved.status_code == 200
    assert shown["route"] == route
    assert shown["options"][0]["carrier"] == wished
    assert route["carrier"] == wished
    assert cheapest in {other["carrier"] for other in route["alternatives"]}


def decided(shop: Service, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = shop.score(order(**changes)).json()["route"]
    return found


def lines(*wanted: tuple[str, int]) -> list[dict[str, Any]]:
    (line,) = order()["lines"]
    return [
        line | {"line_id": str(number), "seller_sku": sku, "title": sku, "quantity": quantity}
        for number, (sku, quantity) in enumerate(wanted)
    ]


def test_an_order_that_no_warehouse_has_whole_goes_in_parcels_that_count_against_the_day(
    shop: Service,
) -> None:
    shown = options(shop, lines=lines(("CUP", 6), ("PAN", 1))).json()
    found = decided(shop, lines=lines(("CUP", 6), ("PAN", 1)))

    assert (shown["route"], shown["options"]) == (found, [])
    by_house = {parcel["warehouse"]: parcel["units"] for parcel in found["parcels"]}
    codes = [reason["code"] for reason in found["reasons"]]
    assert by_house == {"JX": {"CUP": 6}, "CD": {"PAN": 1}}
    assert (found["warehouse"], found["unserved"]) == ("JX", None)
    assert "split" in codes
    assert codes[-1] == "no_whole_warehouse"
    assert shop.runtime.delivery is not None
    load = shop.runtime.delivery.load
    assert {house: n for day in load.sent.values() for house, n in day.items()} == {
        "JX": 1,
        "CD": 1,
    }
    again = decided(shop, order_id="2", lines=lines(("CUP", 6), ("PAN", 1)))
    assert again["unserved"] is not None


def test_a_share_of_what_arrives_before_the_order_must_leave_may_be_promised(
    shop: Service,
) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    assert delivery.reference.available is not None
    now = shop.clock()
    free = dict(delivery.reference.available)
    arriving = Count("JX", "CUP", 9, 2, 1, inbound=4, inbound_eta=now)

    delivery.reference = replace(delivery.reference, inbound={("JX", "CUP"): arriving})

    assert free["JX", "CUP"] == 6
    assert [delivery.available(at)["JX", "CUP"] for at in (None, now - 1, now)] == [6, 6, 8]  # type: ignore[index]
    assert delivery.available(now, ["POT"]) == free


def test_under_the_merchants_rule_the_better_rate_decides_where_no_listed_outlet_serves(
    shop: Service,
) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    nothing = replace(delivery.costs.late, minor=0)
    delivery.costs = replace(delivery.costs, late=nothing, failed_attempt=nothing)
    by_freight = decided(shop)["outlet"]

    delivery.rule = OutletRule(outlets=("yd-2",))
    shown = options(shop, order_id="2").json()
    by_rate = decided(shop, order_id="2")["outlet"]

    assert shown["route"]["outlet"] == shown["options"][0]["outlet"] == by_rate
    assert (by_freight, by_rate) == ("yd-1", "sf-1")


def test_a_rule_that_cannot_be_read_names_its_file_and_field(tmp_path: Path) -> None:
    file = tmp_path / "outlets.yaml"

    assert read_rule(file) is None
    file.write_text("outlets: [yd-1]\nmore_than: 20\n", "utf-8")
    assert read_rule(file) == OutletRule(("yd-1",), 20)
    file.write_text("outlets: yd-1\n", "utf-8")
    with pytest.raises(PolicyError, match=r"outlets\.yaml .*a list of outlet names"):
        read_rule(file)


def test_the_date_that_may_be_promised_keeps_the_merchants_share(shop: Service) -> None:
    delivery = shop.runtime.delivery
    assert delivery is not None
    assert delivery.rater is not None
    usual = decided(shop)

    delivery.rater = replace(delivery.rater, promise_target=0.5)
    even = decided(shop, order_id="2", deliver_by=None)

    assert usual["promise"]["on_time"] == 0.9
    assert usual["promise"]["days"] == usual["eta_days"]["q90"]
    assert even["promise"]["days"] == even["eta_days"]["q50"]
    assert even["promised_by"] == even["promise"]["by"]

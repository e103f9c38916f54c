from __future__ import annotations

import pytest

from models.detectors.duplicates import DuplicateOrder

LAST = "phone_sku_set__order_key__last_30m"
SECONDS = "phone_sku_set__seconds_since__last_30m"
USUAL = "phone_sku_set__order_count__30d"


def test_the_same_phone_and_goods_within_minutes_is_a_duplicate() -> None:
    finding = DuplicateOrder().assess({LAST: "m/c/s/7", SECONDS: 120.0, USUAL: 1.0})

    assert finding.score > 0.9
    assert finding.duplicate_of == "m/c/s/7"
    assert finding.reasons[0].zh == "同一手机号2 分钟前已下过相同商品的订单"


def test_no_earlier_order_is_no_duplicate() -> None:
    assert DuplicateOrder().assess({USUAL: 3.0}).score == 0.0


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, 1.0), (900.0, 0.9), (1800.0, 0.8)])
def test_the_longer_ago_the_less_sure(seconds: float, expected: float) -> None:
    finding = DuplicateOrder().assess({LAST: "m/c/s/7", SECONDS: seconds})

    assert finding.score == pytest.approx(expected)


def test_a_customer_who_always_repeats_is_only_just_flagged() -> None:
    finding = DuplicateOrder().assess({LAST: "m/c/s/7", SECONDS: 0.0, USUAL: 9.0})

    assert finding.score == pytest.approx(0.55)
    assert finding.reasons[0].typical == 8.0


def test_an_address_of_many_buyers_links_nothing() -> None:
    features: dict[str, float | str | None] = {
        "address_unit_sku_set__order_key__last_30m": "m/c/s/7",
        "address_unit_sku_set__seconds_since__last_30m": 60.0,
    }

    assert DuplicateOrder().assess(features).score > 0.8
    hub = features | {"address_unit__buyer_distinct__30d": 25.0}
    assert DuplicateOrder().assess(hub).score == 0.0


def test_the_strongest_link_is_named_and_every_order_is_linked() -> None:
    finding = DuplicateOrder().assess(
        {
            LAST: "m/c/s/7",
            SECONDS: 600.0,
            "device_sku_set__order_key__last_30m": "m/c/s/8",
            "device_sku_set__seconds_since__last_30m": 900.0,
        }
    )

    assert finding.duplicate_of == "m/c/s/7"
    assert finding.linked == ("m/c/s/7", "m/c/s/8")


def test_the_same_goods_to_one_building_are_only_just_flagged() -> None:
    features: dict[str, float | str | None] = {
        "address_building_sku_set__order_key__last_30m": "m/c/s/7",
        "address_building_sku_set__seconds_since__last_30m": 60.0,
    }

    assert 0.5 <= DuplicateOrder().assess(features).score < 0.8

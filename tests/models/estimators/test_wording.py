from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from models.estimators.wording import reason, show

if TYPE_CHECKING:
    from models.contracts import FeatureValues, Reason

RATIO = {
    "name": "buyer__value_minor__ratio_30d",
    "unit": "ratio",
    "zh": "同一买家近 30d 的订单金额与均值之比",
    "en": "ratio to the mean of order value, same buyer, last 30d",
    "typical": 1.0,
}


def say(values: FeatureValues, *, weight: float = 1.0, digits: int = 2) -> Reason:
    return reason(RATIO, values, weight=weight, share=0.25, digits=digits)


def test_a_deviation_names_the_buyers_own_mean() -> None:
    said = say(
        {
            "buyer__value_minor__ratio_30d": 3.2,
            "buyer__value_minor__mean_30d": 100_00.0,
            "order__value_minor": 320_00.0,
        }
    )

    assert said.zh == "同一买家近 30d 的订单金额与均值之比：3.2 倍（本单 320.00，均值 100.00）"
    assert said.en.endswith(": 3.2 times (this order 320.00, mean 100.00)")
    assert (said.value, said.typical) == (320_00.0, 100_00.0)


def test_without_the_mean_the_usual_value_stands() -> None:
    said = say({"buyer__value_minor__ratio_30d": 3.2, "order__value_minor": 320_00.0})

    assert said.en.endswith(": 3.2 times (usually 1 times in this shop)")
    assert (said.value, said.typical) == (3.2, 1.0)


@pytest.mark.parametrize("values", [{}, {"buyer__value_minor__ratio_30d": math.nan}])
def test_a_missing_value_is_unknown_not_zero(values: FeatureValues) -> None:
    said = say(values)

    assert said.zh.endswith("：未知（本店通常 1 倍）")
    assert said.value is None


@pytest.mark.parametrize(("weight", "direction"), [(0.1, "raises"), (-0.1, "lowers")])
def test_the_sign_is_the_direction(weight: float, direction: str) -> None:
    assert say({}, weight=weight).direction == direction


@pytest.mark.parametrize(
    ("value", "unit", "digits", "zh", "en"),
    [
        (123.0, "minor units of currency", 0, "123", "123"),
        (123.0, "minor units of currency", 3, "0.123", "0.123"),
        (0.0, "share", 2, "0%", "0%"),
        (45.0, "seconds", 2, "45 秒", "45 seconds"),
        (90.0, "seconds", 2, "90 秒", "90 seconds"),
        (86_400.0 * 3, "seconds", 2, "3 天", "3 days"),
        (-2.345, "standard deviations", 2, "-2.35 个标准差", "-2.35 standard deviations"),
        (0.0, "yes = 1", 2, "否", "no"),
        ("cod", "", 2, "cod", "cod"),
        (4.0, "as the merchant counts", 2, "4", "4"),
    ],
)
def test_values_are_written_in_their_unit(
    value: float | str, unit: str, digits: int, zh: str, en: str
) -> None:
    assert show(value, unit, digits) == (zh, en)


VALUE = {
    "name": "order__value_minor",
    "unit": "minor units of the base currency",
    "zh": "订单金额",
    "en": "order value",
    "typical": 50_00.0,
}
COUNT = {
    "name": "ip__order_count__24h",
    "unit": "orders",
    "zh": "同一 IP 近 24h 的订单数",
    "en": "orders, same IP, last 24h",
    "typical": 0.0,
}


def test_an_amount_is_set_against_the_buyers_own_mean_before_the_shops() -> None:
    shop = {"order__value_minor": 900_00.0, "shop__value_minor__mean_30d": 80_00.0}
    buyer = shop | {"buyer__value_minor__mean_90d": 200_00.0}

    by_shop = reason(VALUE, shop, weight=1.0, share=0.5, digits=2)
    by_buyer = reason(VALUE, buyer, weight=1.0, share=0.5, digits=2)

    assert by_shop.en == "order value: 900.00 (usually 80.00 in this shop)"
    assert by_buyer.en == "order value: 900.00 (usually 200.00 for this buyer)"
    assert by_buyer.zh == "订单金额：900.00（该买家通常 200.00）"
    assert (by_shop.typical, by_buyer.typical) == (80_00.0, 200_00.0)


@pytest.mark.parametrize(
    ("month", "en"),
    [
        (300.0, "orders, same IP, last 24h: 40 orders (usually 10 orders by its last 30 days)"),
        (9.0, "orders, same IP, last 24h: 40 orders (usually 0 orders in this shop)"),
    ],
)
def test_a_count_is_set_against_the_same_partys_month_when_there_was_one(
    month: float, en: str
) -> None:
    values = {"ip__order_count__24h": 40.0, "ip__order_count__30d": month}

    assert reason(COUNT, values, weight=1.0, share=0.5, digits=2).en == en

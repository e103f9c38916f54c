from __future__ import annotations

import pytest

from models.detectors.items import ImpossibleItem

Values = dict[str, float | str | None]


def item(**changes: float) -> Values:
    usual: Values = {
        "sku__order_count__30d": 50.0,
        "sku__quantity__ratio_30d": 1.0,
        "sku__quantity__zscore_30d": 0.0,
        "sku_currency__unit_price_minor__ratio_30d": 1.0,
        "sku_currency__unit_price_minor__zscore_30d": 0.0,
        "shop__value_minor__ratio_30d": 5.0,
    }
    return usual | changes


def test_a_usual_item_is_nothing() -> None:
    assert ImpossibleItem().assess(item()).score == 0.0


def test_a_large_quantity_counts_only_far_outside_the_products_own_spread() -> None:
    in_bulk = item(sku__quantity__ratio_30d=80.0, sku__quantity__zscore_30d=4.0)
    mistyped = item(sku__quantity__ratio_30d=80.0, sku__quantity__zscore_30d=40.0)

    assert ImpossibleItem().assess(in_bulk).score == 0.0
    assert ImpossibleItem().assess(mistyped).score == 0.6


def test_a_large_quantity_of_little_value_is_only_mentioned() -> None:
    many_pins = item(
        sku__quantity__ratio_30d=80.0,
        sku__quantity__zscore_30d=40.0,
        shop__value_minor__ratio_30d=1.0,
    )

    assert ImpossibleItem().assess(many_pins).score == 0.3


def test_a_low_price_alone_is_a_sale_and_with_a_large_quantity_a_mistake_being_used() -> None:
    sale = item(sku_currency__unit_price_minor__ratio_30d=0.04)
    used = sale | {"sku__quantity__ratio_30d": 10.0}

    assert ImpossibleItem().assess(sale).score == 0.3
    assert ImpossibleItem().assess(used).score == 0.6
    assert ImpossibleItem().assess(used).reasons[0].code == "impossible_item_low_price"


def test_a_price_far_above_its_own_past_is_mentioned() -> None:
    finding = ImpossibleItem().assess(item(sku_currency__unit_price_minor__zscore_30d=90.0))

    assert finding.score == 0.3
    assert finding.reasons[0].zh == "单价比该商品平时高出 90 个标准差"


@pytest.mark.parametrize("past", [0.0, 9.0])
def test_a_product_without_a_past_has_no_usual(past: float) -> None:
    new = item(
        sku__order_count__30d=past, sku__quantity__ratio_30d=99.0, sku__quantity__zscore_30d=99.0
    )

    assert ImpossibleItem().assess(new).score == 0.0


def test_what_a_wholesaler_always_does_is_only_mentioned() -> None:
    mistyped = item(sku__quantity__ratio_30d=80.0, sku__quantity__zscore_30d=40.0)

    assert ImpossibleItem().assess(mistyped | {"buyer__value_minor__ratio_90d": 1.9}).score == 0.3
    assert ImpossibleItem().assess(mistyped | {"buyer__value_minor__ratio_90d": 2.0}).score == 0.6

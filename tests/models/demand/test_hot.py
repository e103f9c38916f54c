from __future__ import annotations

from models.demand.forecaster import fit_forecaster
from models.demand.hot import hot_products
from models.demand.series import DemandSeries
from tests.models.demand.shops import SMALL


def test_a_product_that_took_off_is_hot_and_says_why() -> None:
    units = {"steady": [4.0] * 120, "rising": [4.0] * 106 + [20.0] * 14}
    series = DemandSeries.from_units(units, "2026-01-05")
    found = fit_forecaster(series, 120, 14, SMALL).forecaster.forecast(series, 120)

    hot = hot_products(series, found)

    assert [product.series_id for product in hot] == ["rising"]
    assert hot[0].usual_units == 56.0
    assert hot[0].ratio > 1.5
    assert hot[0].reasons[0].code == "recent_rise"
    assert hot[0].reasons[0].value == 20.0
    assert hot[0].reasons[0].zh == "最近 14 天销量是平时的 5.0 倍"


def test_one_bulk_order_does_not_make_a_product_hot() -> None:
    units = {"steady": [4.0] * 120, "bulk": [1.0, 0.0] * 59 + [1.0, 60.0]}
    series = DemandSeries.from_units(units, "2026-01-05")
    found = fit_forecaster(series, 120, 14, SMALL).forecaster.forecast(series, 120)

    hot = {product.series_id for product in hot_products(series, found)}

    assert "steady" not in hot

"""How likely an order ends in cancellations."""

from __future__ import annotations

from typing import Final

from models.estimators.after_sales import AfterSalesEstimator

CANCEL: Final = AfterSalesEstimator(
    name="cancel", zh="取消订单", en="cancellations", kinds=("cancel",)
)

"""How likely an order ends in returns."""

from __future__ import annotations

from typing import Final

from models.estimators.after_sales import AfterSalesEstimator

RETURN: Final = AfterSalesEstimator(name="return", zh="退货", en="returns", kinds=("return",))

"""How likely an order ends in refunds."""

from __future__ import annotations

from typing import Final

from models.estimators.after_sales import AfterSalesEstimator

REFUND: Final = AfterSalesEstimator(name="refund", zh="退款", en="refunds", kinds=("refund",))

"""How likely an order ends in refusals at the door."""

from __future__ import annotations

from typing import Final

from models.estimators.after_sales import AfterSalesEstimator

REFUSAL: Final = AfterSalesEstimator(
    name="refusal", zh="拒收", en="refusals at the door", kinds=("refusal",)
)

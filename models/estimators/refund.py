"""How likely an order ends in refunds."""

from __future__ import annotations

from typing import Final

from models.estimators.base import RiskEstimator

REFUND: Final = RiskEstimator(name="refund", zh="退款", en="refunds", kinds=("refund",))

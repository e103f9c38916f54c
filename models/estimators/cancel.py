"""How likely an order ends in cancellations."""

from __future__ import annotations

from typing import Final

from models.estimators.base import RiskEstimator

CANCEL: Final = RiskEstimator(name="cancel", zh="取消订单", en="cancellations", kinds=("cancel",))

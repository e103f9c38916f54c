"""How likely an order ends in fraud and chargebacks."""

from __future__ import annotations

from typing import Final

from models.estimators.base import RiskEstimator

FRAUD: Final = RiskEstimator(
    name="fraud", zh="欺诈与拒付", en="fraud and chargebacks", kinds=("fraud", "chargeback")
)

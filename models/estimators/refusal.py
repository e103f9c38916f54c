"""How likely an order ends in refusals at the door."""

from __future__ import annotations

from typing import Final

from models.estimators.base import RiskEstimator

REFUSAL: Final = RiskEstimator(
    name="refusal", zh="拒收", en="refusals at the door", kinds=("refusal",)
)

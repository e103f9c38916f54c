"""What the channel itself says about the order: its risk hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import text

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_RISK: Final = "order__platform_risk"
_LEVELS: Final = {
    "review": (0.6, "平台提示该订单需要审核", "the channel marks the order for review"),
    "locked": (1.0, "平台已锁定该订单", "the channel has locked the order"),
    "frozen": (1.0, "平台已冻结该订单", "the channel has frozen the order"),
}


class PlatformHold:
    """Repeats the hold that the sales channel has put on an order.

    Examples
    --------
    >>> PlatformHold().assess({"order__platform_risk": "locked"}).score
    1.0
    >>> PlatformHold().assess({"order__platform_risk": "none"}).score
    0.0
    """

    name = "platform_hold"
    needs = frozenset({_RISK})

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        level = text(features, _RISK)
        if level not in _LEVELS:
            return NOTHING
        score, zh, en = _LEVELS[level]
        reason = Reason("platform_hold", zh, en, value=level, typical="none", share=1.0)
        return Assessment(score, (reason,))

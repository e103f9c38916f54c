"""New buyers, one after the other, on one device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import grade, number, text
from models.thresholds import FRESH_ACCOUNTS

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_OWN: Final = "buyer__order_count__90d"
_BEFORE: Final = "device__order_count__1h"
_OTHERS: Final = "device__buyer_distinct__24h"
_LAST: Final = "device__order_key__last_1h"


class FreshAccount:
    """Finds a buyer never seen before on a device that others have ordered from within the hour.

    Since the buyer has no order of their own, every order of the device is another buyer's.

    Examples
    --------
    >>> finding = FreshAccount().assess({
    ...     "buyer__order_count__90d": 0.0,
    ...     "device__order_count__1h": 2.0,
    ...     "device__buyer_distinct__24h": 2.0,
    ... })
    >>> finding.reasons[0].en
    'a new buyer on a device that 2 other buyers used today, 2 orders within the hour'
    """

    name = "fresh_account"
    needs = frozenset({_OWN, _BEFORE, _OTHERS, _LAST})

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        own, before = number(features, _OWN), number(features, _BEFORE)
        others = number(features, _OTHERS)
        if own != 0 or before is None or others is None or others < 1:
            return NOTHING
        score = grade(before, FRESH_ACCOUNTS)
        if score <= 0:
            return NOTHING
        reason = Reason(
            code="fresh_account_device",
            zh=f"新买家使用的设备当天已有 {others:g} 个其他买家，1 小时内下过 {before:g} 单",
            en=(
                f"a new buyer on a device that {others:g} other buyers used today, "
                f"{before:g} orders within the hour"
            ),
            value=before,
            typical=0.0,
            share=1.0,
        )
        last = text(features, _LAST)
        return Assessment(score, (reason,), linked=(last,) if last else ())

"""Buyers who are one party and buy the same goods: resellers who get around a limit per buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import Assessment, Reason
from models.detectors.grading import grade, number, shared_out
from models.detectors.sharing import DistinctCount
from models.thresholds import LINKED_BUYERS, RESELLER_GROUP, RESELLERS

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_BUYERS: Final = "links__n_buyers"
_ORDERS: Final = "links__order_count__7d"
_CEILING: Final = {"address_unit_sku_set__buyer_distinct__7d": 0.6}
_GROUP_CEILING: Final = 0.7


class ResellerRing:
    """Finds an order of a group of buyers that keeps buying, or keeps buying the same goods.

    Examples
    --------
    >>> finding = ResellerRing().assess({"device_sku_set__buyer_distinct__7d": 5.0})
    >>> finding.score, finding.reasons[0].en
    (0.9, '5 buyers on one device with the same goods in 7 d (limit 2)')
    >>> group = {"links__n_buyers": 4.0, "links__order_count__7d": 9.0}
    >>> ResellerRing().assess(group).reasons[0].code
    'reseller_ring_group'
    """

    name = "reseller_ring"
    needs = frozenset({*RESELLERS, _BUYERS, _ORDERS})

    def __init__(self) -> None:
        self._same_goods = DistinctCount(self.name, RESELLERS, _CEILING, suffix="_sku_set")

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        found = self._same_goods.found(features)
        buyers, orders = number(features, _BUYERS), number(features, _ORDERS)
        if buyers is not None and buyers >= LINKED_BUYERS[_BUYERS].warn and orders is not None:
            score = min(grade(orders, RESELLER_GROUP), _GROUP_CEILING)
            if score:
                found.append((score, _group(buyers, orders)))
        return shared_out(found)


def _group(buyers: float, orders: float) -> Reason:
    return Reason(
        code="reseller_ring_group",
        zh=f"{buyers:g} 个关联买家 7 天内另有 {orders:g} 笔订单（上限 {RESELLER_GROUP.warn:g}）",
        en=f"{buyers:g} linked buyers placed {orders:g} other orders in 7 d"
        f" (limit {RESELLER_GROUP.warn:g})",
        value=orders,
        typical=RESELLER_GROUP.warn,
    )

"""An order of the same amount within the hour by the same party, its goods a little different."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import number, text
from models.thresholds import HUB_BUYERS, SAME_AMOUNT

if TYPE_CHECKING:
    from models.contracts import FeatureValues

_PARTIES: Final = {
    "phone": ("手机号", "phone", 0.6),
    "buyer": ("买家", "buyer", 0.6),
    "address_unit": ("收货地址", "delivery address", 0.55),
    "payment": ("付款账户", "payment account", 0.5),
}
"""What the two orders share: its names, and the score it makes alone."""

_SECOND: Final = 0.15
"""What each further shared party adds."""
_MOST: Final = 0.75
_VALUE: Final = "order__value_minor"
_HUB: Final = "address_unit__buyer_distinct__30d"


def _names(party: str) -> tuple[str, str, str, str]:
    """Features of a party: its last order, orders and sum of the day, the same goods before."""
    return (
        f"{party}__order_key__last_1h",
        f"{party}__order_count__24h",
        f"{party}__value_minor__sum_24h",
        f"{party}_sku_set__order_key__last_30m",
    )


class NearDuplicate:
    """Finds an order that looks like another one of the hour, with another basket.

    The value of the order before is known where it was the party's only one of the day: then the
    sum of the day is its value. An order with the very same goods is `DuplicateOrder`'s to find.

    Examples
    --------
    >>> finding = NearDuplicate().assess({
    ...     "order__value_minor": 25_900.0,
    ...     "phone__order_key__last_1h": "m/taobao/s/1001",
    ...     "phone__order_count__24h": 1.0,
    ...     "phone__value_minor__sum_24h": 25_900.0,
    ... })
    >>> finding.score, finding.duplicate_of, finding.reasons[0].en
    (0.6, 'm/taobao/s/1001', 'the same phone placed an order of the same amount within the hour')
    """

    name = "near_duplicate"
    needs = frozenset({name for party in _PARTIES for name in _names(party)} | {_VALUE, _HUB})

    def __init__(self) -> None:
        self._checks = tuple((party, _names(party), *said) for party, said in _PARTIES.items())

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        value = number(features, _VALUE)
        if value is None or value <= 0:
            return NOTHING
        found: dict[str, list[tuple[float, str, str, str]]] = {}
        for party, (last, count, total, same_goods), zh, en, score in self._checks:
            earlier = text(features, last)
            if earlier is None or number(features, count) != 1.0:
                continue
            if text(features, same_goods) is not None:
                return NOTHING
            before = number(features, total)
            if before is None or abs(value - before) > SAME_AMOUNT.warn * value:
                continue
            if party == "address_unit" and (number(features, _HUB) or 0.0) >= HUB_BUYERS.hold:
                continue
            found.setdefault(earlier, []).append((score, party, zh, en))
        if not found:
            return NOTHING
        earlier, shared = max(found.items(), key=lambda item: (len(item[1]), item[1][0][0]))
        score = min(shared[0][0] + _SECOND * (len(shared) - 1), _MOST)
        parties_zh, parties_en = "、".join(p[2] for p in shared), " and ".join(p[3] for p in shared)
        reason = Reason(
            code=f"near_duplicate_{shared[0][1]}",
            zh=f"同一{parties_zh}在 1 小时内下过金额相同的订单",
            en=f"the same {parties_en} placed an order of the same amount within the hour",
            value=value,
            share=1.0,
        )
        return Assessment(score, (reason,), duplicate_of=earlier, linked=(earlier,))

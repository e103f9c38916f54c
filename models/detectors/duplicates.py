"""The same goods ordered again within half an hour by what looks like the same person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from models.contracts import NOTHING, Assessment, Reason
from models.detectors.grading import number, text
from models.thresholds import DUPLICATE_MINUTES, HUB_BUYERS

if TYPE_CHECKING:
    from models.contracts import FeatureValues


@dataclass(frozen=True, slots=True)
class _Link:
    """What two orders may share beside their goods, and how sure that makes a duplicate."""

    subject: str
    zh: str
    en: str
    score: float

    @property
    def last_order(self) -> str:
        return f"{self.subject}_sku_set__order_key__last_30m"

    @property
    def seconds_since(self) -> str:
        return f"{self.subject}_sku_set__seconds_since__last_30m"

    @property
    def usual(self) -> str:
        return f"{self.subject}_sku_set__order_count__30d"


_LINKS: Final = (
    _Link("phone", "手机号", "phone", 1.0),
    _Link("buyer", "买家", "buyer", 1.0),
    _Link("payment", "付款账户", "payment account", 0.95),
    _Link("device", "设备", "device", 0.95),
    _Link("address_unit", "收货地址", "delivery address", 0.9),
    _Link("address_building", "收货楼栋", "building of delivery", 0.63),
)
_HUBS: Final = {
    "address_unit": "address_unit__buyer_distinct__30d",
    "address_building": "address_building__buyer_distinct__30d",
}
_HABIT: Final = 6
"""Identical orders in 30 days from which repeating them is this customer's habit."""


class DuplicateOrder:
    """Finds an order that repeats another one of the last 30 minutes.

    Notes
    -----
    The score falls with the time between the two and with how often the same goods were ordered by
    the same party before. An address that serves many buyers links nothing by itself.

    Examples
    --------
    >>> finding = DuplicateOrder().assess({
    ...     "phone_sku_set__order_key__last_30m": "m/taobao/s/1001",
    ...     "phone_sku_set__seconds_since__last_30m": 240.0,
    ... })
    >>> finding.duplicate_of, finding.reasons[0].en
    ('m/taobao/s/1001', 'the same phone ordered the same goods 4 minutes earlier')
    """

    name = "duplicate"
    needs = frozenset(
        {name for link in _LINKS for name in (link.last_order, link.seconds_since, link.usual)}
        | set(_HUBS.values())
    )

    def assess(self, features: FeatureValues) -> Assessment:
        """Assess one order from its feature values."""
        best: tuple[float, _Link, str, float | None] | None = None
        earlier: dict[str, None] = {}
        for link in _LINKS:
            order_key = text(features, link.last_order)
            if order_key is None or self._is_hub(link, features):
                continue
            earlier.setdefault(order_key)
            seconds = number(features, link.seconds_since)
            score = link.score * _nearness(seconds) * _novelty(number(features, link.usual))
            if best is None or score > best[0]:
                best = (score, link, order_key, seconds)
        if best is None:
            return NOTHING
        score, link, order_key, seconds = best
        reason = _reason(link, seconds, number(features, link.usual))
        return Assessment(score, (reason,), duplicate_of=order_key, linked=tuple(earlier))

    @staticmethod
    def _is_hub(link: _Link, features: FeatureValues) -> bool:
        hub = _HUBS.get(link.subject)
        return hub is not None and (number(features, hub) or 0) >= HUB_BUYERS.hold


def _nearness(seconds: float | None) -> float:
    """Weigh the time between two equal orders: 1 at once, 0.8 at the far end of the window."""
    if seconds is None:
        return 0.9
    return 1.0 - 0.2 * min(max(seconds, 0.0) / 60.0 / DUPLICATE_MINUTES.warn, 1.0)


def _novelty(n_before: float | None) -> float:
    """Weigh how unusual the repetition is; the order it repeats is one of those counted."""
    return 0.55 if n_before is not None and n_before > _HABIT else 1.0


def _reason(link: _Link, seconds: float | None, n_before: float | None) -> Reason:
    usual = None if n_before is None else max(n_before - 1.0, 0.0)
    if seconds is None:
        zh, en, value = "30 分钟内", "within 30 minutes", None
    else:
        value = round(seconds / 60.0, 1)
        zh, en = f"{value:g} 分钟前", f"{value:g} minutes earlier"
    tail_zh = f"（30 天内另有 {usual:g} 次）" if usual else ""
    tail_en = f" ({usual:g} other times in 30 days)" if usual else ""
    return Reason(
        code=f"duplicate_{link.subject}",
        zh=f"同一{link.zh}{zh}已下过相同商品的订单{tail_zh}",
        en=f"the same {link.en} ordered the same goods {en}{tail_en}",
        value=value,
        typical=usual,
        share=1.0,
    )

"""Limits with label and unit, by the feature they limit. No scoring.

``warn`` is where an order becomes worth a look, ``hold`` where it should not leave by itself.
Counts of orders include the order that is being judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit of one quantity.

    Parameters
    ----------
    zh, en
        What is limited, as a person would say it.
    warn
        From here on the order is flagged.
    hold
        From here on the order should be held; above ``warn``, or below it when low values are bad.
    unit
        Unit of both numbers.

    Examples
    --------
    >>> Threshold("退款率", "refund rate", warn=0.10, hold=0.15, unit="share").warn
    0.1
    """

    zh: str
    en: str
    warn: float
    hold: float
    unit: str


RULE_POINTS: Final = Threshold(
    "商家规则累计分", "points of the merchant's rules", warn=50, hold=100, unit="points"
)
"""Sum of rule points from which an order is at least reviewed, and held."""

ORDER_VALUE: Final[dict[str, Threshold]] = {
    "prepaid": Threshold(
        "预付订单金额", "value of an order paid in advance", 3_000_000, 15_000_000, "fen"
    ),
    "cod": Threshold(
        "货到付款订单金额", "value of an order paid at the door", 300_000, 1_500_000, "fen"
    ),
    "presale": Threshold(
        "预售订单金额", "value of an order sold before stock", 3_000_000, 15_000_000, "fen"
    ),
}
"""Order value from which an order is at least reviewed, and held, whatever else speaks for it."""


def _orders(zh: str, en: str, **windows: tuple[float, float]) -> dict[str, Threshold]:
    """Name the limits of order counts of one entity, by window."""
    words = {"10m": "10 分钟", "1h": "1 小时", "24h": "24 小时"}
    return {
        window: Threshold(
            f"{words[window]}内同一{zh}的订单数", f"orders by one {en} in {window}", *pair, "orders"
        )
        for window, pair in windows.items()
    }


BURSTS: Final[dict[str, Threshold]] = {
    f"{subject}__order_count__{window}": limit
    for subject, limits in {
        "ip": _orders("IP", "IP address", **{"10m": (3, 8), "1h": (5, 12), "24h": (15, 30)}),
        "device": _orders("设备", "device", **{"10m": (3, 6), "1h": (5, 10), "24h": (8, 16)}),
        "phone": _orders("手机号", "phone", **{"10m": (3, 6), "1h": (5, 10), "24h": (8, 16)}),
        "buyer": _orders("买家", "buyer", **{"10m": (4, 8), "1h": (6, 12), "24h": (10, 20)}),
        "payment": _orders(
            "付款账户", "payment account", **{"10m": (4, 8), "1h": (6, 12), "24h": (10, 20)}
        ),
        "address_unit": _orders(
            "收货地址", "delivery address", **{"10m": (4, 8), "1h": (6, 12), "24h": (10, 20)}
        ),
        "address_building": _orders("楼栋", "building", **{"1h": (12, 24), "24h": (30, 60)}),
        "ip24": _orders("IP 网段", "IP network", **{"1h": (15, 30), "24h": (40, 80)}),
        "sku": _orders("商品", "product", **{"1h": (40, 120)}),
    }.items()
    for window, limit in limits.items()
}
"""Limits of how many orders one entity places in a window."""

PROMOTION_RINGS: Final[dict[str, Threshold]] = {
    "device_promo__buyer_distinct__7d": Threshold(
        "7 天内同一设备用同一优惠的买家数", "buyers with one device and promotion in 7 d",
        2, 4, "buyers",
    ),
    "payment_promo__buyer_distinct__7d": Threshold(
        "7 天内同一付款账户用同一优惠的买家数", "buyers with one account and promotion in 7 d",
        2, 4, "buyers",
    ),
    "address_unit_promo__buyer_distinct__7d": Threshold(
        "7 天内同一地址用同一优惠的买家数", "buyers at one address with one promotion in 7 d",
        3, 6, "buyers",
    ),
    "address_building_promo__buyer_distinct__7d": Threshold(
        "7 天内同一楼栋用同一优惠的买家数", "buyers in one building with one promotion in 7 d",
        4, 10, "buyers",
    ),
    "ip_promo__buyer_distinct__7d": Threshold(
        "7 天内同一 IP 用同一优惠的买家数", "buyers from one IP with one promotion in 7 d",
        4, 10, "buyers",
    ),
}  # fmt: skip
"""Limits of how many earlier buyers share an identifier and a promotion with this one."""

SHARED_IDENTITY: Final[dict[str, Threshold]] = {
    "device__buyer_distinct__30d": Threshold(
        "30 天内同一设备的买家数", "buyers on one device in 30 d", 4, 8, "buyers"
    ),
    "payment__buyer_distinct__30d": Threshold(
        "30 天内同一付款账户的买家数", "buyers on one payment account in 30 d", 4, 8, "buyers"
    ),
    "ip__buyer_distinct__24h": Threshold(
        "24 小时内同一 IP 的买家数", "buyers from one IP in 24 h", 6, 12, "buyers"
    ),
    "address_unit__buyer_distinct__30d": Threshold(
        "30 天内同一地址的买家数", "buyers at one address in 30 d", 8, 20, "buyers"
    ),
}
"""Limits of how many earlier buyers share one identifier, whatever they buy."""

LINKED_BUYERS: Final[dict[str, Threshold]] = {
    "links__n_buyers": Threshold(
        "90 天内因共用身份信息而相连的买家数（含本人）",
        "buyers linked by what they share in 90 d, this one too", 3, 6, "buyers",
    ),
    "links__fraud_count__known_90d": Threshold(
        "90 天内其他关联买家的已知欺诈订单数", "known frauds of the other linked buyers in 90 d",
        1, 3, "orders",
    ),
}  # fmt: skip
"""Limits of the group that an order belongs with; a home is none, see `features.links`."""

FRESH_ACCOUNTS: Final = Threshold(
    "1 小时内同一设备上其他买家的订单数", "orders of other buyers on one device within the hour",
    1, 4, "orders",
)  # fmt: skip
"""Applies to buyers without an order of their own in 90 days."""

CARD_TESTING: Final[dict[str, Threshold]] = {
    "ip__payment_distinct__24h": Threshold(
        "24 小时内同一 IP 的付款账户数", "payment accounts from one IP in 24 h", 6, 12, "accounts"
    ),
    "device__payment_distinct__24h": Threshold(
        "24 小时内同一设备的付款账户数", "payment accounts on one device in 24 h", 4, 6, "accounts"
    ),
    "buyer__payment_distinct__24h": Threshold(
        "24 小时内同一买家的付款账户数", "payment accounts of one buyer in 24 h", 4, 6, "accounts"
    ),
}
"""Limits of how many payment accounts one origin tries."""

VALUE_DEVIATION: Final = Threshold(
    "订单金额偏离自身历史", "order value against its own past", 6.0, 12.0, "standard deviations"
)
UNITS_DEVIATION: Final = Threshold(
    "订单件数偏离自身历史", "units ordered against its own past", 8.0, 16.0, "standard deviations"
)
DEVIATION_RATIO: Final = Threshold(
    "与平时相比的倍数", "times the usual", 5.0, 10.0, "times the mean"
)
"""A deviation counts only where the order is also this many times its mean."""

SKU_QUANTITY: Final = Threshold(
    "单品数量与平时相比", "quantity of a product against its past", 20.0, 60.0, "times the mean"
)
SKU_QUANTITY_DEVIATION: Final = Threshold(
    "单品数量偏离该商品历史", "quantity of a product against its own spread", 10.0, 30.0,
    "standard deviations",
)  # fmt: skip
SKU_PRICE: Final = Threshold(
    "单价与平时相比", "unit price of a product against its past", 0.2, 0.05, "times the mean"
)
SKU_PRICE_DEVIATION: Final = Threshold(
    "单价高于该商品历史", "dearest unit price against the product's own spread", 12.0, 40.0,
    "standard deviations",
)  # fmt: skip
SKU_PAST: Final = Threshold(
    "商品近 30 天的订单数", "orders of a product in 30 d that make a past", 10, 10, "orders"
)
"""A product that sold less has no usual quantity or price."""

SURPRISE: Final = Threshold(
    "与自身及店铺历史的综合偏离", "deviation from its own and the shop's past, all told", 7.0, 10.0,
    "powers of ten of rarity",
)  # fmt: skip
"""Of several deviations together; 7 is one such order in ten million, were they independent."""

SAME_AMOUNT: Final = Threshold(
    "与上一笔订单金额的差异", "difference from the value of the order before", 0.02, 0.0, "share"
)
"""Orders whose values differ by no more may be the same order twice."""

RESELLERS: Final[dict[str, Threshold]] = {
    "device_sku_set__buyer_distinct__7d": Threshold(
        "7 天内同一设备购买相同商品的买家数", "buyers on one device with the same goods in 7 d",
        2, 5, "buyers",
    ),
    "payment_sku_set__buyer_distinct__7d": Threshold(
        "7 天内同一付款账户购买相同商品的买家数",
        "buyers on one payment account with the same goods in 7 d", 2, 5, "buyers",
    ),
    "address_unit_sku_set__buyer_distinct__7d": Threshold(
        "7 天内同一地址购买相同商品的买家数", "buyers at one address with the same goods in 7 d",
        3, 6, "buyers",
    ),
}  # fmt: skip
"""Limits of how many earlier buyers share an identifier and their goods with this one."""

RESELLER_GROUP: Final = Threshold(
    "7 天内其他关联买家的订单数", "orders of the other linked buyers in 7 d", 6, 15, "orders"
)
"""Applies to groups of at least as many buyers as `LINKED_BUYERS` takes for one."""

DUPLICATE_MINUTES: Final = Threshold(
    "与上一笔相同订单的间隔", "time since the same order", 30.0, 15.0, "minutes"
)
HUB_BUYERS: Final = Threshold(
    "30 天内同一地址的买家数（集散地址）", "buyers at one address that make it a hub",
    10, 10, "buyers",
)  # fmt: skip
"""An address with so many buyers (office, locker, forwarder) links no two orders by itself."""

"""Features that are a field of the order itself, and a merchant's own attributes."""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from features.feature import Feature
from features.schema import ATTRIBUTE_PREFIX, ORDERS

_NUMBERS: Final = {
    "value_minor": ("订单金额（本位币）", "order value in the base currency"),
    "items_minor": ("商品金额", "line prices before discounts"),
    "discount_minor": ("折扣", "all discounts"),
    "shipping_minor": ("买家付的运费", "shipping paid by the buyer"),
    "tax_minor": ("税费", "tax"),
    "total_minor": ("应付总额", "what the buyer pays"),
    "promo_minor": ("促销优惠", "discount by promotions"),
    "n_lines": ("商品行数", "order lines"),
    "n_units": ("商品件数", "units over all lines"),
    "is_cod": ("货到付款", "paid at the door"),
    "is_guest": ("未登录下单", "ordered without an account"),
    "channel_order_count": ("渠道统计的历史订单数", "earlier orders by the channel's own count"),
    "utc_offset_min": ("买家时区", "buyer's offset from UTC"),
    "ship_lat": ("收货纬度", "latitude of delivery"),
    "ship_lon": ("收货经度", "longitude of delivery"),
    "ship_precision": ("地址精确度（0 未知…9 到户）", "how exactly the address is known, 0 to 9"),
}
_CATEGORIES: Final = {
    "channel": ("销售渠道", "sales channel"),
    "shop_id": ("店铺", "shop"),
    "marketplace": ("渠道国家站点", "country site of the channel"),
    "currency": ("币种", "currency"),
    "payment_method": ("付款方式", "how the order is paid"),
    "platform_risk": ("渠道自身的风控状态", "hold set by the channel itself"),
    "client": ("下单终端", "program the buyer used"),
    "source": ("流量来源", "what brought the buyer"),
    "promo_code": ("促销码", "promotion code"),
    "card_bin": ("卡号前缀", "first digits of the card"),
    "email_domain": ("邮箱域名", "e-mail domain"),
    "ship_country": ("收货国家", "country of delivery"),
    "ship_region": ("收货省份", "province or state of delivery"),
    "ship_city": ("收货城市", "city of delivery"),
    "ship_postal": ("收货邮编", "postal code of delivery"),
    "bill_country": ("账单国家", "billing country"),
}
PLANNED: Final = {
    "warehouse": ("计划发货仓", "planned warehouse"),
    "carrier": ("计划承运商", "planned carrier"),
    "outlet": ("计划派送网点", "planned outlet"),
    "service": ("计划服务等级", "planned service"),
    "origin_region": ("计划发货省份", "planned province of origin"),
}


def _unit(name: str) -> str:
    column = ORDERS[name]
    return column.unit or ("yes = 1" if column.type == "bool" else "value")


FEATURES: Final = (
    *(
        Feature(
            f"order__{name}", zh, en, _unit(name),
            sources=(f"orders.{name}",), function=itemgetter(name),
            purposes=("risk", "abnormal", "delivery"),
        )
        for name, (zh, en) in _NUMBERS.items()
    ),
    *(
        Feature(
            f"order__{name.removesuffix('_id')}", zh, en, "", "category",
            sources=(f"orders.{name}",), function=itemgetter(name),
            purposes=("risk", "abnormal", "delivery"),
        )
        for name, (zh, en) in _CATEGORIES.items()
    ),
)  # fmt: skip

PLAN_FEATURES: Final = tuple(
    Feature(
        f"plan__{name}", zh, en, "", "category",
        sources=(f"orders.{name}", f"shipments.{name}"), function=itemgetter(name),
        purposes=("delivery",),
    )
    for name, (zh, en) in PLANNED.items()
)  # fmt: skip
"""The route an order is to take: an input of a delivery forecast, never of a risk score."""


def attribute(column: str, type_: str) -> Feature:
    """Make the feature of a merchant's own attribute.

    Examples
    --------
    >>> attribute("attribute__age", "float").kind, attribute("attribute__colour", "string").kind
    ('number', 'category')
    """
    name = column.removeprefix(ATTRIBUTE_PREFIX)
    return Feature(
        column,
        f"商家自有字段 {name}",
        f"the merchant's own field {name}",
        "" if type_ == "string" else "as the merchant counts",
        "category" if type_ == "string" else "number",
        sources=(f"orders.{column}",),
        function=itemgetter(column),
    )

"""The things orders can share: built-in entities, pairs of them, and a merchant's own."""

from __future__ import annotations

from typing import Final

from features.windows import Entity

_IDENTITY: Final = (
    Entity("buyer", ("buyer_key",), "买家", "buyer"),
    Entity("phone", ("phone_key",), "手机号", "phone"),
    Entity("email", ("email_key",), "邮箱", "e-mail"),
    Entity("address_unit", ("address_unit_key",), "收货地址（到户）", "delivery address"),
    Entity("address_building", ("address_building_key",), "收货楼栋", "building of delivery"),
    Entity("address_road", ("address_road_key",), "收货道路", "road of delivery"),
    Entity("ip", ("ip_key",), "IP 地址", "IP address"),
    Entity("ip24", ("ip24_key",), "IP 段", "IP /24 network"),
    Entity("device", ("device_key",), "设备", "device"),
    Entity("payment", ("payment_key",), "付款账户", "payment account"),
)
_PLACES: Final = (
    Entity("shop", ("channel", "shop_id"), "店铺", "shop"),
    Entity("channel", ("channel",), "渠道", "channel"),
    Entity("country", ("ship_country",), "收货国家", "country of delivery"),
    Entity("region", ("ship_country", "ship_region"), "收货省份", "region of delivery"),
    Entity("city", ("ship_country", "ship_region", "ship_city"), "收货城市", "city of delivery"),
)
_GOODS: Final = (
    Entity("sku_set", ("sku_set_key",), "商品组合", "basket"),
    Entity("sku", ("sku",), "商品（SKU）", "SKU", level="line"),
    Entity(
        "sku_currency", ("sku", "currency"), "商品（SKU）与币种", "SKU and currency", level="line"
    ),
    Entity("product", ("product_id",), "产品", "product", level="line"),
    Entity("category", ("category",), "类目", "category", level="line"),
)
_ROUTES: Final = (
    Entity("warehouse", ("warehouse",), "仓库", "warehouse"),
    Entity("carrier", ("carrier",), "承运商", "carrier"),
    Entity("outlet", ("outlet",), "派送网点", "outlet"),
    Entity("service", ("service",), "服务等级", "service"),
    Entity("lane", ("origin_region", "ship_region"), "线路（发货省→收货省）", "lane"),
    Entity("carrier_region", ("carrier", "ship_region"), "承运商+收货省份", "carrier and region"),
    Entity(
        "carrier_city",
        ("carrier", "ship_region", "ship_city"),
        "承运商+收货城市",
        "carrier and city",
    ),
)

BUILT_IN: Final[dict[str, Entity]] = {
    entity.subject: entity for entity in (*_IDENTITY, *_PLACES, *_GOODS, *_ROUTES)
}
"""Entity by subject."""


def own(column: str) -> Entity:
    """Make the entity of a key column or text attribute that a mapping declared.

    Examples
    --------
    >>> own("entity__terminal").subject, own("attribute__mode").subject
    ('entity_terminal', 'attribute_mode')
    """
    kind, _, name = column.partition("__")
    return Entity(f"{kind}_{name}", (column,), name, name)


def joined(one: Entity, column: str, suffix: str, zh: str, en: str) -> Entity:
    """Make the entity of orders that share both an entity and a column.

    Examples
    --------
    >>> pair = joined(BUILT_IN["phone"], "sku_set_key", "sku_set", "相同商品", "the same goods")
    >>> pair.subject, pair.columns
    ('phone_sku_set', ('phone_key', 'sku_set_key'))
    """
    return Entity(
        f"{one.subject}_{suffix}",
        (*one.columns, column),
        f"{one.zh}和{zh}",
        f"{one.en} and {en}",
    )

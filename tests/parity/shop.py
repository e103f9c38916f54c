"""A small disorderly history with every entity, stream and label, for parity and leak tests."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from features.history import History, HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Row = dict[str, Any]
Tables = dict[str, list[Row]]

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("fraud", "refund", "return", "cancel")
KEYS = {
    "buyer_key": 9,
    "phone_key": 8,
    "email_key": 7,
    "address_unit_key": 7,
    "address_building_key": 5,
    "address_road_key": 3,
    "ip_key": 6,
    "ip24_key": 4,
    "device_key": 7,
    "payment_key": 6,
    "sku_set_key": 3,
    "entity__terminal": 4,
}
PROFILE = HistoryProfile(
    base_currency="CNY",
    timezone="Asia/Shanghai",
    labels={kind: LabelProfile(kind, 14.0) for kind in KINDS} | {"late": LabelProfile("late", 1.0)},
    attributes={
        "attribute__age": "float",
        "attribute__colour": "string",
        "attribute__is_new": "bool",
    },
)


def _maybe(chance: random.Random, value: Any, share: float = 0.85) -> Any:
    return value if chance.random() < share else None


def disorderly_shop(seed: int, n_orders: int = 400, days: int = 260) -> Tables:
    """Make orders in bursts, with equal instants, late arrivals and missing keys of every kind."""
    chance = random.Random(seed)  # noqa: S311 test data
    tables: Tables = {"orders": [], "order_lines": [], "shipments": [], "outcomes": []}
    placed = START
    for i in range(n_orders):
        gap = chance.choice([0, 0, 60, 600, 1800, 3600, 86_400 * days * 3 // n_orders])
        placed += timedelta(seconds=gap, microseconds=chance.choice([0, 0, 1]))
        wait = chance.choice([0, 0, 0, 0, 1, 7_200_000_000, 200_000_000_000])
        received = placed + timedelta(microseconds=wait)
        key = f"m/{chance.choice(['taobao', 'jd'])}/s/{i:05d}"
        lines = _lines(chance, key, placed)
        tables["order_lines"] += lines
        order = _order(chance, key, placed, received, lines)
        tables["orders"].append(order)
        tables["shipments"] += _parcels(chance, order)
        tables["outcomes"] += _outcomes(chance, order, lines)
    return tables


def _lines(chance: random.Random, key: str, placed: datetime) -> list[Row]:
    lines: list[Row] = []
    for line in range(chance.choice([1, 1, 2, 3])):
        sku = chance.randrange(5)
        price = chance.choice([999, 1999, 129_900])
        quantity = chance.choice([1, 1, 2, 30])
        row: Row = {
            "order_key": key,
            "line_id": str(line),
            "placed_at": placed,
            "sku": _maybe(chance, f"sku{sku}", 0.95),
            "product_id": _maybe(chance, f"product{sku // 2}"),
            "category": _maybe(chance, f"category{sku % 2}"),
            "quantity": quantity,
            "unit_price_minor": _maybe(chance, price, 0.95),
            "discount_minor": _maybe(chance, 10),
            "total_minor": price * quantity,
            "is_gift": _maybe(chance, chance.random() < 0.1),
            "is_presale": _maybe(chance, chance.random() < 0.1),
            "weight_g": _maybe(chance, chance.randrange(10, 900)),
        }
        lines.append(row)
    return lines


def _order(
    chance: random.Random, key: str, placed: datetime, received: datetime, lines: Sequence[Row]
) -> Row:
    _, channel, shop, order_id = key.split("/")
    total = sum(line["total_minor"] for line in lines)
    region = chance.choice(["广东", "浙江", None])
    order: Row = {name: _maybe(chance, f"h1:{chance.randrange(n)}") for name, n in KEYS.items()}
    return order | {
        "order_key": key,
        "merchant_id": "m",
        "channel": channel,
        "shop_id": shop,
        "marketplace": "CN" if channel == "jd" else None,
        "order_id": order_id,
        "placed_at": placed,
        "received_at": received,
        "utc_offset_min": _maybe(chance, chance.choice([480, 0, -300])),
        "paid_at": _maybe(chance, placed),
        "ship_by": _maybe(chance, placed + timedelta(hours=48)),
        "deliver_by": _maybe(chance, placed + timedelta(days=chance.choice([2, 3]))),
        "status": chance.choice(["paid", "cancelled", "delivered"]),
        "payment_status": "paid",
        "platform_risk": _maybe(chance, "none"),
        "currency": "CNY",
        "items_minor": total,
        "discount_minor": _maybe(chance, total // 10),
        "shipping_minor": _maybe(chance, 800),
        "tax_minor": _maybe(chance, 0),
        "total_minor": total,
        "value_minor": _maybe(chance, total, 0.95),
        "payment_method": _maybe(chance, "alipay"),
        "card_bin": "622202" if order_id.endswith(("1", "4")) else None,
        "is_cod": _maybe(chance, chance.random() < 0.3),
        "email_domain": _maybe(chance, "example.com"),
        "is_guest": _maybe(chance, chance.random() < 0.3),
        "account_created_at": _maybe(chance, START - timedelta(days=chance.randrange(900))),
        "channel_order_count": _maybe(chance, chance.randrange(9)),
        "ship_country": "CN",
        "ship_region": region,
        "ship_city": _maybe(chance, chance.choice(["A", "B"])),
        "ship_postal": _maybe(chance, "510000"),
        "ship_lat": _maybe(chance, 23.1),
        "ship_lon": _maybe(chance, 113.3),
        "ship_precision": _maybe(chance, chance.randrange(10)),
        "bill_country": _maybe(chance, chance.choice(["CN", "US"])),
        "client": _maybe(chance, "app"),
        "source": _maybe(chance, "live"),
        "promo_code": _maybe(chance, chance.choice(["A10", "B20"]), 0.5),
        "promo_minor": _maybe(chance, 100),
        "n_lines": len(lines),
        "n_units": sum(line["quantity"] for line in lines),
        "attribute__age": _maybe(chance, chance.random()),
        "attribute__colour": _maybe(chance, chance.choice(["red", "blue"])),
        "attribute__is_new": _maybe(chance, chance.random() < 0.5),
    }


def _parcels(chance: random.Random, order: Row) -> list[Row]:
    parcels: list[Row] = []
    for n in range(chance.choice([0, 1, 1, 1, 2])):
        shipped = order["placed_at"] + timedelta(hours=chance.choice([2, 20]))
        tried = shipped + timedelta(hours=chance.choice([20, 40, 90]))
        ok = chance.random() < 0.8
        delivered = _maybe(chance, tried if ok else tried + timedelta(days=1), 0.9)
        parcel: Row = {
            "shipment_id": f"p{order['order_id']}-{n}",
            "order_key": order["order_key"],
            "warehouse": chance.choice(["W1", "W2"]),
            "carrier": _maybe(chance, chance.choice(["SF", "YTO"])),
            "outlet": _maybe(chance, chance.choice(["O1", "O2", "O3"])),
            "service": _maybe(chance, "standard"),
            "shipped_at": shipped,
            "promised_at": _maybe(chance, shipped + timedelta(hours=48), 0.7),
            "first_attempt_at": _maybe(chance, tried, 0.9),
            "first_attempt_ok": _maybe(chance, ok, 0.9),
            "delivered_at": delivered,
            "known_at": delivered and delivered + timedelta(hours=chance.choice([0, 5])),
            "cost_minor": 600,
            "origin_region": chance.choice(["广东", "浙江"]),
            "origin_lat": 23.0,
            "origin_lon": 113.0,
        }
        parcels.append(parcel)
    return parcels


def _outcomes(chance: random.Random, order: Row, lines: Sequence[Row]) -> list[Row]:
    outcomes: list[Row] = []
    for kind in KINDS:
        for n in range(chance.choice([0, 0, 0, 1, 2])):
            occurred = order["placed_at"] + timedelta(days=chance.choice([0, 1, 10, 40]))
            outcomes.append(
                {
                    "outcome_id": f"{kind}-{order['order_id']}-{n}",
                    "order_key": order["order_key"],
                    "line_id": _maybe(chance, chance.choice(lines)["line_id"], 0.4),
                    "kind": kind,
                    "is_bad": chance.choice([True, True, None, False]),
                    "occurred_at": occurred,
                    "known_at": occurred + timedelta(days=chance.choice([0, 1, 20])),
                }
            )
    return outcomes


def write_shop(
    folder: Path, tables: Mapping[str, Sequence[Row]], profile: HistoryProfile = PROFILE
) -> History:
    """Write a shop as a history and open it."""
    own = {name: "string" for name in KEYS if name.startswith("entity__")}
    arrow = {}
    for name, rows in tables.items():
        extra = profile.attributes | own if name == "orders" else {}
        if name == "order_lines":
            extra = profile.line_attributes
        if rows:
            arrow[name] = pa.Table.from_pylist(list(rows), arrow_schema(TABLES[name], extra))
    write_history(folder, arrow, profile)
    return History(folder)

"""A small shop with two warehouses, three outlets and a year of parcels, written to disk."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.history import HistoryProfile, LabelProfile
from features.history_writing import write_history
from features.schema import TABLES, arrow_schema
from serving.scoring.schemas import ORDER_EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path

ENDS = datetime(2026, 3, 1, 8, tzinfo=UTC)
N_ORDERS = 900
DAYS = 90

WAREHOUSES = [
    {"warehouse": "JX", "name": "嘉兴仓", "country": "CN", "region": "浙江省", "city": "嘉兴市",
     "lat": 30.75, "lon": 120.76, "utc_offset_min": 480, "daily_capacity": 400},
    {"warehouse": "CD", "name": "成都仓", "country": "CN", "region": "四川省", "city": "成都市",
     "lat": 30.57, "lon": 104.07, "utc_offset_min": 480, "daily_capacity": 1},
]  # fmt: skip
OUTLETS = [
    {"outlet": "sf-1", "carrier": "sf", "region": "上海市", "city": "上海市", "service": "express",
     "daily_capacity": 40, "first_kg_minor": 1200, "next_kg_minor": 200, "max_weight_g": 30_000,
     "fence": "broken"},
    {"outlet": "yd-1", "carrier": "yd", "region": "上海市", "city": "上海市", "service": "standard",
     "daily_capacity": 40, "first_kg_minor": 500, "next_kg_minor": 100, "max_weight_g": 30_000},
    {"outlet": "yd-2", "carrier": "yd", "region": "浙江省", "city": "杭州市", "service": "standard",
     "daily_capacity": 40, "first_kg_minor": 500, "next_kg_minor": 100, "max_weight_g": 30_000},
]  # fmt: skip
STOCK = [
    {"warehouse": "JX", "sku": "CUP", "at": ENDS, "on_hand": 9, "locked": 2, "samples": 1},
    {"warehouse": "CD", "sku": "CUP", "at": ENDS - timedelta(days=9), "on_hand": 0},
    {"warehouse": "CD", "sku": "CUP", "at": ENDS, "on_hand": 5, "locked": 0, "samples": 0},
    {"warehouse": "CD", "sku": "POT", "at": ENDS, "on_hand": -3, "locked": 0, "samples": 0},
    {"warehouse": "CD", "sku": "PAN", "at": ENDS, "on_hand": 3, "locked": 0, "samples": 0},
]
CATALOG = [
    {"sku": "CUP", "weight_g": 400},
    {"sku": "POT", "weight_g": 1500, "substitutes": "PAN|LID"},
    {"sku": "PAN", "weight_g": 1500},
]


Rows = list[dict[str, Any]]


def tables(
    seed: int = 3,
    warehouses: Rows = WAREHOUSES,
    outlets: Rows = OUTLETS,
    stock: Rows = STOCK,
) -> dict[str, pa.Table]:
    """Make the shop's tables; the cheap carrier is slow and often finds nobody at home."""
    random = np.random.default_rng(seed)
    orders, parcels = [], []
    for number in range(N_ORDERS):
        placed = ENDS - timedelta(days=DAYS * (1 - number / N_ORDERS))
        outlet = outlets[int(random.integers(len(outlets)))]
        slow = outlet["carrier"] == "yd"
        promised = placed + timedelta(days=3)
        days = (2.9 if slow else 1.4) * float(random.lognormal(0, 0.25))
        delivered = placed + timedelta(days=days)
        here = delivered < ENDS
        key = f"demo/shopify/eu/{number}"
        orders.append(
            {"order_key": key, "merchant_id": "demo", "channel": "shopify", "shop_id": "eu",
             "order_id": str(number), "placed_at": placed, "received_at": placed,
             "deliver_by": promised, "ship_country": "CN", "ship_region": outlet["region"],
             "ship_city": outlet["city"], "value_minor": 5_000, "n_lines": 1, "n_units": 1}
        )  # fmt: skip
        parcels.append(
            {"shipment_id": f"p{number}", "order_key": key, "warehouse": warehouses[0]["warehouse"],
             "carrier": outlet["carrier"], "outlet": outlet["outlet"],
             "service": outlet["service"], "shipped_at": placed, "promised_at": promised,
             "first_attempt_at": delivered if here else None,
             "first_attempt_ok": bool(random.random() > (0.3 if slow else 0.03)) if here else None,
             "delivered_at": delivered if here else None, "known_at": delivered if here else None,
             "origin_region": "浙江省", "origin_lat": 30.75, "origin_lon": 120.76}
        )  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "orders": orders, "shipments": parcels, "warehouses": warehouses, "outlets": outlets,
        "stock": stock, "catalog": CATALOG,
    }  # fmt: skip
    return {
        name: pa.Table.from_pylist(content, arrow_schema(TABLES[name]))
        for name, content in rows.items()
    }


def write_shop(home: Path) -> None:
    """Write the shop as the history of a home."""
    profile = HistoryProfile(
        base_currency="CNY", timezone="Asia/Shanghai", labels={"late": LabelProfile("late", 1.0)}
    )
    write_history(home / "history", tables(), profile, source="shop")


def order(
    order_id: str = "1",
    *,
    sku: str = "CUP",
    quantity: int = 1,
    city: str = "上海市",
    **changes: Any,
) -> dict[str, Any]:
    """Make a canonical order for the shop, due in three days; Shanghai unless told."""
    line = {
        "line_id": "1",
        "seller_sku": sku,
        "title": sku,
        "quantity": quantity,
        "unit_price": {"minor": 25900, "currency": "CNY"},
    }
    address = {"country": "CN", "region": None, "city": city, "masked": False}
    known = {
        "order_id": order_id,
        "deliver_by": "2026-03-04T08:30:00Z",
        "lines": [line],
        "shipping_address": address,
    }
    return deepcopy(ORDER_EXAMPLE) | known | changes

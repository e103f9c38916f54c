"""Exports of the merchant's own systems: warehouse, after-sales, stock and reference lists."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import SECOND_US
from serving.demo.exports.forms import local_text, write_csv, yuan
from serving.demo.identity import line_id

if TYPE_CHECKING:
    from pathlib import Path

    from serving.demo.ledger import Ledger

OUTCOME_WORDS: Final = {
    "chargeback": "拒付", "fraud": "判定欺诈", "refund": "退款", "return": "退货入库",
    "cancel": "取消", "refusal": "拒收", "complaint": "投诉", "verdict": "人工复核",
}  # fmt: skip
CHANNEL_WORDS: Final = {
    "tmall": "天猫", "jd": "京东", "pinduoduo": "拼多多", "douyin": "抖音", "shopify": "独立站",
}  # fmt: skip
HOLIDAYS: Final = (
    ("2026-06-19", "holiday", "端午节"),
    ("2026-09-25", "holiday", "中秋节"),
    *((f"2026-10-0{day}", "holiday", "国庆节") for day in range(1, 8)),
)


def write_shipments(ledger: Ledger, folder: Path) -> None:
    """Write the warehouse system's parcels as Parquet; instants are UTC, unknown ones missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parcels, shop = ledger.shipments, ledger.shop
    orders = ledger.orders.loc[parcels["order"]]
    houses = shop.parameters.warehouses
    carriers = [c.name for c in shop.parameters.carriers]

    def instant(name: str) -> Any:
        at = parcels[name].to_numpy()
        return pa.array(at * SECOND_US, pa.timestamp("us", tz="UTC"), mask=at < 0)

    house = parcels["warehouse"].tolist()
    state = np.where(
        parcels["delivered"] >= 0, "signed", np.where(parcels["known"] >= 0, "returned", "transit")
    )
    table = pa.table(
        {
            "parcel_no": [f"P{n}" for n in orders["number"]],
            "channel": orders["channel_name"].tolist(),
            "order_no": orders["number"].tolist(),
            "warehouse": [houses[h].name for h in house],
            "carrier": [carriers[c] for c in parcels["carrier"]],
            "outlet": shop.outlets["outlet"].to_numpy()[parcels["outlet"]].tolist(),
            "service": parcels["service"].tolist(),
            "shipped_at": instant("shipped"),
            "promised_at": instant("promised"),
            "picked_up_at": instant("picked_up"),
            "first_attempt_at": instant("first_attempt"),
            "first_attempt_ok": pa.array(
                parcels["first_attempt_ok"].to_numpy(), mask=~parcels["tried"].to_numpy()
            ),
            "signed_at": instant("delivered"),
            "known_at": instant("known"),
            "state": state.tolist(),
            "freight_fen": parcels["cost_minor"].tolist(),
            "origin_province": [houses[h].region for h in house],
            "origin_lat": [houses[h].lat for h in house],
            "origin_lon": [houses[h].lon for h in house],
        }
    )
    pq.write_table(table, folder / "wms_shipments.parquet", compression="zstd")


def outcome_rows(ledger: Ledger) -> dict[str, list[Any]]:
    """List what became known about orders, as the after-sales system keeps it."""
    outcomes = ledger.outcomes
    outcomes = outcomes[outcomes["order"].isin(ledger.orders.index)]
    orders = ledger.orders.loc[outcomes["order"]]
    return {
        "单号": [
            f"AS{o}-{k[:2]}{max(n, 0)}"
            for o, k, n in zip(outcomes["order"], outcomes["kind"], outcomes["line"], strict=True)
        ],
        "平台": [CHANNEL_WORDS[c] for c in orders["channel_name"]],
        "订单号": orders["number"].tolist(),
        "行号": [
            line_id(channel, number, line) if line > 0 else ""
            for channel, number, line in zip(
                orders["channel_name"], orders["number"], outcomes["line"], strict=True
            )
        ],
        "类型": [OUTCOME_WORDS[k] for k in outcomes["kind"]],
        "是否成立": np.where(outcomes["is_bad"], "是", "否").tolist(),
        "原因": outcomes["cause"].tolist(),
        "数量": [str(q) if q > 0 else "" for q in outcomes["quantity"]],
        "金额": amounts(outcomes["amount_minor"].tolist(), orders["currency"].tolist()),
        "币种": orders["currency"].tolist(),
        "发生时间": local_text(outcomes["occurred"]),
        "登记时间": local_text(outcomes["known"]),
        "来源": outcomes["source"].tolist(),
        "可信度": outcomes["trust"].tolist(),
    }


def amounts(minor: list[int], currency: list[str]) -> list[str]:
    """Write amounts in the decimals of their currencies."""
    from serving.demo.exports.storefronts import money

    return [money(m, c) for m, c in zip(minor, currency, strict=True)]


def write_outcomes(ledger: Ledger, folder: Path) -> None:
    """Write the after-sales book: cancels, refunds, returns, refusals, complaints, fraud."""
    write_csv(folder / "erp_aftersales.csv", outcome_rows(ledger), "gb18030")


def write_stock(ledger: Ledger, folder: Path) -> None:
    """Write the weekly stock counts."""
    shop = ledger.shop
    counts = shop.stock[shop.stock["at"] < ledger.as_of]
    write_csv(
        folder / "wms_stock.csv",
        {
            "warehouse": [shop.parameters.warehouses[h].name for h in counts["warehouse"]],
            "sku": shop.catalog["sku"].to_numpy()[counts["sku"]].tolist(),
            "counted_at": local_text(counts["at"]),
            "on_hand": counts["on_hand"].tolist(),
            "locked": counts["locked"].tolist(),
            "samples": counts["samples"].tolist(),
            "inbound": counts["inbound"].tolist(),
            "inbound_eta": local_text(counts["inbound_eta"]),
        },
    )


def write_reference(ledger: Ledger, folder: Path) -> None:
    """Write catalogue, warehouses, outlets, calendar and warnings."""
    shop = ledger.shop
    goods = shop.catalog
    write_csv(
        folder / "catalog.csv",
        {
            **{n: goods[n].tolist() for n in ("sku", "product_id", "title", "category", "series")},
            "variant": goods["variant"].tolist(),
            "weight_g": goods["weight_g"].tolist(),
            "price": yuan(goods["price_minor"]),
            "cost": yuan(goods["cost_minor"]),
            "substitutes": _substitutes(ledger),
        },
    )
    write_csv(
        folder / "warehouses.csv",
        {
            "warehouse": [w.name for w in shop.parameters.warehouses],
            "name": [w.label for w in shop.parameters.warehouses],
            "region": [w.region for w in shop.parameters.warehouses],
            "city": [w.city for w in shop.parameters.warehouses],
            "lat": [w.lat for w in shop.parameters.warehouses],
            "lon": [w.lon for w in shop.parameters.warehouses],
            "cutoff_min": [w.cutoff_min for w in shop.parameters.warehouses],
            "daily_capacity": [w.daily_capacity for w in shop.parameters.warehouses],
        },
    )
    hidden = ["slow_log", "attempt_logit", "area"]
    known = shop.outlets.drop(columns=hidden)
    write_csv(folder / "outlets.csv", {n: known[n].tolist() for n in known})
    write_csv(folder / "calendar.csv", _calendar(ledger))
    issued = shop.alerts[shop.alerts["known_at"] < ledger.as_of]
    write_csv(
        folder / "alerts.csv",
        {
            n: local_text(issued[n]) if n.endswith("_at") else issued[n].tolist()
            for n in issued.columns
        },
    )


def _substitutes(ledger: Ledger) -> list[str]:
    """Let the variants of one product stand in for each other."""
    goods = ledger.shop.catalog
    members = goods.groupby("series")["sku"].agg(list)
    return [
        "|".join(other for other in members[s] if other != sku)
        for s, sku in zip(goods["series"], goods["sku"], strict=True)
    ]


def _calendar(ledger: Ledger) -> dict[str, list[str]]:
    """List holidays and the days of every promotion, future ones too: they are announced."""
    rows = list(HOLIDAYS)
    for each in ledger.shop.parameters.promotions:
        rows += [
            ((each.first_on + timedelta(days=day)).isoformat(), "promotion", each.name)
            for day in range((each.last_on - each.first_on).days + 1)
        ]
    rows.sort()
    return {
        "day": [r[0] for r in rows],
        "kind": [r[1] for r in rows],
        "name": [r[2] for r in rows],
        "country": ["CN"] * len(rows),
    }

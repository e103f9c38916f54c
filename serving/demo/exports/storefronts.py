"""Exports of the live-stream shop and of the shop abroad, as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.address.datum import wgs84_to_gcj02
from serving.demo import addresses
from serving.demo.baskets import ZERO_DECIMALS
from serving.demo.exports.forms import write_json_lines
from serving.demo.exports.marketplaces import deliver_by, people_of, receivers
from serving.demo.identity import (
    AGENTS,
    buyer_id,
    card,
    device_id,
    email,
    ip_address,
    name_abroad,
    phone_abroad,
)
from serving.demo.places import places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.demo.frames import Frame
    from serving.demo.ledger import Ledger

DOUYIN_STATUS: Final = {
    "created": 1, "paid": 2, "shipped": 3, "delivered": 5, "delivery_failed": 4, "cancelled": 4,
    "returned": 39,
}  # fmt: skip
DOUYIN_PAYS: Final = (1, 2, 12)
SHOPIFY_FULFILLED: Final = {
    "shipped": "fulfilled",
    "delivered": "fulfilled",
    "returned": "fulfilled",
}


def live_room(author: int, seconds: int) -> str:
    """Name the live-stream room of an author's evening; nothing when the order came otherwise.

    Examples
    --------
    >>> live_room(-1, 0), live_room(3, 86_400) == live_room(3, 100_000)
    ('', True)
    """
    return (
        ""
        if author < 0
        else str(7_300_000_000_000_000_000 + author * 1_000_000 + seconds // 86_400)
    )


def write_douyin(ledger: Ledger, folder: Path) -> None:
    """Write Douyin's orders: fen, epoch seconds, live rooms, a GCJ-02 point, masked people."""
    write_json_lines(folder / "douyin_orders.jsonl", _douyin(ledger))


def _douyin(ledger: Ledger) -> Iterator[dict[str, Any]]:
    orders, lines = ledger.of("douyin")
    to = receivers(ledger, orders, masked="line")
    spots = ledger.shop.people.addresses.take(orders["address"].to_numpy())
    points = map_points(spots)
    promised = deliver_by(ledger, orders).tolist()
    per_order = lines_by_order(ledger, lines)
    for i, each in enumerate(orders.itertuples()):
        room = live_room(each.author, each.at)
        paid = each.paid if each.status != "created" else 0
        yield {
            "order_id": each.number,
            "order_status": DOUYIN_STATUS[each.status],
            "create_time": each.at,
            "pay_time": paid,
            "push_time": each.received,
            "exp_ship_time": each.ship_by,
            "target_arrival_time": promised[i],
            "b_type": 2,
            "pay_type": DOUYIN_PAYS[each.buyer % 3],
            "order_amount": each.items_minor,
            "pay_amount": each.total_minor,
            "post_amount": each.shipping_minor,
            "promotion_shop_amount": each.discount_minor - each.coupon_minor,
            "promotion_platform_amount": each.coupon_minor,
            "coupon_code": each.coupon,
            "doudian_open_id": buyer_id(each.buyer, "douyin"),
            "mask_post_tel": to["phone"][i],
            "mask_post_receiver": to["name"][i],
            "mask_post_addr": {
                "province": {"name": to["province"][i]},
                "city": {"name": to["city"][i]},
                "town": {"name": to["district"][i]},
                "street": {"name": to["town"][i]},
                "detail": to["street"][i],
            },
            "user_coordinate": {
                "user_coordinate_longitude": f"{points[i][1]:.4f}",
                "user_coordinate_latitude": f"{points[i][0]:.4f}",
            },
            "user_tag": "店铺老客" if each.earlier_orders else "店铺新客",
            "room_id": room,
            "author_id": str(90_000 + each.author) if room else "",
            "sku_order_list": [
                {
                    "order_id": str(int(each.number) + line["number"]),
                    "code": line["sku"],
                    "product_id_str": line["product_id"],
                    "product_name": line["title"],
                    "spec": line["variant"],
                    "item_num": line["quantity"],
                    "origin_amount": line["unit_price"],
                    "promotion_amount": line["discount"],
                    "pay_amount": line["total"],
                }
                for line in per_order[each.Index]
            ],
        }


def map_points(spots: Frame) -> list[tuple[float, float]]:
    """Give the points on the datum of Chinese maps (GCJ-02), latitude first."""
    return [wgs84_to_gcj02(a, o) for a, o in zip(spots["lat"], spots["lon"], strict=True)]


def lines_by_order(ledger: Ledger, lines: Frame) -> dict[int, list[dict[str, Any]]]:
    """Gather the lines of each order, with what the catalogue says about their goods."""
    goods = ledger.shop.catalog
    texts = goods[["sku", "product_id", "title", "title_en", "variant", "weight_g", "category"]]
    described = texts.to_dict("records")
    gathered: dict[int, list[dict[str, Any]]] = {}
    for each in lines.itertuples():
        gathered.setdefault(each.order, []).append(
            {
                **described[each.sku],
                "number": each.line,
                "quantity": each.quantity,
                "unit_price": each.unit_price_minor,
                "discount": each.discount_minor,
                "total": each.total_minor,
            }
        )
    return gathered


def write_shopify(ledger: Ledger, folder: Path) -> None:
    """Write the shop abroad: decimal amounts, local times with their offset, people in clear."""
    write_json_lines(folder / "shopify_orders.jsonl", _shopify(ledger))


def money(minor: int, currency: str) -> str:
    """Write minor units as the decimal text of their currency.

    Examples
    --------
    >>> money(1234, "USD"), money(1234, "JPY")
    ('12.34', '1234')
    """
    return str(minor) if currency in ZERO_DECIMALS else f"{minor // 100}.{minor % 100:02d}"


def zoned(seconds: int, offset_min: int) -> str:
    """Write an instant as local time with its offset.

    Examples
    --------
    >>> zoned(1794326400, -300)
    '2026-11-10T11:00:00-05:00'
    """
    from datetime import UTC, datetime, timedelta, timezone

    zone = timezone(timedelta(minutes=offset_min))
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat()


def _shopify(ledger: Ledger) -> Iterator[dict[str, Any]]:
    orders, lines = ledger.of("shopify")
    people = people_of(ledger, orders)
    spots = list(ledger.shop.people.addresses.take(orders["address"].to_numpy()).itertuples())
    how = addresses.styles(orders)
    known = places()[["country", "province", "region_code", "city", "postal_prefix"]]
    place = known.to_dict("records")
    promised = deliver_by(ledger, orders).tolist()
    per_order = lines_by_order(ledger, lines)
    for i, each in enumerate(orders.itertuples()):
        there = place[each.place]
        bill = place[each.bill_place] if each.bill_place >= 0 else there
        person = _person(people[i], there["country"])
        yield {
            "id": int(each.number),
            "name": f"#{10_000 + each.Index}",
            "created_at": zoned(each.at, each.offset_min),
            "processed_at": zoned(each.paid, each.offset_min),
            "received_at": zoned(each.received, 0),
            **_sums(each),
            "financial_status": "refunded" if each.status == "returned" else "paid",
            "fulfillment_status": SHOPIFY_FULFILLED.get(each.status),
            "cancelled": each.status == "cancelled",
            **_session(each),
            "customer": _customer(each),
            "payment_details": _paying(each),
            "billing_address": {"name": person["name"], "country_code": bill["country"]},
            "shipping_address": person | _destination(spots[i], there, how[i]),
            "shipping_promise": zoned(promised[i], 0),
            "line_items": [_item(each, line) for line in per_order[each.Index]],
        }


def _person(person: int, country: str) -> dict[str, str]:
    """Write who takes the parcel."""
    first, last = name_abroad(person)
    return {"name": f"{first} {last}", "phone": phone_abroad(person, country)}


def _sums(order: Any) -> dict[str, str]:
    """Write what an order costs, as decimals of the buyer's currency."""
    currency = order.currency
    return {
        "presentment_currency": currency,
        "subtotal_price": money(order.items_minor, currency),
        "total_discounts": money(order.discount_minor, currency),
        "shipping_price": money(order.shipping_minor, currency),
        "total_price": money(order.total_minor, currency),
        "discount_code": order.coupon,
        "discount_amount": money(order.coupon_minor, currency),
    }


def _session(order: Any) -> dict[str, str]:
    """Write where an order was sent from."""
    return {
        "email": email(order.buyer),
        "browser_ip": ip_address(order.line),
        "user_agent": AGENTS[order.device * 7 % len(AGENTS)],
        "device_id": device_id(order.device),
    }


def _customer(order: Any) -> dict[str, Any]:
    """Write what the shop knows of the buyer."""
    return {
        "id": 7_000_000 + order.buyer,
        "created_at": zoned(order.opened, order.offset_min),
        "orders_count": order.earlier_orders,
        "verified_email": order.buyer % 5 > 0,
    }


def _paying(order: Any) -> dict[str, str]:
    """Write the card, and whether its address fits (AVS)."""
    paying = card(order.card)
    return {
        "credit_card_bin": paying["bin"],
        "card_fingerprint": paying["fingerprint"],
        "avs_result_code": "N" if order.avs_fails else "Y",
    }


def _destination(spot: Any, there: dict[str, Any], style: int) -> dict[str, Any]:
    """Write where the parcel goes, as a buyer of some style types it."""
    first_line, second_line = addresses.abroad(spot, there["country"], style)
    return {
        "address1": first_line,
        "address2": second_line,
        "city": there["city"],
        "province": there["province"],
        "zip": postal(there["postal_prefix"], spot.street_no),
        "country_code": there["country"],
        "latitude": round(spot.lat, 5),
        "longitude": round(spot.lon, 5),
    }


def _item(order: Any, line: dict[str, Any]) -> dict[str, Any]:
    """Write a line of an order."""
    return {
        "id": int(order.number) * 10 + line["number"],
        "sku": line["sku"],
        "product_id": line["product_id"],
        "title": line["title_en"],
        "variant_title": line["variant"],
        "quantity": line["quantity"],
        "price": money(line["unit_price"], order.currency),
        "total_discount": money(line["discount"], order.currency),
        "line_total": money(line["total"], order.currency),
        "grams": line["weight_g"],
    }


def postal(prefix: str, number: int) -> str:
    """Complete a postal prefix to a code of its country's length, where it is digits.

    Examples
    --------
    >>> postal("", 7), postal("SW1", 7), postal("75", 7), postal("31", 7)
    ('', 'SW1 8AB', '75007', '31007')
    """
    if not prefix:
        return ""
    if not prefix.isdigit():
        return f"{prefix} {number % 9 + 1}AB"
    return (prefix + f"{number % 1000:03d}")[: 6 if prefix == "31" else 5]

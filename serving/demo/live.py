"""The live days: orders as canonical documents, and what becomes known meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features.address.datum import gcj02_to_wgs84
from features.keys import order_key
from serving.demo import addresses, identity
from serving.demo.exports.marketplaces import people_of, receivers
from serving.demo.exports.storefronts import lines_by_order, live_room, map_points, postal
from serving.demo.identity import line_id
from serving.demo.ledger import Ledger
from serving.demo.places import places
from serving.demo.shop import MERCHANT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.demo.shop import Shop

MASKED: Final = {"tmall": "line", "jd": "room", "pinduoduo": "line", "douyin": "line"}
"""What each marketplace hides of the street line, as in its export."""

PAY_METHODS: Final = {
    "tmall": ("alipay",),
    "jd": ("platform",),
    "pinduoduo": ("alipay", "wechat", "wechat", "wechat"),
    "douyin": ("wechat", "alipay", "pay_later"),
    "shopify": ("card",),
}
FINAL: Final = 1 << 62
"""An instant after everything."""


def rfc3339(seconds: int) -> str:
    """Write an instant for the wire.

    Examples
    --------
    >>> rfc3339(1794326400)
    '2026-11-10T16:00:00Z'
    """
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def live_orders(shop: Shop) -> Iterator[dict[str, Any]]:
    """Write the held-back orders as canonical documents, in the order in which they come in.

    Parameters
    ----------
    shop
        The simulated shop.

    Yields
    ------
    dict
        A canonical order (contracts, section 1) as its channel would give it, personal fields raw
        where the channel shows them.
    """
    ledger = Ledger(shop, as_of=FINAL)
    documents: list[tuple[int, int, dict[str, Any]]] = []
    for channel in shop.parameters.channels:
        documents += _of_channel(ledger, channel.name, channel.shop_id)
    # What was known when the live days began stands in the history already.
    for received, _, document in sorted(documents, key=lambda each: each[:2]):
        if received >= shop.cutoff:
            yield document


def _of_channel(
    ledger: Ledger, channel: str, shop_id: str
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Write one channel's orders from the live days on, with instant and row to sort by."""
    orders, lines = ledger.of(channel)
    orders = orders[orders["received"] >= ledger.shop.cutoff]
    lines = lines[lines["order"].isin(orders.index)]
    carts = lines_by_order(ledger, lines)
    where = _addresses_abroad if channel == "shopify" else _addresses_at_home
    destinations = where(ledger, orders, channel)
    people = people_of(ledger, orders)
    promised = ledger.shop.promises[orders.index.to_numpy()].tolist()
    for i, each in enumerate(orders.itertuples()):
        yield (
            each.received,
            each.Index,
            _document(each, channel, shop_id, carts[each.Index], destinations[i], promised[i])
            | _person(each, channel, people[i]),
        )


def _document(
    each: Any,
    channel: str,
    shop_id: str,
    cart: list[dict[str, Any]],
    address: dict[str, Any],
    promised: int,
) -> dict[str, Any]:
    """Write what all channels tell of an order."""

    def money(minor: int) -> dict[str, Any]:
        return {"minor": minor, "currency": each.currency}

    is_live = channel in {"tmall", "douyin"} and each.author >= 0
    method = "cod" if each.is_cod else PAY_METHODS[channel][each.buyer % len(PAY_METHODS[channel])]
    return {
        "schema_version": "1",
        "merchant_id": MERCHANT,
        "channel": channel,
        "shop_id": shop_id,
        "order_id": each.number,
        "event": "created",
        "revision": rfc3339(each.received),
        "placed_at": rfc3339(each.at),
        "updated_at": rfc3339(each.received),
        "utc_offset_min": each.offset_min,
        "paid_at": None if each.is_cod else rfc3339(each.paid),
        "ship_by": rfc3339(each.ship_by) if channel not in {"jd", "shopify"} else None,
        "deliver_by": rfc3339(promised),
        "status": "paid",
        "status_raw": "paid",
        "payment_status": "pending" if each.is_cod else "paid",
        "platform_risk": _risk(each, channel),
        "amounts": {
            "items": money(each.items_minor),
            "seller_discount": money(each.discount_minor - each.coupon_minor),
            "platform_discount": money(each.coupon_minor),
            "shipping": money(each.shipping_minor),
            "grand_total": money(each.total_minor),
            "grand_total_base": {"minor": each.value_minor, "currency": "CNY"},
        },
        "payment": {"method": method, "cod": bool(each.is_cod)},
        "shipping_address": address,
        "session": {
            "client": _client(each, channel, is_live=is_live),
            "source": "live" if is_live else "direct" if channel == "shopify" else "shelf",
        },
        "promos": _promos(each, money),
        "lines": [_line(line, each.number, channel, money) for line in cart],
        "ingest": {"received_at": rfc3339(each.received), "via": "webhook", "adapter": "demo"},
    }


def _client(each: Any, channel: str, *, is_live: bool) -> str:
    """Give the program the buyer used, as the exports tell it."""
    on_computers = {"tmall": 5, "jd": 6, "shopify": 1}.get(channel, 0)
    return "web" if on_computers and each.buyer % on_computers == 0 and not is_live else "app"


def _risk(each: Any, channel: str) -> dict[str, Any] | None:
    """Give the platform's own hold, where the channel tells."""
    raised = {"jd": "locked", "pinduoduo": "review"}.get(channel)
    return {"flag": raised if each.is_flagged else "none"} if raised else None


def _promos(each: Any, money: Any) -> list[dict[str, Any]]:
    if not each.coupon:
        return []
    return [
        {
            "code": each.coupon,
            "kind": "coupon",
            "amount": money(each.coupon_minor),
            "funded_by": "seller",
        }
    ]


def _line(line: dict[str, Any], number: str, channel: str, money: Any) -> dict[str, Any]:
    """Write a line with the id that its channel gives it."""
    abroad = channel == "shopify"
    return {
        "line_id": line_id(channel, number, line["number"]),
        "product_id": line["product_id"] if channel in {"douyin", "shopify"} else None,
        "seller_sku": line["sku"],
        "title": line["title_en"] if abroad else line["title"],
        "variant": line["variant"],
        "quantity": line["quantity"],
        "unit_price": money(line["unit_price"]),
        "discount": money(line["discount"]),
        "total": money(line["total"]) if channel not in {"jd", "pinduoduo"} else None,
        "weight_g": line["weight_g"] if abroad else None,
        "series_id": line["sku"],
    }


def _person(each: Any, channel: str, person: int) -> dict[str, Any]:
    """Write what only some channels tell: the account, the session, the card, own attributes."""
    told: dict[str, Any] = {}
    if channel in {"tmall", "jd", "douyin"}:
        told["buyer"] = {"buyer_key": identity.buyer_id(each.buyer, channel)}
    if channel == "pinduoduo":
        told["attributes"] = {"is_group_buy": each.buyer % 3 > 0}
    if channel == "douyin":
        told["attributes"] = {"is_returning_buyer": each.earlier_orders > 0}
        if each.author >= 0:
            room = live_room(each.author, each.at)
            told["entities"] = {"author": str(90_000 + each.author), "live_room": room}
    if channel == "shopify":
        told |= _person_abroad(each, person)
    return told


def _person_abroad(each: Any, person: int) -> dict[str, Any]:
    """Write buyer, card, session and billing country of the shop abroad, in clear."""
    known = places()
    first, last = identity.name_abroad(person)
    paying = identity.card(each.card)
    bill = each.bill_place if each.bill_place >= 0 else each.place
    return {
        "buyer": {
            "buyer_key": str(7_000_000 + each.buyer),
            "name": f"{first} {last}",
            "email": identity.email(each.buyer),
            "phone": identity.phone_abroad(person, known["country"][each.place]),
            "account_created_at": rfc3339(each.opened),
            "channel_order_count": each.earlier_orders,
        },
        "payment": {
            "method": "card",
            "cod": False,
            "card_bin": paying["bin"],
            "card_last4": paying["last4"],
            "avs": "N" if each.avs_fails else "Y",
            "cvv": "M",
            "reference": paying["fingerprint"],
        },
        "billing_address": {"country": known["country"][bill], "masked": False},
        "session": {
            "client": "web",
            "source": "direct",
            "ip": identity.ip_address(each.line),
            "user_agent": identity.AGENTS[each.device * 7 % len(identity.AGENTS)],
            "device_id": identity.device_id(each.device),
        },
        "attributes": {"avs_matches": not each.avs_fails, "verified_email": each.buyer % 5 > 0},
    }


def _addresses_at_home(ledger: Ledger, orders: Any, channel: str) -> list[dict[str, Any]]:
    """Write destinations at home, masked as each marketplace masks them."""
    to = receivers(ledger, orders, masked=MASKED[channel])
    spots = ledger.shop.people.addresses.take(orders["address"].to_numpy())
    points = map_points(spots) if channel == "douyin" else []
    people = people_of(ledger, orders)
    written = []
    for i, address in enumerate(orders["address"].tolist()):
        told: dict[str, Any] = {
            "country": "CN",
            "region": to["province"][i],
            "city": to["city"][i],
            "district": to["district"][i] or None,
            "line": to["street"][i],
            "masked": True,
        }
        if channel == "jd":
            told["town"] = to["town"][i] or None
        if channel in {"tmall", "pinduoduo"}:
            told["platform_handle"] = identity.handle(people[i], address, channel)
        if channel == "douyin":
            # The platform gives four digits on the datum of Chinese maps.
            shown = [float(f"{degrees:.4f}") for degrees in points[i]]
            point = gcj02_to_wgs84(*shown)
            told |= {"lat": point[0], "lon": point[1], "coord_sys": "wgs84"}
        written.append(told)
    return written


def _addresses_abroad(ledger: Ledger, orders: Any, channel: str) -> list[dict[str, Any]]:
    """Write destinations abroad, in clear."""
    spots = ledger.shop.people.addresses.take(orders["address"].to_numpy()).itertuples()
    there = places()[["country", "province", "city", "postal_prefix"]].to_dict("records")
    people = people_of(ledger, orders)
    written = []
    rows = zip(spots, orders["place"].tolist(), addresses.styles(orders), people, strict=True)
    for spot, place, style, person in rows:
        known = there[place]
        first, second = addresses.abroad(spot, known["country"], style)
        name = " ".join(identity.name_abroad(person))
        written.append(
            {
                "name": name,
                "phone": identity.phone_abroad(person, known["country"]),
                "country": known["country"],
                "region": known["province"],
                "city": known["city"],
                "postal_code": postal(known["postal_prefix"], spot.street_no) or None,
                "line": f"{first}, {second}" if second else first,
                "lat": round(spot.lat, 5),
                "lon": round(spot.lon, 5),
                "coord_sys": "wgs84",
                "masked": False,
            }
        )
    return written


def live_outcomes(shop: Shop) -> list[dict[str, Any]]:
    """List what becomes known during the live days, in the form of ``POST /v1/outcomes``."""
    ledger = Ledger(shop, as_of=FINAL)
    last = shop.cutoff + shop.parameters.span.live_days * 86_400
    told = shop.outcomes[(shop.outcomes["known"] >= shop.cutoff) & (shop.outcomes["known"] < last)]
    orders = ledger.orders
    shops = {c.name: c.shop_id for c in shop.parameters.channels}
    written = []
    for each in told.itertuples():
        of = orders.loc[each.order]
        key = order_key(MERCHANT, of["channel_name"], shops[of["channel_name"]], of["number"])
        written.append(
            {
                "outcome_id": f"live-{each.order}-{each.kind}-{max(each.line, 0)}",
                "order_key": key,
                "line_id": line_id(of["channel_name"], of["number"], each.line)
                if each.line > 0
                else None,
                "kind": each.kind,
                "is_bad": bool(each.is_bad),
                "amount": {"minor": int(each.amount_minor), "currency": of["currency"]},
                "occurred_at": rfc3339(each.occurred),
                "known_at": rfc3339(each.known),
                "source": each.source,
                "trust": each.trust,
                "cause": each.cause or None,
            }
        )
    return written


def write_live(shop: Shop, folder: Path) -> int:
    """Write the live feed beside the exports and give its number of orders."""
    from serving.demo.exports.forms import write_json_lines

    folder.mkdir(parents=True, exist_ok=True)
    orders = list(live_orders(shop))
    write_json_lines(folder / "orders.jsonl", orders)
    write_json_lines(folder / "outcomes.jsonl", live_outcomes(shop))
    return len(orders)

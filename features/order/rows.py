"""From the canonical order document to the flat rows that features read."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from features import keys
from features.errors import OrderError
from features.instants import microseconds
from features.order.amounts import minor_of, sums_of, value_of
from features.order.personal import buyer_key, handle_key, payment_key, personal_of
from features.order.records import OrderRows, Row, Terms
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, ORDER_LINES, ORDERS
from features.wire import (
    AMOUNTS,
    BESIDE,
    CATEGORY_SEPARATOR,
    INSTANTS,
    LINE_AMOUNTS,
    LINE_PLAIN,
    PLAIN,
    Reader,
    at,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from features.document import Address, Line, OrderDocument


_PLAIN: Final = Reader(PLAIN)
_INSTANTS: Final = Reader(INSTANTS)
_AMOUNTS: Final = Reader(AMOUNTS)
_BESIDE: Final = Reader(BESIDE)
_LINE: Final = attrgetter(*LINE_PLAIN)


def to_rows(document: OrderDocument, terms: Terms, *, received_at: int) -> OrderRows:
    """Flatten a document into the rows that features read.

    Parameters
    ----------
    document
        A canonical order.
    terms
        Secret, base currency and the like.
    received_at
        Microseconds UTC at which the order came in; ``ingest.received_at`` goes before it.

    Raises
    ------
    OrderError
        When the base amount is in another currency, or an attribute is not of its declared type.

    Examples
    --------
    >>> from features.order import Terms, parse
    >>> document = {
    ...     "schema_version": "1", "merchant_id": "acme", "channel": "web", "shop_id": "main",
    ...     "order_id": "7", "revision": "1", "event": "created", "status": "paid",
    ...     "status_raw": "paid", "payment_status": "paid", "placed_at": "2026-03-01T08:05:11Z",
    ...     "updated_at": "2026-03-01T08:05:11Z", "payment": {"method": "card", "cod": False},
    ...     "amounts": {"grand_total": {"minor": 129900, "currency": "CNY"}},
    ...     "lines": [{"line_id": "1", "seller_sku": "DRESS", "title": "Dress", "quantity": 2}],
    ... }
    >>> rows = to_rows(parse(document), Terms(secret=b"of the shop"), received_at=0)
    >>> rows.key, rows.order["value_minor"], rows.lines[0]["sku"]
    ('acme/web/main/7', 129900, 'DRESS')
    """
    hashes, personal = personal_of(document, terms.secret)
    order: Row = dict.fromkeys(ORDERS.by_name)
    order |= _PLAIN.read(document)
    order |= {column: _micros(moment) for column, moment in _INSTANTS.read(document).items()}
    order |= {column: minor_of(amount) for column, amount in _AMOUNTS.read(document).items()}
    order |= _identity(document, received_at) | sums_of(document) | _links(document, hashes, terms)
    order |= _own_columns(document, terms)
    order["value_minor"] = value_of(document, terms.base_currency)
    lines = [_line_row(line, order) for line in document.lines or ()]
    order |= _line_counts(document, lines)
    if document.shipping_address is not None:
        order |= _on_the_globe(document.shipping_address)
        order |= _located(document.shipping_address, order, terms)
    beside = dict.fromkeys(BESIDE) | _BESIDE.read(document)
    return OrderRows(order=order, lines=lines, personal=personal, beside=beside, hashes=hashes)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)


def _identity(document: OrderDocument, received_at: int) -> Row:
    ingest = document.ingest
    return {
        "order_key": keys.order_key(
            document.merchant_id, document.channel, document.shop_id, document.order_id
        ),
        "received_at": received_at if ingest is None else microseconds(ingest.received_at),
    }


def _links(document: OrderDocument, hashes: Mapping[str, str], terms: Terms) -> Row:
    """Give the keys by which orders link."""
    raw_ip = at(document, "session.ip")
    network = keys.ip_network(raw_ip) if raw_ip else None
    raw_email, said_domain = at(document, "buyer.email"), at(document, "buyer.email_domain")
    handle = at(document, "shipping_address.platform_handle")
    return {
        "buyer_key": buyer_key(document, terms.secret),
        "phone_key": hashes.get("buyer.phone_hash") or hashes.get("shipping_address.phone_hash"),
        "email_key": hashes.get("buyer.email_hash"),
        "email_domain": said_domain
        if said_domain is not None or raw_email is None
        else keys.email_domain(raw_email),
        "ip_key": hashes.get("session.ip_hash"),
        "ip24_key": keys.keyed_hash(terms.secret, "ip24", network)
        if network
        else at(document, "session.ip24_hash"),
        "device_key": hashes.get("session.device_hash"),
        "payment_key": payment_key(document, terms.secret),
        "address_unit_key": at(document, "shipping_address.unit_hash")
        or (handle_key(handle, terms.secret) if handle else None),
    }


def _own_columns(document: OrderDocument, terms: Terms) -> Row:
    """Give the merchant's own attributes and entity keys as columns."""
    attributes = {ATTRIBUTE_PREFIX + name: value for name, value in document.attributes.items()}
    kinds = {"float": float, "bool": bool, "string": str}
    problems = [
        (
            f"/attributes/{column.removeprefix(ATTRIBUTE_PREFIX)}",
            f"is not of the type {declared} that the history declares for it",
        )
        for column, value in attributes.items()
        if (declared := terms.attribute_types.get(column)) in kinds
        and not isinstance(value, kinds[declared])
    ]
    if problems:
        raise OrderError(problems)
    entities = {
        ENTITY_PREFIX + name: keys.keyed_hash(terms.secret, name, value)
        for name, value in document.entities.items()
        if keys.identifies(value)
    }
    return attributes | entities


def _line_row(line: Line, order: Row) -> Row:
    row: Row = dict.fromkeys(ORDER_LINES.by_name)
    row.update(zip(LINE_PLAIN, _LINE(line), strict=True))
    row |= {column: minor_of(getattr(line, name)) for column, name in LINE_AMOUNTS.items()}
    row |= {ATTRIBUTE_PREFIX + name: value for name, value in line.attributes.items()}
    row["order_key"], row["placed_at"] = order["order_key"], order["placed_at"]
    row["sku"] = line.seller_sku or line.sku_id
    row["category"] = CATEGORY_SEPARATOR.join(line.category_path) or None
    return row


def _line_counts(document: OrderDocument, lines: Sequence[Row]) -> Row:
    """Count lines and units; what the document's own summary says goes before the count."""
    counts = (
        {
            "n_lines": len(lines),
            "n_units": sum(line["quantity"] for line in lines),
            "sku_set_key": keys.sku_set_key([(line["sku"], line["quantity"]) for line in lines]),
        }
        if lines
        else dict.fromkeys(("n_lines", "n_units", "sku_set_key"))
    )
    said = document.line_summary
    if said is None:
        return counts
    columns = {"n_lines": "n_lines", "n_units": "n_units", "sku_set_hash": "sku_set_key"}
    return counts | {columns[name]: getattr(said, name) for name in said.model_fields_set}


def _on_the_globe(address: Address) -> Row:
    """Give the place in WGS-84, whatever the datum it came in."""
    if address.lat is None or address.lon is None or address.coord_sys in {"wgs84", None}:
        return {}
    from features.address.datum import bd09_to_wgs84, gcj02_to_wgs84

    convert = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}[address.coord_sys]
    lat, lon = convert(address.lat, address.lon)
    return {"ship_lat": lat, "ship_lon": lon}


def _located(address: Address, order: Row, terms: Terms) -> Row:
    """Give what a resolver adds to the address.

    What the caller said stays, but for the names of divisions, which take their full form.
    """
    place = terms.locate(address) if terms.locate and address.line is not None else None
    if place is None:
        return {}
    found: Row = {
        f"address_{level}_key": keys.keyed_hash(terms.secret, f"address_{level}", text)
        for level in ("unit", "building", "road")
        if (text := getattr(place, level)) is not None
    }
    found |= {f"ship_{name}": getattr(place, name) for name in ("adcode", "precision")}
    if order["ship_lat"] is None or order["ship_lon"] is None:
        found |= {"ship_lat": place.lat, "ship_lon": place.lon}
    said = {column: value for column, value in found.items() if order[column] is None}
    if "ship_lat" in said and place.radius_m is not None:
        said["ship_radius_m"] = place.radius_m
    divisions = {f"ship_{name}": getattr(place, name) for name in ("region", "city", "district")}
    return said | {column: name for column, name in divisions.items() if name is not None}

"""The canonical order document ↔ the flat rows that features read.

One register (``wire.py``) says which column stands where in the document, and both directions
read it. A row of the history survives history → document → row unchanged, so that an order
replayed through the service is the order of the history.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from features import keys, money
from features.document import NO_CURRENCY, Address, Line, Money, OrderDocument
from features.errors import OrderError
from features.refusal import Problem, card_problems, explain
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, ORDER_LINES, ORDERS
from features.wire import (
    AMOUNTS,
    CATEGORY_SEPARATOR,
    DISCOUNTS,
    INSTANTS,
    LINE_AMOUNTS,
    LINE_PLAIN,
    PLAIN,
    RAW,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Row = dict[str, Any]
"""A flat row: schema column to value; instants are integer microseconds UTC."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

NORMAL_FORMS: Final[dict[str, Callable[[str], str | None]]] = {
    "phone": keys.normal_phone,
    "email": keys.normal_email,
    "ip": keys.normal_ip,
    "name": keys.normal_text,
    "address_line": keys.normal_text,
}
"""Kind of personal value to its normal form; kinds that are not here are ids and stay as given."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order goes, as an address resolver understood it.

    Parameters
    ----------
    unit, building, road
        Comparable forms of the address down to that level, not yet hashed; None when unknown.
    region, city, district
        Divisions by their full names.
    adcode
        GB/T 2260 code of the deepest division known.
    lat, lon
        WGS-84.
    precision
        0 unknown … 9 unit.
    """

    unit: str | None = None
    building: str | None = None
    road: str | None = None
    region: str | None = None
    city: str | None = None
    district: str | None = None
    adcode: str | None = None
    lat: float | None = None
    lon: float | None = None
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What turning a document into rows depends on beside the document.

    Parameters
    ----------
    secret
        The tenant's key of all keyed hashes.
    base_currency
        Currency of ``value_minor``.
    attribute_types
        Attribute column to ``float``, ``bool`` or ``string``, as the history declares them.
    locate
        Resolver of a raw address, or None.
    """

    secret: bytes
    base_currency: str = "CNY"
    attribute_types: Mapping[str, str] = field(default_factory=dict)
    locate: Callable[[Address], Place | None] | None = None


@dataclass(frozen=True, slots=True)
class OrderRows:
    """An order as features read it.

    Parameters
    ----------
    order
        Row of the table ``orders``.
    lines
        Rows of the table ``order_lines``.
    personal
        Keyed hash to (kind, raw value) of every raw personal field that was sent.
    """

    order: Row
    lines: list[Row]
    personal: dict[str, tuple[str, str]]

    @property
    def key(self) -> str:
        """The order's key."""
        key: str = self.order["order_key"]
        return key


def parse(document: bytes | str | Mapping[str, Any]) -> OrderDocument:
    """Read a canonical order strictly.

    Parameters
    ----------
    document
        JSON text, or the object it holds.

    Raises
    ------
    OrderError
        With every fault found, its place as a JSON pointer, and its mend.

    Examples
    --------
    >>> try:
    ...     parse({"order_id": 7})
    ... except OrderError as error:
    ...     dict(error.problems)["/order_id"]
    'is a number: write it as text in quotes; ids lose digits as numbers'
    """
    text = document if isinstance(document, bytes | str) else json.dumps(document)
    try:
        order = OrderDocument.model_validate_json(text)
    except ValidationError as error:
        raise OrderError(explain(error)) from None
    check(order)
    return order


def check(order: OrderDocument) -> None:
    """Refuse an order whose parts contradict each other, whatever each says by itself.

    Raises
    ------
    OrderError
        With every contradiction found.
    """
    if problems := list(_inconsistencies(order)):
        raise OrderError(problems)


def microseconds(at: datetime) -> int:
    """Give an aware instant as microseconds since 1970, exactly.

    Examples
    --------
    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (at - EPOCH) // MICROSECOND


def instant(at: int) -> datetime:
    """Give microseconds since 1970 as an aware instant.

    Examples
    --------
    >>> instant(1_000_005).isoformat()
    '1970-01-01T00:00:01.000005+00:00'
    """
    return EPOCH + at * MICROSECOND


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
    """
    hashes = _hashes(document, terms.secret)
    order: Row = dict.fromkeys(ORDERS.by_name)
    order |= {column: _at(document, place) for column, place in PLAIN.items()}
    order |= {column: _instant_at(document, place) for column, place in INSTANTS.items()}
    order |= {column: _minor(_at(document, place)) for column, place in AMOUNTS.items()}
    order |= _identity(document, received_at) | _sums(document) | _links(document, hashes, terms)
    order |= _own_columns(document, terms)
    order["value_minor"] = _value(document, terms.base_currency)
    lines = [_line_row(line, order) for line in document.lines or ()]
    order |= _line_counts(document, lines)
    if document.shipping_address is not None:
        order |= _on_the_globe(document.shipping_address)
        order |= _located(document.shipping_address, order, terms)
    personal = {
        hashes[target]: (kind, raw)
        for place, kind, target in RAW
        if target in hashes and (raw := _at(document, place)) is not None
    }
    return OrderRows(order=order, lines=lines, personal=personal)


def without_personal(document: OrderDocument, secret: bytes) -> dict[str, Any]:
    """Give the document with every raw personal field replaced by its keyed hash.

    Free words (notes), the browser's own words and the raw buyer id are left out.
    """
    plain: dict[str, Any] = document.model_dump(mode="json", exclude_unset=True)
    hashes = _hashes(document, secret)
    for place, _, target in RAW:
        block, name = place.split(".")
        if (plain.get(block) or {}).pop(name, None) is not None and target in hashes:
            plain[block][target.split(".")[1]] = hashes[target]
    for block, name in (("session", "user_agent"), ("session", "session_id"), ("buyer", "tags")):
        (plain.get(block) or {}).pop(name, None)
    if (buyer := plain.get("buyer") or {}).get("buyer_key"):
        buyer["buyer_key"] = _buyer_key(document, secret)
    if (payment := plain["payment"]).pop("reference", None):
        payment["reference_hash"] = _payment_key(document, secret)
    plain["entities"] = {
        name: keys.keyed_hash(secret, name, value) for name, value in document.entities.items()
    }
    plain.pop("notes", None)
    return plain


def to_document(
    order: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    *,
    base_currency: str = "CNY",
) -> dict[str, Any]:
    """Write a history row as a canonical order.

    Parameters
    ----------
    order
        Row of ``orders`` with its attribute and entity columns; instants as aware datetimes or
        microseconds UTC, missing values as None.
    lines
        Its rows of ``order_lines``.
    base_currency
        Currency of ``value_minor``.

    Returns
    -------
    dict
        A document that :func:`parse` reads and :func:`to_rows` turns back into the same row.
    """
    document: dict[str, Any] = {
        "schema_version": "1",
        "event": "created",
        "status_raw": order.get("status"),
        "updated_at": _wire(order["received_at"]),
        "amounts": {},
        "payment": {"method": None, "cod": None},
        "ingest": {"received_at": _wire(order["received_at"]), "via": "api"},
    }
    for column, place in (PLAIN | _KEY_PLACES).items():
        _put(document, place, order.get(column))
    for column, place in INSTANTS.items():
        _put(document, place, _wire(order.get(column)))
    currency = order.get("currency") or NO_CURRENCY
    for column, place in (AMOUNTS | {"discount_minor": "amounts.other_discount"}).items():
        _put(document, place, _money(order.get(column), currency))
    _put(document, "amounts.grand_total_base", _money(order.get("value_minor"), base_currency))
    _complete(document, order, currency)
    own = {name: value for name, value in order.items() if value is not None}
    document["attributes"] = _named(own, ATTRIBUTE_PREFIX)
    document["entities"] = _named(own, ENTITY_PREFIX)
    document["lines"] = [_line_document(line, currency) for line in lines] or None
    _summarise(document, order, lines)
    return document


_KEY_PLACES: Final = {
    "buyer_key": "buyer.buyer_key",
    "phone_key": "buyer.phone_hash",
    "email_key": "buyer.email_hash",
    "ip_key": "session.ip_hash",
    "ip24_key": "session.ip24_hash",
    "device_key": "session.device_hash",
    "payment_key": "payment.reference_hash",
}


@cache
def _steps(place: str) -> tuple[str, ...]:
    return tuple(place.split("."))


def _at(document: OrderDocument, place: str) -> Any:
    """Give what stands at a dotted place, or None when a part on the way is absent."""
    found: Any = document
    for step in _steps(place):
        if found is None:
            return None
        found = getattr(found, step)
    return found


def _instant_at(document: OrderDocument, place: str) -> int | None:
    at: datetime | None = _at(document, place)
    return None if at is None else microseconds(at)


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _identity(document: OrderDocument, received_at: int) -> Row:
    ingest = document.ingest
    return {
        "order_key": keys.order_key(
            document.merchant_id, document.channel, document.shop_id, document.order_id
        ),
        "received_at": received_at if ingest is None else microseconds(ingest.received_at),
    }


def _currency(document: OrderDocument) -> str | None:
    """Give the currency of the order's amounts, or None when it says none."""
    currencies = (amount.currency for _, amount in _amounts(document))
    return next((code for code in currencies if code != NO_CURRENCY), None)


def _amounts(document: OrderDocument) -> Iterator[tuple[str, Money]]:
    """Go through every amount in the order's own currency, with its place."""
    for name in ("grand_total", "items", *DISCOUNTS, "shipping", "tax", "fees"):
        if (amount := getattr(document.amounts, name)) is not None:
            yield f"/amounts/{name}", amount
    for index, promo in enumerate(document.promos or ()):
        if promo.amount is not None:
            yield f"/promos/{index}/amount", promo.amount
    for index, line in enumerate(document.lines or ()):
        for name in ("unit_price", "discount", "tax", "total"):
            if (amount := getattr(line, name)) is not None:
                yield f"/lines/{index}/{name}", amount


def _sums(document: OrderDocument) -> Row:
    given = [getattr(document.amounts, name) for name in DISCOUNTS]
    discounts = [amount.minor for amount in given if amount is not None]
    promos = document.promos
    spent = [promo.amount.minor for promo in promos or () if promo.amount is not None]
    codes = (promo.code for promo in promos or () if promo.code is not None)
    return {
        "currency": _currency(document),
        "discount_minor": sum(discounts) if discounts else None,
        "promo_code": next(codes, None),
        # No promotions at all is a known zero; promotions without an amount are not.
        "promo_minor": sum(spent) if spent or promos == [] else None,
    }


def _value(document: OrderDocument, base: str) -> int | None:
    """Give the order's value in the base currency, or None when nothing says it."""
    amounts = document.amounts
    if amounts.grand_total_base is not None:
        if amounts.grand_total_base.currency != base:
            raise OrderError(
                [
                    (
                        "/amounts/grand_total_base/currency",
                        f"is not the base currency of this shop: convert the amount to {base}",
                    )
                ]
            )
        return amounts.grand_total_base.minor
    total = amounts.grand_total
    if total is None or total.currency == NO_CURRENCY:
        return None
    if total.currency == base:
        return total.minor
    if amounts.fx_rate is None:
        return None
    return money.exchange(total.minor, total.currency, base, Decimal(repr(amounts.fx_rate)))


def _hashes(document: OrderDocument, secret: bytes) -> dict[str, str]:
    """Give the hash of every personal field, by the place of the hash; raw goes before hashed."""
    hashes: dict[str, str] = {}
    for place, kind, target in RAW:
        raw: str | None = _at(document, place)
        normal = NORMAL_FORMS.get(kind, _as_given)(raw) if raw is not None else None
        if normal is not None:
            hashes[target] = keys.keyed_hash(secret, kind, normal)
        elif (given := _at(document, target)) is not None:
            hashes[target] = given
    return hashes


def _as_given(text: str) -> str | None:
    return text or None


def _buyer_key(document: OrderDocument, secret: bytes) -> str | None:
    raw = document.buyer.buyer_key if document.buyer else None
    if raw is None:
        return None
    return keys.keyed_hash(secret, "buyer", keys.channel_scoped(document.channel, raw))


def _payment_key(document: OrderDocument, secret: bytes) -> str | None:
    payment = document.payment
    if payment.reference:
        return keys.keyed_hash(secret, "payment", payment.reference)
    return payment.reference_hash


def _links(document: OrderDocument, hashes: Mapping[str, str], terms: Terms) -> Row:
    """Give the keys by which orders link."""
    raw_ip = _at(document, "session.ip")
    network = keys.ip_network(raw_ip) if raw_ip else None
    raw_email = _at(document, "buyer.email")
    handle = _at(document, "shipping_address.platform_handle")
    return {
        "buyer_key": _buyer_key(document, terms.secret),
        "phone_key": hashes.get("buyer.phone_hash") or hashes.get("shipping_address.phone_hash"),
        "email_key": hashes.get("buyer.email_hash"),
        "email_domain": _at(document, "buyer.email_domain")
        or (keys.email_domain(raw_email) if raw_email else None),
        "ip_key": hashes.get("session.ip_hash"),
        "ip24_key": keys.keyed_hash(terms.secret, "ip24", network)
        if network
        else _at(document, "session.ip24_hash"),
        "device_key": hashes.get("session.device_hash"),
        "payment_key": _payment_key(document, terms.secret),
        "address_unit_key": _at(document, "shipping_address.unit_hash")
        # A handle stays the same while the text is masked, so it links as the unit would.
        or (keys.keyed_hash(terms.secret, "address_unit", handle) if handle else None),
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
    }
    return attributes | entities


def _line_row(line: Line, order: Row) -> Row:
    row: Row = dict.fromkeys(ORDER_LINES.by_name)
    row |= {name: getattr(line, name) for name in LINE_PLAIN}
    row |= {column: _minor(getattr(line, name)) for column, name in LINE_AMOUNTS.items()}
    row |= {ATTRIBUTE_PREFIX + name: value for name, value in line.attributes.items()}
    return row | {
        "order_key": order["order_key"],
        "placed_at": order["placed_at"],
        "sku": line.seller_sku or line.sku_id,
        "category": CATEGORY_SEPARATOR.join(line.category_path) or None,
    }


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
    divisions = {f"ship_{name}": getattr(place, name) for name in ("region", "city", "district")}
    return said | {column: name for column, name in divisions.items() if name is not None}


def _inconsistencies(order: OrderDocument) -> Iterator[Problem]:
    """Go through the faults that no single field shows."""
    if order.lines is None and order.line_summary is None:
        yield "/lines", "is missing: an order needs at least one line"
    seen: set[str] = set()
    for index, line in enumerate(order.lines or ()):
        if line.line_id in seen:
            yield (
                f"/lines/{index}/line_id",
                "is a duplicate id: give each line of the order its own",
            )
        seen.add(line.line_id)
    yield from _currency_problems(order)
    for name in ("shipping_address", "billing_address"):
        address: Address | None = getattr(order, name)
        if address and (address.lat, address.lon) != (None, None) and address.coord_sys is None:
            yield f"/{name}/coord_sys", "is missing: say which datum lat and lon are in"
    yield from card_problems(_free_texts(order))


def _currency_problems(order: OrderDocument) -> Iterator[Problem]:
    own = _currency(order)
    base = order.amounts.grand_total_base
    amounts = [*_amounts(order), *([("/amounts/grand_total_base", base)] if base else [])]
    for place, amount in amounts:
        if amount.currency not in money.EXPONENTS and amount.currency != NO_CURRENCY:
            yield f"{place}/currency", "is not a currency of ISO 4217: write a code such as CNY"
        elif amount is not base and amount.currency not in {own, NO_CURRENCY}:
            yield f"{place}/currency", f"is not the currency of the order: convert it to {own}"


def _free_texts(order: OrderDocument) -> Iterator[tuple[str, str | None]]:
    """Go through the texts in which callers have been seen to send card numbers."""
    for block in ("payment", "notes"):
        for name, value in getattr(order, block) or ():
            if isinstance(value, str):
                yield f"/{block}/{name}", value


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    """Set what stands at a dotted place, making the parts on the way; None leaves it out."""
    if value is None:
        return
    *blocks, name = _steps(place)
    for block in blocks:
        document = document.setdefault(block, {})
    document[name] = value


def _wire(at: Any) -> str | None:
    if at is None:
        return None
    return (instant(at) if isinstance(at, int) else at).isoformat().replace("+00:00", "Z")


def _money(minor: int | None, currency: str) -> dict[str, Any] | None:
    return None if minor is None else {"minor": int(minor), "currency": currency}


def _complete(document: dict[str, Any], order: Mapping[str, Any], currency: str) -> None:
    """Add the fields that the document must have, and those that stand in several columns."""
    for name in ("status", "payment_status"):
        document.setdefault(name, None)
    document.setdefault("revision", "0")
    for name in ("shipping_address", "billing_address"):
        if name in document:
            document[name].setdefault("country", None)
    if {"lat", "lon"} & set(document.get("shipping_address", ())):
        document["shipping_address"]["coord_sys"] = "wgs84"
    code, spent = order.get("promo_code"), order.get("promo_minor")
    if code is not None or spent is not None:
        promo = {
            "code": code,
            "kind": "other",
            "amount": _money(spent, currency),
            "funded_by": "unknown",
        }
        document["promos"] = [] if code is None and spent == 0 else [promo]


def _named(own: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value for name, value in own.items() if name.startswith(prefix)
    }


def _line_document(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: line.get(name) for name in LINE_PLAIN}
    for column, name in LINE_AMOUNTS.items():
        found[name] = _money(line.get(column), currency)
    found["seller_sku"] = line.get("sku")
    category = line.get("category")
    found["category_path"] = category.split(CATEGORY_SEPARATOR) if category else []
    own = {name: value for name, value in line.items() if value is not None}
    found["attributes"] = _named(own, ATTRIBUTE_PREFIX)
    return found


def _summarise(
    document: dict[str, Any], order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> None:
    """Say what the row knows of its lines where counting them would give something else."""
    counted = {
        "n_lines": len(lines) or None,
        "n_units": sum(line["quantity"] for line in lines) or None,
        "sku_set_key": keys.sku_set_key([(line.get("sku"), line["quantity"]) for line in lines]),
    }
    said = {name: order.get(name) for name in counted}
    if not lines or said != counted:
        said["sku_set_hash"] = said.pop("sku_set_key")
        document["line_summary"] = said

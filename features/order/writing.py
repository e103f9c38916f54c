"""From a row of the history to the canonical order document that gives the same row again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from features import keys
from features.document import NO_CURRENCY
from features.instants import wire_instant
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX
from features.wire import (
    AMOUNTS,
    CATEGORY_SEPARATOR,
    INSTANTS,
    LINE_AMOUNTS,
    LINE_PLAIN,
    PLAIN,
    steps,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_KEY_PLACES: Final = {
    "buyer_key": "buyer.buyer_key",
    "phone_key": "buyer.phone_hash",
    "email_key": "buyer.email_hash",
    "ip_key": "session.ip_hash",
    "ip24_key": "session.ip24_hash",
    "device_key": "session.device_hash",
    "payment_key": "payment.reference_hash",
}


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

    Examples
    --------
    >>> row = {"order_key": "acme/web/main/7", "order_id": "7", "received_at": 0, "placed_at": 0}
    >>> row |= {"currency": "CNY", "total_minor": 129_900}
    >>> told = to_document(row, [{"line_id": "1", "sku": "DRESS", "quantity": 2}])
    >>> told["placed_at"], told["amounts"]["grand_total"]["minor"], told["lines"][0]["quantity"]
    ('1970-01-01T00:00:00Z', 129900, 2)
    """
    document: dict[str, Any] = {
        "schema_version": "1",
        "event": "created",
        "status_raw": order.get("status"),
        "updated_at": _wire(order["received_at"]),
        "amounts": {"currency": order.get("currency")},
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


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    """Set what stands at a dotted place, making the parts on the way; None leaves it out."""
    if value is None:
        return
    *blocks, name = steps(place)
    for block in blocks:
        document = document.setdefault(block, {})
    document[name] = value


def _wire(at: datetime | int | None) -> str | None:
    return None if at is None else wire_instant(at)


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

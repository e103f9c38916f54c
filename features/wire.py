"""Which column of the flat rows stands where in the canonical order document.

The register that both directions read: document → rows and history row → document.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.document import OrderDocument

CATEGORY_SEPARATOR: Final = " > "

PLAIN: Final[dict[str, str]] = {
    "merchant_id": "merchant_id",
    "channel": "channel",
    "shop_id": "shop_id",
    "marketplace": "marketplace",
    "order_id": "order_id",
    "revision": "revision",
    "utc_offset_min": "utc_offset_min",
    "status": "status",
    "payment_status": "payment_status",
    "platform_risk": "platform_risk.flag",
    "payment_method": "payment.method",
    "is_cod": "payment.cod",
    "card_bin": "payment.card_bin",
    "email_domain": "buyer.email_domain",
    "is_guest": "buyer.is_guest",
    "channel_order_count": "buyer.channel_order_count",
    "ship_country": "shipping_address.country",
    "ship_region": "shipping_address.region",
    "ship_city": "shipping_address.city",
    "ship_district": "shipping_address.district",
    "ship_postal": "shipping_address.postal_code",
    "ship_adcode": "shipping_address.adcode",
    "ship_lat": "shipping_address.lat",
    "ship_lon": "shipping_address.lon",
    "ship_precision": "shipping_address.precision",
    "address_unit_key": "shipping_address.unit_hash",
    "address_building_key": "shipping_address.building_hash",
    "address_road_key": "shipping_address.road_hash",
    "bill_country": "billing_address.country",
    "client": "session.client",
    "source": "session.source",
}
"""Orders columns that stand in the document as they are."""

BESIDE: Final[dict[str, str]] = {"note": "notes.buyer", "address_kind": "shipping_address.kind"}
"""What the document says that no column keeps, by name."""

INSTANTS: Final[dict[str, str]] = {
    "placed_at": "placed_at",
    "paid_at": "paid_at",
    "ship_by": "ship_by",
    "deliver_by": "deliver_by",
    "account_created_at": "buyer.account_created_at",
}
"""Orders columns that are instants of the document."""

AMOUNTS: Final[dict[str, str]] = {
    "items_minor": "amounts.items",
    "shipping_minor": "amounts.shipping",
    "tax_minor": "amounts.tax",
    "total_minor": "amounts.grand_total",
}
"""Orders columns that are amounts of the document, in the order's currency."""

DISCOUNTS: Final = ("seller_discount", "platform_discount", "other_discount")

LINE_PLAIN: Final = (
    "line_id",
    "product_id",
    "title",
    "quantity",
    "is_gift",
    "is_presale",
    "weight_g",
    "series_id",
)
LINE_AMOUNTS: Final = {
    "unit_price_minor": "unit_price",
    "discount_minor": "discount",
    "total_minor": "total",
}

RAW: Final[tuple[tuple[str, str, str], ...]] = (
    ("buyer.name", "name", "buyer.name_hash"),
    ("buyer.email", "email", "buyer.email_hash"),
    ("buyer.phone", "phone", "buyer.phone_hash"),
    ("shipping_address.name", "name", "shipping_address.name_hash"),
    ("shipping_address.phone", "phone", "shipping_address.phone_hash"),
    ("shipping_address.line", "address_line", "shipping_address.line_hash"),
    ("billing_address.name", "name", "billing_address.name_hash"),
    ("billing_address.phone", "phone", "billing_address.phone_hash"),
    ("billing_address.line", "address_line", "billing_address.line_hash"),
    ("session.ip", "ip", "session.ip_hash"),
    ("session.device_id", "device", "session.device_hash"),
)
"""Raw personal fields: where, of what kind, and where the hash stands."""


@cache
def steps(place: str) -> tuple[str, ...]:
    """Split a dotted place.

    Examples
    --------
    >>> steps("buyer.phone")
    ('buyer', 'phone')
    """
    return tuple(place.split("."))


def at(document: OrderDocument, place: str) -> Any:
    """Give what stands at a dotted place, or None when a part on the way is absent.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> order = SimpleNamespace(buyer=SimpleNamespace(email="ann@example.com"), session=None)
    >>> at(order, "buyer.email"), at(order, "session.ip")
    ('ann@example.com', None)
    """
    found: Any = document
    for step in steps(place):
        if found is None:
            return None
        found = getattr(found, step)
    return found


class Reader:
    """Reads many dotted places at once, part by part of the document.

    Parameters
    ----------
    places
        Column to the place it is read from, at most one part deep.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> order = SimpleNamespace(status="paid", buyer=None)
    >>> Reader({"status": "status", "phone": "buyer.phone"}).read(order)
    {'status': 'paid'}
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        parts: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for column, place in places.items():
            part, _, name = place.rpartition(".")
            parts[part][column] = name
        self._own = tuple(parts.pop("", {}).items())
        self._parts = tuple(
            # The first name twice: of one name alone no tuple would be given.
            (part, tuple(names), attrgetter(*names.values(), next(iter(names.values()))))
            for part, names in parts.items()
        )

    def read(self, document: OrderDocument) -> dict[str, Any]:
        """Give what stands at the places; what an absent part would say is left out."""
        found = {column: getattr(document, name) for column, name in self._own}
        for part, columns, get in self._parts:
            if (given := getattr(document, part)) is not None:
                found.update(zip(columns, get(given), strict=False))
        return found

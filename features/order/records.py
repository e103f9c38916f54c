"""What the two forms of an order hand to each other. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from features.document import Address

Row = dict[str, Any]
"""A flat row: column to value; instants are integer microseconds UTC."""


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
    radius_m
        Metres around the coordinates within which the place lies; None when that is not known.
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
    radius_m: float | None = None


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
    beside
        What the order says that no table keeps: the buyer's ``note``, the ``address_kind``.
    hashes
        Place in the document to the keyed hash that stands there instead of a raw personal field.
    """

    order: Row
    lines: list[Row]
    personal: dict[str, tuple[str, str]]
    beside: Row = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The order's key."""
        key: str = self.order["order_key"]
        return key

"""Warehouses, outlets, stock and what an order asks of them: what routing reads. No logic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.fences import Fence


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place that orders leave from; None is unknown."""

    warehouse: str
    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None
    daily_capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """The last mile of a carrier: area, tariff and limits; None is unknown."""

    outlet: str
    carrier: str
    region: str | None = None
    city: str | None = None
    fence: Fence | None = None
    service: str | None = None
    daily_capacity: int | None = None
    first_kg_minor: int | None = None
    next_kg_minor: int | None = None
    max_weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes; None is unknown."""

    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order asks of a route.

    Parameters
    ----------
    units
        SKU to units.
    weight_g
        Weight of the parcel, None when unknown.
    to
        Where it goes.
    carriers
        Carriers that may take it; None for all.
    """

    units: Mapping[str, int]
    to: Destination
    weight_g: int | None = None
    carriers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Stock and what the day has used of it.

    Parameters
    ----------
    available
        Warehouse and SKU to units on hand, less locked and samples; a pair that is absent has
        none. None when nothing is known of any stock.
    sent_today
        Warehouse to orders that it sends today already.
    taken_today
        Outlet to parcels that it takes today already.
    """

    available: Mapping[tuple[str, str], int] | None = None
    sent_today: Mapping[str, int] = field(default_factory=dict)
    taken_today: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Warehouses, outlets and substitutes of a merchant."""

    warehouses: tuple[Warehouse, ...]
    outlets: tuple[Outlet, ...]
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

"""Warehouses, outlets, stock and what an order asks of them: what routing reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from models.routing.tariffs import by_kilogram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from features.fences import Fence
    from models.routing.tariffs import Tariff

    Lanes = Mapping[tuple[str, str], Tariff | None]

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A place that orders leave from; None is unknown.

    Parameters
    ----------
    daily_capacity
        Orders it sends in a day.
    handling_minor
        What handling one unit costs, minor units of the base currency.
    cutoff_min
        Minutes after local midnight until which orders leave the same day; None: until the end.
    utc_offset_min
        Its clock.
    """

    warehouse: str
    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None
    daily_capacity: int | None = None
    handling_minor: float = 0.0
    cutoff_min: int | None = None
    utc_offset_min: int = 0


@dataclass(frozen=True, slots=True)
class Outlet:
    """The last mile of a carrier: area, tariff and limits; None is unknown.

    Parameters
    ----------
    daily_capacity
        Parcels it delivers in a day.
    first_kg_minor, next_kg_minor
        Its tariff, unless ``tariff`` says it in bands of weight.
    """

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
    tariff: Tariff | None = None

    @property
    def own_tariff(self) -> Tariff | None:
        """Its tariff, None when it states none.

        Examples
        --------
        >>> outlet = Outlet("a", "sf", first_kg_minor=1000, next_kg_minor=300)
        >>> [outlet.own_tariff.one(weight) for weight in (0, 1000, 1001, 2500)]
        [1000.0, 1000.0, 1300.0, 1600.0]
        """
        if self.tariff is not None:
            return self.tariff
        if self.first_kg_minor is None:
            return None
        return by_kilogram(self.first_kg_minor, self.next_kg_minor or 0)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes; None is unknown.

    Parameters
    ----------
    radius_m
        How far off the coordinates may be, metres; None as if they were exact.
    """

    region: str | None = None
    city: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None


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
    unit_weights_g
        SKU to the weight of one unit; None: every unit weighs the same.
    carriers, services, warehouses
        Those that may take it; None for all.
    at
        The moment of asking, microseconds since 1970 UTC.
    ship_by
        The last moment at which it may leave, microseconds since 1970 UTC; None: none is set.
    """

    units: Mapping[str, int]
    to: Destination
    weight_g: int | None = None
    carriers: frozenset[str] | None = None
    services: frozenset[str] | None = None
    warehouses: frozenset[str] | None = None
    at: int | None = None
    ship_by: int | None = None
    unit_weights_g: Mapping[str, float] | None = None


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
    """Warehouses, outlets and substitutes of a merchant.

    Parameters
    ----------
    substitutes
        SKU to SKUs that may replace it.
    lanes
        Warehouse and outlet to the tariff between them, None for the outlet's own. Without lanes
        every warehouse hands to every outlet.
    """

    warehouses: tuple[Warehouse, ...]
    outlets: tuple[Outlet, ...]
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lanes: Lanes | None = None
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: Callable[[Network], Made]) -> Made:
        """Give what is worked out of the network alone; it is made when it is first asked for.

        Examples
        --------
        >>> network = Network((Warehouse("JX"),), ())
        >>> names = network.once(lambda network: [place.warehouse for place in network.warehouses])
        >>> names
        ['JX']
        """
        found: Made | None = self._made.get(make)
        if found is None:
            found = self._made[make] = make(self)
        return found

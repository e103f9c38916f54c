"""The pairs of warehouse and outlet that may bring parcels of an order, whatever they hold.

Stock, weight and tariff hang on what a parcel holds; everything else is settled here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.routing.areas import serves
from models.routing.cutoffs import is_too_late
from models.routing.tariffs import tariff_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.network import Network, Outlet, Shelf, Wanted, Warehouse
    from models.routing.tariffs import Tariff


@dataclass(frozen=True, slots=True)
class Way:
    """A warehouse, an outlet, the tariff between them, and how the outlet is known to serve."""

    warehouse: Warehouse
    outlet: Outlet
    tariff: Tariff | None
    served_by: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways that are open to an order, and why others are not."""

    open: tuple[Way, ...]
    turned_down: Mapping[str, int] = field(default_factory=dict)


def open_ways(wanted: Wanted, network: Network, shelf: Shelf) -> Ways:
    """Find the ways that may bring parcels of an order.

    Examples
    --------
    >>> from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
    >>> network = Network(
    ...     (Warehouse("JX"), Warehouse("DG", daily_capacity=0)),
    ...     (Outlet("sf-1", "sf", city="上海市"), Outlet("sf-2", "sf", city="杭州市")),
    ... )
    >>> ways = open_ways(Wanted({"A": 1}, Destination(city="上海市")), network, Shelf())
    >>> [(way.warehouse.warehouse, way.outlet.outlet) for way in ways.open]
    [('JX', 'sf-1')]
    >>> dict(ways.turned_down)
    {'area': 1, 'warehouse_capacity': 2}
    """
    turned_down: Counter[str] = Counter()
    if not network.warehouses:
        turned_down["no_warehouse"] = 1
    if not network.outlets:
        turned_down["no_outlet"] = 1
    outlets = [(outlet, *_outlet(wanted, outlet, shelf)) for outlet in network.outlets]
    found = []
    for warehouse in network.warehouses:
        refused = _refused_by_warehouse(wanted, warehouse, shelf)
        if refused:
            turned_down[refused] += len(network.outlets)
            continue
        for outlet, refused, served_by in outlets:
            pair = warehouse.warehouse, outlet.outlet
            if refused:
                turned_down[refused] += 1
            elif network.lanes is None:
                found.append(Way(warehouse, outlet, tariff_of(outlet), served_by))
            elif pair in network.lanes:
                tariff = network.lanes[pair] or tariff_of(outlet)
                found.append(Way(warehouse, outlet, tariff, served_by))
            else:
                turned_down["lane"] += 1
    return Ways(tuple(found), dict(turned_down))


def _refused_by_warehouse(wanted: Wanted, warehouse: Warehouse, shelf: Shelf) -> str | None:
    """Name the constraint that a warehouse does not meet."""
    name = warehouse.warehouse
    if wanted.warehouses is not None and name not in wanted.warehouses:
        return "warehouse"
    if is_too_late(warehouse, wanted.at, wanted.ship_by):
        return "cut_off"
    if is_full(warehouse.daily_capacity, shelf.sent_today.get(name, 0)):
        return "warehouse_capacity"
    return None


def _outlet(wanted: Wanted, outlet: Outlet, shelf: Shelf) -> tuple[str | None, str]:
    """Name the constraint that an outlet does not meet, and how it serves the place."""
    if wanted.carriers is not None and outlet.carrier not in wanted.carriers:
        return "carrier", ""
    if wanted.services is not None and outlet.service not in wanted.services:
        return "service", ""
    served_by = serves(outlet, wanted.to)
    if served_by is None:
        return "area", ""
    if is_full(outlet.daily_capacity, shelf.taken_today.get(outlet.outlet, 0)):
        return "outlet_capacity", served_by
    return None, served_by


def is_full(capacity: int | None, used: int) -> bool:
    """Tell whether nothing is left of a day's capacity; None is without end."""
    return capacity is not None and used >= capacity

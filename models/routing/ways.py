"""The pairs of warehouse and outlet that may bring parcels of an order, whatever they hold.

Stock, weight and tariff hang on what a parcel holds; they are looked at where an order is to go in
one parcel.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.routing.cutoffs import is_too_late
from models.routing.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.lookup import OpenEnds, Served
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
    ends, turned_down = open_ends(wanted, network, shelf, is_whole=False)
    lookup = network.once(Lookup)
    found = (
        Way(network.warehouses[w], network.outlets[o], lookup.tariff(w, o), served_by)
        for w, o, served_by in lookup.pairs(ends)
    )
    return Ways(tuple(found), dict(turned_down))


def open_ends(
    wanted: Wanted, network: Network, shelf: Shelf, *, is_whole: bool
) -> tuple[OpenEnds, Counter[str]]:
    """Find the warehouses and outlets that are open to an order.

    Parameters
    ----------
    wanted, network, shelf
        The order, the network, and what is left today.
    is_whole
        Whether the order goes in one parcel: then stock and weight count too.

    Returns
    -------
    tuple
        What is open, and pairs turned down by their first unmet constraint.
    """
    turned_down: Counter[str] = Counter()
    if not network.warehouses:
        turned_down["no_warehouse"] = 1
    if not network.outlets:
        turned_down["no_outlet"] = 1
    outlets, refused_outlets = _open_outlets(wanted, network, shelf, is_whole=is_whole)
    lookup, warehouses = network.once(Lookup), []
    for at, warehouse in enumerate(network.warehouses):
        refused = _refused(wanted, warehouse, shelf, is_whole=is_whole)
        if refused:
            turned_down[refused] += len(network.outlets)
            continue
        warehouses.append(at)
        for why, n in refused_outlets.items():
            turned_down[why] += n
        n_closed = lookup.n_closed(at, outlets)
        if n_closed:
            turned_down["lane"] += n_closed
    return (tuple(warehouses), outlets), turned_down


def _refused(wanted: Wanted, warehouse: Warehouse, shelf: Shelf, *, is_whole: bool) -> str | None:
    """Name the constraint that a warehouse does not meet."""
    name = warehouse.warehouse
    if wanted.warehouses is not None and name not in wanted.warehouses:
        return "warehouse"
    if is_whole and shelf.available is not None:
        for sku, units in wanted.units.items():
            if shelf.available.get((name, sku), 0) < units:
                return "stock"
    if is_too_late(warehouse, wanted.at, wanted.ship_by):
        return "cut_off"
    if is_full(warehouse.daily_capacity, shelf.sent_today.get(name, 0)):
        return "warehouse_capacity"
    return None


def _open_outlets(
    wanted: Wanted, network: Network, shelf: Shelf, *, is_whole: bool
) -> tuple[Served, dict[str, int]]:
    """Give the outlets that are open to an order, and how many are not by what they do not meet."""
    refused: Counter[str] = Counter()
    chosen = network.once(Lookup).served(wanted.to)
    if wanted.carriers is not None or wanted.services is not None:
        unwished = [_unwished(wanted, outlet) for outlet in network.outlets]
        refused.update(why for why in unwished if why)
        chosen = tuple((at, how) for at, how in chosen if not unwished[at])
    refused["area"] = len(network.outlets) - refused.total() - len(chosen)
    found = []
    for place in chosen:
        outlet = network.outlets[place[0]]
        heaviest = outlet.max_weight_g
        if is_whole and heaviest is not None and (wanted.weight_g or 0) > heaviest:
            refused["weight"] += 1
        elif is_full(outlet.daily_capacity, shelf.taken_today.get(outlet.outlet, 0)):
            refused["outlet_capacity"] += 1
        else:
            found.append(place)
    return tuple(found), {why: n for why, n in refused.items() if n}


def _unwished(wanted: Wanted, outlet: Outlet) -> str | None:
    """Name what the order does not allow of an outlet."""
    if wanted.carriers is not None and outlet.carrier not in wanted.carriers:
        return "carrier"
    if wanted.services is not None and outlet.service not in wanted.services:
        return "service"
    return None


def is_full(capacity: int | None, used: int) -> bool:
    """Tell whether nothing is left of a day's capacity; None is without end.

    Examples
    --------
    >>> is_full(None, 900), is_full(500, 499), is_full(500, 500)
    (False, False, True)
    """
    return capacity is not None and used >= capacity

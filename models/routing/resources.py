"""What plans use up: stock, and places in the day of warehouses and outlets."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.network import Network, Shelf

    Resource = tuple[str, ...]
    Uses = Mapping[Resource, float]


@dataclass
class Capacity:
    """What is left; taking from it changes it.

    Parameters
    ----------
    stock
        Warehouse and SKU to units, a pair that is absent has none; None when nothing is known.
    warehouse, outlet
        Name to parcels; one that is absent has no end.

    Examples
    --------
    >>> left = Capacity({("JX", "A"): 2}, {"JX": 1})
    >>> left.take({("stock", "JX", "A"): 1, ("warehouse", "JX"): 1})
    >>> left.of(("stock", "JX", "A")), left.of(("warehouse", "JX")), left.of(("outlet", "sf-1"))
    (1, 0, inf)
    >>> left.lacking({("stock", "JX", "A"): 1, ("warehouse", "JX"): 1})
    [('warehouse', 'JX')]
    """

    stock: dict[tuple[str, str], float] | None = None
    warehouse: dict[str, float] = field(default_factory=dict)
    outlet: dict[str, float] = field(default_factory=dict)

    def of(self, resource: Resource) -> float:
        """Give what is left of a resource; less than nothing is nothing."""
        kind, *names = resource
        if kind == "stock":
            if self.stock is None:
                return math.inf
            return max(self.stock.get((names[0], names[1]), 0), 0)
        places = self.warehouse if kind == "warehouse" else self.outlet
        return max(places.get(names[0], math.inf), 0)

    def lacking(self, uses: Uses) -> list[Resource]:
        """Name what there is not enough of."""
        return [resource for resource, used in uses.items() if used > self.of(resource)]

    def take(self, uses: Uses) -> None:
        """Take what a plan uses."""
        for resource, used in uses.items():
            if not math.isfinite(self.of(resource)):
                continue
            kind, *names = resource
            if kind == "stock" and self.stock is not None:
                self.stock[names[0], names[1]] -= used
            elif kind == "warehouse":
                self.warehouse[names[0]] -= used
            else:
                self.outlet[names[0]] -= used

    def copy(self) -> Capacity:
        """Give another one that may be taken from."""
        stock = None if self.stock is None else dict(self.stock)
        return Capacity(stock, dict(self.warehouse), dict(self.outlet))


def capacity_of(network: Network, shelf: Shelf) -> Capacity:
    """Give what the day has left.

    Examples
    --------
    >>> from models.routing.network import Network, Outlet, Shelf, Warehouse
    >>> network = Network((Warehouse("JX", daily_capacity=5), Warehouse("DG")), ())
    >>> capacity_of(network, Shelf(None, {"JX": 2})).warehouse
    {'JX': 3}
    """
    return Capacity(
        None if shelf.available is None else dict(shelf.available),
        {
            place.warehouse: place.daily_capacity - shelf.sent_today.get(place.warehouse, 0)
            for place in network.warehouses
            if place.daily_capacity is not None
        },
        {
            place.outlet: place.daily_capacity - shelf.taken_today.get(place.outlet, 0)
            for place in network.outlets
            if place.daily_capacity is not None
        },
    )


def parcel_uses(warehouse: str, outlet: str, units: Mapping[str, int]) -> Counter[Resource]:
    """Say what a parcel uses.

    Examples
    --------
    >>> sorted(parcel_uses("hangzhou", "sf-east", {"mug": 2}).items())
    [(('outlet', 'sf-east'), 1), (('stock', 'hangzhou', 'mug'), 2), (('warehouse', 'hangzhou'), 1)]
    """
    uses: Counter[Resource] = Counter({("warehouse", warehouse): 1, ("outlet", outlet): 1})
    for sku, amount in units.items():
        uses["stock", warehouse, sku] += amount
    return uses

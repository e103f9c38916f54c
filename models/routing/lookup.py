"""What of a network is worked out once and asked by every order: areas, tariffs, ranks of names."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from features.fence_index import FenceIndex
from models.routing.areas import has_coordinates, serves

if TYPE_CHECKING:
    from models.routing.network import Destination, Network
    from models.routing.tariffs import Tariff

    Served = tuple[tuple[int, str], ...]

MOST_KEPT: Final = 100_000
"""Places and weights that are remembered before all are forgotten."""


class Lookup:
    """Answers about a network, by position of its warehouses and outlets.

    Parameters
    ----------
    network
        The network.

    Examples
    --------
    >>> from models.routing.network import Destination, Network, Outlet, Warehouse
    >>> outlets = (Outlet("a", "sf", city="上海市"), Outlet("b", "sf", city="杭州市"))
    >>> Lookup(Network((Warehouse("JX"),), outlets)).served(Destination(city="杭州市"))
    ((1, 'city'),)
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._fences = FenceIndex([outlet.fence for outlet in network.outlets])
        self._by_name: dict[tuple[str | None, str | None, bool], Served] = {}
        self._freight: dict[tuple[int, int, int], float] = {}

    def served(self, to: Destination) -> Served:
        """Give the outlets that serve a place and how that is known, see `areas.serves`."""
        lat, lon = to.lat, to.lon
        if lat is None or lon is None or not has_coordinates(to):
            return self._named(to, is_placed=False)
        by_name = self._named(to, is_placed=True)
        fences = self._fences.at(lat, lon, to.radius_m or 0.0).tolist()
        return tuple(sorted([*by_name, *((at, "fence") for at in fences)]))

    def _named(self, to: Destination, *, is_placed: bool) -> Served:
        """Outlets of which city and region decide; with coordinates those without a fence."""
        key = to.region, to.city, is_placed
        found = self._by_name.get(key)
        if found is None:
            bare = replace(to, lat=None, lon=None)
            asked = (
                (at, serves(outlet, bare))
                for at, outlet in enumerate(self._network.outlets)
                if not (is_placed and outlet.fence is not None)
            )
            found = tuple((at, how) for at, how in asked if how is not None)
            if len(self._by_name) >= MOST_KEPT:
                self._by_name.clear()
            self._by_name[key] = found
        return found

    def tariff(self, warehouse: int, outlet: int) -> Tariff | None:
        """Give the tariff between two, None where none is known."""
        lanes = self._network.lanes
        if lanes is None:
            return self._tariffs[outlet]
        pair = self._network.warehouses[warehouse].warehouse, self._network.outlets[outlet].outlet
        return lanes.get(pair) or self._tariffs[outlet]

    def freight(self, warehouse: int, outlet: int, weight_g: int) -> float:
        """Give the freight of a parcel; NaN where no tariff or none of its bands is known."""
        key = (-1 if self._network.lanes is None else warehouse), outlet, weight_g
        found = self._freight.get(key)
        if found is None:
            tariff = self.tariff(warehouse, outlet)
            found = math.nan if tariff is None else tariff.one(weight_g)
            if len(self._freight) >= MOST_KEPT:
                self._freight.clear()
            self._freight[key] = found
        return found

    @cached_property
    def _tariffs(self) -> list[Tariff | None]:
        return [outlet.own_tariff for outlet in self._network.outlets]

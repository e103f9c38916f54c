"""What of a network is worked out once and asked by every order: areas, tariffs, ranks of names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from features.fence_index import FenceIndex
from models.routing.areas import has_coordinates, serves
from models.routing.options import Candidates, Lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.network import Destination, Network
    from models.routing.tariffs import Tariff

    Served = tuple[tuple[int, str], ...]
    OpenEnds = tuple[tuple[int, ...], Served]

MOST_KEPT: Final = 100_000
"""Places and ways that are remembered before all are forgotten."""


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
        self._lanes: dict[OpenEnds, _Tariffed] = {}
        self._numbers: dict[Tariff, int] = {}
        self._tariffs: list[Tariff] = []
        self._n_kept = 0

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
        number = self._tariff_between(warehouse, outlet)
        return None if number is None else self._tariffs[number]

    def _tariff_between(self, warehouse: int, outlet: int) -> int | None:
        """Give the number of the tariff between two; equal ones have one number."""
        lanes = self._network.lanes
        own = None if lanes is None else lanes.get(self._names(warehouse, outlet))
        return self._own_tariffs[outlet] if own is None else self._number(own)

    def _number(self, tariff: Tariff) -> int:
        """Give the number of a tariff; it gets one when it is first seen."""
        number = self._numbers.setdefault(tariff, len(self._tariffs))
        if number == len(self._tariffs):
            self._tariffs.append(tariff)
        return number

    def pairs(self, ends: OpenEnds) -> list[tuple[int, int, str]]:
        """Give the lanes between open warehouses and outlets, in the network's order."""
        warehouses, outlets = ends
        return [(w, o, how) for w in warehouses for o, how in outlets if self._has_lane(w, o)]

    def n_closed(self, warehouse: int, outlets: Served) -> int:
        """Count the outlets to which a warehouse has no lane."""
        if self._network.lanes is None:
            return 0
        return sum(not self._has_lane(warehouse, outlet) for outlet, _ in outlets)

    def _has_lane(self, warehouse: int, outlet: int) -> bool:
        lanes = self._network.lanes
        return lanes is None or self._names(warehouse, outlet) in lanes

    def _names(self, warehouse: int, outlet: int) -> tuple[str, str]:
        network = self._network
        return network.warehouses[warehouse].warehouse, network.outlets[outlet].outlet

    def candidates(self, ends: OpenEnds, weight_g: int) -> Candidates:
        """Give the ways between open ends with the freight of a parcel.

        Those whose tariff has no band for the weight are left out.
        """
        between = self._lanes.get(ends)
        if between is None:
            between = self._between(ends)
            self._keep(len(between.tariff_of))
            self._lanes[ends] = between
        found = between.by_weight.get(weight_g)
        if found is None:
            freights = tuple([_freight(tariff, weight_g) for tariff in between.tariffs])
            found = between.by_freights.get(freights)
            if found is None:
                found = between.by_freights[freights] = between.priced(freights)
                self._keep(len(between.tariff_of))
            between.by_weight[weight_g] = found
            self._keep(1)
        return found

    def _keep(self, n: int) -> None:
        """Count what is remembered; when it is too much, all is forgotten."""
        self._n_kept += n
        if self._n_kept > MOST_KEPT:
            self._lanes.clear()
            self._n_kept = n

    def _between(self, ends: OpenEnds) -> _Tariffed:
        """Lay out the lanes between open ends."""
        network, pairs = self._network, self.pairs(ends)
        lanes = Lanes(
            tuple([network.warehouses[warehouse] for warehouse, _, _ in pairs]),
            tuple([network.outlets[outlet] for _, outlet, _ in pairs]),
            tuple([served_by for _, _, served_by in pairs]),
        )
        places: dict[int, int] = {}
        numbers = [self._tariff_between(warehouse, outlet) for warehouse, outlet, _ in pairs]
        of = [_NO_TARIFF if n is None else places.setdefault(n, len(places)) for n in numbers]
        return _Tariffed(lanes, tuple([self._tariffs[number] for number in places]), of)

    @cached_property
    def _own_tariffs(self) -> list[int | None]:
        """Number of the tariff that each outlet states, None where it states none."""
        stated = [outlet.own_tariff for outlet in self._network.outlets]
        return [None if tariff is None else self._number(tariff) for tariff in stated]


_NO_TARIFF: Final = -1
"""In place of a tariff where none is known: the last of the prices, which is no price."""


@dataclass(frozen=True, slots=True)
class _Tariffed:
    """The lanes between open ends, and their candidates by what a parcel costs on them.

    Parameters
    ----------
    lanes
        They themselves.
    tariffs
        Theirs, each once.
    tariff_of
        Place of each lane's tariff among them.
    by_weight, by_freights
        Candidates by the parcel's weight, and by its price in each of the tariffs: parcels that
        cost the same have the same candidates.
    """

    lanes: Lanes
    tariffs: tuple[Tariff, ...]
    tariff_of: Sequence[int]
    by_weight: dict[int, Candidates] = field(default_factory=dict)
    by_freights: dict[tuple[float | None, ...], Candidates] = field(default_factory=dict)

    def priced(self, freights: tuple[float | None, ...]) -> Candidates:
        """Give the candidates by the freights of the tariffs.

        Lanes of a tariff of which no band holds the parcel, None, are left out.
        """
        lanes, tariff_of = self.lanes, self.tariff_of
        none = {at for at, freight in enumerate(freights) if freight is None}
        closed = {at for at, tariff in enumerate(tariff_of) if tariff in none} if none else none
        if closed:
            lanes = lanes.without(closed)
            tariff_of = [tariff for tariff in tariff_of if tariff not in none]
        prices = np.array([*freights, None], np.float64)
        return Candidates(lanes, prices.take(tariff_of), len(closed))


def _freight(tariff: Tariff, weight_g: int) -> float | None:
    """Price a parcel, None where no band holds it."""
    freight = tariff.one(weight_g)
    return None if math.isnan(freight) else freight

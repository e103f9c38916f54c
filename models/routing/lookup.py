"""What of a network is worked out once and asked by every order: areas, tariffs, ranks of names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from features.fence_index import FenceIndex
from models.routing.areas import has_coordinates, serves
from models.routing.options import Candidate, Candidates

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
        self._lanes: dict[OpenEnds, _Lanes] = {}
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
        lanes = self._network.lanes
        if lanes is None:
            return self._tariffs[outlet]
        return lanes.get(self._names(warehouse, outlet)) or self._tariffs[outlet]

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
        lanes = self._lanes.get(ends)
        if lanes is None:
            lanes = self._lanes_of(ends)
            self._keep(len(lanes.pairs))
            self._lanes[ends] = lanes
        found = lanes.by_weight.get(weight_g)
        if found is None:
            freights = tuple([_freight(tariff, weight_g) for tariff in lanes.tariffs])
            found = lanes.by_freights.get(freights)
            if found is None:
                found = lanes.by_freights[freights] = self._priced(lanes, freights)
                self._keep(len(lanes.pairs))
            lanes.by_weight[weight_g] = found
            self._keep(1)
        return found

    def _keep(self, n: int) -> None:
        """Count what is remembered; when it is too much, all is forgotten."""
        self._n_kept += n
        if self._n_kept > MOST_KEPT:
            self._lanes.clear()
            self._n_kept = n

    def _lanes_of(self, ends: OpenEnds) -> _Lanes:
        pairs = self.pairs(ends)
        numbers: dict[Tariff, int] = {}
        tariffs = [self.tariff(warehouse, outlet) for warehouse, outlet, _ in pairs]
        of = [None if t is None else numbers.setdefault(t, len(numbers)) for t in tariffs]
        return _Lanes(pairs, tuple(numbers), of)

    def _priced(self, lanes: _Lanes, freights: tuple[float | None, ...]) -> Candidates:
        """Give the ways with the freights of their tariffs, None where no band holds the parcel."""
        network, found = self._network, []
        for (warehouse, outlet, served_by), tariff in zip(lanes.pairs, lanes.of, strict=True):
            freight = math.nan if tariff is None else freights[tariff]
            if freight is not None:
                between = network.warehouses[warehouse], network.outlets[outlet]
                found.append(Candidate(*between, freight, served_by))
        return Candidates(tuple(found), len(lanes.pairs) - len(found))

    @cached_property
    def _tariffs(self) -> list[Tariff | None]:
        return [outlet.own_tariff for outlet in self._network.outlets]


@dataclass(frozen=True, slots=True)
class _Lanes:
    """The lanes between open ends, and their candidates by what a parcel costs on them.

    Parameters
    ----------
    pairs
        Warehouse, outlet, and how it is known to serve the place.
    tariffs
        Those of the lanes, each once.
    of
        Number of each pair's tariff; None where none is known.
    by_weight, by_freights
        Candidates by the parcel's weight, and by its price in each of the tariffs: parcels that
        cost the same have the same candidates.
    """

    pairs: Sequence[tuple[int, int, str]]
    tariffs: tuple[Tariff, ...]
    of: Sequence[int | None]
    by_weight: dict[int, Candidates] = field(default_factory=dict)
    by_freights: dict[tuple[float | None, ...], Candidates] = field(default_factory=dict)


@lru_cache(maxsize=4_096)
def _freight(tariff: Tariff, weight_g: int) -> float | None:
    """Price a parcel, None where no band holds it; most outlets of a carrier share a tariff."""
    freight = tariff.one(weight_g)
    return None if math.isnan(freight) else freight

"""The instance family of Jasin and Sinha, rebuilt from the papers, as a network of the product.

Five fulfilment centres, ten cities, twenty items; orders of up to five lines of one unit. A parcel
costs 8.759 and each unit .423 + .000541 a mile; what is not sent costs twice the parcel and twice
the farthest unit. An item is kept by a centre with probability .75, in just the quantity that is
expected from the cities to which that centre is the nearest keeper.

Notes
-----
[1] S. Jasin, A. Sinha, Operations Research 63 (2015). [2] W. Ma, Order-Optimal Correlated
Rounding for Fulfilling Multi-Item E-Commerce Orders, MSOM 25 (2023). [3] A. Amil, A. Makhdoumi,
Y. Wei, Multi-Item Order Fulfillment Revisited (2025).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.costs import Cost, RoutingCosts
from models.routing.network import Destination, Network, Outlet, Wanted, Warehouse
from models.routing.tariffs import by_kilogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CENTRES: Final = {
    "OAK": (37.74, -121.40),
    "IND": (39.98, -86.38),
    "AVP": (41.28, -75.50),
    "CAE": (33.91, -81.05),
    "DFW": (32.97, -97.33),
}
CITIES: Final = {
    "New York": (40.69, -73.92, 18.7),
    "Los Angeles": (34.11, -118.41, 12.5),
    "Chicago": (41.84, -87.69, 8.6),
    "Miami": (25.78, -80.21, 6.1),
    "Dallas": (32.79, -96.77, 5.9),
    "Houston": (29.79, -95.39, 5.7),
    "Philadelphia": (40.01, -75.13, 5.5),
    "Atlanta": (33.76, -84.42, 5.2),
    "Washington": (38.90, -77.02, 5.1),
    "Boston": (42.32, -71.09, 4.5),
}
"""Latitude, longitude and inhabitants of the urban area, millions."""
N_ITEMS: Final = 20
MOST_LINES: Final = 5
KINDS_A_SIZE: Final = 5
KEPT: Final = 0.75
PARCEL: Final = 8.759
UNIT: Final = 0.423
MILE: Final = 0.000541
EARTH_MILES: Final = 3_959
MINOR: Final = 1_000
"""A thousandth of a dollar is the minor unit here, so that tariffs are whole numbers."""


@dataclass(frozen=True)
class Instance:
    """A network, the kinds of orders it may get, and its stock.

    Parameters
    ----------
    baskets, cities
        Items and city of each kind of order.
    chances
        Probability of each kind in a period, shape (n_kinds,); the rest is a period without one.
    stock
        Centre and item to units at the start.
    n_periods
        Periods.
    """

    baskets: tuple[tuple[str, ...], ...]
    cities: tuple[str, ...]
    chances: Floats
    stock: dict[tuple[str, str], int]
    n_periods: int

    @cached_property
    def wanted(self) -> tuple[Wanted, ...]:
        """What each kind asks."""
        return tuple(
            Wanted(
                dict.fromkeys(basket, 1),
                Destination(city=city),
                weight_g=1_000 * len(basket),
                unit_weights_g=dict.fromkeys(basket, 1_000),
            )
            for basket, city in zip(self.baskets, self.cities, strict=True)
        )

    def draw(self, rng: np.random.Generator) -> list[int | None]:
        """Draw the kind of the order of each period, None for a period without one."""
        chances = np.append(self.chances, max(1 - self.chances.sum(), 0.0))
        drawn = rng.choice(len(chances), size=self.n_periods, p=chances / chances.sum())
        return [kind if kind < len(self.chances) else None for kind in drawn.tolist()]


def miles(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Give the great-circle distance of two places."""
    lat, lon, to_lat, to_lon = map(math.radians, (*one, *other))
    half = (
        math.sin((to_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_MILES * math.asin(math.sqrt(half))


DISTANCE: Final = {
    (centre, city): miles(at, there[:2])
    for centre, at in CENTRES.items()
    for city, there in CITIES.items()
}


def network() -> Network:
    """Give the centres, one outlet a city, and the tariff of each lane."""
    lanes = {}
    for (centre, city), far in DISTANCE.items():
        unit = (UNIT + MILE * far) * MINOR
        lanes[centre, city] = by_kilogram(round(PARCEL * MINOR + unit), round(unit))
    return Network(
        tuple(Warehouse(centre) for centre in CENTRES),
        tuple(Outlet(city, "parcel", city=city) for city in CITIES),
        lanes=lanes,
    )


def costs(city: str) -> RoutingCosts:
    """Give what leaving units out costs in a city; a further parcel costs no more than its own."""
    farthest = max(DISTANCE[centre, city] for centre in CENTRES)
    return RoutingCosts(
        split=Cost("", "", 0, ""),
        unserved=Cost("", "", 2 * (UNIT + MILE * farthest) * MINOR, "unit"),
        short_order=Cost("", "", 2 * PARCEL * MINOR, "order"),
    )


def instance(seed: int, n_periods: int) -> Instance:
    """Draw an instance."""
    rng = np.random.default_rng(seed)
    sizes = rng.choice(np.arange(1, 1_000), size=MOST_LINES + 1, replace=False).astype(float)
    of_size = sizes / sizes.sum()
    people = np.array([inhabitants for *_, inhabitants in CITIES.values()])
    baskets: list[tuple[str, ...]] = []
    cities: list[str] = []
    chances: list[float] = []
    for size in range(1, MOST_LINES + 1):
        drawn: set[tuple[int, ...]] = set()
        while len(drawn) < KINDS_A_SIZE:
            drawn.add(tuple(sorted(rng.choice(N_ITEMS, size=size, replace=False).tolist())))
        shares = rng.uniform(1e-5, 1.0, size=KINDS_A_SIZE)
        for basket, share in zip(sorted(drawn), shares / shares.sum(), strict=True):
            for city, inhabitants in zip(CITIES, people / people.sum(), strict=True):
                baskets.append(tuple(f"i{item:02}" for item in basket))
                cities.append(city)
                chances.append(of_size[size] * share * inhabitants)
    expected = np.array(chances)
    stock = _stock(rng, baskets, cities, expected * n_periods)
    return Instance(tuple(baskets), tuple(cities), expected, stock, n_periods)


def _stock(
    rng: np.random.Generator,
    baskets: list[tuple[str, ...]],
    cities: list[str],
    expected: Floats,
) -> dict[tuple[str, str], int]:
    """Give each keeper of an item what is expected from the cities nearest to it."""
    units: dict[tuple[str, str], float] = {}
    for item in (f"i{number:02}" for number in range(N_ITEMS)):
        keepers = [centre for centre in CENTRES if rng.random() < KEPT] or [*CENTRES]
        for basket, city, orders in zip(baskets, cities, expected, strict=True):
            if item in basket:
                nearest = min(keepers, key=lambda centre: DISTANCE[centre, city])
                units[nearest, item] = units.get((nearest, item), 0.0) + orders
    return {place: math.ceil(amount) for place, amount in units.items()}

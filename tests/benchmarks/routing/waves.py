"""Waves where stock is scarce: cost, gap and time beside orders that choose one after the other.

Eight warehouses, five carriers with an outlet in each of ten cities, orders of one to four lines,
stock for most but not all of what is asked, days with an end for warehouses and outlets::

    python -m tests.benchmarks.routing.waves [--orders 500] [--seeds 5]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.routing.costs import RoutingCosts
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.resources import capacity_of
from models.routing.tariffs import by_kilogram
from models.routing.wave import WaveSettings, plan_wave
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.orders import Asked
    from models.routing.resources import Capacity
    from models.routing.tariffs import Tariff
    from models.routing.ways import Way

    Floats = NDArray[np.float64]

N_WAREHOUSES: Final = 8
N_CARRIERS: Final = 5
N_CITIES: Final = 10
N_SKUS: Final = 60
MOST_LINES: Final = 4
SUPPLY: Final = 0.95
"""Units in stock for each unit asked."""
PLACES: Final = 1.3
"""Places in the day of all warehouses, and of all outlets of a city, for each order."""


def wave(
    seed: int, n_orders: int, *, two_units: float = 0.0, may_lack: bool = True
) -> tuple[list[Asked], Capacity]:
    """Draw a network, its stock and orders for it.

    Parameters
    ----------
    two_units
        Share of lines that ask for two units.
    may_lack
        Whether a line may be left out while the others are sent.
    """
    rng = np.random.default_rng(seed)
    cities = rng.uniform(0, 30, (N_CITIES, 2))
    places = rng.uniform(0, 30, (N_WAREHOUSES, 2))
    of_city = rng.dirichlet(np.full(N_CITIES, 3.0))
    warehouses = tuple(
        Warehouse(f"w{place}", daily_capacity=int(PLACES * n_orders / N_WAREHOUSES) + 1)
        for place in range(N_WAREHOUSES)
    )
    outlets = []
    lanes = {}
    late = {}
    for carrier in range(N_CARRIERS):
        price, hurry = rng.uniform(500, 900), rng.uniform(0.3, 1.2)
        for city in range(N_CITIES):
            name = f"c{carrier}-{city}"
            room = int(PLACES * n_orders * of_city[city] / N_CARRIERS) + 2
            own = Outlet(name, f"c{carrier}", city=f"city{city}", daily_capacity=room)
            outlets.append(own)
            for place, warehouse in enumerate(warehouses):
                far = float(np.hypot(*(cities[city] - places[place])))
                lanes[warehouse.warehouse, name] = _tariff(price, far)
                late[warehouse.warehouse, name] = 1 / (1 + np.exp(3.5 - far * hurry / 8))
    network = Network(warehouses, tuple(outlets), lanes=lanes)
    orders = [_wanted(rng, of_city, two_units) for _ in range(n_orders)]
    stock = _stock(rng, orders)
    shelf = Shelf(stock)

    def estimate(ways: Sequence[Way]) -> list[Estimate]:
        return [Estimate(late[way.warehouse.warehouse, way.outlet.outlet], 0.93) for way in ways]

    asked = [
        ask(f"o{place:04}", wanted, network, shelf, estimate, RoutingCosts(), may_lack=may_lack)
        for place, wanted in enumerate(orders)
    ]
    return asked, capacity_of(network, shelf)


def _tariff(price: float, far: float) -> Tariff:
    return by_kilogram(round(price + 25 * far), round(80 + 6 * far))


def _wanted(rng: np.random.Generator, of_city: Floats, two_units: float) -> Wanted:
    popular = rng.zipf(1.6, size=200)
    skus = list(dict.fromkeys(f"s{item - 1:02}" for item in popular if item <= N_SKUS))
    lines = skus[: int(rng.integers(1, MOST_LINES + 1))]
    units = {sku: 1 + int(rng.random() < two_units) for sku in lines}
    weights = {sku: 200 + 37 * int(sku[1:]) for sku in lines}
    city = int(rng.choice(len(of_city), p=of_city))
    total = sum(units[sku] * weights[sku] for sku in units)
    return Wanted(units, Destination(city=f"city{city}"), total, unit_weights_g=weights)


def _stock(rng: np.random.Generator, orders: Sequence[Wanted]) -> dict[tuple[str, str], int]:
    asked: dict[str, int] = {}
    for wanted in orders:
        for sku, units in wanted.units.items():
            asked[sku] = asked.get(sku, 0) + units
    stock: dict[tuple[str, str], int] = {}
    for sku, units in sorted(asked.items()):
        shares = rng.dirichlet(np.full(N_WAREHOUSES, 0.7))
        for place, amount in enumerate(rng.multinomial(int(SUPPLY * units), shares)):
            if amount:
                stock[f"w{place}", sku] = int(amount)
    return stock


SORTS: Final[dict[str, dict[str, Any]]] = {
    "lines of one unit": {},
    "every tenth line of two units": {"two_units": 0.1},
    "orders sent whole or not at all": {"may_lack": False},
}


def main() -> None:
    """Print a line a wave."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--within", type=float, default=10.0, help="seconds a wave may take")
    given = parser.parse_args()
    for sort, how in SORTS.items():
        say(sort)
        for seed in range(given.seeds):
            say(_line(seed, given.orders, how, given.within))


def _line(seed: int, n_orders: int, how: Mapping[str, Any], within_s: float) -> str:
    """Plan a wave and say how it went, in seconds of computing."""
    began = time.process_time()
    asked, left = wave(seed, n_orders, **how)
    made = time.process_time()
    plan = plan_wave(asked, left, RoutingCosts(), WaveSettings(within_s=within_s))
    took = time.process_time() - made
    rest = left.copy()
    violated = 0
    for order in plan.plans.values():
        violated += len(rest.lacking(order.uses))
        rest.take(order.uses)
    return (
        f"  seed {seed}  quotes {made - began:5.2f} s  wave {took:5.2f} s  gap {plan.gap:7.3%}  "
        f"saved {1 - plan.minor / plan.sequential_minor:6.1%} of sequential  "
        f"not sent {len(plan.unserved):3}  violated {violated}"
    )


if __name__ == "__main__":
    main()

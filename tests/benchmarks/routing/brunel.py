"""One day of a microchip maker's orders: plants, ports, carriers, weight bands, customers' plants.

9,215 orders, each of one product, may leave from plants that make the product and send to the
customer, over the plant's ports, with carriers that have a rate for the weight and the service.
Handling is paid by the unit, freight by the kilogram and at least a minimum; freight of service
CRF is the customer's own. A plant sends as many orders as its published capacity allows, or as
many as it sent that day where that is more. Data: CC BY 4.0, Brunel University London [1]::

    python -m tests.benchmarks.routing.brunel --data FOLDER

Notes
-----
[1] D. Kalasky et al., Supply Chain Logistics Problem Dataset, Brunel University London (2019).
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from models.routing.costs import Cost, RoutingCosts
from models.routing.expected import ExpectedOrders
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.plans import best_plan
from models.routing.resources import Capacity
from models.routing.tariffs import GRAMS_PER_KG, Band, Tariff
from models.routing.wave import WaveSettings, plan_sequentially, plan_wave
from tests.benchmarks.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.routing.orders import Asked
    from models.routing.plans import Plan
    from models.routing.ways import Way

OWN_FREIGHT: Final = "CRF"
ENOUGH: Final = 10**9
"""Units of a product in a plant that makes it: the data names no stock."""
UNSENT: Final = 1_000_000.0
"""Dollars for an order that is not sent: dearer than any that can be."""
COSTS: Final = RoutingCosts(
    split=Cost("", "", 0, ""),
    unserved=Cost("", "", 0, ""),
    short_order=Cost("", "", UNSENT, "order"),
)
EVERY: Final = 2_000
"""Orders after which prices are learnt again."""


@dataclass(frozen=True)
class Day:
    """The tables of the data set."""

    orders: pd.DataFrame
    network: Network
    shelf: Shelf
    closed: Mapping[str, frozenset[str]]
    """Plant to the only customers that it sends to."""

    @property
    def shipped(self) -> Counter[str]:
        """Orders that each plant sent."""
        return Counter(self.orders["Plant Code"])

    def capacity(self, *, is_published: bool) -> Capacity:
        """Orders that each plant may send."""
        least = Counter[str]() if is_published else self.shipped
        ends = {
            plant.warehouse: float(max(plant.daily_capacity or 0, least[plant.warehouse]))
            for plant in self.network.warehouses
        }
        return Capacity(dict(self.shelf.available or {}), ends)


def read(folder: Path) -> Day:
    """Read the data as a network of the product; one dollar is one minor unit."""
    table = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    capacity = table["WhCapacities"].set_index("Plant ID")["Daily Capacity"]
    handling = table["WhCosts"].set_index("WH")["Cost/unit"]
    plants = tuple(
        Warehouse(plant, daily_capacity=int(capacity[plant]), handling_minor=float(handling[plant]))
        for plant in sorted(capacity.index)
    )
    outlets, of_port = _outlets(table["FreightRates"], set(table["PlantPorts"]["Port"]))
    lanes = {
        (plant, outlet): None
        for plant, port in table["PlantPorts"].itertuples(index=False)
        for outlet in of_port[port]
    }
    makes = table["ProductsPerPlant"].drop_duplicates().itertuples(index=False)
    stock = {(plant, str(product)): ENOUGH for plant, product in makes}
    customers = table["VmiCustomers"].groupby("Plant Code")["Customers"]
    closed = {str(plant): frozenset(names) for plant, names in customers}
    network = Network(plants, outlets, lanes=lanes)
    return Day(table["OrderList"], network, Shelf(stock), closed)


def _outlets(
    rates: pd.DataFrame, ports: set[str]
) -> tuple[tuple[Outlet, ...], dict[str, list[str]]]:
    """Give an outlet for each port, carrier and service, with its bands of weight."""
    outlets = []
    of_port: dict[str, list[str]] = {port: [] for port in ports}
    bands: dict[tuple[str, str, str], list[Band]] = {}
    columns = ["minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate"]
    keys = zip(rates["orig_port_cd"], rates["Carrier"], rates["svc_cd"], strict=True)
    for key, (over, up_to, least, rate) in zip(keys, rates[columns].to_numpy(), strict=True):
        band = Band(
            first_minor=0.0,
            next_minor=float(rate),
            first_g=0.0,
            step_g=0.0,
            over_g=math.nextafter(float(over) * GRAMS_PER_KG, -math.inf),
            up_to_g=float(up_to) * GRAMS_PER_KG,
            least_minor=float(least),
        )
        bands.setdefault(key, []).append(band)
    for (port, carrier, service), held in sorted(bands.items()):
        name = f"{port} {carrier} {service}"
        outlets.append(Outlet(name, carrier, service=service, tariff=Tariff(tuple(held))))
        if port in of_port:
            of_port[port].append(name)
    for port in sorted(ports):
        name = f"{port} {OWN_FREIGHT}"
        outlets.append(Outlet(name, "customer", service=OWN_FREIGHT, tariff=Tariff((Band(0.0),))))
        of_port[port].append(name)
    return tuple(outlets), of_port


def ask_all(day: Day) -> list[Asked]:
    """Ask every open way for every order."""
    names = [plant.warehouse for plant in day.network.warehouses]
    columns = ["Order ID", "Customer", "Product ID", "Unit quantity", "Weight", "Service Level"]
    asked = []
    for key, customer, product, units, weight, service in day.orders[columns].itertuples(
        index=False
    ):
        may = [name for name in names if customer in day.closed.get(name, {customer})]
        wanted = Wanted(
            {str(product): int(units)},
            Destination(),
            unit_weights_g={str(product): weight * GRAMS_PER_KG / units if units else 0.0},
            services=frozenset({service}),
            warehouses=frozenset(may),
        )
        asked.append(ask(f"{key:.0f}", wanted, day.network, day.shelf, _estimate, COSTS))
    return asked


def _estimate(ways: Sequence[Way]) -> list[Estimate]:
    return [Estimate()] * len(ways)


def sent_minor(plans: Mapping[str, Plan]) -> float:
    """Add up what is paid for the orders sent."""
    return sum(plan.minor for plan in plans.values())


def exact(asked: Sequence[Asked], left: Capacity) -> tuple[int, float]:
    """Give the orders sent and their cost at the optimum: the whole arc model, apart from ours."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    rows: list[int] = []
    plants: list[int] = []
    cost: list[float] = []
    names = list(left.warehouse)
    for row, order in enumerate(asked):
        quoted = order.quoted
        best: dict[str, float] = {}
        for way, minor in zip(quoted.ways, quoted.minor[:, 1], strict=True):
            name, sku = way.warehouse.warehouse, next(iter(order.wanted.units))
            if (name, sku) in (left.stock or {}) and math.isfinite(minor):
                best[name] = min(best.get(name, math.inf), float(minor))
        for name, minor in best.items():
            rows.append(row)
            plants.append(names.index(name))
            cost.append(minor)
    n_arcs, n_orders = len(rows), len(asked)
    every = np.arange(n_arcs + n_orders)
    sends = coo_array((np.ones(n_arcs), (plants, every[:n_arcs])), shape=(len(names), len(every)))
    where = np.r_[rows, np.arange(n_orders)], every
    each = coo_array((np.ones(len(every)), where), shape=(n_orders, len(every)))
    found = linprog(
        np.r_[cost, np.full(n_orders, UNSENT)],
        A_ub=sends.tocsc(),
        b_ub=list(left.warehouse.values()),
        A_eq=each.tocsc(),
        b_eq=np.ones(n_orders),
        method="highs",
    )
    unsent = float(found.x[n_arcs:].sum())
    return round(n_orders - unsent), float(found.fun - unsent * UNSENT)


def in_history(day: Day, asked: Sequence[Asked]) -> float:
    """Give the cost of the plants that sent the orders, each with its cheapest lane."""
    total = 0.0
    for order, plant in zip(asked, day.orders["Plant Code"], strict=True):
        quoted = order.quoted
        own = [
            float(minor)
            for way, minor in zip(quoted.ways, quoted.minor[:, 1], strict=True)
            if way.warehouse.warehouse == plant
        ]
        total += min(own, default=math.nan)
    return total


def relearned(asked: Sequence[Asked], left: Capacity, order: Sequence[int]) -> float:
    """Give the cost of one order after the other at prices learnt from the orders so far."""
    expected = ExpectedOrders([one.quoted for one in asked], COSTS)
    rest = left.copy()
    prices = None
    total = 0.0
    for place, which in enumerate(order):
        if place % EVERY == 0 and place:
            seen = np.zeros(len(asked))
            seen[list(order[:place])] = (len(order) - place) / place
            prices = expected.prices(seen, rest)
        plan = best_plan(asked[which].quoted, rest, prices, COSTS)
        rest.take(plan.uses)
        total += plan.minor
    return total


def main() -> None:
    """Print the costs of one problem solved in several ways."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    day = read(parser.parse_args().data)
    began = time.process_time()
    asked = ask_all(day)
    say(f"{len(asked)} orders asked in {time.process_time() - began:.1f} s")
    for is_published in (False, True):
        _compare(day, asked, is_published=is_published)


def _compare(day: Day, asked: Sequence[Asked], *, is_published: bool) -> None:
    """Print what each way of choosing costs, beside the optimum."""
    left = day.capacity(is_published=is_published)
    n_best, best = exact(asked, left)
    say(f"\ncapacity {'as published' if is_published else 'published, or shipped that day'}")
    say(f"  optimum                       {n_best:5} sent {best:15,.2f}")
    began = time.process_time()
    plan = plan_wave(asked, left, COSTS, WaveSettings(within_s=120.0))
    took = time.process_time() - began
    cost = sent_minor(plan.plans)
    say(
        f"  ours, as a wave ({took:.0f} s)         {len(plan.plans):5} sent {cost:15,.2f} "
        f"{cost / best - 1:+.4%}; told why: {dict(Counter(w.code for w in plan.unserved.values()))}"
    )
    rng = np.random.default_rng(7)
    orders = [rng.permutation(len(asked)).tolist() for _ in range(10)]
    greedy = [plan_sequentially([asked[i] for i in one], left, COSTS) for one in orders]
    costs = [sent_minor(plans) for plans in greedy]
    sent = np.mean([len(plans) for plans in greedy])
    say(f"  one after the other, mean of 10 {sent:5.0f} sent {np.mean(costs):13,.2f}")
    if not is_published:
        cost = relearned(asked, left, orders[0])
        say(f"  the same at prices relearned        {cost:15,.2f} {cost / best - 1:+.4%}")
        say(f"  history's plants, cheapest lane     {in_history(day, asked):15,.2f}")


if __name__ == "__main__":
    main()

"""Generated networks and orders, and a judge of plans that shares no code with routing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from features.durations import DAY_US, MINUTE_US
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.tariffs import Band, Tariff

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from models.routing.plans import Plan
    from models.routing.ways import Way

SKUS = ("A", "B", "C", "D")
CITIES = ("上海市", "杭州市")
HOLED = Tariff((Band(600, 150, up_to_g=1_500), Band(1_900, 90, over_g=2_500, up_to_g=9_000)))
CHEAP = Tariff((Band(0, 90, first_g=0, step_g=0, least_minor=350),))


def network(draw: random.Random) -> Network:
    """Draw warehouses, outlets and perhaps lanes; nothing of it need fit together."""
    warehouses = tuple(
        Warehouse(
            f"w{place}",
            daily_capacity=draw.choice((None, None, None, 0, 1, 2, 3)),
            handling_minor=draw.choice((0.0, 12.5)),
            cutoff_min=draw.choice((None, 600, 900)),
            utc_offset_min=draw.choice((0, 480)),
        )
        for place in range(draw.choice((0, 1, 2, 3, 3, 3)))
    )
    outlets = tuple(
        Outlet(
            f"o{place}",
            draw.choice(("sf", "yd")),
            city=draw.choice((*CITIES, CITIES[0], None)),
            service=draw.choice((None, "express")),
            daily_capacity=draw.choice((None, None, None, 0, 1, 2, 3)),
            first_kg_minor=draw.choice((None, 700, 900)),
            next_kg_minor=draw.choice((None, 100)),
            max_weight_g=draw.choice((None, 1_000, 3_000)),
            tariff=draw.choice((None, None, HOLED, CHEAP)),
        )
        for place in range(draw.choice((0, 1, 2, 3, 3, 3)))
    )
    pairs = [(w.warehouse, o.outlet) for w in warehouses for o in outlets]
    lanes = {pair: draw.choice((None, HOLED)) for pair in pairs if draw.random() < 0.7}
    return Network(warehouses, outlets, lanes=draw.choice((None, None, lanes)))


def shelf(draw: random.Random, made: Network) -> Shelf:
    """Draw stock, here and there below zero, and what the day has taken."""
    stock = {
        (place.warehouse, sku): draw.randint(-2, 5)
        for place in made.warehouses
        for sku in SKUS
        if draw.random() < 0.8
    }
    sent = {place.warehouse: draw.randint(0, 1) for place in made.warehouses}
    taken = {place.outlet: draw.randint(0, 1) for place in made.outlets}
    return Shelf(None if draw.random() < 0.1 else stock, sent, taken)


def wanted(draw: random.Random) -> Wanted:
    """Draw an order."""
    units = {sku: draw.choice((1, 1, 2, 3)) for sku in draw.sample(SKUS, draw.randint(1, 3))}
    at = draw.randrange(DAY_US)
    return Wanted(
        units,
        Destination(city=draw.choice((*CITIES, CITIES[0]))),
        draw.choice((None, 500, 2_000, 6_000)),
        carriers=draw.choice((None,) * 6 + (frozenset({"sf"}), frozenset({"nobody"}))),
        services=draw.choice((None,) * 5 + (frozenset({"express"}),)),
        warehouses=draw.choice((None, None, frozenset({"w0", "w1"}))),
        at=draw.choice((None, at)),
        ship_by=draw.choice((None, at, at + DAY_US)),
    )


def estimate(ways: Sequence[Way]) -> list[Estimate]:
    """Expect something of each way that hangs on its names only."""
    return [
        Estimate((len(way.outlet.outlet) + place) % 5 / 10, 0.9) for place, way in enumerate(ways)
    ]


def violations(
    orders: Mapping[str, Wanted], plans: Mapping[str, Plan], made: Network, held: Shelf
) -> list[str]:
    """Name every constraint that plans violate, each checked anew from the plain tables."""
    found: list[str] = []
    used: Counter[tuple[str, str]] = Counter()
    sent = Counter(held.sent_today)
    taken = Counter(held.taken_today)
    for key, plan in plans.items():
        asked = orders[key]
        brought: Counter[str] = Counter()
        for parcel in plan.parcels:
            warehouse, outlet = parcel.way.warehouse, parcel.way.outlet
            brought.update(parcel.units)
            for sku, units in parcel.units.items():
                used[warehouse.warehouse, sku] += units
            sent[warehouse.warehouse] += 1
            taken[outlet.outlet] += 1
            found += _of_parcel(asked, parcel.units, warehouse, outlet, made)
        if plan.parcels and dict(brought) != dict(asked.units):
            found.append("order not whole")
    if held.available is not None:
        found += ["stock" for place, n in used.items() if n > held.available.get(place, 0)]
    for place in made.warehouses:
        used_today = sent[place.warehouse] - held.sent_today.get(place.warehouse, 0)
        if place.daily_capacity is not None and used_today:
            found += ["warehouse full"] * (sent[place.warehouse] > place.daily_capacity)
    for outlet in made.outlets:
        used_today = taken[outlet.outlet] - held.taken_today.get(outlet.outlet, 0)
        if outlet.daily_capacity is not None and used_today:
            found += ["outlet full"] * (taken[outlet.outlet] > outlet.daily_capacity)
    return found


def _of_parcel(
    asked: Wanted, units: Mapping[str, int], warehouse: Warehouse, outlet: Outlet, made: Network
) -> list[str]:
    """Name what one parcel violates by itself."""
    weight = (asked.weight_g or 0) * sum(units.values()) / sum(asked.units.values())
    pair = warehouse.warehouse, outlet.outlet
    tariff = outlet.tariff
    if made.lanes is not None and made.lanes.get(pair) is not None:
        tariff = made.lanes[pair]
    checks = {
        "lane": made.lanes is not None and pair not in made.lanes,
        "carrier": asked.carriers is not None and outlet.carrier not in asked.carriers,
        "service": asked.services is not None and outlet.service not in asked.services,
        "warehouse": asked.warehouses is not None and warehouse.warehouse not in asked.warehouses,
        "area": outlet.city is not None and outlet.city != asked.to.city,
        "weight": outlet.max_weight_g is not None and weight > outlet.max_weight_g + 1e-6,
        "tariff": tariff is HOLED and (1_500 < weight <= 2_500 or weight > 9_000),
        "cut-off": _leaves_late(asked, warehouse),
    }
    return [name for name, is_violated in checks.items() if is_violated]


def _leaves_late(asked: Wanted, warehouse: Warehouse) -> bool:
    if asked.at is None or asked.ship_by is None:
        return False
    offset = warehouse.utc_offset_min * 60_000_000
    day, last = (asked.at + offset) // DAY_US, (asked.ship_by + offset) // DAY_US
    minutes = (asked.at + offset) % DAY_US / MINUTE_US
    return day + (warehouse.cutoff_min is not None and minutes > warehouse.cutoff_min) > last

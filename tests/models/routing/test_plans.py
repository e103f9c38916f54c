from __future__ import annotations

import math
import random
from itertools import product
from typing import TYPE_CHECKING

import pytest

from models.routing.costs import Cost, RoutingCosts
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask, plan_order
from models.routing.plans import best_plan
from models.routing.prices import Prices
from models.routing.resources import capacity_of
from tests.models.routing.cases import estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.routing.quotes import Quote
    from models.routing.ways import Way

COSTS = RoutingCosts()
NETWORK = Network(
    (Warehouse("JX"), Warehouse("DG")),
    (Outlet("sf-1", "sf", first_kg_minor=900, next_kg_minor=100),),
)
ORDER = Wanted({"A": 1, "B": 1}, Destination(), weight_g=1_000)


def no_model(ways: Sequence[Way]) -> list[Estimate]:
    return [Estimate()] * len(ways)


def test_one_parcel_is_sent_where_a_second_would_only_cost() -> None:
    shelf = Shelf({(place, sku): 1 for place in ("JX", "DG") for sku in "AB"})

    plan = plan_order(ORDER, NETWORK, shelf, no_model, COSTS)

    assert len(plan.parcels) == 1
    assert plan.minor == 900.0


def test_a_split_costs_its_second_freight_and_the_split() -> None:
    plan = plan_order(ORDER, NETWORK, Shelf({("JX", "A"): 1, ("DG", "B"): 1}), no_model, COSTS)

    assert [dict(parcel.parts) for parcel in plan.parcels] == [
        {"freight": 900.0},
        {"freight": 900.0, "split": 300.0},
    ]
    assert plan.minor == 2_100.0


def test_an_order_is_sent_whole_or_not_at_all() -> None:
    plan = plan_order(ORDER, NETWORK, Shelf({("JX", "A"): 1}), no_model, COSTS)

    assert plan.parcels == ()
    assert plan.unsent == {"A": 1, "B": 1}


def test_a_merchant_may_let_a_line_lack() -> None:
    shelf = Shelf({("JX", "A"): 1})
    asked = ask("a", ORDER, NETWORK, shelf, no_model, COSTS, may_lack=True)

    plan = best_plan(asked.quoted, capacity_of(NETWORK, shelf), None, COSTS)

    assert dict(plan.parcels[0].units) == {"A": 1}
    assert plan.unsent == {"B": 1}
    assert plan.minor == 900.0 + 6_000.0


def test_scarce_stock_is_spared_for_the_orders_that_need_it_more() -> None:
    shelf = Shelf({(place, sku): 1 for place in ("JX", "DG") for sku in "AB"})

    plan = plan_order(ORDER, NETWORK, shelf, no_model, COSTS, Prices({("DG", "A"): 1.0}))

    assert plan.parcels[0].way.warehouse.warehouse == "JX"
    assert plan.minor == plan.weighed_minor == 900.0


def test_two_parcels_never_take_one_last_place() -> None:
    outlets = (Outlet("sf-1", "sf", first_kg_minor=900, daily_capacity=1),)
    shelf = Shelf({("JX", "A"): 1, ("DG", "B"): 1})

    plan = plan_order(ORDER, Network(NETWORK.warehouses, outlets), shelf, no_model, COSTS)

    assert plan.parcels == ()


def test_an_order_without_lines_needs_nothing() -> None:
    plan = plan_order(Wanted({}, Destination()), NETWORK, Shelf({}), no_model, COSTS)

    assert (plan.parcels, plan.minor) == ((), 0.0)


@pytest.mark.parametrize("seed", range(40))
def test_no_assignment_of_lines_to_ways_is_cheaper(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 test data
    costs = RoutingCosts(
        split=Cost("", "", draw.choice((0, 300)), ""), unserved=Cost("", "", 1_500, "")
    )
    outlets = tuple(
        Outlet(f"o{place}", "sf", first_kg_minor=draw.randint(300, 900), next_kg_minor=200)
        for place in range(2)
    )
    network = Network((Warehouse("w0"), Warehouse("w1"), Warehouse("w2")), outlets)
    stock = {(f"w{w}", sku): draw.randint(0, 1) for w in range(3) for sku in "ABC"}
    asked = Wanted(dict.fromkeys("ABC", 1), Destination(), weight_g=draw.randint(1, 5_000))
    prices = Prices({place: draw.uniform(0, 400) for place in stock})
    shelf = Shelf(stock)

    quoted = ask("a", asked, network, shelf, estimate, costs, may_lack=True).quoted
    plan = best_plan(quoted, capacity_of(network, shelf), prices, costs)

    assert plan.weighed_minor == pytest.approx(by_hand(quoted, stock, prices, costs))


def by_hand(
    quoted: Quote, stock: Mapping[tuple[str, str], int], prices: Prices, costs: RoutingCosts
) -> float:
    """Try every assignment of pieces to the ways, or to nobody."""
    best = math.inf
    nobody = len(quoted.ways)
    pieces = quoted.lines.pieces
    for assigned in product(range(nobody + 1), repeat=len(pieces)):
        total, parcels = 0.0, set(assigned) - {nobody}
        for piece, way in zip(pieces, assigned, strict=True):
            for sku in piece:
                if way == nobody:
                    total += costs.unserved.minor
                    continue
                place = quoted.ways[way].warehouse.warehouse, sku
                total += prices.stock[place] if stock[place] else math.inf
        for way in parcels:
            lines = sum(1 << place for place, at in enumerate(assigned) if at == way)
            total += quoted.minor[way, lines]
        best = min(best, total + max(len(parcels) - 1, 0) * costs.split.minor)
    return best

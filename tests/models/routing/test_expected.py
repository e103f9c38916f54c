from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.routing.costs import RoutingCosts
from models.routing.expected import ExpectedOrders
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.resources import Capacity
from models.routing.tariffs import by_kilogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.ways import Way

COSTS = RoutingCosts()
NETWORK = Network(
    (Warehouse("JX"), Warehouse("DG")),
    (Outlet("east", "sf", city="上海市"), Outlet("south", "sf", city="广州市")),
    lanes={
        ("JX", "east"): by_kilogram(500, 0),
        ("DG", "east"): by_kilogram(1_100, 0),
        ("JX", "south"): by_kilogram(1_500, 0),
        ("DG", "south"): by_kilogram(600, 0),
    },
)


def no_model(ways: Sequence[Way]) -> list[Estimate]:
    return [Estimate()] * len(ways)


def expected(*orders: Wanted) -> ExpectedOrders:
    quotes = [ask("", one, NETWORK, Shelf(), no_model, COSTS).quoted for one in orders]
    return ExpectedOrders(quotes, COSTS)


EAST = Wanted({"A": 1}, Destination(city="上海市"))
SOUTH = Wanted({"A": 1}, Destination(city="广州市"))


def test_stock_that_lasts_is_worth_nothing() -> None:
    prices = expected(EAST).prices(np.array([5.0]), Capacity({("JX", "A"): 6}))

    assert prices.stock == {}


def test_a_unit_is_worth_what_the_next_best_warehouse_costs_more() -> None:
    left = Capacity({("JX", "A"): 5, ("DG", "A"): 100})

    prices = expected(EAST).prices(np.array([10.0]), left)

    assert prices.stock == {("JX", "A"): pytest.approx(600.0)}


def test_the_last_units_are_worth_the_order_that_would_go_unsent() -> None:
    left = Capacity({("JX", "A"): 5})

    prices = expected(EAST).prices(np.array([10.0]), left)

    assert prices.stock == {("JX", "A"): pytest.approx(6_000.0 - 500.0)}


def test_a_place_in_the_day_has_a_price_of_its_own() -> None:
    left = Capacity({("JX", "A"): 50, ("DG", "A"): 50}, {"JX": 4})

    prices = expected(EAST).prices(np.array([10.0]), left)

    assert prices.stock == {}
    assert prices.warehouse == {"JX": pytest.approx(600.0)}


def test_the_price_is_what_one_unit_less_costs() -> None:
    orders, n = expected(EAST, SOUTH), np.array([8.0, 6.0])
    more = orders.relax(n, Capacity({("JX", "A"): 6, ("DG", "A"): 5}))
    fewer = orders.relax(n, Capacity({("JX", "A"): 5, ("DG", "A"): 5}))

    assert fewer.minor - more.minor == pytest.approx(fewer.prices.stock["JX", "A"])


def test_kinds_that_are_not_expected_change_no_price() -> None:
    left = Capacity({("JX", "A"): 5, ("DG", "A"): 100})

    prices = expected(EAST, SOUTH).prices(np.array([10.0, 0.0]), left)

    assert prices.stock == {("JX", "A"): pytest.approx(600.0)}


def test_nothing_expected_has_no_price() -> None:
    assert expected(EAST).prices(np.array([0.0]), Capacity({("JX", "A"): 5})).stock == {}


def test_the_bound_is_below_the_cost_and_close() -> None:
    found = expected(EAST, SOUTH).relax(
        np.array([9.0, 9.0]), Capacity({("JX", "A"): 7, ("DG", "A"): 7})
    )

    assert found.bound_minor <= found.minor <= found.bound_minor * 1.001

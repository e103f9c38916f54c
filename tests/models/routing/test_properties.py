"""Ten thousand small worlds in which no plan may violate a constraint."""

from __future__ import annotations

import random

import pytest

from models.routing.constraints import CONSTRAINTS
from models.routing.costs import RoutingCosts
from models.routing.orders import ask, plan_order
from models.routing.prices import Prices
from models.routing.resources import capacity_of
from models.routing.wave import plan_wave
from tests.models.routing.cases import SKUS, estimate, network, shelf, violations, wanted

COSTS = RoutingCosts()


@pytest.mark.parametrize("seed", range(10))
def test_no_order_violates_a_constraint_in_a_thousand_worlds(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 test data
    found, n_sent = [], 0

    for _ in range(1_000):
        made = network(draw)
        held, asked = shelf(draw, made), wanted(draw)
        prices = Prices({("w0", sku): draw.uniform(0, 3_000) for sku in SKUS})
        plan = plan_order(asked, made, held, estimate, COSTS, prices)
        found += violations({"a": asked}, {"a": plan}, made, held)
        n_sent += bool(plan.parcels)

    assert found == []
    assert n_sent > 100


@pytest.mark.parametrize("seed", range(100, 110))
def test_no_wave_violates_a_constraint_and_what_is_not_sent_is_told_why(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 test data

    for _ in range(20):
        made = network(draw)
        held = shelf(draw, made)
        orders = {f"o{place}": wanted(draw) for place in range(draw.randint(0, 6))}
        asked = [ask(key, one, made, held, estimate, COSTS) for key, one in orders.items()]
        left = capacity_of(made, held)
        wave = plan_wave(asked, left, COSTS)

        assert violations(orders, wave.plans, made, held) == []
        assert wave.plans.keys() | wave.unserved.keys() == orders.keys()
        assert not wave.plans.keys() & wave.unserved.keys()
        assert {why.code for why in wave.unserved.values()} <= CONSTRAINTS.keys()
        assert wave.bound_minor - 1e-6 <= wave.minor <= wave.sequential_minor + 1e-6
        assert left == capacity_of(made, held)

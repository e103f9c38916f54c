from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest

from features.durations import MINUTE_US
from models.routing.costs import RoutingCosts
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.resources import capacity_of
from models.routing.tariffs import Band, Tariff, by_kilogram
from models.routing.wave import WaveSettings, plan_wave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.wave import WavePlan
    from models.routing.ways import Way

COSTS = RoutingCosts()
EXACT = WaveSettings(gap=0.0)


def no_model(ways: Sequence[Way]) -> list[Estimate]:
    return [Estimate()] * len(ways)


def network(near: int | None = None, outlet: int | None = None) -> Network:
    return Network(
        (Warehouse("JX", daily_capacity=near), Warehouse("DG")),
        (Outlet("east", "sf", city="上海市", daily_capacity=outlet),),
        lanes={("JX", "east"): by_kilogram(500, 0), ("DG", "east"): by_kilogram(1_100, 300)},
    )


def order(weight_g: int = 900, **units: int) -> Wanted:
    return Wanted(units or {"A": 1}, Destination(city="上海市"), weight_g)


def plan(
    orders: Sequence[Wanted],
    stock: dict[tuple[str, str], int],
    made: Network | None = None,
) -> WavePlan:
    made = made or network()
    shelf = Shelf(stock)
    asked = [
        ask(f"o{place}", one, made, shelf, no_model, COSTS) for place, one in enumerate(orders)
    ]
    return plan_wave(asked, capacity_of(made, shelf), COSTS, EXACT)


def origins(wave: WavePlan) -> dict[str, str]:
    return {key: one.parcels[0].way.warehouse.warehouse for key, one in wave.plans.items()}


def test_the_near_stock_goes_to_the_order_for_which_far_is_dearest() -> None:
    light, heavy = order(900), order(4_000)

    wave = plan([light, heavy], {("JX", "A"): 1, ("DG", "A"): 1})

    assert origins(wave) == {"o0": "DG", "o1": "JX"}
    assert (wave.minor, wave.sequential_minor) == (1_600.0, 500.0 + 1_100.0 + 3 * 300.0)
    assert wave.gap <= 0.001


def test_an_order_for_which_nothing_is_left_is_told_what_was_taken() -> None:
    wave = plan([order(), order()], {("JX", "A"): 1})

    (why,) = wave.unserved.values()
    assert (why.code, why.taken, why.resources) == ("stock", True, (("stock", "JX", "A"),))
    assert why.text["en"] == "no warehouse has enough free stock (JX A)"
    assert why.text["zh"] == "没有一个仓库有足够的可用库存 (JX A)"


@pytest.mark.parametrize(
    ("made", "code", "resource"),
    [
        (network(near=1), "warehouse_capacity", ("warehouse", "JX")),
        (network(outlet=1), "outlet_capacity", ("outlet", "east")),
    ],
    ids=["the warehouse's day", "the outlet's day"],
)
def test_the_end_of_a_day_binds_and_is_named(
    made: Network, code: str, resource: tuple[str, ...]
) -> None:
    wave = plan([order(), order()], {("JX", "A"): 9}, made)

    (why,) = wave.unserved.values()
    assert (why.code, why.resources) == (code, (resource,))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (order(A=9), "stock"),
        (order(Z=1), "stock"),
        (Wanted({"A": 1}, Destination(city="长沙市")), "area"),
        (Wanted({"A": 1}, Destination(city="上海市"), carriers=frozenset({"yd"})), "carrier"),
        (Wanted({"A": 1}, Destination(city="上海市"), services=frozenset({"x"})), "service"),
        (Wanted({"A": 1}, Destination(city="上海市"), warehouses=frozenset()), "warehouse"),
        (Wanted({"A": 1}, Destination(city="上海市"), 30_000_000), "cost"),
    ],
    ids=[
        "more than there is",
        "a SKU nobody has",
        "nobody goes there",
        "an unknown carrier",
        "an unknown service",
        "from nowhere",
        "dearer than leaving it out",
    ],
)
def test_an_order_that_could_never_go_is_told_why(asked: Wanted, code: str) -> None:
    wave = plan([asked], {("DG", "A"): 3})

    assert wave.unserved["o0"].code == code
    assert wave.gap == 0.0
    assert not wave.unserved["o0"].taken or code == "cost"


@pytest.mark.parametrize(
    ("outlet", "code"),
    [
        (Outlet("east", "sf", max_weight_g=4_000, first_kg_minor=500), "weight"),
        (Outlet("east", "sf", tariff=Tariff((Band(500, up_to_g=4_999),))), "tariff"),
        (Outlet("east", "sf", tariff=Tariff((Band(500, up_to_g=5_000),))), None),
    ],
    ids=["too heavy", "a hole in the tariff", "just light enough"],
)
def test_what_the_whole_parcel_weighs_may_bind(outlet: Outlet, code: str | None) -> None:
    made = Network((Warehouse("JX"),), (outlet,))

    wave = plan([order(5_000)], {("JX", "A"): 1}, made)

    assert [why.code for why in wave.unserved.values()] == ([code] if code else [])


def test_an_order_that_is_too_late_for_every_warehouse_is_told_so() -> None:
    made = Network((Warehouse("JX", cutoff_min=600),), (Outlet("east", "sf"),))
    noon = 720 * MINUTE_US

    wave = plan([replace(order(), at=noon, ship_by=noon)], {("JX", "A"): 1}, made)

    assert wave.unserved["o0"].code == "cut_off"


def test_zero_capacity_everywhere_sends_nothing_and_says_so() -> None:
    made = Network((Warehouse("JX", daily_capacity=0),), (Outlet("east", "sf"),))

    wave = plan([order(), order()], {("JX", "A"): 9}, made)

    assert wave.plans == {}
    assert {why.code for why in wave.unserved.values()} == {"warehouse_capacity"}


def test_no_orders_are_no_wave() -> None:
    assert plan([], {}).plans == {}


def test_a_wave_that_nobody_waits_for_still_violates_nothing() -> None:
    made, shelf = network(near=2), Shelf({("JX", "A"): 3, ("DG", "A"): 2})
    asked = [ask(f"o{place}", order(), made, shelf, no_model, COSTS) for place in range(8)]

    wave = plan_wave(asked, capacity_of(made, shelf), COSTS, WaveSettings(within_s=0.0))

    assert len(wave.plans) == 4
    assert len(wave.unserved) == 4


@pytest.mark.parametrize("seed", range(12))
def test_no_other_assignment_is_cheaper(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 test data
    stock = {(place, "A"): draw.randint(0, 2) for place in ("JX", "DG")}
    near = draw.randint(0, 2)
    orders = [order(draw.randint(1, 6_000)) for _ in range(4)]

    wave = plan(orders, stock, network(near=near))

    def minor(one: Wanted, place: str | None) -> float:
        started_kg = max(-(-(one.weight_g or 0) // 1_000) - 1, 0)
        return {"JX": 500.0, "DG": 1_100.0 + 300.0 * started_kg, None: 6_000.0}[place]

    best = min(
        sum(minor(one, place) for one, place in zip(orders, places, strict=True))
        for places in product(("JX", "DG", None), repeat=4)
        if places.count("JX") <= min(stock["JX", "A"], near)
        and places.count("DG") <= stock["DG", "A"]
    )
    assert wave.minor == pytest.approx(best)

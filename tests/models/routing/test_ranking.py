from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.fences import Fence
from models.delivery.present import Fallen
from models.routing.areas import serves
from models.routing.candidates import find_candidates
from models.routing.costs import RoutingCosts
from models.routing.explain import explain_option, explain_warnings
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate, Estimates, Warned
from models.routing.ranking import rank_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.options import Candidate
    from models.routing.ranking import Ranking

SQUARE = Fence((((((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)),)),))
RING = Fence(
    (
        (
            ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)),
            ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)),
        ),
    )
)
SHANGHAI = Destination(region="上海市", city="上海市")
NETWORK = Network(
    warehouses=(Warehouse("JX", daily_capacity=2), Warehouse("DG")),
    outlets=(
        Outlet("sf-1", "sf", "上海市", "上海市", None, "express", 2, 1_200, 200, 30_000),
        Outlet("yd-1", "yd", "上海市", "上海市", None, "standard", None, 500, 100, 5_000),
        Outlet("yd-2", "yd", "浙江省", "杭州市", None, "standard", None, 500, 100, 5_000),
    ),
    substitutes={"A": ("B", "C")},
)
STOCK = {("JX", "A"): 5, ("DG", "A"): 1}


def wanted(**changes: Any) -> Wanted:
    made: dict[str, Any] = {"units": {"A": 1}, "to": SHANGHAI, "weight_g": 900}
    return Wanted(**(made | changes))


def no_model(candidates: Sequence[Candidate]) -> Estimates:
    return Estimates(len(candidates))


def rank(
    asked: Wanted | None = None,
    shelf: Shelf | None = None,
    network: Network = NETWORK,
    estimate: Any = no_model,
) -> Ranking:
    return rank_options(asked or wanted(), network, shelf or Shelf(STOCK), estimate, RoutingCosts())


def keys(ranking: Ranking) -> list[tuple[str, str, str, str]]:
    return [option.candidate.key for option in ranking.options]


def test_the_cheapest_comes_first_and_ties_go_by_name() -> None:
    assert keys(rank()) == [
        ("DG", "yd", "yd-1", "standard"),
        ("JX", "yd", "yd-1", "standard"),
        ("DG", "sf", "sf-1", "express"),
        ("JX", "sf", "sf-1", "express"),
    ]


def test_a_risk_of_lateness_outweighs_a_cheaper_tariff() -> None:
    def estimate(candidates: Sequence[Candidate]) -> Estimates:
        return Estimates.of(
            [Estimate(0.9 if c.outlet.carrier == "yd" else 0.1, 0.95) for c in candidates]
        )

    ranking = rank(estimate=estimate)

    assert ranking.options[0].candidate.outlet.outlet == "sf-1"
    assert ranking.options[0].parts == {
        "freight": 1_200.0,
        "late": pytest.approx(150.0),
        "failed_attempt": pytest.approx(40.0),
    }


def test_models_are_asked_once_for_all_candidates() -> None:
    asked = []

    def estimate(candidates: Sequence[Candidate]) -> Estimates:
        asked.append(len(candidates))
        return no_model(candidates)

    rank(estimate=estimate)

    assert asked == [4]


@pytest.mark.parametrize(
    ("asked", "shelf", "network", "binding"),
    [
        (wanted(units={"A": 9}), Shelf(STOCK), NETWORK, "stock"),
        (wanted(units={"Z": 1}), Shelf(STOCK), NETWORK, "stock"),
        (wanted(to=Destination("湖南省", "长沙市")), Shelf(STOCK), NETWORK, "area"),
        (wanted(weight_g=31_000), Shelf(STOCK), NETWORK, "weight"),
        (wanted(carriers=frozenset({"nobody"})), Shelf(STOCK), NETWORK, "carrier"),
        (
            wanted(carriers=frozenset({"sf"})),
            Shelf(STOCK, taken_today={"sf-1": 2}),
            NETWORK,
            "outlet_capacity",
        ),
        (
            wanted(),
            Shelf({("JX", "A"): 1}, sent_today={"JX": 2}),
            replace(NETWORK, warehouses=NETWORK.warehouses[:1]),
            "warehouse_capacity",
        ),
        (wanted(), Shelf(STOCK), Network((), NETWORK.outlets), "no_warehouse"),
        (wanted(), Shelf(STOCK), Network(NETWORK.warehouses, ()), "no_outlet"),
    ],
    ids=[
        "too many units",
        "a SKU nobody has",
        "nobody goes there",
        "too heavy",
        "an unknown carrier",
        "the outlet is full",
        "the warehouse is full",
        "no warehouse",
        "no outlet",
    ],
)
def test_an_order_that_cannot_be_served_is_told_what_was_binding(
    asked: Wanted, shelf: Shelf, network: Network, binding: str
) -> None:
    ranking = rank(asked, shelf, network)

    assert ranking.options == ()
    assert ranking.binding == binding


def test_zero_capacity_everywhere_takes_nothing() -> None:
    closed = tuple(replace(outlet, daily_capacity=0) for outlet in NETWORK.outlets)

    ranking = rank(network=replace(NETWORK, outlets=closed))

    assert ranking.options == ()
    assert ranking.turned_down == {"outlet_capacity": 4, "area": 2}
    assert ranking.binding == "outlet_capacity"


def test_missing_units_and_substitutes_that_are_there_are_named() -> None:
    ranking = rank(wanted(units={"A": 7}), Shelf(STOCK | {("DG", "C"): 9, ("DG", "B"): 6}))

    assert ranking.missing == {"A": 2}
    assert ranking.substitutes == {"A": ("B", "C")}


def test_stock_that_nobody_counts_is_no_constraint() -> None:
    assert len(rank(shelf=Shelf(None)).options) == 4


@pytest.mark.parametrize(
    ("outlet", "to", "by"),
    [
        (Outlet("a", "sf", "上海市", "上海市"), SHANGHAI, "city"),
        (Outlet("a", "sf", "江苏省", "上海市"), SHANGHAI, None),
        (Outlet("a", "sf", "上海市"), SHANGHAI, "region"),
        (Outlet("a", "sf"), SHANGHAI, "unknown"),
        (Outlet("a", "sf", fence=SQUARE), Destination(lat=1.0, lon=1.0), "fence"),
        (Outlet("a", "sf", fence=SQUARE), Destination(lat=3.0, lon=1.0), None),
        (Outlet("a", "sf", city="上海市", fence=SQUARE), SHANGHAI, "city"),
        (Outlet("a", "sf", fence=SQUARE), SHANGHAI, None),
        (Outlet("a", "sf", fence=RING), Destination(lat=0.5, lon=0.5), "fence"),
        (Outlet("a", "sf", fence=RING), Destination(lat=2.0, lon=2.0), None),
        (Outlet("a", "sf", "上海市", "上海市"), Destination(), None),
    ],
    ids=[
        "same city",
        "a namesake in another province",
        "an outlet of the whole region",
        "an outlet without area",
        "inside the fence",
        "outside the fence",
        "coordinates missing: the city decides",
        "coordinates missing and no city: not served",
        "inside the ring",
        "in the hole",
        "an address of which nothing is known",
    ],
)
def test_how_an_outlet_is_known_to_serve_a_place(
    outlet: Outlet, to: Destination, by: str | None
) -> None:
    assert serves(outlet, to) == by


def test_a_tariff_with_holes_costs_the_usual_and_not_nothing() -> None:
    free = Outlet("a", "sf", city="上海市")

    ranking = rank(network=replace(NETWORK, outlets=(free,)))

    assert free.own_tariff is None
    assert ranking.options[0].parts == {"freight": 1_200.0}


def test_an_option_says_what_it_costs_beyond_the_best() -> None:
    best, *_, worst = rank().options

    reasons = explain_option(worst, best, RoutingCosts())

    assert [reason["code"] for reason in reasons] == ["freight", "dearer"]
    assert reasons[-1]["minor"] == 700


@pytest.mark.parametrize(
    ("added", "instead_of"),
    [(0.4, ("DG", "yd", "yd-1", "standard")), (0.3, None)],
    ids=["dearer than the next way", "still the cheapest"],
)
def test_the_way_that_warnings_kept_an_order_from_is_named(
    added: float, instead_of: tuple[str, ...] | None
) -> None:
    storm = Fallen("W1", "on_time", 0.5, "暴雨", "storm")

    def estimate(candidates: Sequence[Candidate]) -> Estimates:
        late = np.array([0.0 if way.warehouse.warehouse == "DG" else 0.35 for way in candidates])
        warned = {
            at: (Warned(added, 0.0, storm),)
            for at, way in enumerate(candidates)
            if way.warehouse.warehouse == "DG"
        }
        late[list(warned)] += added
        return Estimates(len(candidates), p_late=late, warned=warned)

    ranking = rank(estimate=estimate)

    found = ranking.instead_of
    assert (found and found.candidate.key) == instead_of
    if found is not None:
        (said,) = explain_warnings(found, RoutingCosts())
        assert (said["en"], said["minor"]) == ("storm", 600)
        assert ranking.options[0].candidate.warehouse.warehouse == "JX"


names = st.sampled_from(["A", "B", "C"])
places = st.sampled_from(["上海市", "杭州市", None])
amounts = st.integers(min_value=-2, max_value=5)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Wanted, Network, Shelf]:
    warehouses = tuple(
        Warehouse(name, daily_capacity=draw(st.none() | st.integers(0, 3)))
        for name in draw(st.lists(names, unique=True, max_size=3))
    )
    outlets = tuple(
        Outlet(
            f"{carrier}-{number}",
            carrier,
            city=draw(places),
            daily_capacity=draw(st.none() | st.integers(0, 3)),
            first_kg_minor=draw(st.none() | st.integers(0, 900)),
            next_kg_minor=draw(st.none() | st.integers(0, 90)),
            max_weight_g=draw(st.none() | st.integers(0, 3_000)),
        )
        for number, carrier in enumerate(draw(st.lists(st.sampled_from(["sf", "yd"]), max_size=4)))
    )
    stock = draw(st.none() | st.dictionaries(st.tuples(names, names), amounts))
    used = st.dictionaries(names, st.integers(0, 3))
    taken = {outlet.outlet: draw(st.integers(0, 3)) for outlet in outlets}
    asked = Wanted(
        draw(st.dictionaries(names, st.integers(1, 3), min_size=1)),
        Destination(city=draw(places)),
        draw(st.none() | st.integers(0, 4_000)),
        draw(st.none() | st.frozensets(st.sampled_from(["sf", "yd"]))),
    )
    return asked, Network(warehouses, outlets), Shelf(stock, draw(used), taken)


def is_violated(candidate: Candidate, asked: Wanted, shelf: Shelf) -> bool:
    warehouse, outlet = candidate.warehouse, candidate.outlet
    free = shelf.available
    return any(
        (
            free is not None
            and any(free.get((warehouse.warehouse, s), 0) < n for s, n in asked.units.items()),
            warehouse.daily_capacity is not None
            and shelf.sent_today.get(warehouse.warehouse, 0) >= warehouse.daily_capacity,
            outlet.daily_capacity is not None
            and shelf.taken_today.get(outlet.outlet, 0) >= outlet.daily_capacity,
            outlet.max_weight_g is not None and (asked.weight_g or 0) > outlet.max_weight_g,
            asked.carriers is not None and outlet.carrier not in asked.carriers,
            outlet.city is not None and outlet.city != asked.to.city,
        )
    )


@given(cases())
def test_no_option_violates_a_constraint_and_nothing_is_lost(
    case: tuple[Wanted, Network, Shelf],
) -> None:
    asked, network, shelf = case

    ranking = rank_options(asked, network, shelf, no_model, RoutingCosts())

    assert not any(is_violated(o.candidate, asked, shelf) for o in ranking.options)
    pairs = len(network.warehouses) * len(network.outlets)
    known = sum(n for name, n in ranking.turned_down.items() if not name.startswith("no_"))
    assert len(ranking.options) + known == pairs
    costs = [option.cost_minor for option in ranking.options]
    assert costs == sorted(costs)
    assert bool(ranking.options) or ranking.binding is not None


@given(cases(), names, names)
def test_more_stock_never_removes_an_option(
    case: tuple[Wanted, Network, Shelf], warehouse: str, sku: str
) -> None:
    asked, network, shelf = case
    before, _ = find_candidates(asked, network, shelf)

    stock = dict(shelf.available or {})
    stock[warehouse, sku] = stock.get((warehouse, sku), 0) + 1
    richer = replace(shelf, available=None if shelf.available is None else stock)
    after, _ = find_candidates(asked, network, richer)

    assert {c.key for c in before} <= {c.key for c in after}


@given(cases())
def test_the_same_question_gets_the_same_answer(case: tuple[Wanted, Network, Shelf]) -> None:
    asked, network, shelf = case
    shuffled = replace(network, warehouses=network.warehouses[::-1], outlets=network.outlets[::-1])

    first = rank_options(asked, network, shelf, no_model, RoutingCosts())
    second = rank_options(asked, shuffled, shelf, no_model, RoutingCosts())

    assert keys(first) == keys(second)

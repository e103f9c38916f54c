"""Cuts take parts of orders away and nothing that whole orders may do."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.routing import choosing
from models.routing.choosing import Choosing
from models.routing.costs import RoutingCosts
from models.routing.expected import ExpectedOrders
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimate
from models.routing.orders import ask
from models.routing.parity import parity_cuts
from models.routing.resources import Capacity
from models.routing.tariffs import by_kilogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.quotes import Quote
    from models.routing.ways import Way

COSTS = RoutingCosts()
NAMES = ("JX", "DG", "WH")
NETWORK = Network(
    tuple(Warehouse(name) for name in NAMES),
    (Outlet("east", "sf", city="上海市"),),
    lanes={(name, "east"): by_kilogram(500 + 90 * at, 0) for at, name in enumerate(NAMES)},
)


def no_model(ways: Sequence[Way]) -> list[Estimate]:
    return [Estimate()] * len(ways)


def quotes(*units: int) -> list[Quote]:
    wanted = [Wanted({"A": n}, Destination(city="上海市")) for n in units]
    return [ask("", one, NETWORK, Shelf(), no_model, COSTS).quoted for one in wanted]


def _used(name: str, units: Sequence[int], ends: Sequence[str | None]) -> int:
    return sum(n for n, end in zip(units, ends, strict=True) if end == name)


@pytest.mark.parametrize("seed", range(200))
def test_a_cut_is_violated_by_the_parts_it_is_for_and_by_no_whole_orders(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = rng.integers(1, 4, rng.integers(2, 5)).tolist()
    stock = {name: int(rng.integers(1, 6)) for name in NAMES}
    left = Capacity({(name, "A"): n for name, n in stock.items()})
    asked = quotes(*units)
    relaxed = (orders := ExpectedOrders(asked, COSTS)).relax(np.ones(len(units)), left)
    sent: dict[tuple[int, int, str], float] = {}
    for column, share in zip(orders.columns, relaxed.shares.tolist(), strict=True):
        for part in orders._parts(column):
            sent[part] = sent.get(part, 0.0) + share

    cuts = parity_cuts(asked, sent, left)

    for cut in cuts:
        assert sum(weight * sent.get(part, 0.0) for part, weight in cut.weights.items()) > cut.most
        for ends in product((*NAMES, None), repeat=len(units)):
            if all(_used(name, units, ends) <= n for name, n in stock.items()):
                parts = [(kind, 0, name) for kind, name in enumerate(ends) if name is not None]
                assert sum(cut.weights.get(part, 0.0) for part in parts) <= cut.most


def test_a_shelf_of_three_sends_one_line_of_two() -> None:
    left = Capacity({("JX", "A"): 3})

    parts = ExpectedOrders(quotes(2, 2), COSTS).relax(np.ones(2), left)
    whole = ExpectedOrders(quotes(2, 2), COSTS).relax(np.ones(2), left, whole=True)

    assert parts.bound_minor == pytest.approx(1.5 * 500 + 6_000)
    assert whole.bound_minor == pytest.approx(500 + 2 * 6_000)


def test_where_the_linear_programme_asks_too_much_the_least_sure_order_chooses_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choosing, "FREE", 1)
    left = Capacity({("JX", "A"): 3})
    orders = ExpectedOrders(quotes(2, 2, 2), COSTS)
    relaxed = orders.relax(np.ones(3), left)
    sure = np.array([(0.55, 0.6, 0.8)[column.kind] for column in orders.columns])
    sends = np.array([bool(column.uses) for column in orders.columns])

    chosen = Choosing(orders, replace(relaxed, shares=sure * sends), left).choose(0.0, 5.0)

    assert [column.kind for column in chosen if column.uses] == [2]
    assert sorted(column.kind for column in chosen) == [0, 1, 2]

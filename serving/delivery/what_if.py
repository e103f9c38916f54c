"""Orders of the past routed again, under today's rules and under others, and compared.

The orders keep their weekday, hour and promise and are asked about as if they came in the newest
week of the history: what carriers are known to do now is what is weighed, for every variant the
same. Stock starts each day at its newest count of the time and is used up during the day; so is
the capacity of the day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from features.durations import WEEK_US
from models.delivery.alerts import AlertBook
from models.routing.candidates import find_candidates
from models.routing.columns import cost_columns
from models.routing.network import Shelf
from models.routing.options import Estimates, Option
from models.routing.orders import plan_order
from models.routing.outlet_rule import by_outlet_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from features.order import OrderRows
    from models.routing.network import Network, Wanted
    from models.routing.options import Candidate, Estimate
    from models.routing.ways import Way
    from serving.delivery.history_stock import StockByDay
    from serving.delivery.service import DeliveryService
    from serving.delivery.variants import World

    Row = Mapping[str, Any]
    Floats = NDArray[np.float64]
    Pair = tuple[str, str]

INSTANTS: Final = ("placed_at", "received_at", "paid_at", "deliver_by", "ship_by")
MEASURES: Final = ("served", "cost_minor", "parcels", "late", "failed_attempt")
"""What is counted of each order: 1 when it is served whole; then, of served ones, the expected
cost, its parcels, and the probabilities that one is late or its first attempt fails."""


@dataclass(frozen=True)
class Replayed:
    """What became of each order under each variant.

    Parameters
    ----------
    names
        The variants; the first is today's.
    days
        Day of each order, shape ``(n_orders,)``.
    values
        `MEASURES`, shape ``(n_variants, n_orders, n_measures)``; NaN beyond the first where an
        order is not served, or no model says.
    unserved
        For each variant the orders that nobody sends, by the constraint that was binding.
    without_stock
        Orders on days before the first count of stock.
    """

    names: tuple[str, ...]
    days: NDArray[np.int64]
    values: Floats
    unserved: tuple[Mapping[str, int], ...]
    without_stock: int = 0


@dataclass
class _Day:
    """What one variant has left of a day."""

    available: dict[Pair, int] | None = None
    sent: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    def take(self, warehouse: str, outlet: str, units: Mapping[str, int]) -> None:
        """Use up what a parcel takes."""
        self.sent[warehouse] += 1
        self.taken[outlet] += 1
        if self.available is not None:
            for sku, n in units.items():
                self.available[warehouse, sku] = self.available.get((warehouse, sku), 0) - n


@dataclass(frozen=True)
class _Known:
    """What is expected of every way of one order, whatever the variant."""

    places: Mapping[Pair, int]
    estimates: Estimates

    def of(self, ways: Sequence[Candidate | Way]) -> Estimates:
        """Give what is expected of some ways."""
        at = [self.places[way.warehouse.warehouse, way.outlet.outlet] for way in ways]
        late, attempt = self.estimates.p_late, self.estimates.p_first_attempt
        return Estimates(
            len(at), None if late is None else late[at], None if attempt is None else attempt[at]
        )


def replay(
    delivery: DeliveryService,
    orders: Sequence[OrderRows],
    worlds: Sequence[World],
    stock: StockByDay,
    advance: Callable[[float], None] = lambda _: None,
) -> Replayed:
    """Route orders again under every variant.

    Parameters
    ----------
    delivery
        Models and window state; its network is that of today.
    orders
        Rows of each order.
    worlds
        Today's first, then the variants.
    stock
        Counts of stock by day.
    advance
        Told of each order done.

    Returns
    -------
    Replayed
        In the order in which the orders were received.
    """
    union = _union(worlds)
    delivery = _with_origins(delivery, union)
    sequence = sorted(orders, key=lambda rows: int(rows.order["received_at"]))
    newest = int(sequence[-1].order["received_at"]) if sequence else 0
    values = np.full((len(worlds), len(sequence), len(MEASURES)), np.nan)
    unserved: list[Counter[str]] = [Counter() for _ in worlds]
    days = np.array([delivery.day_of(rows.order) for rows in sequence], np.int64)
    today: list[_Day] = []
    without_stock = 0
    for at, rows in enumerate(sequence):
        if at == 0 or days[at] != days[at - 1]:
            today = [_Day(stock.at(int(days[at]), world.stock_like)) for world in worlds]
        without_stock += today[0].available is None
        wanted = replace(delivery.wanted(rows.order, rows.lines), at=None, ship_by=None)
        known = _expect(delivery, rows, wanted, union, newest)
        for number, world in enumerate(worlds):
            found = _route(wanted, world, today[number], known)
            if isinstance(found, str):
                values[number, at, 0] = 0.0
                unserved[number][found] += 1
            else:
                values[number, at] = found
        advance(1)
    return Replayed(
        tuple(world.name for world in worlds), days, values, tuple(unserved), without_stock
    )


def _union(worlds: Sequence[World]) -> Network:
    """Give a network with the warehouses and outlets of all variants."""
    warehouses = {place.warehouse: place for world in worlds for place in world.network.warehouses}
    return replace(
        worlds[0].network,
        warehouses=tuple(replace(place, daily_capacity=None) for place in warehouses.values()),
        outlets=tuple(
            replace(
                outlet,
                daily_capacity=None,
                max_weight_g=None,
                first_kg_minor=None,
                tariff=None,
            )
            for outlet in worlds[0].network.outlets
        ),
        lanes=None,
    )


def _with_origins(delivery: DeliveryService, union: Network) -> DeliveryService:
    """Let the models know where new warehouses lie; warnings of today do not count."""
    rater = delivery.rater
    if rater is not None:
        origins = dict(rater.origins)
        for place in union.warehouses:
            origins.setdefault(
                place.warehouse,
                {"origin_region": place.region, "origin_lat": place.lat, "origin_lon": place.lon},
            )
        rater = replace(rater, origins=origins)
    return replace(delivery, rater=rater, news=replace(delivery.news, book=AlertBook()))


def _expect(
    delivery: DeliveryService, rows: OrderRows, wanted: Wanted, union: Network, newest: int
) -> _Known:
    """Ask the models about every way of an order, as if it came in the newest week."""
    free = replace(wanted, carriers=None, services=None, warehouses=None)
    candidates, _ = find_candidates(free, union, Shelf(None))
    places = {(c.warehouse.warehouse, c.outlet.outlet): at for at, c in enumerate(candidates)}
    if not candidates:
        return _Known(places, Estimates(0))
    moved = moved_weeks(rows.order, newest)
    return _Known(places, replace(delivery.estimates(moved, rows.lines, candidates), arrivals=None))


def moved_weeks(order: Row, newest: int) -> dict[str, Any]:
    """Move an order by whole weeks into the week before an instant.

    Examples
    --------
    >>> moved = moved_weeks({"placed_at": 1, "received_at": 2, "deliver_by": None}, 3 * WEEK_US)
    >>> moved["received_at"] == 2 * WEEK_US + 2, moved["placed_at"], moved["deliver_by"]
    (True, 1209600000001, None)
    """
    weeks = max((newest - int(order["received_at"])) // WEEK_US, 0)
    shift = weeks * WEEK_US
    known = {name: order[name] for name in INSTANTS if order.get(name) is not None}
    return {**order, **{name: int(at) + shift for name, at in known.items()}}


def _route(wanted: Wanted, world: World, day: _Day, known: _Known) -> tuple[float, ...] | str:
    """Route one order; gives its measures, or the constraint that was binding."""
    shelf = Shelf(day.available, day.sent, day.taken)
    candidates, turned_down = find_candidates(wanted, world.network, shelf)
    if not candidates:
        if turned_down["stock"] and len(wanted.units) > 1:
            return _split(wanted, world, day, known, shelf)
        from models.routing.ranking import Ranking

        return Ranking((), turned_down).binding or "no_outlet"
    estimates = known.of(candidates)
    parts = cost_columns(candidates, estimates, world.costs, wanted.units)
    total = sum(parts.values(), np.zeros(len(candidates)))
    at = _choose(candidates, estimates, total, world, shelf)
    chosen = candidates[at]
    day.take(chosen.warehouse.warehouse, chosen.outlet.outlet, wanted.units)
    estimate = estimates.some([at])[0]
    return _measures(float(total[at]), 1, [estimate])


def _choose(
    candidates: Sequence[Candidate],
    estimates: Estimates,
    total: Floats,
    world: World,
    shelf: Shelf,
) -> int:
    """Give the position of the way that the variant chooses."""
    order = sorted(range(len(candidates)), key=lambda at: (total[at], candidates[at].key))
    if world.rule is None:
        return order[0]
    expected = estimates.every()
    options = [Option(candidates[at], expected[at], {"freight": float(total[at])}) for at in order]
    best = by_outlet_rule(options, world.rule, shelf.taken_today)[0]
    return order[options.index(best)]


def _split(
    wanted: Wanted, world: World, day: _Day, known: _Known, shelf: Shelf
) -> tuple[float, ...] | str:
    """Route an order in several parcels where no warehouse has it whole."""

    def estimate(ways: Sequence[Way]) -> Sequence[Estimate]:
        return known.of(ways).every()

    plan = plan_order(wanted, world.network, shelf, estimate, world.costs)
    if not plan.parcels or plan.unsent:
        return "stock"
    expected = []
    for parcel in plan.parcels:
        day.take(parcel.way.warehouse.warehouse, parcel.way.outlet.outlet, parcel.units)
        expected += known.of([parcel.way]).every()
    return _measures(plan.minor, len(plan.parcels), expected)


def _measures(minor: float, parcels: int, expected: Sequence[Estimate]) -> tuple[float, ...]:
    """Give `MEASURES` of a served order; any parcel that is late makes it late."""
    late = [one.p_late for one in expected]
    attempt = [one.p_first_attempt for one in expected]
    return (
        1.0,
        minor,
        float(parcels),
        1.0 - float(np.prod([1 - p for p in late if p is not None]))
        if None not in late
        else np.nan,
        1.0 - float(np.prod([p for p in attempt if p is not None]))
        if None not in attempt
        else np.nan,
    )


def by_day(replayed: Replayed) -> dict[int, NDArray[np.intp]]:
    """Give the positions of the orders of each day."""
    found: dict[int, list[int]] = defaultdict(list)
    for at, day in enumerate(replayed.days.tolist()):
        found[day].append(at)
    return {day: np.array(places, np.intp) for day, places in found.items()}

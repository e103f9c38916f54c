"""How an order is put into parcels: one way for all of it, or several, at the least cost."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.routing.lines import units_of
from models.routing.resources import parcel_uses
from models.routing.subsets import members, partings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.lines import Lines
    from models.routing.prices import Prices
    from models.routing.quotes import Quote
    from models.routing.resources import Capacity, Resource
    from models.routing.ways import Way

    Floats = NDArray[np.float64]
    Stock = Mapping[tuple[str, str], float]
    Chosen = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one way brings of an order.

    Parameters
    ----------
    way
        Which way.
    units
        SKU to units.
    parts
        Cost by cause, minor units of the base currency.
    """

    way: Way
    units: Mapping[str, int]
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """Parcels of an order.

    Parameters
    ----------
    parcels
        What is sent.
    unsent
        SKU to units that nobody sends.
    minor
        Cost of all that, without the value of the stock used: what the order is expected to cost.
    weighed_minor
        The same with that value: what was made least.
    """

    parcels: tuple[Parcel, ...]
    unsent: Mapping[str, int]
    minor: float
    weighed_minor: float

    @property
    def uses(self) -> Counter[Resource]:
        """Stock and places that it takes."""
        uses: Counter[Resource] = Counter()
        for parcel in self.parcels:
            uses.update(way_uses(parcel.way, parcel.units))
        return uses


def best_plan(quoted: Quote, left: Capacity, prices: Prices | None, costs: RoutingCosts) -> Plan:
    """Put an order into parcels at the least expected cost.

    All partings of the lines are tried, so the plan is the best there is for these costs; only
    when two of its parcels would take the same last place in a day, one parcel is sent.

    Parameters
    ----------
    quoted
        What each way asks.
    left
        Stock and capacity.
    prices
        Value of stock and capacity; None for none.
    costs
        What splitting costs.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.lines import lines_of
    >>> from models.routing.network import Destination, Outlet, Wanted, Warehouse
    >>> from models.routing.options import Estimate
    >>> from models.routing.quotes import quote
    >>> from models.routing.resources import Capacity
    >>> from models.routing.tariffs import by_kilogram
    >>> from models.routing.ways import Way
    >>> stock = {("JX", "A"): 1, ("DG", "A"): 1, ("DG", "B"): 1}
    >>> lines = lines_of(Wanted({"A": 1, "B": 1}, Destination()), ("JX", "DG"), stock)
    >>> outlet = Outlet("sf-1", "sf")
    >>> ways = [
    ...     Way(Warehouse("JX"), outlet, by_kilogram(500, 0), "city"),
    ...     Way(Warehouse("DG"), outlet, by_kilogram(900, 0), "city"),
    ... ]
    >>> quoted = quote(lines, ways, [Estimate()] * 2, RoutingCosts())
    >>> plan = best_plan(quoted, Capacity(stock), None, RoutingCosts())
    >>> [(parcel.way.warehouse.warehouse, dict(parcel.units)) for parcel in plan.parcels]
    [('DG', {'A': 1, 'B': 1})]
    """
    chosen, weighed = choose(quoted, left, prices, costs)
    return plan_of(quoted, chosen, weighed, costs)


def choose(
    quoted: Quote, left: Capacity, prices: Prices | None, costs: RoutingCosts
) -> tuple[list[Chosen], Floats]:
    """Choose sets of lines and their ways.

    Returns
    -------
    tuple
        Set and position of its way, None for a set that nobody sends; and the cost of every
        parcel with the value of the stock it uses, shape (n_ways, n_sets).
    """
    weighed = quoted.minor + _scarcity(quoted, left, prices)
    if not len(weighed):
        return [(len(quoted.unsent_minor) - 1, None)], weighed
    (chosen,) = choose_sets(weighed[None], quoted.unsent_minor[None], costs.split.minor)
    is_split = sum(way is not None for _, way in chosen) > 1
    if is_split and left.lacking(chosen_uses(quoted, chosen)):
        chosen = _one_parcel(weighed, quoted.unsent_minor)
    return chosen, weighed


def choose_sets(weighed: Floats, unsent: Floats, split: float) -> list[list[Chosen]]:
    """Choose sets of lines and their ways for many orders of as many lines and ways.

    Parameters
    ----------
    weighed
        Cost of every parcel, infinite where it can't be sent, shape (n_orders, n_ways, n_sets).
    unsent
        Cost of leaving sets out, shape (n_orders, n_sets).
    split
        Cost of each parcel but one.

    Returns
    -------
    list
        Set and position of its way, None for a set that nobody sends, of each order.

    Examples
    --------
    >>> import numpy as np
    >>> weighed = np.array([[[0.0, 5.0, 9.0, 20.0], [0.0, 7.0, 6.0, 25.0]]])
    >>> unsent = np.array([[0.0, np.inf, np.inf, 99.0]])
    >>> choose_sets(weighed, unsent, 1.0), choose_sets(weighed, unsent, 10.0)
    ([[(1, 0), (2, 1)]], [[(3, 0)]])
    """
    ways = weighed.argmin(axis=1)
    sent = weighed.min(axis=1) + split
    is_sent = np.isfinite(sent) & (sent <= unsent)
    is_sent[:, 0] = False
    least = np.where(is_sent, sent, unsent)
    tried = partings(unsent.shape[1].bit_length() - 1)
    best = tried[least[:, tried].sum(axis=2).argmin(axis=1)]
    found = []
    for order, sets in enumerate(best.tolist()):
        chosen: list[Chosen] = [
            (s, int(ways[order, s]) if is_sent[order, s] else None) for s in sets if s
        ]
        if all(way is None for _, way in chosen):
            chosen = _one_parcel(weighed[order], unsent[order])
        found.append(chosen)
    return found


def _one_parcel(weighed: Floats, unsent: Floats) -> list[Chosen]:
    """Send the set that is worth sending alone, or nothing: a single parcel is no split."""
    everything = len(unsent) - 1
    rest = everything ^ np.arange(len(unsent))
    alone = weighed.min(axis=0) + unsent[rest]
    alone[0] = unsent[everything]
    best = int(alone.argmin())
    parcels: list[Chosen] = [(best, int(weighed[:, best].argmin()))] if best else []
    return [*parcels, (int(rest[best]), None)] if rest[best] else parcels


def chosen_uses(quoted: Quote, chosen: Sequence[Chosen]) -> Counter[Resource]:
    """Say what the parcels of an order use together."""
    uses: Counter[Resource] = Counter()
    for lines, way in chosen:
        if way is not None:
            uses.update(way_uses(quoted.ways[way], units_of(quoted.lines, lines)))
    return uses


def way_uses(way: Way, units: Mapping[str, int]) -> Counter[Resource]:
    """Say what units on a way use."""
    return parcel_uses(way.warehouse.warehouse, way.outlet.outlet, units)


def _scarcity(quoted: Quote, left: Capacity, prices: Prices | None) -> Floats:
    """Value of the stock and places that each way's sets use; infinite where there are none."""
    lines, names = quoted.lines, quoted.warehouses
    value = np.zeros((len(names), len(lines.pieces)))
    for row, name in enumerate(names):
        for column, piece in enumerate(lines.pieces):
            if not has_piece(name, column, lines, left.stock):
                value[row, column] = math.inf
            elif prices is not None:
                value[row, column] = prices.of_stock(name, piece)
    held = members(len(lines.pieces))
    by_set: Floats = np.where(held > 0, value[:, None, :], 0.0).sum(axis=2)
    added = by_set[quoted.at]
    places = _places(quoted, left, prices)
    if places is not None:
        added[:, 1:] += places[:, None]
    return added


def has_piece(warehouse: str, line: int, lines: Lines, available: Stock | None) -> bool:
    """Tell whether a warehouse has a line, and may send it."""
    if lines.only.get(line, warehouse) != warehouse:
        return False
    return available is None or all(
        available.get((warehouse, sku), 0) >= units for sku, units in lines.pieces[line].items()
    )


def _places(quoted: Quote, left: Capacity, prices: Prices | None) -> Floats | None:
    """Value of the places in a day that a parcel on each way takes; None where all are free."""
    bound = bool(left.warehouse or left.outlet)
    if not bound and (prices is None or not (prices.warehouse or prices.outlet)):
        return None
    values = np.zeros(len(quoted.ways))
    for row, way in enumerate(quoted.ways):
        if bound and left.lacking(way_uses(way, {})):
            values[row] = math.inf
        elif prices is not None:
            values[row] = prices.of_way(way)
    return values


def plan_of(quoted: Quote, chosen: Sequence[Chosen], weighed: Floats, costs: RoutingCosts) -> Plan:
    """Write the chosen sets and ways as parcels."""
    parcels: list[Parcel] = []
    unsent: Counter[str] = Counter()
    minor = total = 0.0
    for lines, way in chosen:
        if way is None:
            unsent.update(units_of(quoted.lines, lines))
            minor += quoted.unsent_minor[lines]
            total += quoted.unsent_minor[lines]
            continue
        parts = {
            name: float(np.broadcast_to(part, quoted.minor.shape)[way, lines])
            for name, part in quoted.parts.items()
        }
        if parcels:
            parts["split"] = costs.split.minor
        minor += sum(parts.values())
        total += weighed[way, lines] + parts.get("split", 0.0)
        parcels.append(Parcel(quoted.ways[way], units_of(quoted.lines, lines), parts))
    return Plan(tuple(parcels), dict(unsent), float(minor), float(total))

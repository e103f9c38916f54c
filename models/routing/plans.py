"""How an order is put into parcels: one way for all of it, or several, at the least cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.routing.subsets import members, partings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.prices import Prices
    from models.routing.quotes import Quote
    from models.routing.ways import Way

    Floats = NDArray[np.float64]
    Stock = Mapping[tuple[str, str], int]
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


def best_plan(
    quoted: Quote, available: Stock | None, prices: Prices | None, costs: RoutingCosts
) -> Plan:
    """Put an order into parcels at the least expected cost.

    All partings of the lines are tried, so the plan is the best there is for these costs.

    Parameters
    ----------
    quoted
        What each way asks.
    available
        Warehouse and SKU to units; None when nothing is known.
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
    >>> plan = best_plan(quoted, stock, None, RoutingCosts())
    >>> [(parcel.way.warehouse.warehouse, dict(parcel.units)) for parcel in plan.parcels]
    [('DG', {'A': 1, 'B': 1})]
    """
    chosen, weighed = choose(quoted, available, prices, costs)
    return _plan(quoted, chosen, weighed, costs)


def choose(
    quoted: Quote, available: Stock | None, prices: Prices | None, costs: RoutingCosts
) -> tuple[list[Chosen], Floats]:
    """Choose sets of lines and their ways.

    Returns
    -------
    tuple
        Set and position of its way, None for a set that nobody sends; and the cost of every
        parcel with the value of the stock it uses, shape (n_ways, n_sets).
    """
    weighed = quoted.minor + _scarcity(quoted, available, prices)
    n_sets = weighed.shape[1]
    if len(weighed):
        ways = weighed.argmin(axis=0)
        sent = weighed[ways, np.arange(n_sets)] + costs.split.minor
    else:
        ways, sent = np.zeros(n_sets, dtype=np.intp), np.full(n_sets, np.inf)
    is_sent = np.isfinite(sent) & (sent <= quoted.unsent_minor)
    least = np.where(is_sent, sent, quoted.unsent_minor)
    least[0], is_sent[0] = 0.0, False
    tried = partings(len(quoted.lines.skus))
    sets = tried[least[tried].sum(axis=1).argmin()]
    chosen: list[Chosen] = [(int(s), int(ways[s]) if is_sent[s] else None) for s in sets if s]
    if all(way is None for _, way in chosen):
        chosen = _one_parcel(sent - costs.split.minor, ways, quoted.unsent_minor)
    return chosen, weighed


def _one_parcel(sent: Floats, ways: NDArray[np.intp], unsent: Floats) -> list[Chosen]:
    """Send the set that is worth sending alone, or nothing: a single parcel is no split."""
    everything = len(unsent) - 1
    rest = everything ^ np.arange(len(unsent))
    alone = sent + unsent[rest]
    alone[0] = unsent[everything]
    best = int(alone.argmin())
    parcels: list[Chosen] = [(best, int(ways[best]))] if best else []
    return [*parcels, (int(rest[best]), None)] if rest[best] else parcels


def _scarcity(quoted: Quote, available: Stock | None, prices: Prices | None) -> Floats:
    """Value of the stock and capacity that each way's sets use; infinite where stock lacks."""
    lines, names = quoted.lines, quoted.warehouses
    held = members(len(lines.skus))
    shape = len(names), len(lines.skus)
    value = np.zeros(shape)
    for row, name in enumerate(names):
        for column, sku in enumerate(lines.skus):
            units = lines.units[column]
            bound = lines.only.get(column)
            lacks = available is not None and available.get((name, sku), 0) < units
            if lacks or (bound is not None and bound != name):
                value[row, column] = math.inf
            elif prices is not None:
                value[row, column] = prices.stock.get((name, sku), 0.0) * units
    by_set: Floats = np.where(held > 0, value[:, None, :], 0.0).sum(axis=2)
    added = by_set[quoted.at]
    if prices is not None:
        capacity = np.array([prices.of_way(way) for way in quoted.ways])
        added[:, 1:] += capacity[:, None]
    return added


def _plan(
    quoted: Quote,
    chosen: list[Chosen],
    weighed: Floats,
    costs: RoutingCosts,
) -> Plan:
    """Write the chosen sets and ways as parcels."""
    parcels: list[Parcel] = []
    unsent: dict[str, int] = {}
    minor = total = 0.0
    for lines, way in chosen:
        if way is None:
            unsent = _units(quoted, lines)
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
        parcels.append(Parcel(quoted.ways[way], _units(quoted, lines), parts))
    return Plan(tuple(parcels), unsent, float(minor), float(total))


def _units(quoted: Quote, lines: int) -> dict[str, int]:
    """Units by SKU of a set of lines."""
    found: dict[str, int] = {}
    for place, sku in enumerate(quoted.lines.skus):
        if lines >> place & 1:
            found[sku] = found.get(sku, 0) + int(quoted.lines.units[place])
    return found

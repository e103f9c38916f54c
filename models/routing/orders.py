"""One order: what each open way asks for it, and its plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.routing.lines import lines_of
from models.routing.plans import best_plan
from models.routing.quotes import quote
from models.routing.resources import capacity_of
from models.routing.ways import open_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.routing.costs import RoutingCosts
    from models.routing.network import Network, Shelf, Wanted
    from models.routing.options import Estimate
    from models.routing.plans import Plan
    from models.routing.prices import Prices
    from models.routing.quotes import Quote
    from models.routing.ways import Way

    Estimator = Callable[[Sequence[Way]], Sequence[Estimate]]


@dataclass(frozen=True, slots=True)
class Asked:
    """An order with its quote.

    Parameters
    ----------
    key
        Which order.
    wanted
        What it asks.
    quoted
        What each open way asks for each part of it.
    turned_down
        Ways that are not open, by the constraint.
    """

    key: str
    wanted: Wanted
    quoted: Quote
    turned_down: Mapping[str, int] = field(default_factory=dict)


def ask(
    key: str,
    wanted: Wanted,
    network: Network,
    shelf: Shelf,
    estimate: Estimator,
    costs: RoutingCosts,
    *,
    may_lack: bool = False,
) -> Asked:
    """Ask every open way for an order.

    Parameters
    ----------
    estimate
        Asked once, for all ways together.
    may_lack
        Whether a part of the order may be sent while the rest is not.
    """
    ways = open_ways(wanted, network, shelf)
    names = tuple(dict.fromkeys(way.warehouse.warehouse for way in ways.open))
    lines = lines_of(wanted, names, shelf.available)
    estimates = estimate(ways.open) if ways.open else ()
    quoted = quote(lines, ways.open, estimates, costs, may_lack=may_lack)
    return Asked(key, wanted, quoted, ways.turned_down)


def plan_order(
    wanted: Wanted,
    network: Network,
    shelf: Shelf,
    estimate: Estimator,
    costs: RoutingCosts,
    prices: Prices | None = None,
) -> Plan:
    """Plan one order at the least expected cost, in one parcel or in several.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
    >>> from models.routing.options import Estimate
    >>> network = Network(
    ...     (Warehouse("JX"), Warehouse("DG")),
    ...     (Outlet("sf-1", "sf", city="上海市", first_kg_minor=900, next_kg_minor=100),),
    ... )
    >>> shelf = Shelf({("JX", "A"): 1, ("DG", "B"): 1})
    >>> plan = plan_order(
    ...     Wanted({"A": 1, "B": 1}, Destination(city="上海市"), weight_g=900),
    ...     network, shelf, lambda ways: [Estimate()] * len(ways), RoutingCosts(),
    ... )
    >>> [(parcel.way.warehouse.warehouse, dict(parcel.units)) for parcel in plan.parcels]
    [('JX', {'A': 1}), ('DG', {'B': 1})]
    >>> plan.minor
    2100.0
    """
    asked = ask("", wanted, network, shelf, estimate, costs)
    return best_plan(asked.quoted, capacity_of(network, shelf), prices, costs)

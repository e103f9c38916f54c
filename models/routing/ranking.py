"""Which warehouse, carrier, outlet and service an order should take, and why.

Candidates are what stock, area, weight and the day's capacity allow; they are ranked by expected
cost: freight, plus lateness times its probability, plus a failed first attempt times its
probability. Every option says what its cost is made of; what was turned down is counted by the
constraint that was binding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.routing.candidates import find_candidates
from models.routing.columns import cost_columns
from models.routing.constraints import CONSTRAINTS
from models.routing.options import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.network import Network, Shelf, Wanted
    from models.routing.options import Candidates, Estimates
    from models.routing.prices import Prices

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What an order can do.

    Parameters
    ----------
    options
        Cheapest first; not all of them where fewer were asked for.
    turned_down
        Pairs of warehouse and outlet that cannot take it, by the binding constraint.
    missing
        SKU to the units that the best warehouse lacks, when stock is why nothing is left.
    substitutes
        Missing SKU to SKUs that some warehouse has enough of.
    n_options
        All that can take the order.
    instead_of
        The way that would be cheapest if no warning were in force, when that is not the first.
    """

    options: tuple[Option, ...]
    turned_down: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    n_options: int = 0
    instead_of: Option | None = None

    @property
    def binding(self) -> str | None:
        """The constraint that came closest to being met by what was turned down last."""
        return next((name for name in reversed(CONSTRAINTS) if self.turned_down.get(name)), None)


def rank_options(
    wanted: Wanted,
    network: Network,
    shelf: Shelf,
    estimate: Callable[[Candidates], Estimates],
    costs: RoutingCosts,
    *,
    prices: Prices | None = None,
    most: int | None = None,
) -> Ranking:
    """Rank the ways an order can go by expected cost.

    Parameters
    ----------
    wanted
        The order.
    network
        Where it can leave from and who can bring it.
    shelf
        Stock and what the day has used.
    estimate
        Asked once, for all candidates together.
    costs
        What going wrong costs.
    prices
        What stock and capacity are worth to orders still to come; nothing unless given.
    most
        Most options wanted; all unless given.

    Returns
    -------
    Ranking
        Options, cheapest first; ties in the order of warehouse, carrier, outlet, service. Without
        options it says which constraint was binding.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
    >>> from models.routing.options import Estimate, Estimates
    >>> network = Network(
    ...     (Warehouse("JX"), Warehouse("DG")),
    ...     (Outlet("sf-1", "sf", city="上海市", first_kg_minor=1200, next_kg_minor=200),),
    ... )
    >>> shelf = Shelf({("JX", "A"): 1})
    >>> ranking = rank_options(
    ...     Wanted({"A": 1}, Destination(city="上海市"), weight_g=1500), network, shelf,
    ...     lambda found: Estimates.of([Estimate(0.1, 0.9)] * len(found)), RoutingCosts(),
    ... )
    >>> [option.candidate.key for option in ranking.options], ranking.options[0].cost_minor
    ([('JX', 'sf', 'sf-1', '')], 1630.0)
    >>> dict(ranking.turned_down)
    {'stock': 1}
    """
    candidates, turned_down = find_candidates(wanted, network, shelf)
    if candidates:
        estimates = estimate(candidates)
        parts = cost_columns(candidates, estimates, costs, wanted.units, prices)
        table = _Table(candidates, estimates, parts)
        best = table.cheapest(most)
        avoided = table.without_warnings(best[0], costs)
        options = table.options([*best, *avoided])
        return Ranking(
            options[: len(best)],
            dict(turned_down),
            n_options=len(candidates),
            instead_of=options[-1] if avoided else None,
        )
    if not turned_down["stock"]:
        return Ranking((), dict(turned_down))
    missing = missing_units(wanted, network, shelf)
    return Ranking((), dict(turned_down), missing, substitutes_for(missing, network, shelf))


@dataclass(frozen=True)
class _Table:
    """The candidates of an order with what each is expected to cost."""

    candidates: Candidates
    estimates: Estimates
    parts: Mapping[str, Floats]

    @cached_property
    def total(self) -> Floats:
        """Expected cost of each candidate."""
        return sum(self.parts.values(), np.zeros(len(self.candidates)))

    def cheapest(self, most: int | None) -> list[int]:
        """Give the positions of the first candidates in the order of their cost."""
        order: list[int] = np.lexsort((self.candidates.lanes.rank, self.total))[:most].tolist()
        return order

    def without_warnings(self, best: int, costs: RoutingCosts) -> list[int]:
        """Give the position of the candidate that warnings kept from being the cheapest, if any."""
        warned = self.estimates.warned
        if not warned:
            return []
        calm = self.total.tolist()
        for at, notes in warned.items():
            calm[at] -= sum(note.minor(costs) for note in notes)
        least = calm.index(min(calm))
        return [least] if calm[least] < calm[best] else []

    def options(self, places: Sequence[int]) -> tuple[Option, ...]:
        """Write some candidates out."""
        columns = {name: column.tolist() for name, column in self.parts.items()}
        return tuple(
            Option(
                self.candidates[at],
                estimate,
                {name: column[at] for name, column in columns.items()},
                self.estimates.warned.get(at, ()),
            )
            for at, estimate in zip(places, self.estimates.some(places), strict=True)
        )


def missing_units(wanted: Wanted, network: Network, shelf: Shelf) -> dict[str, int]:
    """Give units by SKU that the warehouse which lacks least would still need."""
    available = shelf.available or {}
    shortages = [
        {
            sku: units - max(available.get((place.warehouse, sku), 0), 0)
            for sku, units in wanted.units.items()
            if available.get((place.warehouse, sku), 0) < units
        }
        for place in network.warehouses
    ]
    return min(shortages, key=lambda short: (sum(short.values()), sorted(short)), default={})


def substitutes_for(
    missing: Mapping[str, int], network: Network, shelf: Shelf
) -> dict[str, tuple[str, ...]]:
    """Give other SKUs that the catalogue names and some warehouse has enough of."""
    available = shelf.available or {}
    found = {}
    for sku, units in missing.items():
        named = network.substitutes.get(sku, ())
        there = tuple(
            other
            for other in named
            if any(
                available.get((place.warehouse, other), 0) >= units for place in network.warehouses
            )
        )
        if there:
            found[sku] = there
    return found

"""Prices of stock and capacity from the orders that are expected: a linear programme of plans."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.plans import choose
from models.routing.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.plans import Chosen, Stock
    from models.routing.quotes import Quote

    Floats = NDArray[np.float64]
    Resource = tuple[str, ...]

MOST_ROUNDS: Final = 40
TOLERANCE: Final = 1e-4
"""Share of the cost by which new plans must promise to lower it for another round."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is left for the expected orders.

    Parameters
    ----------
    stock
        Warehouse and SKU to units.
    warehouse, outlet
        Name to parcels until the horizon; one that is not named has no end.
    """

    stock: Stock
    warehouse: Mapping[str, float] = field(default_factory=dict)
    outlet: Mapping[str, float] = field(default_factory=dict)

    def of(self, resource: Resource) -> float:
        """Give what is left of a resource."""
        kind, *names = resource
        if kind == "stock":
            return max(self.stock.get((names[0], names[1]), 0), 0)
        places = self.warehouse if kind == "warehouse" else self.outlet
        return places.get(names[0], math.inf)


@dataclass(frozen=True, slots=True)
class Column:
    """A plan that the orders of one kind may take: its cost, and what one order uses."""

    kind: int
    minor: float
    uses: Mapping[Resource, float]


@dataclass
class ExpectedOrders:
    """Kinds of orders, and the plans found for them so far.

    Solving again, with what is left and what is still expected, begins with those plans.

    Parameters
    ----------
    quotes
        One a kind of order: lines and destination.
    costs
        What splitting costs.
    """

    quotes: Sequence[Quote]
    costs: RoutingCosts
    _columns: list[Column] = field(default_factory=list)
    _known: set[tuple[int, tuple[Chosen, ...]]] = field(default_factory=set)

    def prices(self, n_orders: Floats, left: Capacity, *, made_at: int = 0) -> Prices:
        """Price what is left by what it is worth to the orders expected.

        Parameters
        ----------
        n_orders
            Expected orders of each kind until the horizon, shape (n_kinds,).
        left
            Stock and capacity.
        made_at
            The moment, microseconds since 1970 UTC.

        Returns
        -------
        Prices
            Those of the linear programme in which no further plan would lower the cost by more
            than ``TOLERANCE``.
        """
        kinds = [kind for kind, expected in enumerate(n_orders) if expected > 0]
        for kind in kinds:
            self._add(kind, [(len(self.quotes[kind].unsent_minor) - 1, None)])
        prices = Prices(made_at=made_at)
        self._find(kinds, left, prices, np.full(len(self.quotes), math.inf))
        for _ in range(MOST_ROUNDS):
            total, worth, prices = self._solve(n_orders, left, made_at)
            promised = self._find(kinds, left, prices, worth)
            if float(promised @ n_orders) <= TOLERANCE * total:
                break
        return prices

    def _find(self, kinds: Sequence[int], left: Capacity, prices: Prices, worth: Floats) -> Floats:
        """Add the plan that each kind would choose; give by how much it beats the kind's worth."""
        promised = np.zeros(len(self.quotes))
        for kind in kinds:
            quoted = self.quotes[kind]
            chosen, weighed = choose(quoted, left.stock, prices, self.costs)
            n_parcels = sum(way is not None for _, way in chosen)
            minor = max(n_parcels - 1, 0) * self.costs.split.minor + sum(
                quoted.unsent_minor[lines] if way is None else weighed[way, lines]
                for lines, way in chosen
            )
            if worth[kind] - minor > 1e-9:
                self._add(kind, chosen)
                promised[kind] = min(worth[kind] - minor, 1e12)
        return promised

    def _add(self, kind: int, chosen: list[Chosen]) -> None:
        """Remember a plan of a kind."""
        key = kind, tuple(sorted(chosen, key=lambda part: part[0]))
        if key in self._known:
            return
        self._known.add(key)
        quoted = self.quotes[kind]
        uses: Counter[Resource] = Counter()
        minor = -self.costs.split.minor if any(way is not None for _, way in chosen) else 0.0
        for lines, way in chosen:
            if way is None:
                minor += quoted.unsent_minor[lines]
                continue
            minor += quoted.minor[way, lines] + self.costs.split.minor
            warehouse, outlet = quoted.ways[way].warehouse, quoted.ways[way].outlet
            uses["warehouse", warehouse.warehouse] += 1
            uses["outlet", outlet.outlet] += 1
            for place, sku in enumerate(quoted.lines.skus):
                if lines >> place & 1:
                    uses["stock", warehouse.warehouse, sku] += int(quoted.lines.units[place])
        self._columns.append(Column(kind, float(minor), uses))

    def _solve(
        self, n_orders: Floats, left: Capacity, made_at: int
    ) -> tuple[float, Floats, Prices]:
        """Send the expected orders at the least cost by the plans known so far.

        Returns
        -------
        tuple
            The cost, what one order more of each kind costs, and the prices.
        """
        from scipy.optimize import linprog
        from scipy.sparse import coo_array

        columns = [column for column in self._columns if n_orders[column.kind] > 0]
        rows: dict[Resource, int] = {}
        at: list[tuple[int, int, float]] = []
        for place, column in enumerate(columns):
            for resource, used in column.uses.items():
                if math.isfinite(left.of(resource)):
                    at.append((rows.setdefault(resource, len(rows)), place, used))
        kinds = sorted({column.kind for column in columns})
        row_of = {kind: row for row, kind in enumerate(kinds)}
        row, place_of, amount = (np.array(part) for part in zip(*at, strict=True))
        shape = len(rows), len(columns)
        found = linprog(
            [column.minor for column in columns],
            A_ub=coo_array((amount, (row, place_of)), shape=shape).tocsc(),
            b_ub=[left.of(resource) for resource in rows],
            A_eq=coo_array(
                (
                    np.ones(len(columns)),
                    ([row_of[column.kind] for column in columns], np.arange(len(columns))),
                ),
                shape=(len(kinds), len(columns)),
            ).tocsc(),
            b_eq=n_orders[kinds],
            method="highs",
        )
        worth = np.full(len(self.quotes), math.inf)
        worth[kinds] = found.eqlin.marginals
        duals = dict(zip(rows, (-found.ineqlin.marginals).tolist(), strict=True))
        return float(found.fun), worth, _as_prices(duals, made_at)


def _as_prices(duals: Mapping[Resource, float], made_at: int) -> Prices:
    """Sort dual prices by what they are the price of."""
    worth = {resource: minor for resource, minor in duals.items() if minor > 0}
    return Prices(
        {(name[1], name[2]): minor for name, minor in worth.items() if name[0] == "stock"},
        {name[1]: minor for name, minor in worth.items() if name[0] == "warehouse"},
        {name[1]: minor for name, minor in worth.items() if name[0] == "outlet"},
        made_at,
    )

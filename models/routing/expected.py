"""Prices of stock and capacity from the orders that are expected: a linear programme of plans."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.routing.batches import batches_of
from models.routing.plans import chosen_uses
from models.routing.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.batches import Batch
    from models.routing.costs import RoutingCosts
    from models.routing.plans import Chosen
    from models.routing.quotes import Quote
    from models.routing.resources import Capacity, Resource

    Floats = NDArray[np.float64]

MOST_ROUNDS: Final = 40
TOLERANCE: Final = 2e-4
"""Share of the cost of what is sent that new plans must promise to save for prices to change."""
NOTHING: Final = 1e-9
"""What a solver may leave of zero, minor units."""


@dataclass(frozen=True, slots=True)
class Column:
    """A plan that the orders of one kind may take.

    Parameters
    ----------
    kind, chosen
        Of what, and which sets on which ways.
    minor, unsent_minor
        What it costs, and how much of that is for what is not sent.
    uses
        What one order uses.
    """

    kind: int
    chosen: tuple[Chosen, ...]
    minor: float
    unsent_minor: float
    uses: Mapping[Resource, float]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The linear programme solved.

    Parameters
    ----------
    minor, bound_minor
        Its cost, and what no sending of the orders can cost less than.
    prices
        Its dual prices.
    worth
        What one order more of each kind costs; no kind that is not expected is worth a plan.
    """

    minor: float
    bound_minor: float
    prices: Prices
    worth: Floats


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
    columns
        The plans.
    """

    quotes: Sequence[Quote]
    costs: RoutingCosts
    columns: list[Column] = field(default_factory=list)
    _known: set[tuple[int, tuple[Chosen, ...]]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._batches, self._resources = batches_of(self.quotes)

    def prices(self, n_orders: Floats, left: Capacity, *, made_at: int = 0) -> Prices:
        """Price what is left by what it is worth to the orders expected.

        Parameters
        ----------
        n_orders
            Expected orders of each kind until the horizon, shape (n_kinds,).
        left
            Stock and capacity until the horizon.
        made_at
            The moment, microseconds since 1970 UTC.
        """
        return self.relax(n_orders, left, made_at=made_at).prices

    def relax(
        self, n_orders: Floats, left: Capacity, *, made_at: int = 0, tolerance: float = TOLERANCE
    ) -> Relaxation:
        """Send the expected orders at the least cost, in parts of orders where that is cheaper.

        Parameters
        ----------
        n_orders, left, made_at
            As for ``prices``.
        tolerance
            Plans are added until no further ones would lower the cost of what is sent by more
            than this share.
        """
        prices = Prices(made_at=made_at)
        worth = np.full(len(self.quotes), -math.inf)
        expected = n_orders > 0
        if not expected.any():
            return Relaxation(0.0, 0.0, prices, worth)
        for kind in np.flatnonzero(expected).tolist():
            self.add(kind, [(len(self.quotes[kind].unsent_minor) - 1, None)])
        batches = [(batch, batch.blocked(left)) for batch in self._batches]
        worth[expected] = math.inf
        self._find(batches, left, prices, worth)
        bound = -math.inf
        for _ in range(MOST_ROUNDS):
            minor, sent_minor, worth, prices = self._solve(n_orders, left, made_at)
            promised = float(self._find(batches, left, prices, worth) @ n_orders)
            bound = max(bound, minor - promised)
            if promised <= tolerance * sent_minor:
                break
        return Relaxation(minor, bound, prices, worth)

    def _find(
        self,
        batches: Sequence[tuple[Batch, NDArray[np.bool_]]],
        left: Capacity,
        prices: Prices,
        worth: Floats,
    ) -> Floats:
        """Add the plan that each kind would choose; give by how much it beats the kind's worth."""
        values = np.array([value_of(resource, prices, left) for resource in self._resources])
        promised = np.zeros(len(self.quotes))
        for batch, blocked in batches:
            chosen, weighed = batch.choose(values, blocked, self.costs.split.minor)
            for place, kind in enumerate(batch.kinds.tolist()):
                minor = chosen_minor(self.quotes[kind], chosen[place], weighed[place], self.costs)
                if worth[kind] - minor > NOTHING:
                    self.add(kind, chosen[place])
                    promised[kind] = worth[kind] - minor
        return promised

    def add(self, kind: int, chosen: Sequence[Chosen]) -> None:
        """Remember a plan of a kind."""
        key = kind, tuple(sorted(chosen, key=lambda part: part[0]))
        if key in self._known:
            return
        self._known.add(key)
        quoted = self.quotes[kind]
        minor = chosen_minor(quoted, chosen, quoted.minor, self.costs)
        unsent = sum(float(quoted.unsent_minor[lines]) for lines, way in chosen if way is None)
        self.columns.append(Column(kind, key[1], minor, unsent, chosen_uses(quoted, chosen)))

    def _solve(
        self, n_orders: Floats, left: Capacity, made_at: int
    ) -> tuple[float, float, Floats, Prices]:
        """Send the expected orders at the least cost by the plans known so far.

        Returns
        -------
        tuple
            The cost, how much of it is for what is sent, what one order more of each kind costs,
            and the prices.
        """
        from scipy.optimize import linprog

        columns = [column for column in self.columns if n_orders[column.kind] > 0]
        rows, used = usage(columns, left)
        kinds, of_kind = choices(columns)
        found = linprog(
            [column.minor for column in columns],
            A_ub=used if rows else None,
            b_ub=[left.of(resource) for resource in rows] if rows else None,
            A_eq=of_kind,
            b_eq=n_orders[kinds],
            method="highs",
        )
        worth = np.full(len(self.quotes), -math.inf)
        worth[kinds] = found.eqlin.marginals
        duals = -found.ineqlin.marginals if rows else np.zeros(0)
        unsent = np.array([column.unsent_minor for column in columns])
        prices = _as_prices(dict(zip(rows, duals, strict=True)), made_at)
        return float(found.fun), float(found.fun - unsent @ found.x), worth, prices


def usage(columns: Sequence[Column], left: Capacity) -> tuple[list[Resource], Any]:
    """Give the resources that have an end, and what each column uses of them (sparse)."""
    from scipy.sparse import coo_array

    rows: dict[Resource, int] = {}
    at: list[tuple[int, int, float]] = []
    for place, column in enumerate(columns):
        for resource, used in column.uses.items():
            if math.isfinite(left.of(resource)):
                at.append((rows.setdefault(resource, len(rows)), place, used))
    row, column_of, amount = np.array(at).reshape(-1, 3).T
    where = row.astype(int), column_of.astype(int)
    return list(rows), coo_array((amount, where), shape=(len(rows), len(columns))).tocsc()


def choices(columns: Sequence[Column]) -> tuple[list[int], Any]:
    """Give the kinds, and which columns are theirs (sparse)."""
    from scipy.sparse import coo_array

    kinds = sorted({column.kind for column in columns})
    row_of = {kind: row for row, kind in enumerate(kinds)}
    where = np.array([row_of[column.kind] for column in columns]), np.arange(len(columns))
    shape = len(kinds), len(columns)
    return kinds, coo_array((np.ones(len(columns)), where), shape=shape).tocsc()


def chosen_minor(
    quoted: Quote, chosen: Sequence[Chosen], minor: Floats, costs: RoutingCosts
) -> float:
    """Add up what sets on their ways cost, and what splitting them does."""
    total = 0.0
    n_parcels = 0
    for lines, way in chosen:
        total += quoted.unsent_minor[lines] if way is None else minor[way, lines]
        n_parcels += way is not None
    return float(total + max(n_parcels - 1, 0) * costs.split.minor)


def value_of(resource: Resource, prices: Prices, left: Capacity) -> float:
    """Give the value of a unit or place; a place that nobody has any more costs all."""
    kind, *names = resource
    if kind == "stock":
        return prices.stock.get((names[0], names[1]), 0.0)
    if left.of(resource) < 1:
        return math.inf
    return (prices.warehouse if kind == "warehouse" else prices.outlet).get(names[0], 0.0)


def _as_prices(duals: Mapping[Resource, float], made_at: int) -> Prices:
    """Sort dual prices by what they are the price of."""
    worth = {resource: float(minor) for resource, minor in duals.items() if minor > NOTHING}
    return Prices(
        {(name[1], name[2]): minor for name, minor in worth.items() if name[0] == "stock"},
        {name[1]: minor for name, minor in worth.items() if name[0] == "warehouse"},
        {name[1]: minor for name, minor in worth.items() if name[0] == "outlet"},
        made_at,
    )

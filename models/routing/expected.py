"""Prices of stock and capacity from the orders that are expected: a linear programme of plans."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.routing.batches import batches_of
from models.routing.parity import parity_cuts
from models.routing.plans import chosen_uses
from models.routing.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.batches import Batch
    from models.routing.costs import RoutingCosts
    from models.routing.parity import Cut, Part
    from models.routing.plans import Chosen
    from models.routing.quotes import Quote
    from models.routing.resources import Capacity, Resource

    Floats = NDArray[np.float64]

MOST_ROUNDS: Final = 40
MOST_CUTTINGS: Final = 6
"""Times that cuts are added: of waves with lines of two units the first four bring nine tenths."""
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
    shares
        Orders that take each plan, shape (n_columns,).
    of_parts
        What a piece from a warehouse costs beyond the prices, since orders are whole.
    """

    minor: float
    bound_minor: float
    prices: Prices
    worth: Floats
    shares: Floats = field(default_factory=lambda: np.zeros(0))
    of_parts: Mapping[Part, float] = field(default_factory=dict)


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
    cuts
        What whole orders keep to besides.
    """

    quotes: Sequence[Quote]
    costs: RoutingCosts
    columns: list[Column] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
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
        self,
        n_orders: Floats,
        left: Capacity,
        *,
        made_at: int = 0,
        tolerance: float = TOLERANCE,
        whole: bool = False,
    ) -> Relaxation:
        """Send the expected orders at the least cost, in parts of orders where that is cheaper.

        Parameters
        ----------
        n_orders, left, made_at
            As for ``prices``.
        tolerance
            Plans are added until no further ones would lower the cost of what is sent by more
            than this share.
        whole
            Whether each kind is one order, so that cuts are added until they raise the cost by
            less than a quarter of that share; the bound is then one for whole orders alone.
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
        found = Relaxation(math.inf, -math.inf, prices, worth)
        self._find(batches, left, found)
        bound = cut_at = -math.inf
        n_cuttings = 0
        for _ in range(MOST_ROUNDS):
            found, sent_minor = self._solve(n_orders, left, made_at)
            promised = float(self._find(batches, left, found) @ n_orders)
            bound = max(bound, found.minor - promised)
            if promised > tolerance * sent_minor:
                continue
            is_raised = found.minor - cut_at > tolerance / 4 * found.minor
            if not whole or not is_raised or n_cuttings == MOST_CUTTINGS:
                break
            cuts = parity_cuts(self.quotes, self._sent(found.shares), left)
            if not cuts:
                break
            self.cuts += cuts
            cut_at, n_cuttings = found.minor, n_cuttings + 1
        return replace(found, bound_minor=bound)

    def beyond(self, column: Column, relaxed: Relaxation, left: Capacity) -> float:
        """Give by how much a plan is dearer at the prices than what its kind is worth."""
        prices = relaxed.prices
        used = sum(n * value_of(what, prices, left) for what, n in column.uses.items())
        cut = sum(relaxed.of_parts.get(part, 0.0) for part in self._parts(column))
        return column.minor + used + cut - float(relaxed.worth[column.kind])

    def _parts(self, column: Column) -> list[Part]:
        """Say which pieces a plan sends from where."""
        quoted = self.quotes[column.kind]
        return [
            (column.kind, piece, quoted.ways[way].warehouse.warehouse)
            for lines, way in column.chosen
            if way is not None
            for piece in range(len(quoted.lines.pieces))
            if lines >> piece & 1
        ]

    def _sent(self, shares: Floats) -> dict[Part, float]:
        """Add up the share of each piece that each warehouse sends."""
        sent: dict[Part, float] = {}
        for place in np.flatnonzero(shares).tolist():
            for part in self._parts(self.columns[place]):
                sent[part] = sent.get(part, 0.0) + float(shares[place])
        return sent

    def _find(
        self,
        batches: Sequence[tuple[Batch, NDArray[np.bool_]]],
        left: Capacity,
        relaxed: Relaxation,
    ) -> Floats:
        """Add the plan that each kind would choose; give by how much it beats the kind's worth."""
        worth = relaxed.worth
        values = np.array([value_of(what, relaxed.prices, left) for what in self._resources])
        promised = np.zeros(len(self.quotes))
        for batch, blocked in batches:
            beyond = batch.beyond(relaxed.of_parts)
            chosen, weighed = batch.choose(values, blocked, self.costs.split.minor, beyond)
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

    def _solve(self, n_orders: Floats, left: Capacity, made_at: int) -> tuple[Relaxation, float]:
        """Send the expected orders at the least cost by the plans known so far.

        Returns
        -------
        tuple
            The solution, which is no bound, and how much of its cost is for what is sent.
        """
        from scipy.optimize import linprog
        from scipy.sparse import vstack

        places = [at for at, column in enumerate(self.columns) if n_orders[column.kind] > 0]
        columns = [self.columns[at] for at in places]
        rows, used = usage(columns, left)
        kinds, of_kind = choices(columns)
        ends = [left.of(resource) for resource in rows] + [cut.most for cut in self.cuts]
        found = linprog(
            [column.minor for column in columns],
            A_ub=vstack([used, self.cut_rows(columns)]) if ends else None,
            b_ub=ends or None,
            A_eq=of_kind,
            b_eq=n_orders[kinds],
            method="highs",
        )
        worth = np.full(len(self.quotes), -math.inf)
        worth[kinds] = found.eqlin.marginals
        duals = -found.ineqlin.marginals if ends else np.zeros(0)
        unsent = np.array([column.unsent_minor for column in columns])
        shares = np.zeros(len(self.columns))
        shares[places] = found.x
        of_parts: dict[Part, float] = {}
        for cut, dual in zip(self.cuts, duals[len(rows) :].tolist(), strict=True):
            if dual > NOTHING:
                for part, weight in cut.weights.items():
                    of_parts[part] = of_parts.get(part, 0.0) + dual * weight
        prices = _as_prices(dict(zip(rows, duals[: len(rows)], strict=True)), made_at)
        solved = Relaxation(float(found.fun), -math.inf, prices, worth, shares, of_parts)
        return solved, float(found.fun - unsent @ found.x)

    def cut_rows(self, columns: Sequence[Column]) -> Any:
        """Give what each column counts in each cut (sparse)."""
        from scipy.sparse import coo_array

        of_part: dict[Part, list[tuple[int, float]]] = {}
        for row, cut in enumerate(self.cuts):
            for part, weight in cut.weights.items():
                of_part.setdefault(part, []).append((row, weight))
        at = [
            (row, place, weight)
            for place, column in enumerate(columns if of_part else ())
            for part in self._parts(column)
            for row, weight in of_part.get(part, ())
        ]
        rows, places, weights = np.array(at, dtype=float).reshape(-1, 3).T
        where = rows.astype(int), places.astype(int)
        return coo_array((weights, where), shape=(len(self.cuts), len(columns))).tocsc()


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

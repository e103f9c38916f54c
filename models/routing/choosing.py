"""One plan an order out of many: small integer programmes, each of which improves on the last.

An integer programme of a whole wave is stopped by the clock far from its end. Most orders take one
plan in the linear programme already; those that do not are chosen first, and then again and again
the orders whose plans lose most at its prices, or could use what lies idle, while the others stay.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.routing.expected import choices, usage, value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.routing.expected import Column, ExpectedOrders, Relaxation
    from models.routing.resources import Capacity

    Floats = NDArray[np.float64]
    Chosen = NDArray[np.bool_]

FREE: Final = 150
"""Orders that choose again together: with 150 a programme takes .1 s, with 200 mostly .1 to .7 s
and at times all the time that it is given."""
MOST_ROUNDS: Final = 20
BEYOND: Final = 5e-4
"""Share of the whole cost by which a single plan may be dearer at the prices to be looked at."""
SHARE_OF_TIME: Final = 1 / 3
"""Of the time that is left, what one programme may take."""
FINE: Final = 0.1
"""Share of the wanted gap to which each programme is solved."""
STIR: Final = 0.1
"""Share of an order's mean cost that is drawn, so that not always the same orders choose."""


class Choosing:
    """The plans of a wave, its capacities, and what its linear programme says of them.

    Parameters
    ----------
    orders
        Plans found; each kind is one order.
    relaxed
        Their linear programme.
    left
        Stock and capacity.
    """

    def __init__(self, orders: ExpectedOrders, relaxed: Relaxation, left: Capacity) -> None:
        n_orders = len(orders.quotes)
        beyond = np.array([orders.beyond(column, relaxed, left) for column in orders.columns])
        is_looked_at = np.array([not column.uses for column in orders.columns])
        is_looked_at |= beyond <= (BEYOND * relaxed.minor if n_orders > FREE else math.inf)
        kept = np.flatnonzero(is_looked_at)
        self.columns: list[Column] = [orders.columns[place] for place in kept.tolist()]
        self.n_orders = n_orders
        self.bound = relaxed.bound_minor
        self.beyond = np.maximum(beyond[kept], 0.0)
        self.minor = np.array([column.minor for column in self.columns])
        self.kind = np.array([column.kind for column in self.columns])
        self.shares = np.append(relaxed.shares, np.zeros(len(beyond)))[kept]
        rows, used = usage(self.columns, left)
        self.used = used.tocsr()
        self.ends = np.array([math.floor(left.of(what)) for what in rows], dtype=np.float64)
        worth = np.array([value_of(what, relaxed.prices, left) for what in rows])
        self.worth = np.where(np.isfinite(worth), worth, 0.0)
        self.of_order = choices(self.columns)[1].tocsr()
        self.cut = orders.cut_rows(self.columns).tocsr()
        self.most = np.array([cut.most for cut in orders.cuts], dtype=np.float64)

    def choose(self, gap: float, within_s: float) -> list[Column]:
        """Choose until the cost is near enough to the bound, or the time or the rounds end.

        Parameters
        ----------
        gap
            Share of the cost.
        within_s
            Seconds.
        """
        ends_at = time.perf_counter() + within_s
        fine = gap * FINE if self.n_orders > FREE else gap
        surest = np.zeros(self.n_orders)
        np.maximum.at(surest, self.kind, self.shares)
        n_parted = int((surest < 1 / 2).sum())
        free = _first(surest, max(FREE, n_parted))
        chosen = self._begin(free)
        chosen = self._solve(free, chosen, fine, ends_at)
        rng = np.random.default_rng(0)
        for _ in range(MOST_ROUNDS if self.n_orders > FREE else 0):
            minor = float(self.minor @ chosen)
            if minor - self.bound <= gap * minor or time.perf_counter() >= ends_at:
                break
            stirred = rng.random(self.n_orders) * STIR * self.bound / self.n_orders
            free = _first(-self._losses(chosen) - stirred, FREE)
            again = self._solve(free, chosen, fine, ends_at)
            if float(self.minor @ again) < minor:
                chosen = again
        return [self.columns[place] for place in np.flatnonzero(chosen).tolist()]

    def _begin(self, free: Chosen) -> Chosen:
        """Send nothing of free orders, and the others as the linear programme does for the most.

        What that sends in part may be too much as a whole: the least sure orders that use what is
        short are then made free, too.
        """
        is_nothing = np.array([not column.uses for column in self.columns])
        while True:
            begun = np.where(free[self.kind], is_nothing, self.shares > 1 / 2)
            short = np.flatnonzero(self.used @ begun > self.ends)
            if not len(short):
                return begun
            blamed = np.flatnonzero(begun & (self.used[short].sum(axis=0) > 0))
            free[self.kind[blamed[self.shares[blamed].argmin()]]] = True

    def _losses(self, chosen: Chosen) -> Floats:
        """Give what each order loses at the prices, and the idle value that it could use."""
        loss, idle = np.zeros(self.n_orders), np.zeros(self.n_orders)
        loss[self.kind[chosen]] = self.beyond[chosen]
        value = self.worth * np.maximum(self.ends - self.used @ chosen, 0.0)
        np.maximum.at(idle, self.kind, self.used.T @ value)
        return loss + idle

    def _solve(self, free: Chosen, chosen: Chosen, gap: float, ends_at: float) -> Chosen:
        """Let free orders choose again; what was chosen stays when nothing is found in time."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        rest_s = ends_at - time.perf_counter()
        places = np.flatnonzero(free[self.kind])
        stays: Chosen = chosen & ~free[self.kind]
        used = self.used[:, places]
        touched = np.flatnonzero(np.diff(used.indptr))
        constraints: list[Any] = [
            LinearConstraint(self.of_order[np.flatnonzero(free)][:, places], 1, 1)
        ]
        if len(touched):
            over = (self.ends - self.used @ stays)[touched]
            constraints.append(LinearConstraint(used[touched], -math.inf, over))
        if len(self.most):
            over = self.most - self.cut @ stays
            constraints.append(LinearConstraint(self.cut[:, places], -math.inf, over))
        found = milp(
            self.minor[places],
            integrality=np.ones(len(places)),
            bounds=Bounds(0, 1),
            constraints=constraints,
            options={"mip_rel_gap": gap, "time_limit": max(rest_s * SHARE_OF_TIME, 0.0)},
        )
        if found.x is None:
            return chosen
        again: Chosen = stays.copy()
        again[places] = found.x > 1 / 2
        return again


def _first(values: Floats, n: int) -> Chosen:
    """Tell which are the n least."""
    first = np.zeros(len(values), dtype=bool)
    first[np.argsort(values, kind="stable")[:n]] = True
    return first

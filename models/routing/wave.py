"""Many orders at once: parcels, warehouses and outlets for all of them at the least cost together.

The linear programme of plans gives prices, and with what only whole orders keep to a bound; small
integer programmes then choose among the plans that it found and those that are nearly as good at
its prices. What a clock stops is still a plan without violated constraints, and the reached gap is
told as it is.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from models.routing.choosing import Choosing
from models.routing.expected import ExpectedOrders
from models.routing.plans import best_plan, choose, plan_of
from models.routing.prices import Prices
from models.routing.unserved import why_unserved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.routing.costs import RoutingCosts
    from models.routing.expected import Column, Relaxation
    from models.routing.orders import Asked
    from models.routing.plans import Plan
    from models.routing.resources import Capacity
    from models.routing.unserved import Unserved

LEAST_S: Final = 0.5
"""What the integer programme gets at least, seconds: it begins with a plan in hand."""
NEAR: Final = 6
"""Ways of each order beside the plans of the linear programme: with them waves of 500 orders with
lines of two units came a third closer to the bound in the same time."""


@dataclass(frozen=True, slots=True)
class WaveSettings:
    """When a wave is good enough.

    Parameters
    ----------
    gap
        Share of the cost by which it may be dearer than the best there could be: a quarter of
        it may be lost in the bound, half of it in the choice.
    within_s
        Seconds after which the best plan so far is taken.
    """

    gap: float = 0.002
    within_s: float = 10.0


@dataclass(frozen=True, slots=True)
class WavePlan:
    """What becomes of each order.

    Parameters
    ----------
    plans
        Order to its parcels.
    unserved
        Order that nobody sends to why.
    minor
        Cost of all: of the parcels, and of what is not sent.
    bound_minor
        What no plan can cost less than.
    sequential_minor
        Cost when the orders choose one after the other.
    prices
        Value of a unit of stock and of a place in a day to the wave.
    """

    plans: Mapping[str, Plan]
    unserved: Mapping[str, Unserved]
    minor: float
    bound_minor: float
    sequential_minor: float
    prices: Prices = field(default_factory=Prices)

    @property
    def gap(self) -> float:
        """Share of the cost by which the plan may be dearer than the best there could be."""
        return max(self.minor - self.bound_minor, 0.0) / self.minor if self.minor else 0.0


def plan_wave(
    asked: Sequence[Asked],
    left: Capacity,
    costs: RoutingCosts,
    settings: WaveSettings | None = None,
) -> WavePlan:
    """Plan orders together.

    Parameters
    ----------
    asked
        The orders with what each way asks for them.
    left
        Stock and capacity; it stays as it is.
    costs
        What splitting and not sending cost.
    settings
        When it is good enough.

    Returns
    -------
    WavePlan
        Never above what is left of anything.
    """
    if not asked:
        return WavePlan({}, {}, 0.0, 0.0, 0.0)
    settings = settings or WaveSettings()
    began = time.perf_counter()
    sequential = plan_sequentially(asked, left, costs)
    sequential_minor = total_minor(asked, sequential)
    orders = ExpectedOrders([order.quoted for order in asked], costs)
    relaxed = orders.relax(np.ones(len(asked)), left, tolerance=settings.gap / 4)
    tried = [
        sequential,
        plan_sequentially(_dearest_first(asked, relaxed), left, costs, relaxed.prices),
    ]
    best = min(tried, key=lambda plans: total_minor(asked, plans))
    _widen(orders, relaxed, left)
    whole = orders.relax(np.ones(len(asked)), left, tolerance=settings.gap / 4, whole=True)
    rest_s = max(settings.within_s - (time.perf_counter() - began), LEAST_S)
    chosen = Choosing(orders, whole, left).choose(settings.gap / 2, rest_s)
    found = _as_plans(asked, chosen, costs)
    best = min(best, found, key=lambda plans: total_minor(asked, plans))
    best = _filled(asked, best, left, costs)
    minor = total_minor(asked, best)
    after = left.copy()
    for plan in best.values():
        after.take(plan.uses)
    unserved = {
        order.key: why_unserved(order, left, after) for order in asked if order.key not in best
    }
    bound_minor = max(relaxed.bound_minor, whole.bound_minor)
    return WavePlan(best, unserved, minor, bound_minor, sequential_minor, relaxed.prices)


def plan_sequentially(
    asked: Sequence[Asked],
    left: Capacity,
    costs: RoutingCosts,
    prices: Prices | None = None,
) -> dict[str, Plan]:
    """Let the orders choose one after the other, each the best of what the earlier ones left."""
    rest = left.copy()
    plans = {}
    for order in asked:
        plan = best_plan(order.quoted, rest, prices, costs)
        if plan.parcels:
            rest.take(plan.uses)
            plans[order.key] = plan
    return plans


def total_minor(asked: Sequence[Asked], plans: Mapping[str, Plan]) -> float:
    """Add up what the orders cost, those that are not sent included."""
    return sum(
        plans[order.key].minor if order.key in plans else float(order.quoted.unsent_minor[-1])
        for order in asked
    )


def _dearest_first(asked: Sequence[Asked], relaxed: Relaxation) -> list[Asked]:
    """Sort orders by what leaving them out would cost beyond sending them."""
    loss = [
        float(order.quoted.unsent_minor[-1]) - worth
        for order, worth in zip(asked, relaxed.worth, strict=True)
    ]
    return [asked[place] for place in np.argsort([-value for value in loss], kind="stable")]


def _widen(orders: ExpectedOrders, relaxed: Relaxation, left: Capacity) -> None:
    """Add the ways of each whole order that are best at the prices, for the solver to swap."""
    for kind, quoted in enumerate(orders.quotes):
        _, weighed = choose(quoted, left, relaxed.prices, orders.costs)
        everything = weighed.shape[1] - 1
        for way in np.argsort(weighed[:, everything], kind="stable")[:NEAR].tolist():
            if math.isfinite(weighed[way, everything]):
                orders.add(kind, [(everything, way)])


def _as_plans(
    asked: Sequence[Asked], chosen: Sequence[Column], costs: RoutingCosts
) -> dict[str, Plan]:
    """Write chosen columns as plans."""
    plans = {}
    for column in chosen:
        if column.uses:
            quoted = asked[column.kind].quoted
            plan = plan_of(quoted, column.chosen, quoted.minor, costs)
            plans[asked[column.kind].key] = plan
    return plans


def _filled(
    asked: Sequence[Asked], plans: Mapping[str, Plan], left: Capacity, costs: RoutingCosts
) -> dict[str, Plan]:
    """Send orders that are left out although what is left over would do."""
    rest = left.copy()
    for plan in plans.values():
        rest.take(plan.uses)
    out = [order for order in asked if order.key not in plans]
    return {**plans, **plan_sequentially(out, rest, costs)}

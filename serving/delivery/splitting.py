"""Orders that no warehouse can send whole: their parcels, and how the route tells of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from models.routing.options import Estimates
from models.routing.orders import ask
from models.routing.plan_words import explain_plan
from models.routing.plans import best_plan
from models.routing.resources import capacity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from features.order import OrderRows
    from models.routing.costs import RoutingCosts
    from models.routing.network import Shelf, Wanted
    from models.routing.options import Estimate, Warned
    from models.routing.orders import Asked
    from models.routing.plans import Parcel, Plan
    from models.routing.ways import Way
    from serving.delivery.price_file import PriceFile
    from serving.delivery.repository import Reference

    Row = Mapping[str, Any]


class Delivery(Protocol):
    """What an order asks, and what the ways that are open to it are expected to bring."""

    reference: Reference
    costs: RoutingCosts
    prices: PriceFile | None

    def wanted(self, order: Row, lines: Sequence[Row]) -> Wanted:
        """Say what an order asks of a route."""

    def estimates(self, order: Row, lines: Sequence[Row], ways: Sequence[Way]) -> Estimates:
        """Say what is expected of ways that an order could go."""


@dataclass(frozen=True)
class Quoted:
    """An order with what each way asks for it, and what is expected of each way."""

    rows: OrderRows
    asked: Asked
    estimates: Estimates

    def expected(self, parcels: Sequence[Parcel]) -> list[Estimate]:
        """Give what is expected of the ways of some parcels."""
        return self.estimates.some([self._place(parcel) for parcel in parcels])

    def warned(self, parcel: Parcel) -> Sequence[Warned]:
        """Give what is in force on the way of a parcel."""
        return self.estimates.warned.get(self._place(parcel), ())

    def _place(self, parcel: Parcel) -> int:
        return list(self.asked.quoted.ways).index(parcel.way)


def quote_order(delivery: Delivery, rows: OrderRows, shelf: Shelf) -> Quoted:
    """Ask every open way about an order."""
    kept = [Estimates(0)]

    def estimate(ways: Sequence[Way]) -> Sequence[Estimate]:
        kept.append(delivery.estimates(rows.order, rows.lines, ways))
        return replace(kept[-1], arrivals=None).every()

    wanted = delivery.wanted(rows.order, rows.lines)
    network = delivery.reference.network
    asked = ask(rows.key, wanted, network, shelf, estimate, delivery.costs)
    return Quoted(rows, asked, kept[-1])


def split_order(delivery: Delivery, rows: OrderRows, shelf: Shelf) -> tuple[Quoted, Plan] | None:
    """Put an order into several parcels at the least cost; None where that cannot be either."""
    quoted = quote_order(delivery, rows, shelf)
    left = capacity_of(delivery.reference.network, shelf)
    prices = None if delivery.prices is None else delivery.prices.current()
    plan = best_plan(quoted.asked.quoted, left, prices, delivery.costs)
    return (quoted, plan) if plan.parcels and not plan.unsent else None


def split_route(quoted: Quoted, plan: Plan, currency: str) -> dict[str, Any]:
    """Write a split as a route: the parcel with most units first, with what holds for all.

    The probabilities are those that any parcel is late, and that all first attempts succeed.
    """
    told = explain_plan(plan)
    parcels = sorted(told["parcels"], key=lambda parcel: -sum(parcel["units"].values()))
    expected = quoted.expected(plan.parcels)
    in_time = _all(None if one.p_late is None else 1.0 - one.p_late for one in expected)
    first = parcels[0]
    return {
        **{name: first[name] for name in ("warehouse", "carrier", "outlet", "service")},
        "p_late": in_time if in_time is None else 1.0 - in_time,
        "p_first_attempt": _all(one.p_first_attempt for one in expected),
        "cost": {"minor": round(plan.minor), "currency": currency},
        "served_by": plan.parcels[0].way.served_by,
        "reasons": [*told["cost"], {"code": "no_whole_warehouse", **told["why"]}],
        "parcels": parcels,
    }


def _all(shares: Iterable[float | None]) -> float | None:
    """Give the probability that all of it happens; None where one is not known."""
    total = 1.0
    for share in shares:
        if share is None:
            return None
        total *= share
    return total

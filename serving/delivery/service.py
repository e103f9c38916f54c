"""Routes for orders, and the load that the proposed ones put on warehouses and outlets."""

from __future__ import annotations

from collections import ChainMap, Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from features.durations import DAY_US, MINUTE_US
from features.order import OrderRows, wire_instant
from models.policy.rules.wishes import as_wished
from models.routing.constraints import CONSTRAINTS
from models.routing.explain import explain_option, explain_warnings
from models.routing.network import Destination, Shelf, Wanted
from models.routing.options import Estimates
from models.routing.outlet_rule import by_outlet_rule
from models.routing.ranking import rank_options
from models.routing.stock import InboundSettings, usable
from serving.delivery.estimates import PROMISE_TARGET
from serving.delivery.load import Load
from serving.delivery.shifting import News, as_of_now
from serving.delivery.splitting import split_order, split_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from models.policy.rules.verdict import RuleVerdict
    from models.routing.costs import RoutingCosts
    from models.routing.options import Candidate, Estimate, Option
    from models.routing.outlet_rule import OutletRule
    from models.routing.ranking import Ranking
    from models.routing.ways import Way
    from serving.delivery.estimates import OptionRater
    from serving.delivery.price_file import PriceFile
    from serving.delivery.repository import Chosen, Reference
    from serving.scoring.judge import Missing

    Row = Mapping[str, Any]
    Values = Mapping[str, float | str | None]

ALTERNATIVES: Final = 3
SHOWN_DAYS: Final = ("mean", "q10", "q50", "q90")


@dataclass
class DeliveryService:
    """Ranks routes.

    Parameters
    ----------
    reference
        Network, stock and weights.
    rater
        Estimates of each option, or None where there is no window state of parcels.
    costs
        What going wrong costs.
    currency
        Base currency.
    missing
        Delivery models that could not be loaded, and why.
    news
        Warnings in force and outlets that dropped; replaced as a whole when there are newer ones.
    inbound
        How far units on their way count.
    rule
        The merchant's own order of outlets, None where the least expected cost decides.
    prices
        What stock and capacity are worth to orders still to come, the newest each time.
    load
        What the routes proposed so far ask of each day.
    """

    reference: Reference
    rater: OptionRater | None
    costs: RoutingCosts
    currency: str
    missing: tuple[Missing, ...] = ()
    news: News = field(default_factory=News)
    inbound: InboundSettings = field(default_factory=InboundSettings)
    rule: OutletRule | None = None
    prices: PriceFile | None = None
    load: Load = field(default_factory=Load)

    def options(
        self,
        order: Row,
        lines: Sequence[Row],
        *,
        known: Values | None = None,
        most: int | None = None,
    ) -> Ranking:
        """Rank the ways an order can go.

        Parameters
        ----------
        order, lines
            Flat rows of the order.
        known
            Features of the order that were computed before.
        most
            Most options wanted; all unless given.

        Returns
        -------
        Ranking
            Cheapest first, or the constraint that was binding.
        """
        wanted = self.wanted(order, lines)
        return rank_options(
            wanted,
            self.reference.network,
            self.shelf(order, wanted),
            lambda ways: self.estimates(order, lines, ways, known),
            self.costs,
            prices=None if self.prices is None else self.prices.current(),
            most=most,
        )

    def shelf(self, order: Row, wanted: Wanted) -> Shelf:
        """Give the stock that an order may take, and what its day has used without it."""
        sent, taken = self.load.used(self.day_of(order), [str(order.get("order_key"))])
        return Shelf(self.available(wanted.ship_by, wanted.units), sent, taken)

    def available(
        self, ship_by: int | None, skus: Iterable[str] | None = None
    ) -> Mapping[tuple[str, str], int] | None:
        """Give free units, with a share of those that arrive before an order must leave.

        Parameters
        ----------
        ship_by
            When it must leave; None: nothing that is on its way counts.
        skus
            Those that are asked for; all of them unless given.
        """
        free, inbound = self.reference.available, self.reference.inbound
        if free is None or ship_by is None or not inbound:
            return free
        keys: Iterable[tuple[str, str]] = inbound
        if skus is not None:
            houses = self.reference.network.warehouses
            keys = [(house.warehouse, sku) for sku in skus for house in houses]
        counts = [inbound[key] for key in keys if key in inbound]
        arriving = usable(counts, ship_by=ship_by, settings=self.inbound)
        return ChainMap(arriving, free) if arriving else free

    def estimates(
        self,
        order: Row,
        lines: Sequence[Row],
        ways: Sequence[Candidate | Way],
        known: Values | None = None,
    ) -> Estimates:
        """Say what is expected of ways that an order could go, as things stand just now."""
        found = Estimates(len(ways))
        if self.rater is not None:
            found = self.rater.rate(order, lines, ways, known)
        return as_of_now(found, ways, order, self.news)

    def route(
        self,
        order: Row,
        lines: Sequence[Row],
        rules: RuleVerdict | None = None,
        known: Values | None = None,
    ) -> tuple[dict[str, Any], tuple[Missing, ...]]:
        """Propose the route of an order and count it against the capacity of the order's day."""
        ranking = self.ranked(order, lines, rules, known, most=1 + ALTERNATIVES)
        found = self.described(order, lines, ranking)
        if found["warehouse"] is not None:
            ways = [(way["warehouse"], way["outlet"]) for way in found["parcels"] or [found]]
            self.load.choose(str(order["order_key"]), self.day_of(order), ways)
        return found, self.missing

    def ranked(
        self,
        order: Row,
        lines: Sequence[Row],
        rules: RuleVerdict | None,
        known: Values | None,
        *,
        most: int,
    ) -> Ranking:
        """Rank the ways an order can go as a decision does.

        By expected cost, or by the merchant's own order of outlets; those that the rules wish for
        come first.
        """
        has_wishes = rules is not None and bool(rules.prefer or rules.avoid)
        is_sorted_again = has_wishes or self.rule is not None
        ranking = self.options(order, lines, known=known, most=None if is_sorted_again else most)
        options = ranking.options
        if self.rule is not None:
            _, taken = self.load.used(self.day_of(order), [str(order["order_key"])])
            options = by_outlet_rule(options, self.rule, taken)
        if rules is not None and has_wishes:
            options = as_wished(options, rules.prefer, rules.avoid)
        return replace(ranking, options=options[:most]) if is_sorted_again else ranking

    def described(self, order: Row, lines: Sequence[Row], ranking: Ranking) -> dict[str, Any]:
        """Write a route; one in several parcels where no warehouse has the whole order."""
        if not ranking.options and ranking.turned_down.get("stock"):
            rows = OrderRows(dict(order), [dict(line) for line in lines], {})
            split = split_order(self, rows, self.shelf(order, self.wanted(order, lines)))
            if split is not None:
                return EMPTY_ROUTE | {"unserved": None} | split_route(*split, self.currency)
        return self.describe(order, ranking)

    @property
    def promise_target(self) -> float:
        """Share of orders that a promised date is to keep."""
        return PROMISE_TARGET if self.rater is None else self.rater.promise_target

    def day_of(self, order: Row) -> int:
        """Day on which an order uses capacity: that of its receipt on the merchant's clock."""
        return self.local_day(int(order["received_at"]))

    def local_day(self, at: int) -> int:
        """Day of an instant on the merchant's clock."""
        offset = next(iter(self.reference.offsets_min.values()), 0)
        return (at + offset * MINUTE_US) // DAY_US

    def remember(self, chosen: Iterable[Chosen]) -> None:
        """Count routes that were proposed before this process began."""
        for order_key, at, ways in chosen:
            self.load.choose(order_key, self.local_day(at), ways)

    def describe(self, order: Row, ranking: Ranking) -> dict[str, Any]:
        """Write a ranking as the route of a decision."""
        if not ranking.options:
            return EMPTY_ROUTE | {"unserved": unserved(ranking)}
        first = ranking.options[0]
        best, *others = self.describe_options(order, ranking.options[: 1 + ALTERNATIVES])
        return {
            **best,
            "parcels": [],
            "alternatives": others,
            "turned_down": dict(ranking.turned_down),
            "unserved": None,
            "instead_of": self._instead_of(ranking),
            "notice": _notice(first, ranking.instead_of),
        }

    def _instead_of(self, ranking: Ranking) -> dict[str, Any] | None:
        """Write the way that warnings kept the order from, and what they add to its cost."""
        kept = ranking.instead_of
        if kept is None or kept.candidate == ranking.options[0].candidate:
            return None
        warehouse, carrier, outlet, service = kept.candidate.key
        return {
            "warehouse": warehouse,
            "carrier": carrier,
            "outlet": outlet,
            "service": service or None,
            "reasons": explain_warnings(kept, self.costs),
        }

    def describe_options(self, order: Row, options: Sequence[Option]) -> list[dict[str, Any]]:
        """Write options, the best of them first, with their estimates, costs and reasons."""
        told = promised_at(order)
        return [self._option(order, option, options[0], told) for option in options]

    def _option(self, order: Row, option: Option, best: Option, told: str | None) -> dict[str, Any]:
        """Write one option of an order that was told a date, or none."""
        warehouse, carrier, outlet, service = option.candidate.key
        estimate, days = option.estimate, option.estimate.days
        may_promise = None if days is None else self._promise(order, days)
        if told is None and may_promise is not None:
            told = may_promise["by"]
        return {
            "warehouse": warehouse,
            "carrier": carrier,
            "outlet": outlet,
            "service": service or None,
            "promised_by": told,
            "eta_days": days and {name: round(days[name], 3) for name in SHOWN_DAYS},
            "p_first_attempt": estimate.p_first_attempt,
            "p_late": estimate.p_late,
            "cost": {"minor": round(option.cost_minor), "currency": self.currency},
            "served_by": option.candidate.served_by,
            "promise": may_promise,
            "reasons": explain_option(option, best, self.costs),
        }

    def _promise(self, order: Row, days: Mapping[str, float]) -> dict[str, Any]:
        """Write the date that may be promised so that a target share of such orders is in time."""
        return {
            "on_time": self.promise_target,
            "days": round(days["promise"], 3),
            "by": wire_instant(_due(order, days)),
        }

    def wanted(self, order: Row, lines: Sequence[Row]) -> Wanted:
        """Say what an order asks of a route."""
        units: Counter[str] = Counter()
        for line in lines:
            if line.get("sku"):
                units[str(line["sku"])] += int(line.get("quantity") or 1)
        to = Destination(
            order.get("ship_region"),
            order.get("ship_city"),
            order.get("ship_lat"),
            order.get("ship_lon"),
            order.get("ship_radius_m"),
        )
        return Wanted(
            dict(units),
            to,
            self._weight_g(lines),
            at=order.get("received_at"),
            ship_by=order.get("ship_by"),
        )

    def _weight_g(self, lines: Sequence[Row]) -> int | None:
        """Add up the weight of the lines; None where one is unknown."""
        total = 0
        for line in lines:
            weight = line.get("weight_g") or self.reference.weights_g.get(str(line.get("sku")))
            if weight is None:
                return None
            total += int(weight) * int(line.get("quantity") or 1)
        return total or None


EMPTY_ROUTE: Final[dict[str, Any]] = {
    "warehouse": None,
    "carrier": None,
    "outlet": None,
    "service": None,
    "promised_by": None,
    "promise": None,
    "eta_days": None,
    "p_first_attempt": None,
    "p_late": None,
    "cost": None,
    "served_by": None,
    "reasons": [],
    "parcels": [],
    "alternatives": [],
    "turned_down": {},
    "instead_of": None,
    "notice": None,
}


def _notice(first: Option, instead_of: Option | None) -> dict[str, str] | None:
    """Say what the buyer may be told of warnings on the way taken, or on the one avoided."""
    told = [note.cause.notice for note in first.warned]
    if instead_of is not None and instead_of.candidate.warehouse != first.candidate.warehouse:
        told += [note.cause.moved for note in instead_of.warned]
    return next((dict(words) for words in told if words is not None), None)


def unserved(ranking: Ranking) -> dict[str, Any]:
    """Say why an order cannot be served, and what it could be served with instead."""
    code = ranking.binding or "no_outlet"
    zh, en = CONSTRAINTS[code]
    return {
        "code": code,
        "text": {"zh": zh, "en": en},
        "turned_down": dict(ranking.turned_down),
        "missing_units": dict(ranking.missing),
        "substitutes": {sku: list(others) for sku, others in ranking.substitutes.items()},
    }


def promised_by(order: Row, estimate: Estimate) -> str | None:
    """Write what was promised, or else what may be promised at the merchant's target."""
    told = promised_at(order)
    if told is None and estimate.days is not None:
        return wire_instant(_due(order, estimate.days))
    return told


def promised_at(order: Row) -> str | None:
    """Write when the order was promised to arrive, None where no date was told."""
    due = order.get("deliver_by")
    return None if due is None else wire_instant(int(due))


def _due(order: Row, days: Mapping[str, float]) -> int:
    return int(order["placed_at"]) + round(days["promise"] * DAY_US)

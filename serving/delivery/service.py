"""Routes for orders, and the load that the proposed ones put on warehouses and outlets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from features.catalogue import declare
from models import artifacts
from models.errors import ModelError
from models.estimators import BY_NAME
from models.policy.costs import MONEY_SCALE
from models.policy.rules.wishes import as_wished
from models.routing.constraints import CONSTRAINTS
from models.routing.costs import RoutingCosts
from models.routing.explain import explain_option
from models.routing.network import Destination, Shelf, Wanted
from models.routing.ranking import rank_options
from serving.delivery.estimates import DeliveryModels, OptionRater
from serving.delivery.repository import Reference, read_chosen, read_reference
from serving.live import definitions_of
from serving.logs import logger
from serving.scoring.judge import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Engine

    from features.history import History
    from models.policy.rules.verdict import RuleVerdict
    from models.routing.options import Candidate, Estimate, Option
    from models.routing.ranking import Ranking
    from serving.settings import Settings
    from serving.state.windows import WindowState

    Row = Mapping[str, Any]

DAY_US: Final = 86_400_000_000
MINUTE_US: Final = 60_000_000
ALTERNATIVES: Final = 3
MODELS: Final = ("late", "eta", "attempt")


@dataclass
class Load:
    """What the routes proposed so far ask of each day; an order counts once."""

    chosen: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    sent: Counter[tuple[int, str]] = field(default_factory=Counter)
    taken: Counter[tuple[int, str]] = field(default_factory=Counter)

    def choose(self, order_key: str, day: int, warehouse: str, outlet: str) -> None:
        """Note the route of an order; an earlier one of the same order no longer counts.

        Examples
        --------
        >>> load = Load()
        >>> load.choose("a", 1, "JX", "sf-1")
        >>> load.choose("a", 1, "DG", "sf-1")
        >>> load.sent[1, "JX"], load.sent[1, "DG"], load.taken[1, "sf-1"]
        (0, 1, 1)
        """
        if order_key in self.chosen:
            before, old_warehouse, old_outlet = self.chosen[order_key]
            self.sent[before, old_warehouse] -= 1
            self.taken[before, old_outlet] -= 1
        self.chosen[order_key] = (day, warehouse, outlet)
        self.sent[day, warehouse] += 1
        self.taken[day, outlet] += 1

    def used(self, day: int, order_key: str) -> tuple[dict[str, int], dict[str, int]]:
        """Give what a day has used by warehouse and by outlet, without one order's own share."""
        sent = {name: n for (on, name), n in self.sent.items() if on == day and n}
        taken = {name: n for (on, name), n in self.taken.items() if on == day and n}
        own = self.chosen.get(order_key)
        if own is not None and own[0] == day:
            sent[own[1]] -= 1
            taken[own[2]] -= 1
        return sent, taken


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
    """

    reference: Reference
    rater: OptionRater | None
    costs: RoutingCosts
    currency: str
    missing: tuple[Missing, ...] = ()
    load: Load = field(default_factory=Load)

    def options(self, order: Row, lines: Sequence[Row]) -> Ranking:
        """Rank the ways an order can go.

        Parameters
        ----------
        order, lines
            Flat rows of the order.

        Returns
        -------
        Ranking
            Cheapest first, or the constraint that was binding.
        """
        day = self.day_of(order)
        sent, taken = self.load.used(day, str(order.get("order_key")))
        shelf = Shelf(self.reference.available, sent, taken)

        def estimate(candidates: Sequence[Candidate]) -> Sequence[Estimate]:
            if self.rater is None:
                from models.routing.options import Estimate

                return [Estimate()] * len(candidates)
            return self.rater.rate(order, lines, candidates)

        return rank_options(
            self._wanted(order, lines), self.reference.network, shelf, estimate, self.costs
        )

    def route(
        self, order: Row, lines: Sequence[Row], rules: RuleVerdict | None = None
    ) -> tuple[dict[str, Any], tuple[Missing, ...]]:
        """Propose the route of an order, as the merchant's rules wish it, and count it.

        It is counted against the capacity of the order's day.
        """
        ranking = self.options(order, lines)
        if rules is not None:
            options = as_wished(ranking.options, rules.prefer, rules.avoid)
            ranking = replace(ranking, options=options)
        if ranking.options:
            best = ranking.options[0].candidate
            self.load.choose(
                str(order["order_key"]),
                self.day_of(order),
                best.warehouse.warehouse,
                best.outlet.outlet,
            )
        return self.describe(order, ranking), self.missing

    def day_of(self, order: Row) -> int:
        """Day on which an order uses capacity: that of its receipt on the merchant's clock."""
        return self._day(int(order["received_at"]))

    def _day(self, at: int) -> int:
        offset = next(iter(self.reference.offsets_min.values()), 0)
        return (at + offset * MINUTE_US) // DAY_US

    def remember(self, chosen: Iterable[tuple[str, int, str, str]]) -> None:
        """Count routes that were proposed before this process began."""
        for order_key, at, warehouse, outlet in chosen:
            self.load.choose(order_key, self._day(at), warehouse, outlet)

    def describe(self, order: Row, ranking: Ranking) -> dict[str, Any]:
        """Write a ranking as the route of a decision."""
        if not ranking.options:
            return EMPTY_ROUTE | {"unserved": unserved(ranking)}
        best, *others = (
            self.describe_option(order, option, ranking.options[0]) for option in ranking.options
        )
        return {
            **best,
            "alternatives": others[:ALTERNATIVES],
            "turned_down": dict(ranking.turned_down),
            "unserved": None,
        }

    def describe_option(self, order: Row, option: Option, best: Option) -> dict[str, Any]:
        """Write one option with its estimates, cost and reasons."""
        warehouse, carrier, outlet, service = option.candidate.key
        estimate = option.estimate
        return {
            "warehouse": warehouse,
            "carrier": carrier,
            "outlet": outlet,
            "service": service or None,
            "promised_by": _promised_by(order, estimate),
            "eta_days": estimate.days and {k: round(v, 3) for k, v in estimate.days.items()},
            "p_first_attempt": estimate.p_first_attempt,
            "p_late": estimate.p_late,
            "cost": {"minor": round(option.cost_minor), "currency": self.currency},
            "served_by": option.candidate.served_by,
            "reasons": explain_option(option, best),
        }

    def _wanted(self, order: Row, lines: Sequence[Row]) -> Wanted:
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
        )
        return Wanted(dict(units), to, self._weight_g(lines))

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
    "eta_days": None,
    "p_first_attempt": None,
    "p_late": None,
    "cost": None,
    "served_by": None,
    "reasons": [],
    "alternatives": [],
    "turned_down": {},
}


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


def _promised_by(order: Row, estimate: Estimate) -> str | None:
    """Write what was promised, or what nine in ten such orders keep."""
    from datetime import UTC, datetime

    due = order.get("deliver_by")
    if due is None and estimate.days is not None:
        due = int(order["placed_at"]) + round(estimate.days["q90"] * DAY_US)
    if due is None:
        return None
    return datetime.fromtimestamp(int(due) / 1e6, UTC).isoformat().replace("+00:00", "Z")


def open_delivery(
    history: History | None, settings: Settings, state: WindowState, engine: Engine
) -> DeliveryService | None:
    """Put the delivery service together from what a home holds.

    Parameters
    ----------
    history
        The history; without warehouses and outlets there is nothing to route.
    settings
        Says where the models are.
    state
        Window state.
    engine
        The store, which knows the routes proposed before.

    Returns
    -------
    DeliveryService or None
        None where the history knows no outlets or warehouses.
    """
    if history is None or not (history.has("outlets") and history.has("warehouses")):
        return None
    profile = history.profile
    reference = read_reference(history)
    models, missing = _load_models(settings, history)
    rater = None
    if state.delivery is not None:
        features = declare(profile, purposes=("delivery",))
        rater = OptionRater(state.delivery, features, models, reference.origins)
    scale = MONEY_SCALE.get(profile.base_currency, 1.0)
    costs = RoutingCosts().scaled(scale)
    service = DeliveryService(reference, rater, costs, profile.base_currency, missing)
    service.remember(read_chosen(engine, within_us=DAY_US))
    return service


def _load_models(
    settings: Settings, history: History
) -> tuple[DeliveryModels, tuple[Missing, ...]]:
    """Load the last good copies of the delivery models."""
    definitions = definitions_of(history.profile)
    loaded: dict[str, Any] = {}
    missing: list[Missing] = []
    for name in MODELS:
        estimator = BY_NAME[name]
        if estimator.needs(history.profile) is not None:
            continue
        folder = settings.models_folder / name
        try:
            if not folder.exists():
                why = f"not trained yet: run `orderintel train {name}`"
                missing.append(Missing(f"model:{name}", why, "freight and the other models"))
                continue
            loaded[name] = estimator.predictor(artifacts.load(folder, definitions=definitions))
        except (ModelError, OSError, ValueError) as error:
            logger().warning("model not loaded", model=name, why=str(error))
            missing.append(Missing(f"model:{name}", str(error), "freight and the other models"))
    return DeliveryModels(**loaded), tuple(missing)

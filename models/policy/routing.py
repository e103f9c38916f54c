"""Which warehouse, carrier, outlet and service an order should take, and why. Pure.

Candidates are what stock, area, weight and the day's capacity allow; they are ranked by expected
cost: freight, plus lateness times its probability, plus a failed first attempt times its
probability. Every option says what its cost is made of; what was turned down is counted by the
constraint that was binding.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.policy.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse

GRAMS_PER_KG: Final = 1_000
SHORTEST_NAME: Final = 2
"""Characters of a division name without its level."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost with its name.

    Parameters
    ----------
    zh, en
        What it is paid for.
    minor
        Minor units of the base currency.
    per
        What one unit of it is.
    """

    zh: str
    en: str
    minor: float
    per: str


@dataclass(frozen=True, slots=True)
class RoutingCosts:
    """What going wrong costs; freight comes from the outlets' tariffs.

    Parameters
    ----------
    late
        A parcel delivered after its promise.
    failed_attempt
        A first delivery attempt that fails.
    unknown_freight
        Freight of an outlet without a tariff.

    Examples
    --------
    >>> RoutingCosts().scaled(0.5).late.minor
    750.0
    """

    late: Cost = Cost("晚到", "late delivery", 1_500, "parcel")
    failed_attempt: Cost = Cost("首次派送失败", "failed first attempt", 800, "parcel")
    unknown_freight: Cost = Cost("未知运费", "freight without a tariff", 1_200, "parcel")

    def scaled(self, money_scale: float) -> RoutingCosts:
        """Give the same costs in another base currency."""
        parts = (self.late, self.failed_attempt, self.unknown_freight)
        return RoutingCosts(
            *(Cost(part.zh, part.en, part.minor * money_scale, part.per) for part in parts)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse and an outlet that can take the order together."""

    warehouse: Warehouse
    outlet: Outlet
    freight_minor: float
    served_by: str
    """How the outlet is known to serve the place: ``fence``, ``city``, ``region``, ``unknown``."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Warehouse, carrier, outlet and service."""
        outlet = self.outlet
        return self.warehouse.warehouse, outlet.carrier, outlet.outlet, outlet.service or ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the delivery models say about a candidate; None where there is no model."""

    p_late: float | None = None
    p_first_attempt: float | None = None
    days: Mapping[str, float] | None = None
    """``mean``, ``q10``, ``q50`` and ``q90`` days from placing."""


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with its expected cost.

    Parameters
    ----------
    candidate, estimate
        What it is, and what is expected of it.
    parts
        Cost by cause, minor units of the base currency.
    """

    candidate: Candidate
    estimate: Estimate
    parts: Mapping[str, float]

    @property
    def cost_minor(self) -> float:
        """Expected total cost, minor units of the base currency."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Ranking:
    """What an order can do.

    Parameters
    ----------
    options
        Cheapest first.
    turned_down
        Pairs of warehouse and outlet that cannot take it, by the binding constraint.
    missing
        SKU to the units that the best warehouse lacks, when stock is why nothing is left.
    substitutes
        Missing SKU to SKUs that some warehouse has enough of.
    """

    options: tuple[Option, ...]
    turned_down: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def binding(self) -> str | None:
        """The constraint that came closest to being met by what was turned down last."""
        return next((name for name in reversed(CONSTRAINTS) if self.turned_down.get(name)), None)


CONSTRAINTS: Final[dict[str, tuple[str, str]]] = {
    "no_warehouse": ("没有登记任何仓库", "no warehouse is known"),
    "no_outlet": ("没有登记任何网点", "no outlet is known"),
    "stock": ("没有一个仓库有足够的可用库存", "no warehouse has enough free stock"),
    "warehouse_capacity": ("仓库今天的发货能力已满", "the warehouse sends no more today"),
    "carrier": ("不允许使用该承运商", "the carrier is not allowed"),
    "area": ("没有网点覆盖收货地", "no outlet serves the place"),
    "weight": ("包裹超出重量限制", "the parcel is too heavy"),
    "outlet_capacity": ("网点今天的派送能力已满", "the outlet takes no more today"),
}
"""Constraint to what it says, in the order in which they are tried."""


def rank_options(
    wanted: Wanted,
    network: Network,
    shelf: Shelf,
    estimate: Callable[[Sequence[Candidate]], Sequence[Estimate]],
    costs: RoutingCosts,
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

    Returns
    -------
    Ranking
        Options, cheapest first; ties in the order of warehouse, carrier, outlet, service. Without
        options it says which constraint was binding.

    Examples
    --------
    >>> from models.policy.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
    >>> network = Network(
    ...     (Warehouse("JX"), Warehouse("DG")),
    ...     (Outlet("sf-1", "sf", city="上海市", first_kg_minor=1200, next_kg_minor=200),),
    ... )
    >>> shelf = Shelf({("JX", "A"): 1})
    >>> ranking = rank_options(
    ...     Wanted({"A": 1}, Destination(city="上海市"), weight_g=1500),
    ...     network, shelf, lambda found: [Estimate(0.1, 0.9)] * len(found), RoutingCosts(),
    ... )
    >>> [option.candidate.key for option in ranking.options], ranking.options[0].cost_minor
    ([('JX', 'sf', 'sf-1', '')], 1630.0)
    >>> dict(ranking.turned_down)
    {'stock': 1}
    """
    candidates, turned_down = find_candidates(wanted, network, shelf)
    estimates = estimate(candidates) if candidates else ()
    options = [
        Option(candidate, expected, cost_parts(candidate, expected, costs))
        for candidate, expected in zip(candidates, estimates, strict=True)
    ]
    options.sort(key=lambda option: (option.cost_minor, option.candidate.key))
    if options or not turned_down["stock"]:
        return Ranking(tuple(options), dict(turned_down))
    missing = _missing(wanted, network, shelf)
    return Ranking((), dict(turned_down), missing, _substitutes(missing, network, shelf))


def find_candidates(
    wanted: Wanted, network: Network, shelf: Shelf
) -> tuple[list[Candidate], Counter[str]]:
    """Find the pairs of warehouse and outlet that can take an order.

    Returns
    -------
    tuple
        Candidates in the network's order; pairs turned down by their first unmet constraint.
    """
    turned_down: Counter[str] = Counter()
    if not network.warehouses:
        turned_down["no_warehouse"] = 1
    if not network.outlets:
        turned_down["no_outlet"] = 1
    outlets = [(outlet, _refused_by_outlet(wanted, outlet, shelf)) for outlet in network.outlets]
    candidates = []
    for warehouse in network.warehouses:
        refused = _refused_by_warehouse(wanted, warehouse, shelf)
        if refused:
            turned_down[refused] += len(network.outlets)
            continue
        for outlet, (why, served_by) in outlets:
            if why:
                turned_down[why] += 1
                continue
            freight = freight_minor(outlet, wanted.weight_g)
            candidates.append(Candidate(warehouse, outlet, freight, served_by))
    return candidates, turned_down


def _refused_by_warehouse(wanted: Wanted, warehouse: Warehouse, shelf: Shelf) -> str | None:
    """Name the constraint that a warehouse does not meet."""
    name = warehouse.warehouse
    if shelf.available is not None:
        short = any(
            shelf.available.get((name, sku), 0) < units for sku, units in wanted.units.items()
        )
        if short:
            return "stock"
    if _is_full(warehouse.daily_capacity, shelf.sent_today.get(name, 0)):
        return "warehouse_capacity"
    return None


def _refused_by_outlet(wanted: Wanted, outlet: Outlet, shelf: Shelf) -> tuple[str | None, str]:
    """Name the constraint that an outlet does not meet, and how it serves the place."""
    if wanted.carriers is not None and outlet.carrier not in wanted.carriers:
        return "carrier", ""
    served_by = serves(outlet, wanted.to)
    if served_by is None:
        return "area", ""
    if outlet.max_weight_g is not None and (wanted.weight_g or 0) > outlet.max_weight_g:
        return "weight", served_by
    if _is_full(outlet.daily_capacity, shelf.taken_today.get(outlet.outlet, 0)):
        return "outlet_capacity", served_by
    return None, served_by


def _is_full(capacity: int | None, used: int) -> bool:
    return capacity is not None and used >= capacity


def serves(outlet: Outlet, to: Destination) -> str | None:
    """Say how an outlet is known to serve a place, or None when it does not.

    The fence decides where both it and the coordinates are known; else the city, else the region.
    An outlet without any area serves every place.

    Examples
    --------
    >>> from models.policy.network import Destination, Outlet
    >>> serves(Outlet("a", "sf", region="上海市", city="上海市"), Destination(city="上海市"))
    'city'
    >>> serves(Outlet("a", "sf", city="上海市"), Destination(city="杭州市")) is None
    True
    """
    if outlet.fence is not None and to.lat is not None and to.lon is not None:
        return "fence" if outlet.fence.holds(lat=to.lat, lon=to.lon) else None
    if outlet.city is not None and to.city is not None:
        unlike = (
            outlet.region is not None
            and to.region is not None
            and not same_place(outlet.region, to.region)
        )
        return "city" if same_place(outlet.city, to.city) and not unlike else None
    if outlet.city is not None:
        return None
    if outlet.region is not None:
        return "region" if to.region and same_place(outlet.region, to.region) else None
    return "unknown" if outlet.fence is None else None


def same_place(one: str, other: str) -> bool:
    """Tell whether two division names mean the same, Chinese ones with or without their level.

    Examples
    --------
    >>> same_place("上海", "上海市"), same_place("广西壮族自治区", "广西")
    (True, True)
    >>> same_place("York", "Yorkshire")
    False
    """
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_NAME and not short.isascii() and long.startswith(short)


def freight_minor(outlet: Outlet, weight_g: int | None) -> float:
    """Freight by the outlet's tariff, started kilograms rounded up; NaN without a tariff.

    Examples
    --------
    >>> from models.policy.network import Outlet
    >>> outlet = Outlet("a", "sf", first_kg_minor=1000, next_kg_minor=300)
    >>> [freight_minor(outlet, weight) for weight in (None, 1000, 1001, 2500)]
    [1000.0, 1000.0, 1300.0, 1600.0]
    """
    if outlet.first_kg_minor is None:
        return math.nan
    further = max(math.ceil((weight_g or 0) / GRAMS_PER_KG) - 1, 0)
    return float(outlet.first_kg_minor + further * (outlet.next_kg_minor or 0))


def cost_parts(candidate: Candidate, estimate: Estimate, costs: RoutingCosts) -> dict[str, float]:
    """Take the expected cost of a candidate apart; what no model says costs nothing.

    Examples
    --------
    >>> from models.policy.network import Outlet, Warehouse
    >>> candidate = Candidate(Warehouse("JX"), Outlet("a", "sf"), 1000.0, "city")
    >>> cost_parts(candidate, Estimate(0.5, None), RoutingCosts())
    {'freight': 1000.0, 'late': 750.0}
    """
    freight = candidate.freight_minor
    parts = {"freight": costs.unknown_freight.minor if math.isnan(freight) else freight}
    if estimate.p_late is not None:
        parts["late"] = estimate.p_late * costs.late.minor
    if estimate.p_first_attempt is not None:
        parts["failed_attempt"] = (1 - estimate.p_first_attempt) * costs.failed_attempt.minor
    return parts


def _missing(wanted: Wanted, network: Network, shelf: Shelf) -> dict[str, int]:
    """Units by SKU that the warehouse which lacks least would still need."""
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


def _substitutes(
    missing: Mapping[str, int], network: Network, shelf: Shelf
) -> dict[str, tuple[str, ...]]:
    """Other SKUs that the catalogue names and some warehouse has enough of."""
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


def explain_option(option: Option, best: Option) -> list[dict[str, Any]]:
    """Say what an option's cost is made of, and what it costs beyond the best.

    Returns
    -------
    list of dict
        ``code``, ``zh``, ``en`` and ``minor`` of each part, dearest first.

    Examples
    --------
    >>> from models.policy.network import Outlet, Warehouse
    >>> candidate = Candidate(Warehouse("JX"), Outlet("a", "sf"), 900.0, "city")
    >>> option = Option(candidate, Estimate(), {"freight": 900.0})
    >>> explain_option(option, option)[0]["en"]
    'freight'
    """
    reasons = [
        {"code": name, "zh": PARTS[name][0], "en": PARTS[name][1], "minor": round(minor)}
        for name, minor in sorted(option.parts.items(), key=lambda part: (-part[1], part[0]))
    ]
    beyond = option.cost_minor - best.cost_minor
    if beyond > 0:
        reasons.append(
            {
                "code": "dearer",
                "zh": "比最优方案多花",
                "en": "costs more than the best option",
                "minor": round(beyond),
            }
        )
    return reasons


PARTS: Final[dict[str, tuple[str, str]]] = {
    "freight": ("运费", "freight"),
    "late": ("晚到的预期损失", "expected cost of lateness"),
    "failed_attempt": ("首次派送失败的预期损失", "expected cost of a failed first attempt"),
}
"""Part of a cost to what it says."""

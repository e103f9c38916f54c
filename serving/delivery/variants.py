"""What a merchant may change in a what-if, and what becomes of the network and the costs then."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import FeatureError
from models.routing.network import Warehouse
from models.routing.outlet_rule import OutletRule
from models.routing.tariffs import Tariff

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from models.routing.costs import RoutingCosts
    from models.routing.network import Network, Outlet

Minor = Annotated[int, Field(ge=0)]
TODAY: Final = "today"
"""The variant that changes nothing; every other one is compared with it."""


class WhatIfError(FeatureError):
    """A what-if document that cannot be followed, with the place and the mend."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TariffChange(_Part):
    """Another tariff of a carrier, or of one outlet."""

    carrier: str | None = None
    outlet: str | None = None
    factor: float | None = Field(default=None, gt=0)
    first_kg_minor: Minor | None = None
    next_kg_minor: Minor | None = None


class NewWarehouse(_Part):
    """A warehouse that is not there yet."""

    warehouse: str
    region: str | None = None
    city: str | None = None
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    daily_capacity: Minor | None = None
    stock_like: str | None = None


class Rule(_Part):
    """The simple rule, see `models.routing.outlet_rule`."""

    outlets: tuple[str, ...] = ()
    more_than: Minor = 0


class Variant(_Part):
    """One way in which things could be done otherwise."""

    name: str = Field(min_length=1, max_length=40)
    without_carriers: tuple[str, ...] = ()
    only_carriers: tuple[str, ...] = ()
    without_warehouses: tuple[str, ...] = ()
    without_outlets: tuple[str, ...] = ()
    new_warehouses: tuple[NewWarehouse, ...] = ()
    tariffs: tuple[TariffChange, ...] = ()
    warehouse_capacity: dict[str, Minor | None] = Field(default_factory=dict)
    outlet_capacity: dict[str, Minor | None] = Field(default_factory=dict)
    costs: dict[str, Minor] = Field(default_factory=dict)
    rule: Rule | None = None


class WhatIf(_Part):
    """A what-if document."""

    days: int = Field(default=30, ge=1, le=400)
    variants: tuple[Variant, ...] = Field(min_length=1, max_length=20)


@dataclass(frozen=True)
class World:
    """What orders are routed in under one variant."""

    name: str
    network: Network
    costs: RoutingCosts
    stock_like: Mapping[str, str]
    rule: OutletRule | None = None


def read_what_if(file: Path) -> WhatIf:
    """Read a what-if document.

    Raises
    ------
    WhatIfError
        Naming the file, the place and the mend.
    """
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WhatIfError(f"{file}: is not YAML: {error}") from None
    try:
        found = WhatIf.model_validate(document)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'document'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise WhatIfError(f"{file}: {faults}") from None
    names = [variant.name for variant in found.variants]
    twice = sorted({name for name in names if names.count(name) > 1 or name == TODAY})
    if twice:
        raise WhatIfError(
            f"{file}: variants: {', '.join(twice)}: each name stands once, and {TODAY!r} is taken"
        )
    return found


def worlds_of(what_if: WhatIf, network: Network, costs: RoutingCosts) -> list[World]:
    """Give the world of today, and one for each variant.

    Raises
    ------
    WhatIfError
        When a variant names what the network does not have, or leaves nothing of it.
    """
    today = World(TODAY, network, costs, {})
    return [today, *(_world(variant, network, costs) for variant in what_if.variants)]


def _world(variant: Variant, network: Network, costs: RoutingCosts) -> World:
    """Change a network and costs as a variant says."""
    _check(variant, network)
    new = [
        Warehouse(
            one.warehouse, one.region, one.city, one.lat, one.lon, one.daily_capacity,
        )
        for one in variant.new_warehouses
    ]  # fmt: skip
    warehouses = tuple(
        replace(place, daily_capacity=variant.warehouse_capacity[place.warehouse])
        if place.warehouse in variant.warehouse_capacity
        else place
        for place in (*network.warehouses, *new)
        if place.warehouse not in variant.without_warehouses
    )
    outlets = tuple(
        _changed(outlet, variant) for outlet in network.outlets if _stays(outlet, variant)
    )
    if not warehouses or not outlets:
        raise WhatIfError(f"variant {variant.name}: leaves no warehouse or no outlet")
    prices = {
        name: replace(getattr(costs, name), minor=float(minor))
        for name, minor in variant.costs.items()
    }
    rule = None
    if variant.rule is not None:
        rule = OutletRule(variant.rule.outlets, variant.rule.more_than)
    return World(
        variant.name,
        replace(network, warehouses=warehouses, outlets=outlets),
        replace(costs, **prices),
        {one.warehouse: one.stock_like for one in variant.new_warehouses if one.stock_like},
        rule,
    )


def _stays(outlet: Outlet, variant: Variant) -> bool:
    """Tell whether a variant keeps an outlet."""
    if variant.only_carriers and outlet.carrier not in variant.only_carriers:
        return False
    gone = outlet.carrier in variant.without_carriers or outlet.outlet in variant.without_outlets
    return not gone


def _changed(outlet: Outlet, variant: Variant) -> Outlet:
    """Give an outlet its tariff and capacity under a variant."""
    if outlet.outlet in variant.outlet_capacity:
        outlet = replace(outlet, daily_capacity=variant.outlet_capacity[outlet.outlet])
    for change in variant.tariffs:
        if change.outlet == outlet.outlet or (
            change.outlet is None and change.carrier == outlet.carrier
        ):
            outlet = _priced(outlet, change)
    return outlet


def _priced(outlet: Outlet, change: TariffChange) -> Outlet:
    """Give an outlet another tariff."""
    if change.first_kg_minor is not None:
        return replace(
            outlet,
            tariff=None,
            first_kg_minor=change.first_kg_minor,
            next_kg_minor=change.next_kg_minor or 0,
        )
    tariff = outlet.own_tariff
    if tariff is None or change.factor is None:
        return outlet
    bands = tuple(
        replace(
            band,
            first_minor=band.first_minor * change.factor,
            next_minor=band.next_minor * change.factor,
            least_minor=band.least_minor * change.factor,
        )
        for band in tariff.bands
    )
    return replace(outlet, tariff=Tariff(bands))


def _check(variant: Variant, network: Network) -> None:
    """Refuse names that the network does not have, and changes that say nothing."""
    warehouses = {place.warehouse for place in network.warehouses}
    outlets = {outlet.outlet for outlet in network.outlets}
    carriers = {outlet.carrier for outlet in network.outlets}
    new = {one.warehouse for one in variant.new_warehouses}
    like = {one.stock_like for one in variant.new_warehouses if one.stock_like}
    priced = variant.tariffs
    rule = variant.rule.outlets if variant.rule else ()
    _known(variant, "without_carriers", variant.without_carriers, carriers)
    _known(variant, "only_carriers", variant.only_carriers, carriers)
    _known(variant, "tariffs.carrier", [c.carrier for c in priced if c.carrier], carriers)
    _known(variant, "without_outlets", variant.without_outlets, outlets)
    _known(variant, "outlet_capacity", variant.outlet_capacity, outlets)
    _known(variant, "tariffs.outlet", [c.outlet for c in priced if c.outlet], outlets)
    _known(variant, "rule.outlets", rule, outlets)
    _known(variant, "without_warehouses", variant.without_warehouses, warehouses)
    _known(variant, "warehouse_capacity", variant.warehouse_capacity, warehouses | new)
    _known(variant, "new_warehouses.stock_like", like, warehouses)
    costs = {field.name for field in fields(_costs_type())}
    _known(variant, "costs", variant.costs, costs)
    if new & warehouses:
        raise WhatIfError(
            f"variant {variant.name}: new_warehouses: {', '.join(sorted(new & warehouses))} is "
            "there already"
        )
    for change in priced:
        has_target = change.carrier is not None or change.outlet is not None
        if not has_target or (change.factor is None) == (change.first_kg_minor is None):
            raise WhatIfError(
                f"variant {variant.name}: tariffs: name a carrier or an outlet, and give either a "
                "factor or first_kg_minor"
            )


def _costs_type() -> Any:
    from models.routing.costs import RoutingCosts

    return RoutingCosts


def _known(variant: Variant, place: str, said: Iterable[str], known: set[str]) -> None:
    """Refuse names that nobody knows, and show a few that are known."""
    unknown = sorted(set(said) - known)
    if unknown:
        some = ", ".join(sorted(known)[:5])
        raise WhatIfError(
            f"variant {variant.name}: {place}: {', '.join(unknown)} is unknown; known are {some}"
            + (" …" if len(known) > 5 else "")
        )

"""The pairs of warehouse and outlet that can take an order, and why others cannot."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from models.routing.areas import serves
from models.routing.cutoffs import is_too_late
from models.routing.options import Candidate
from models.routing.tariffs import tariff_of

if TYPE_CHECKING:
    from models.routing.network import Network, Outlet, Shelf, Wanted, Warehouse


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
            refused, freight = (why, math.nan) if why else _lane(wanted, warehouse, outlet, network)
            if refused:
                turned_down[refused] += 1
                continue
            candidates.append(Candidate(warehouse, outlet, freight, served_by))
    return candidates, turned_down


def _lane(
    wanted: Wanted, warehouse: Warehouse, outlet: Outlet, network: Network
) -> tuple[str | None, float]:
    """Name the constraint that the way from a warehouse to an outlet does not meet, or price it."""
    tariff = tariff_of(outlet)
    if network.lanes is not None:
        pair = warehouse.warehouse, outlet.outlet
        if pair not in network.lanes:
            return "lane", math.nan
        tariff = network.lanes[pair] or tariff
    if tariff is None:
        return None, math.nan
    freight = tariff.one(wanted.weight_g or 0)
    return ("tariff", freight) if math.isnan(freight) else (None, freight)


def _refused_by_warehouse(wanted: Wanted, warehouse: Warehouse, shelf: Shelf) -> str | None:
    """Name the constraint that a warehouse does not meet."""
    name = warehouse.warehouse
    if wanted.warehouses is not None and name not in wanted.warehouses:
        return "warehouse"
    if shelf.available is not None:
        short = any(
            shelf.available.get((name, sku), 0) < units for sku, units in wanted.units.items()
        )
        if short:
            return "stock"
    if is_too_late(warehouse, wanted.at, wanted.ship_by):
        return "cut_off"
    if _is_full(warehouse.daily_capacity, shelf.sent_today.get(name, 0)):
        return "warehouse_capacity"
    return None


def _refused_by_outlet(wanted: Wanted, outlet: Outlet, shelf: Shelf) -> tuple[str | None, str]:
    """Name the constraint that an outlet does not meet, and how it serves the place."""
    if wanted.carriers is not None and outlet.carrier not in wanted.carriers:
        return "carrier", ""
    if wanted.services is not None and outlet.service not in wanted.services:
        return "service", ""
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

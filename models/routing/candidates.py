"""The pairs of warehouse and outlet that can take an order, and why others cannot."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from models.routing.areas import serves
from models.routing.options import Candidate
from models.routing.tariffs import freight_minor

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

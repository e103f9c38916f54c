"""What the candidates of one order are expected to cost, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.options import Candidates, Estimates
    from models.routing.prices import Prices

    Floats = NDArray[np.float64]


def cost_columns(
    candidates: Candidates,
    estimates: Estimates,
    costs: RoutingCosts,
    units: Mapping[str, int],
    prices: Prices | None = None,
) -> dict[str, Floats]:
    """Take the expected cost of candidates apart; what no model says costs nothing.

    Parameters
    ----------
    candidates, estimates
        Ways of one order, and what is expected of them.
    costs
        What going wrong costs.
    units
        What the order holds: SKU to units.
    prices
        What stock and capacity are worth to orders still to come.

    Returns
    -------
    dict
        Part, as `models.routing.costs.PARTS` names it, to minor units of the base currency, shape
        ``(n,)``.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.network import Outlet, Warehouse
    >>> from models.routing.options import Candidate, Candidates, Estimates
    >>> from models.routing.prices import Prices
    >>> ways = [Candidate(Warehouse(name), Outlet("a", "sf"), 900.0, "city") for name in "AB"]
    >>> late = Estimates(2, p_late=np.array([0.5, 0.0]))
    >>> scarce = Prices({("B", "CUP"): 40.0})
    >>> parts = cost_columns(Candidates.of(ways), late, RoutingCosts(), {"CUP": 2}, scarce)
    >>> {name: column.tolist() for name, column in parts.items()}
    {'freight': [900.0, 900.0], 'late': [750.0, 0.0], 'stock': [0.0, 80.0]}
    """
    freight = candidates.freight_minor
    if not candidates.all_priced:
        freight = np.where(np.isnan(freight), costs.unknown_freight.minor, freight)
    parts = {"freight": freight}
    handling = candidates.lanes.handling_minor
    if handling is not None:
        parts["handling"] = handling * sum(units.values())
    if estimates.p_late is not None:
        parts["late"] = estimates.p_late * costs.late.minor
    if estimates.p_first_attempt is not None:
        parts["failed_attempt"] = (1 - estimates.p_first_attempt) * costs.failed_attempt.minor
    if prices is not None:
        used = _worth(candidates, units, prices)
        if any(used):
            parts["stock"] = np.array(used)
    return parts


def _worth(candidates: Candidates, units: Mapping[str, int], prices: Prices) -> list[float]:
    """Value of the stock and of the places in the day that each candidate takes."""
    warehouses, outlets = candidates.lanes.ends
    sending = {
        name: prices.of_stock(name, units) + prices.warehouse.get(name, 0.0)
        for name in candidates.lanes.houses
    }
    bringing = prices.outlet.get
    return [
        sending[warehouse] + bringing(outlet, 0.0)
        for warehouse, outlet in zip(warehouses, outlets, strict=True)
    ]

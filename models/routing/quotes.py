"""What each open way would ask for each set of an order's lines, before stock is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.routing.subsets import members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.routing.costs import RoutingCosts
    from models.routing.lines import Lines
    from models.routing.options import Estimate
    from models.routing.ways import Way

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Quote:
    """Costs of all parcels that an order could be put into.

    Parameters
    ----------
    lines, ways
        Rows and columns: a set of lines is a number whose bits are its lines.
    warehouses
        Names of the ways' warehouses, each once.
    at
        Position of each way's warehouse, shape (n_ways,).
    parts
        Cost by cause, each broadcast to shape (n_ways, n_sets).
    minor
        Their sum; infinite where the parcel is too heavy or has no price.
    unsent_minor
        What it costs to leave a set out, shape (n_sets,).
    """

    lines: Lines
    ways: Sequence[Way]
    warehouses: tuple[str, ...]
    at: NDArray[np.intp]
    parts: Mapping[str, Floats]
    minor: Floats
    unsent_minor: Floats


def quote(
    lines: Lines,
    ways: Sequence[Way],
    estimates: Sequence[Estimate],
    costs: RoutingCosts,
    *,
    may_lack: bool = False,
) -> Quote:
    """Price every set of lines on every way.

    Parameters
    ----------
    lines
        The order's.
    ways
        Open to the order.
    estimates
        One a way, for the order as a whole.
    costs
        What going wrong costs.
    may_lack
        Whether a part of the order may be sent while the rest is not.

    Examples
    --------
    >>> from models.routing.costs import RoutingCosts
    >>> from models.routing.lines import lines_of
    >>> from models.routing.network import Destination, Outlet, Wanted, Warehouse
    >>> from models.routing.options import Estimate
    >>> from models.routing.tariffs import by_kilogram
    >>> from models.routing.ways import Way
    >>> lines = lines_of(Wanted({"A": 1, "B": 2}, Destination(), weight_g=3000), ("JX",), None)
    >>> way = Way(Warehouse("JX"), Outlet("sf-1", "sf"), by_kilogram(1000, 200), "city")
    >>> quote(lines, [way], [Estimate()], RoutingCosts()).minor.tolist()
    [[0.0, 1000.0, 1200.0, 1400.0]]
    """
    held = members(len(lines.pieces))
    units, weights = held @ lines.units, held @ lines.weights_g
    parts = {"freight": _freight(ways, weights, costs)}
    handling = np.array([way.warehouse.handling_minor for way in ways])
    if handling.any():
        parts["handling"] = handling[:, None] * units
    for name, values in _expected(estimates, costs).items():
        parts[name] = values[:, None]
    minor = np.zeros((len(ways), len(held)))
    for part in parts.values():
        minor += part
    minor[:, 0] = 0.0
    unsent = units * costs.unserved.minor + costs.short_order.minor
    if not may_lack:
        unsent[:-1] = math.inf
    unsent[0] = 0.0
    names = tuple(dict.fromkeys(way.warehouse.warehouse for way in ways))
    place = {name: position for position, name in enumerate(names)}
    at = np.array([place[way.warehouse.warehouse] for way in ways], dtype=np.intp)
    return Quote(lines, ways, names, at, parts, minor, unsent)


def _freight(ways: Sequence[Way], weights: Floats, costs: RoutingCosts) -> Floats:
    """Freight of each set on each way; infinite where the weight is too much or has no price."""
    freight = np.empty((len(ways), len(weights)))
    priced: dict[int, Floats] = {}
    for row, way in enumerate(ways):
        tariff = way.tariff
        if tariff is None:
            freight[row] = costs.unknown_freight.minor
        else:
            if id(tariff) not in priced:
                found = tariff.minor(weights)
                priced[id(tariff)] = np.where(np.isnan(found), math.inf, found)
            freight[row] = priced[id(tariff)]
        if way.outlet.max_weight_g is not None:
            freight[row, weights > way.outlet.max_weight_g] = math.inf
    return freight


def _expected(estimates: Sequence[Estimate], costs: RoutingCosts) -> dict[str, Floats]:
    """Say what may go wrong with a parcel costs; what no model says costs nothing."""
    late = [estimate.p_late or 0.0 for estimate in estimates]
    failed = [
        0.0 if estimate.p_first_attempt is None else 1.0 - estimate.p_first_attempt
        for estimate in estimates
    ]
    parts = {}
    if any(late):
        parts["late"] = np.array(late) * costs.late.minor
    if any(failed):
        parts["failed_attempt"] = np.array(failed) * costs.failed_attempt.minor
    return parts

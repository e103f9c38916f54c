"""Overload: orders expected at each warehouse and day against what it can send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.outlook import outlook_at
from models.demand.spread import QUANTILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.demand.series import DemandSeries, Floats

N_REHEARSALS: Final = 12
"""Past weeks whose forecasts say how far total orders stray."""


@dataclass(frozen=True, slots=True)
class WarehouseDay:
    """Orders expected at a warehouse on a day.

    Parameters
    ----------
    warehouse
        The warehouse.
    day_on
        The day, ISO 8601.
    expected_orders, high_orders
        Mean, and 90 % quantile.
    daily_capacity
        Orders it can send in a day, or None when unknown.
    state
        ``over`` when the mean exceeds the capacity, ``tight`` when the 90 % quantile does, ``fine``
        otherwise, ``unknown`` without a capacity.
    """

    warehouse: str
    day_on: str
    expected_orders: float
    high_orders: float
    daily_capacity: int | None
    state: str


def expected_load(
    orders: DemandSeries,
    shares: Mapping[str, float],
    capacities: Mapping[str, int | None],
    horizon: int,
) -> tuple[WarehouseDay, ...]:
    """Spread the orders expected over warehouses as their parcels were spread lately.

    Parameters
    ----------
    orders
        One series of all orders.
    shares
        Share of orders that each warehouse sends.
    capacities
        Orders that each warehouse can send in a day.
    horizon
        Days ahead.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> orders = DemandSeries.from_units({"orders": [10.0] * 70}, "2024-01-01")
    >>> day = expected_load(orders, {"A": 1.0}, {"A": 8}, 1)[0]
    >>> day.expected_orders, day.state
    (10.0, 'over')
    """
    origin = orders.n_steps
    outlook = outlook_at(orders, origin, horizon)
    if not len(outlook.baseline):
        return ()
    mean = outlook.baseline[0]
    high = mean * _high_ratio(orders, horizon)
    days = orders.days(origin, origin + horizon)
    return tuple(
        WarehouseDay(
            warehouse=warehouse,
            day_on=str(days[step]),
            expected_orders=round(float(share * mean[step]), 1),
            high_orders=round(float(share * high[step]), 1),
            daily_capacity=capacities.get(warehouse),
            state=_state(share * mean[step], share * high[step], capacities.get(warehouse)),
        )
        for warehouse, share in sorted(shares.items())
        for step in range(horizon)
    )


def _high_ratio(orders: DemandSeries, horizon: int) -> Floats:
    """90 % quantile over mean of total orders on past forecasts, one for all days."""
    truth = orders.known(orders.n_steps)[0]
    ratios = []
    for fold in range(1, N_REHEARSALS + 1):
        origin = orders.n_steps - 7 * fold
        if origin < 28:
            break
        mean = outlook_at(orders, origin, min(horizon, orders.n_steps - origin)).baseline
        actual = truth[origin : origin + mean.shape[1]]
        if len(mean):
            ratios.append(actual[mean[0] > 0] / mean[0][mean[0] > 0])
    if not ratios:
        return np.full(horizon, 1.5)
    return np.full(horizon, max(float(np.quantile(np.concatenate(ratios), QUANTILES[-1])), 1.0))


def _state(expected: float, high: float, capacity: int | None) -> str:
    """Compare with the capacity."""
    if capacity is None:
        return "unknown"
    if expected > capacity:
        return "over"
    return "tight" if high > capacity else "fine"

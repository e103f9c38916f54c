"""What stock and places in the day are worth to orders still to come: made, kept and taken up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.routing.expected import ExpectedOrders
from models.routing.kinds import kinds_of
from models.routing.network import Shelf
from models.routing.orders import ask
from models.routing.prices import Prices
from models.routing.resources import Capacity
from serving.jobs.job import HistoryJob

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from features.history import History
    from features.order import OrderRows
    from models.routing.network import Network, Wanted
    from models.routing.options import Estimate
    from models.routing.ways import Way
    from serving.delivery.service import DeliveryService

HORIZON_DAYS: Final = 14
"""Days of orders that the present stock is to serve: those of a demand forecast."""
SEEN_DAYS: Final = 28
"""Days of orders that stand for those to come: four whole weeks."""
RESOLVED_HOURS: Final = 8
"""How often prices are made. Made twenty times over the horizon, which is every 17 hours, they
closed 58 to 68 % of the gap to perfect foresight on the instances of Jasin and Sinha, made once
only a third; three times a day sees each day's sales and costs little."""


class Pricing(HistoryJob):
    """The job that makes prices, several times a day."""

    name = "prices"

    def due_for(self, history: History, now: datetime) -> tuple[str, str] | None:
        """Give the part of the day, or None where the home has no stock to price."""
        if not all(history.has(table) for table in ("outlets", "warehouses", "stock", "orders")):
            return None
        return self.name, f"{now:%Y-%m-%d} {now.hour // RESOLVED_HOURS}"


def solve_prices(
    delivery: DeliveryService,
    orders: Sequence[OrderRows],
    *,
    made_at: int,
    advance: Callable[[float], None] = lambda _: None,
) -> Prices:
    """Price the present stock and the coming days by the orders expected.

    Parameters
    ----------
    delivery
        Network, stock, models and costs.
    orders
        Those of the last `SEEN_DAYS`.
    made_at
        The present, microseconds UTC.
    advance
        Told of each kind of order that was asked about.

    Returns
    -------
    Prices
        Nothing costs anything where stock is not known.
    """
    network, available = delivery.reference.network, delivery.reference.available
    if available is None or not orders:
        return Prices(made_at=made_at)
    wanted = (delivery.wanted(rows.order, rows.lines) for rows in orders)
    kinds = kinds_of((one for one in wanted if one.units), scale=HORIZON_DAYS / SEEN_DAYS)
    quotes, n_orders = [], []
    for one, n in zip(kinds.wanted, kinds.n_orders.tolist(), strict=True):
        asked = ask("", one, network, Shelf(None), _estimator(delivery, one, made_at),
                    delivery.costs)  # fmt: skip
        advance(1)
        if asked.quoted.ways:
            quotes.append(asked.quoted)
            n_orders.append(n)
    if not quotes:
        return Prices(made_at=made_at)
    import numpy as np

    expected = ExpectedOrders(quotes, delivery.costs)
    return expected.prices(np.array(n_orders), _left(network, available), made_at=made_at)


def _estimator(
    delivery: DeliveryService, wanted: Wanted, at: int
) -> Callable[[Sequence[Way]], Sequence[Estimate]]:
    """Ask the models about an order of which only goods and place are known."""
    from dataclasses import replace

    order: dict[str, Any] = {
        "order_key": "",
        "placed_at": at,
        "received_at": at,
        "ship_region": wanted.to.region,
        "ship_city": wanted.to.city,
        "ship_lat": wanted.to.lat,
        "ship_lon": wanted.to.lon,
    }
    return lambda ways: replace(delivery.estimates(order, [], ways), arrivals=None).every()


def _left(network: Network, available: Any) -> Capacity:
    """Give the stock there is, and the places of all days of the horizon."""
    return Capacity(
        dict(available),
        {
            place.warehouse: float(place.daily_capacity * HORIZON_DAYS)
            for place in network.warehouses
            if place.daily_capacity is not None
        },
        {
            outlet.outlet: float(outlet.daily_capacity * HORIZON_DAYS)
            for outlet in network.outlets
            if outlet.daily_capacity is not None
        },
    )

"""What the merchant's systems showed at one instant: nothing that became known later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.identity import order_number

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.shop import Shop

TRACKING_MINUTES: Final = 25
"""Minutes until a carrier's last scan is known."""


@dataclass(frozen=True)
class Ledger:
    """The shop as it was known at an instant.

    Parameters
    ----------
    shop
        Everything that happened.
    as_of
        The instant, seconds since 1970; only what was known before it is shown.
    since
        First second of the orders shown, for the part that is fed later.
    """

    shop: Shop
    as_of: int
    since: int = 0

    @cached_property
    def orders(self) -> Frame:
        """Orders known by then, with their numbers and the status of the moment."""
        orders = self.shop.orders
        seen = (orders["received"] < self.as_of) & (orders["at"] >= self.since)
        shown = orders[seen]
        status = np.where(shown["paid"].to_numpy() < self.as_of, "paid", "created").astype(object)
        row = shown.index.to_numpy()
        parcels = self.shop.shipments.set_index("order")
        at = parcels.index.get_indexer(row)
        has = at >= 0
        shipped = has & (parcels["shipped"].to_numpy()[at] < self.as_of)
        ended = parcels["ended"].to_numpy()[at] + TRACKING_MINUTES * 60 < self.as_of
        fine = parcels["is_delivered"].to_numpy()[at]
        status[shipped] = "shipped"
        status[shipped & ended] = np.where(fine, "delivered", "delivery_failed")[shipped & ended]
        status[np.isin(row, self._orders_with("cancel"))] = "cancelled"
        status[np.isin(row, self._orders_with("return"))] = "returned"
        channels = [c.name for c in self.shop.parameters.channels]
        names = [channels[c] for c in shown["channel"]]
        days = np.datetime_as_string((shown["at"].to_numpy() + 8 * 3600).astype("M8[s]"), unit="D")
        short = [day[2:].replace("-", "") for day in days.tolist()]
        numbers = list(map(order_number, names, row.tolist(), short))
        return shown.assign(status=status, channel_name=names, number=numbers)

    def _orders_with(self, kind: str) -> np.ndarray:
        """Give the orders with an outcome of a kind that was known by then."""
        orders: np.ndarray = self.outcomes.loc[self.outcomes["kind"] == kind, "order"].to_numpy()
        return orders

    @cached_property
    def outcomes(self) -> Frame:
        """Outcomes known by then."""
        outcomes = self.shop.outcomes
        return outcomes[outcomes["known"] < self.as_of]

    @cached_property
    def lines(self) -> Frame:
        """Lines of the orders shown."""
        lines = self.shop.lines
        return lines[lines["order"].isin(self.orders.index)]

    @cached_property
    def shipments(self) -> Frame:
        """Parcels that had left, with -1 for every instant that was not known yet."""
        parcels = self.shop.shipments
        parcels = parcels[
            (parcels["shipped"] < self.as_of) & parcels["order"].isin(self.orders.index)
        ].copy()
        known = parcels["ended"] + TRACKING_MINUTES * 60
        parcels["known"] = np.where(known < self.as_of, known, -1)
        done = parcels["is_delivered"] & (parcels["known"] >= 0)
        parcels["delivered"] = np.where(done, parcels["ended"], -1)
        tried = parcels["first_attempt"] + TRACKING_MINUTES * 60 < self.as_of
        parcels["tried"] = tried
        parcels["first_attempt"] = np.where(tried, parcels["first_attempt"], -1)
        parcels["picked_up"] = np.where(parcels["picked_up"] < self.as_of, parcels["picked_up"], -1)
        return parcels

    def of(self, channel: str) -> tuple[Frame, Frame]:
        """Give the orders and lines of one channel."""
        orders = self.orders[self.orders["channel_name"] == channel]
        return orders, self.lines[self.lines["order"].isin(orders.index)]

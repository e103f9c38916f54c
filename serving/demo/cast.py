"""Room for further accounts and homes, as trouble and look-alikes bring them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from serving.demo.days import DAY_SECONDS, day_start
from serving.demo.intake import PLAIN
from serving.demo.people import LINE_START, SECOND, People, make_addresses

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters


class Cast:
    """Collects planted orders and the accounts and addresses they need.

    Parameters
    ----------
    draw
        The random stream.
    parameters
        Parameters of the shop.
    people
        The honest circle of buyers.
    """

    def __init__(
        self, draw: np.random.Generator, parameters: ShopParameters, people: People
    ) -> None:
        self.draw = draw
        self.parameters = parameters
        self.people = people
        self.channels = [channel.name for channel in parameters.channels]
        self.start = day_start(parameters.span.first_on)
        self._buyers: list[dict[str, Any]] = []
        self._addresses: list[Frame] = []
        self._n_addresses = len(people.addresses)
        self._thing = LINE_START
        self._orders: list[dict[str, Any]] = []

    def address(self, place: int, kind: int = 0) -> int:
        """Build one more address in a place."""
        self._addresses.append(make_addresses(self.draw, np.array([place]), np.array([kind])))
        self._n_addresses += 1
        return self._n_addresses - 1

    def neighbours(self, place: int, count: int) -> list[int]:
        """Build several addresses in one building."""
        homes = make_addresses(self.draw, np.full(count, place), np.zeros(count, int))
        for name in ("estate", "road", "house", "building", "street", "street_no", "lat", "lon"):
            homes[name] = homes[name].iloc[0]
        homes["flat"] = self.draw.permutation(60)[:count] % 60 + 1
        self._addresses.append(homes)
        self._n_addresses += count
        return list(range(self._n_addresses - count, self._n_addresses))

    def thing(self) -> int:
        """Give a line, device or card that nobody has used."""
        self._thing += 1
        return self._thing

    def account(self, channel: str, address: int, **known: Any) -> int:
        """Open an account; it is new at its first order unless told otherwise."""
        number = len(self.people.buyers) + len(self._buyers)
        self._buyers.append(
            {
                "channel": self.channels.index(channel),
                "address": address,
                "office": -1,
                "weight": 0.0,
                "nat": 0,
                "is_new": True,
                "account_age_days": 30.0,
                "refund_habit": 0.0,
                "absent_habit": 0.0,
                "favourite": 0,
                "card_abroad": False,
                "coupon_habit": 0.0,
                "device": number,
                **known,
            }
        )
        return number

    def order(self, channel: str, buyer: int, at: float, address: int, **known: Any) -> None:
        """Place one order."""
        self._orders.append(
            {
                **PLAIN,
                "channel": self.channels.index(channel),
                "buyer": buyer,
                "at": int(at),
                "address": address,
                "line": address,
                "device": buyer,
                "card": buyer,
                **known,
            }
        )

    def repeat(self, orders: Frame, row: int, seconds: float, **known: Any) -> None:
        """Place an order like an existing one, some seconds later, with its basket."""
        base = orders.iloc[row].to_dict()
        self._orders.append(
            {**base, "at": int(base["at"] + seconds), "basket_of": row, "look_alike": "", **known}
        )

    def moment(self, earliest_day: float, latest_day: float) -> float:
        """Draw an instant between two days of trade, in seconds since 1970."""
        return self.start + self.draw.uniform(earliest_day, latest_day) * DAY_SECONDS

    def second(self, buyer: int) -> int:
        """Give the second device or card of an account."""
        return buyer + SECOND

    def finish(self, orders: Frame) -> tuple[People, Frame]:
        """Give all people and all orders, the ordinary ones first and in their old rows."""
        import pandas as pd

        buyers, addresses = self.people.buyers, self.people.addresses
        if self._buyers:
            buyers = pd.concat([buyers, pd.DataFrame(self._buyers)], ignore_index=True)
        if self._addresses:
            addresses = pd.concat([addresses, *self._addresses], ignore_index=True)
        if self._orders:
            orders = pd.concat([orders, pd.DataFrame(self._orders)], ignore_index=True)
        last = self.start + self.parameters.span.n_days * DAY_SECONDS
        orders = orders[(orders["at"] >= self.start) & (orders["at"] < last)]
        return People(buyers, addresses), orders

"""Ordinary orders: who orders when, from where, with what device and card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.days import (
    CHINA_OFFSET_MIN,
    DAY_SECONDS,
    day_start,
    intensity,
    lifts,
    seconds_of_day,
)
from serving.demo.draws import pick, stream
from serving.demo.people import SECOND
from serving.demo.places import places

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters
    from serving.demo.people import People

PEAK_LIFT: Final = 1.9
"""Lift from which a day has the hours of a peak day."""

PLAIN: Final[dict[str, Any]] = {
    "kind": "",
    "incident": "",
    "look_alike": "",
    "theme": "",
    "theme_sku": -1,
    "basket_of": -1,
    "coupon": "",
    "author": -1,
    "bill_place": -1,
    "avs_fails": False,
}
"""What an ordinary order has in the columns that trouble and look-alikes fill."""


def ordinary_orders(seed: int, parameters: ShopParameters, people: People, n_orders: int) -> Frame:
    """Draw the ordinary orders, without baskets.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.
    people
        Who may order.
    n_orders
        How many.

    Returns
    -------
    Frame
        ``channel, buyer, at`` (seconds since 1970), ``address, line, device, card, author`` and
        the columns of ``PLAIN``.
    """
    import pandas as pd

    draw = stream(seed, "intake")
    lift = lifts(parameters.span, parameters.promotions)
    shares = np.array([channel.share for channel in parameters.channels])
    counts = np.round(n_orders * shares / shares.sum()).astype(int)
    parts = [
        _of_channel(draw, parameters, people, lift, number, int(count))
        for number, count in enumerate(counts)
    ]
    return pd.concat(parts, ignore_index=True)


def _of_channel(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    lift: Any,
    number: int,
    n: int,
) -> Frame:
    """Draw the ordinary orders of one channel."""
    import pandas as pd

    channel, span = parameters.channels[number], parameters.span
    day = pick(draw, intensity(span, channel, lift, draw), n)
    is_live = draw.random(n) < channel.live_share
    is_peak = (lift[day] >= PEAK_LIFT) & (channel.promotion_lift > 0.6)
    second = seconds_of_day(draw, is_peak, is_live)
    accounts = people.buyers.index[people.buyers["channel"] == number].to_numpy()
    buyer = accounts[pick(draw, people.buyers["weight"].to_numpy()[accounts], n)]
    offset = places()["utc_offset_min"].to_numpy()[
        people.addresses["place"].to_numpy()[people.buyers["address"].to_numpy()[buyer]]
    ]
    at = day_start(span.first_on) + day * DAY_SECONDS + second
    # The day is the buyer's own: shift from China's clock to the local one, within the span.
    at = at + (CHINA_OFFSET_MIN - offset) * 60
    last = day_start(span.first_on) + span.n_days * DAY_SECONDS - 1
    at = np.where(at > last, at - DAY_SECONDS, at)
    at = np.where(at < day_start(span.first_on), at + DAY_SECONDS, at)
    orders = pd.DataFrame({"channel": number, "buyer": buyer, "at": at}).assign(**PLAIN)
    orders["author"] = np.where(is_live, pick(draw, 1.0 / np.arange(1, 13), n), -1)
    return _with_identifiers(draw, parameters, people, orders)


def _with_identifiers(
    draw: np.random.Generator, parameters: ShopParameters, people: People, orders: Frame
) -> Frame:
    """Say where each order goes, and over which line, device and card it came."""
    who, n = parameters.buyers, len(orders)
    mine = people.buyers.take(orders["buyer"].to_numpy())
    home, office = mine["address"].to_numpy(), mine["office"].to_numpy()
    at_office = (office >= 0) & (draw.random(n) < who.office_order_share)
    address = np.where(at_office, office, home)
    is_gift = draw.random(n) < who.gift_share
    address = np.where(is_gift, np.roll(home, 1), address)
    line = np.where(at_office, office, home)
    mobile = ~at_office & (draw.random(n) < who.mobile_share)
    orders["address"] = address
    orders["line"] = np.where(mobile, mine["nat"].to_numpy(), line)
    orders["device"] = np.where(draw.random(n) < 0.12, orders["buyer"] + SECOND, mine["device"])
    orders["card"] = np.where(draw.random(n) < 0.1, orders["buyer"] + SECOND, orders["buyer"])
    orders["look_alike"] = np.where(is_gift, "gift", "")
    # An honest card of another country: that of a fixed other place.
    there = people.addresses["place"].to_numpy()[np.roll(home, 7)]
    orders["bill_place"] = np.where(mine["card_abroad"].to_numpy(), there, -1)
    return orders

"""Who buys and where they live: accounts, homes, offices, lines and devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.draws import pick, stream
from serving.demo.frames import Frame, stacked
from serving.demo.places import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.parameters import Channel, ShopParameters

N_ROADS: Final = 26
"""Roads of a district that the demonstration knows."""

N_ESTATES: Final = 18
"""Housing estates of a district that the demonstration knows."""

NAT_START: Final = 10_000_000
"""First line number of the carriers' shared addresses."""

LINE_START: Final = 20_000_000
"""First number of lines, devices and cards that only planted orders use."""

SECOND: Final = 1_000_000
"""Added to a buyer's number for the second device or card."""

HOME_COUNTRY: Final = "CN"


@dataclass(frozen=True)
class People:
    """Everyone who may order.

    Parameters
    ----------
    buyers
        One row an account: ``channel, address, office, weight, line, nat, device, is_new,
        account_age_days, refund_habit, absent_habit, favourite, card_abroad, handle``.
    addresses
        One row a place to deliver: ``place, estate, road, house, building, unit, room, kind
        (0 home, 1 office, 2 locker), lat, lon``.
    """

    buyers: Frame
    addresses: Frame


def make_addresses(
    draw: np.random.Generator, place: NDArray[np.int64], kind: NDArray[np.int64]
) -> Frame:
    """Make one address in each of the given places.

    Parameters
    ----------
    draw
        The random stream.
    place
        Row of ``places.places()`` of each address, shape ``(n,)``.
    kind
        0 home, 1 office, 2 parcel locker, shape ``(n,)``.
    """
    import pandas as pd

    n = len(place)
    known = places()
    estate = draw.integers(0, N_ESTATES, n)
    spread = np.where(known["is_rural"].to_numpy()[place], 0.06, 0.025)
    return pd.DataFrame(
        {
            "place": place,
            "estate": estate,
            # An estate stands at one spot: road and house number follow from it.
            "road": (estate * 7 + place) % N_ROADS,
            "house": 3 + (estate * 97 + place * 31) % 880,
            "building": draw.integers(1, 22, n),
            "unit": draw.integers(1, 4, n),
            "room": draw.integers(1, 27, n) * 100 + draw.integers(1, 5, n),
            "street": draw.integers(0, 40, n),
            "street_no": draw.integers(1, 2400, n),
            "flat": np.where(draw.random(n) < 0.45, draw.integers(1, 60, n), 0),
            "kind": kind,
            "lat": known["lat"].to_numpy()[place] + draw.normal(0, 1, n) * spread,
            "lon": known["lon"].to_numpy()[place] + draw.normal(0, 1, n) * spread,
        }
    )


def people(seed: int, parameters: ShopParameters) -> People:
    """Make the circle of buyers.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.
    """
    import pandas as pd

    draw = stream(seed, "people")
    buyers: list[Frame] = []
    addresses: list[Frame] = []
    start = 0
    for number, channel in enumerate(parameters.channels):
        accounts, homes = _accounts(draw, parameters, number, channel)
        accounts[["address", "office"]] += np.where(accounts[["address", "office"]] >= 0, start, 0)
        start += len(homes)
        buyers.append(accounts)
        addresses.append(homes)
    everyone = stacked(buyers)
    everyone["device"] = np.where(
        draw.random(len(everyone)) < 0.15,
        everyone.groupby("address").cumcount().rsub(everyone.index.to_series()),
        everyone.index,
    )
    return People(everyone, pd.concat(addresses, ignore_index=True))


def _accounts(
    draw: np.random.Generator, parameters: ShopParameters, number: int, channel: Channel
) -> tuple[Frame, Frame]:
    """Make the accounts of one channel and their addresses, numbered from 0."""
    import pandas as pd

    who, span = parameters.buyers, parameters.span
    n = max(int(span.n_orders * channel.share * span.n_buyers_per_order), 20)
    known = places()
    is_abroad = (known["country"] != HOME_COUNTRY).to_numpy()
    reach = is_abroad if channel.name == "shopify" else ~is_abroad
    place = pick(draw, known["weight"].to_numpy() * reach, n)
    n_offices = max(int(who.n_offices * channel.share), 1)
    office_place = pick(draw, known["weight"].to_numpy() * reach, n_offices)
    kind = np.where(draw.random(n) < 0.06, 2, 0)
    homes = make_addresses(
        draw, np.concatenate([place, office_place]), np.concatenate([kind, np.ones(n_offices, int)])
    )
    address = np.arange(n)
    shares = (draw.random(n) < who.household_share) & (address > 0)
    address = np.where(shares, np.maximum(address - 1, 0), address)
    at_office = draw.random(n) < who.office_share
    return pd.DataFrame(
        {
            "channel": number,
            "address": address,
            "office": np.where(at_office, n + draw.integers(0, n_offices, n), -1),
            "weight": draw.gamma(who.activity_shape, 1.0, n) + 0.02,
            "nat": NAT_START + place * 7919 % who.nat_size,
            "is_new": draw.random(n) < channel.new_buyer_share,
            "account_age_days": draw.exponential(420.0, n) + 5.0,
            "refund_habit": draw.normal(0.0, who.refund_spread, n),
            "absent_habit": draw.normal(0.0, who.absent_spread, n),
            "favourite": draw.integers(0, 14, n),
            "card_abroad": draw.random(n) < who.abroad_card_share,
            "coupon_habit": draw.normal(0.0, 0.8, n),
        }
    ), homes

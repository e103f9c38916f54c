"""Innocent orders that look like trouble, so that a rule has something to spare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo.draws import pick, stream
from serving.demo.places import places

if TYPE_CHECKING:
    from serving.demo.cast import Cast
    from serving.demo.frames import Frame

KINDS: Final = (
    "again_next_day",
    "again_same_day",
    "household_pair",
    "office_run",
    "forgot_something",
    "traveller",
    "gift",
    "bulk",
)
"""Kinds of innocent orders that a careless rule would flag."""


def mingle(seed: int, cast: Cast, orders: Frame) -> None:
    """Mingle the look-alikes with the orders.

    Parameters
    ----------
    seed
        Seed of the simulation.
    cast
        Collects the orders.
    orders
        The ordinary orders.
    """
    cast.draw = stream(seed, "look-alikes")
    _again(cast, orders)
    _household_pairs(cast, orders)
    _forgot_something(cast, orders)
    _office_runs(cast)
    _travellers(cast)


def _again(cast: Cast, orders: Frame) -> None:
    """Buy the same goods again, later the same day or the next."""
    much = cast.parameters.look_alikes
    for name, count, low_hours, high_hours in (
        ("again_next_day", much.n_again_next_day, 16.0, 40.0),
        ("again_same_day", much.n_again_same_day, 1.0, 10.0),
    ):
        for row in cast.draw.choice(len(orders), count, replace=False).tolist():
            seconds = cast.draw.uniform(low_hours, high_hours) * 3600
            cast.repeat(orders, row, seconds, look_alike=name)


def _household_pairs(cast: Cast, orders: Frame) -> None:
    """Let the other person at home order the same: a limit of one each, a live-stream offer."""
    draw = cast.draw
    for row in draw.choice(len(orders), cast.parameters.look_alikes.n_household_pairs).tolist():
        base = orders.iloc[row]
        channel = cast.channels[int(base["channel"])]
        other = cast.account(channel, int(base["address"]), is_new=False, account_age_days=300.0)
        cast.repeat(
            orders, row, draw.uniform(30, 1500),
            buyer=other, device=other, card=other, look_alike="household_pair",
        )  # fmt: skip


def _forgot_something(cast: Cast, orders: Frame) -> None:
    """Order something else shortly after."""
    draw = cast.draw
    for row in draw.choice(len(orders), cast.parameters.look_alikes.n_card_retries).tolist():
        cast.repeat(
            orders, row, draw.uniform(60, 1700), basket_of=-1, look_alike="forgot_something"
        )


def _office_runs(cast: Cast) -> None:
    """Let colleagues order within the hour from one line to one office."""
    draw, span = cast.draw, cast.parameters.span
    buyers = cast.people.buyers
    shopify = cast.channels.index("shopify")
    offices = buyers[(buyers["channel"] == shopify) & (buyers["office"] >= 0)]
    counts = offices.groupby("office").size()
    usable = counts[counts >= 3].index.to_numpy()
    if not len(usable):
        return
    for _ in range(cast.parameters.look_alikes.n_office_runs):
        office = int(draw.choice(usable))
        people = offices.index[offices["office"] == office].to_numpy()
        start = cast.moment(3.0, span.n_days)
        n = min(int(draw.integers(3, 7)), len(people))
        for buyer in draw.choice(people, n, replace=False).tolist():
            cast.order(
                "shopify", buyer, start + draw.uniform(0, 3600), office,
                line=office, look_alike="office_run",
            )  # fmt: skip


def _travellers(cast: Cast) -> None:
    """Let honest people abroad buy dear things with a card of their old country."""
    draw, span = cast.draw, cast.parameters.span
    buyers = cast.people.buyers
    shopify = buyers.index[buyers["channel"] == cast.channels.index("shopify")].to_numpy()
    known = places()
    usable = known["weight"].to_numpy() * (known["country"] != "CN").to_numpy()
    for buyer in draw.choice(shopify, cast.parameters.look_alikes.n_travellers).tolist():
        mine = buyers.iloc[buyer]
        cast.order(
            "shopify", buyer, cast.moment(3.0, span.n_days), int(mine["address"]),
            line=int(mine["address"]), device=int(mine["device"]), theme="resale",
            bill_place=int(pick(draw, usable, 1)[0]), look_alike="traveller",
        )  # fmt: skip


def bulk_orders(seed: int, orders: Frame, share: float) -> np.ndarray:
    """Choose the rows that are honest bulk orders of companies."""
    draw = stream(seed, "bulk")
    plain = np.flatnonzero((orders["kind"] == "") & (orders["look_alike"] == ""))
    return draw.choice(plain, int(len(orders) * share), replace=False)

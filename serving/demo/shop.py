"""The whole simulation: everything that happened in the shop, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from serving.demo import look_alikes, trouble
from serving.demo.aftermath import aftermath
from serving.demo.baskets import order_lines, with_money
from serving.demo.cast import Cast
from serving.demo.days import DAY_SECONDS, day_start
from serving.demo.delivery import shipments
from serving.demo.draws import stream
from serving.demo.goods import catalog as make_catalog
from serving.demo.intake import ordinary_orders
from serving.demo.network import alerts as make_alerts
from serving.demo.network import outlets as make_outlets
from serving.demo.people import People
from serving.demo.people import people as make_people
from serving.demo.places import places
from serving.demo.stock import stock as make_stock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters

MERCHANT: Final = "demo"
"""Name of the demonstration's merchant."""

SEED: Final = 20261111
"""Seed used unless another is given."""

DUE_DAYS: Final = 3
"""Days within which a channel wants an order to leave."""


@dataclass(frozen=True)
class Shop:
    """Everything that happened, the future and the truth included.

    Parameters
    ----------
    parameters
        What it was made with.
    seed
        The seed it was made with.
    people
        Accounts and addresses.
    catalog, outlets, alerts
        Reference data.
    orders
        One row an order in time order; ``kind`` and ``incident`` say what was planted.
    lines, shipments, outcomes, stock
        What belongs to the orders, by row of ``orders``; instants in seconds since 1970.
    promises
        Promised delivery of each order, seconds since 1970, shape ``(n_orders,)``.
    """

    parameters: ShopParameters
    seed: int
    people: People
    catalog: Frame
    outlets: Frame
    alerts: Frame
    orders: Frame
    lines: Frame
    shipments: Frame
    outcomes: Frame
    stock: Frame
    promises: NDArray[np.int64]

    @property
    def cutoff(self) -> int:
        """First second that is held back, in seconds since 1970."""
        return day_start(self.parameters.span.live_on)


def simulate(parameters: ShopParameters, seed: int = SEED) -> Shop:
    """Simulate the shop.

    Parameters
    ----------
    parameters
        What it is made of.
    seed
        The same seed and parameters give the same shop, byte for byte.

    Examples
    --------
    >>> from serving.demo.parameters import ShopParameters, Span
    >>> shop = simulate(ShopParameters(span=Span(n_orders=3000)), seed=7)
    >>> bool(shop.orders["at"].is_monotonic_increasing)
    True
    """
    goods = make_catalog(seed, parameters)
    honest = make_people(seed, parameters)
    planted = _expected_planted(parameters)
    ordinary = ordinary_orders(seed, parameters, honest, parameters.span.n_orders - planted)
    cast = Cast(stream(seed, "cast"), parameters, honest)
    trouble.plant(seed, cast, ordinary, goods)
    look_alikes.mingle(seed, cast, ordinary)
    everyone, orders = cast.finish(ordinary)
    bulk = look_alikes.bulk_orders(seed, orders, parameters.basket.bulk_share)
    orders.iloc[bulk, orders.columns.get_loc("look_alike")] = "bulk"
    unseen = trouble.unseen(seed, orders, cast.channels, parameters.aftermath)
    orders.iloc[unseen, orders.columns.get_loc("kind")] = "unseen_fraud"
    everyone = _with_contacts(everyone)
    lines = order_lines(seed, parameters, everyone, goods, orders)
    orders, lines = _in_time_order(orders, lines)
    orders = _with_circumstances(seed, parameters, everyone, orders)
    orders, lines = with_money(seed, parameters, everyone, goods, orders, lines)
    orders = _with_load(orders, lines, goods)
    network = make_outlets(seed, parameters)
    warnings = make_alerts(seed, parameters)
    sent = shipments(seed, parameters, everyone, orders, network, warnings)
    outcomes, left = aftermath(seed, parameters, everyone, goods, orders, lines, sent)
    counts = make_stock(seed, parameters, goods, lines, left)
    return Shop(
        parameters=parameters,
        seed=seed,
        people=everyone,
        catalog=goods,
        outlets=network,
        alerts=warnings,
        orders=orders,
        lines=lines,
        shipments=left,
        outcomes=outcomes,
        stock=counts,
        promises=sent["promised"].to_numpy(),
    )


def _expected_planted(parameters: ShopParameters) -> int:
    """Estimate the number of orders that trouble and look-alikes add."""
    planted, much = parameters.trouble, parameters.look_alikes
    return int(
        planted.n_duplicates
        + planted.n_bursts * np.mean(planted.burst_orders)
        + planted.n_rings * np.mean(planted.ring_orders)
        + planted.n_abuses * np.mean(planted.abuse_orders)
        + planted.n_stolen
        + much.n_again_next_day
        + much.n_again_same_day
        + much.n_household_pairs
        + much.n_card_retries
        + much.n_office_runs * 4.5
        + much.n_travellers
    )


def _with_contacts(people: People) -> People:
    """Give every account its phone, unless it uses one that another account has."""
    buyers = people.buyers
    own = buyers.index.to_series()
    phone = buyers["phone"].fillna(own) if "phone" in buyers else own
    return People(buyers.assign(phone=phone.astype(np.int64)), people.addresses)


def _in_time_order(orders: Frame, lines: Frame) -> tuple[Frame, Frame]:
    """Sort the orders by time and let the lines follow."""
    order = np.argsort(orders["at"].to_numpy(), kind="stable")
    where = np.full(int(orders.index.max()) + 1, -1)
    where[orders.index.to_numpy()[order]] = np.arange(len(order))
    sorted_orders = orders.take(order).reset_index(drop=True)
    lines = lines.assign(order=where[lines["order"].to_numpy()])
    lines = lines.sort_values(["order", "sku"], kind="stable", ignore_index=True)
    lines["line"] = lines.groupby("order").cumcount() + 1
    return sorted_orders.drop(columns="basket_of"), lines


def _with_circumstances(
    seed: int, parameters: ShopParameters, people: People, orders: Frame
) -> Frame:
    """Say when each order was known, how it is paid, and how old its account is."""
    draw = stream(seed, "circumstances")
    n, known = len(orders), places()
    channel = orders["channel"].to_numpy()
    place = people.addresses["place"].to_numpy()[orders["address"].to_numpy()]
    buyers = people.buyers.take(orders["buyer"].to_numpy())
    home = people.addresses["place"].to_numpy()[buyers["address"].to_numpy()]
    lag = np.array([c.lag_seconds for c in parameters.channels])[channel]
    cod = np.array([c.cod_share for c in parameters.channels])[channel]
    at = orders["at"].to_numpy()
    first = orders.groupby("buyer")["at"].transform("min").to_numpy()
    number = orders.groupby("buyer").cumcount().to_numpy()
    is_new = buyers["is_new"].to_numpy().astype(bool)
    fresh = np.where(draw.random(n) < 0.6, 900.0, 5 * DAY_SECONDS)
    age = np.where(is_new, fresh, buyers["account_age_days"].to_numpy() * DAY_SECONDS)
    opened = first - (age * (0.2 + people_spread(orders["buyer"].to_numpy()))).astype(np.int64) - 30
    opened = orders.assign(opened=opened).groupby("buyer")["opened"].transform("min").to_numpy()
    return orders.assign(
        place=place,
        country=known["country"].to_numpy()[place],
        currency=known["currency"].to_numpy()[home],
        offset_min=known["utc_offset_min"].to_numpy()[home],
        received=at + draw.integers(lag[:, 0], lag[:, 1] + 1),
        is_cod=draw.random(n) < cod,
        is_first=is_new & (number == 0),
        earlier_orders=number + np.where(is_new, 0, 1 + (age / DAY_SECONDS / 90).astype(int)),
        opened=opened,
        is_flagged=_flags(draw, parameters, orders),
        avs_fails=orders["avs_fails"].to_numpy(dtype=bool)
        | (draw.random(n) < parameters.aftermath.avs_wrong_share),
        paid=at + draw.integers(4, 90, n),
        ship_by=at + DUE_DAYS * DAY_SECONDS,
    )


def people_spread(buyer: np.ndarray) -> np.ndarray:
    """Spread accounts evenly over (0, 1.6), the same way each time.

    Examples
    --------
    >>> people_spread(np.array([0, 1])).round(2).tolist()
    [0.0, 0.99]
    """
    spread: np.ndarray = (buyer * 0.618033988749895 % 1.0) * 1.6
    return spread


def _flags(draw: np.random.Generator, parameters: ShopParameters, orders: Frame) -> np.ndarray:
    """Let JD and Pinduoduo flag a little of the fraud, and some honest orders."""
    names = np.array([c.name for c in parameters.channels])[orders["channel"].to_numpy()]
    bad = orders["kind"].isin(["ring", "promo_abuse", "burst"]).to_numpy()
    how = parameters.aftermath
    rate = np.where(bad, how.platform_flag_recall, how.platform_flag_false)
    flagged: np.ndarray = np.isin(names, ["jd", "pinduoduo"]) & (draw.random(len(orders)) < rate)
    return flagged


def _with_load(orders: Frame, lines: Frame, goods: Frame) -> Frame:
    """Add up units and weight."""
    grams = goods["weight_g"].to_numpy()[lines["sku"].to_numpy()] * lines["quantity"].to_numpy()
    n = len(orders)
    return orders.assign(
        n_units=np.bincount(lines["order"], lines["quantity"], n).astype(np.int64),
        n_lines=np.bincount(lines["order"], minlength=n),
        weight_g=np.bincount(lines["order"], grams, n).astype(np.int64),
    )

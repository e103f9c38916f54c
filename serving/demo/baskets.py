"""What is in each order: lines, prices, discounts and what the buyer pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from serving.demo.days import DAY_SECONDS, day_start, discounts
from serving.demo.draws import pick, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from serving.demo.frames import Frame
    from serving.demo.parameters import ShopParameters
    from serving.demo.people import People

ROOM_SKUS: Final = 3
"""SKUs that a live-stream author shows in a week."""

YUAN_PER: Final = {
    "CNY": 1.0, "USD": 7.10, "EUR": 7.75, "GBP": 9.05, "JPY": 0.0475, "AUD": 4.65,
    "CAD": 5.15, "SGD": 5.45, "MYR": 1.62, "HKD": 0.91, "TWD": 0.22, "BRL": 1.30,
}  # fmt: skip
"""Yuan for one unit of a currency, fixed for the whole span."""

ZERO_DECIMALS: Final = frozenset({"JPY"})
"""Currencies without a minor unit."""


def order_lines(
    seed: int,
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
) -> Frame:
    """Fill the baskets.

    Parameters
    ----------
    seed
        Seed of the simulation.
    parameters
        Parameters of the shop.
    people
        Who orders.
    catalog
        What is sold.
    orders
        Orders with their themes, in any order.

    Returns
    -------
    Frame
        ``order`` (row of orders), ``sku`` (row of the catalogue), ``quantity``.
    """
    import pandas as pd

    draw = stream(seed, "baskets")
    own = orders.index.to_numpy()[orders["basket_of"].to_numpy() < 0]
    order = np.repeat(own, _n_lines(draw, parameters, orders.loc[own]))
    these = orders.loc[order]
    sku = _skus(draw, parameters, people, catalog, these)
    quantity = _quantities(draw, parameters, catalog, these, sku)
    lines = pd.DataFrame({"order": order, "sku": sku, "quantity": quantity})
    lines = lines.drop_duplicates(["order", "sku"])
    copies = orders.loc[orders["basket_of"] >= 0, "basket_of"]
    if len(copies):
        wanted = pd.DataFrame({"order": copies.to_numpy(), "copy": copies.index.to_numpy()})
        again = wanted.merge(lines, on="order").drop(columns="order")
        lines = pd.concat([lines, again.rename(columns={"copy": "order"})], ignore_index=True)
    return lines.sort_values(["order", "sku"], kind="stable", ignore_index=True)


def _n_lines(
    draw: np.random.Generator, parameters: ShopParameters, orders: Frame
) -> NDArray[np.int64]:
    """Draw the number of lines; themes, live rooms and single-item channels have one."""
    single = (orders["theme"] != "") | (orders["author"] >= 0)
    names = np.array([channel.name for channel in parameters.channels])
    single |= names[orders["channel"].to_numpy()] == "pinduoduo"
    n = 1 + pick(draw, parameters.basket.line_shares, len(orders))
    return np.where(single, 1, n)


def _skus(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
) -> NDArray[np.int64]:
    """Draw the SKU of each line: by season, by taste, by live room or by theme."""
    n = len(orders)
    weight = catalog["weight"].to_numpy()
    kind = catalog["kind"].to_numpy()
    day = (orders["at"].to_numpy() - day_start(parameters.span.first_on)) // DAY_SECONDS
    season = np.cos(2 * np.pi * (day - 25) / 365.0)
    sku = np.empty(n, dtype=np.int64)
    for band in range(8):
        mask = np.clip(((season + 1) * 4).astype(int), 0, 7) == band
        heat = np.exp(catalog["summer"].to_numpy() * (band / 4 - 0.875))
        sku[mask] = pick(draw, weight * heat, int(mask.sum()))
    favourite = people.buyers["favourite"].to_numpy()[orders["buyer"].to_numpy()]
    tasted = draw.random(n) < parameters.basket.taste_share
    for each in np.unique(kind):
        mask = tasted & (favourite == each)
        sku[mask] = pick(draw, weight * (kind == each), int(mask.sum()))
    author = orders["author"].to_numpy()
    shown = (author * 7919 + day // 7 * 104_729 + draw.integers(0, ROOM_SKUS, n) * 31) % len(weight)
    sku = np.where(author >= 0, shown, sku)
    resale = catalog["resale"].to_numpy() * np.sqrt(catalog["price_minor"].to_numpy())
    for theme, weights in (
        ("resale", resale * (catalog["resale"].to_numpy() >= 0.25)),
        ("cheap", weight * (catalog["price_minor"].to_numpy() < 80_00)),
    ):
        mask = (orders["theme"] == theme).to_numpy()
        sku[mask] = pick(draw, weights, int(mask.sum()))
    named = orders["theme_sku"].to_numpy()
    return np.where(named >= 0, named, sku)


def _quantities(
    draw: np.random.Generator,
    parameters: ShopParameters,
    catalog: Frame,
    orders: Frame,
    sku: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Draw the units of each line."""
    n = len(orders)
    repeat = catalog["repeat"].to_numpy()[sku]
    several = draw.random(n) < parameters.basket.several_share * np.where(repeat, 2.0, 0.7)
    quantity = np.where(several, 1 + draw.geometric(0.62, n), 1)
    quantity = np.where(orders["theme"].to_numpy() == "cheap", 1, quantity)
    return np.where(orders["look_alike"].to_numpy() == "bulk", draw.integers(15, 90, n), quantity)


def with_money(
    seed: int,
    parameters: ShopParameters,
    people: People,
    catalog: Frame,
    orders: Frame,
    lines: Frame,
) -> tuple[Frame, Frame]:
    """Price the lines and add up the orders, in minor units of each order's currency.

    Returns
    -------
    tuple[Frame, Frame]
        Orders with ``currency, items_minor, discount_minor, coupon_minor, shipping_minor,
        tax_minor, total_minor, value_minor`` (the last in fen), and lines with
        ``unit_price_minor, discount_minor, total_minor``.
    """
    draw = stream(seed, "money")
    day = (orders["at"].to_numpy() - day_start(parameters.span.first_on)) // DAY_SECONDS
    day = np.clip(day, 0, parameters.span.n_days - 1)
    off = discounts(parameters.span, parameters.promotions)[day]
    off = off * (draw.random(len(orders)) < 0.85) + 0.05 * (draw.random(len(orders)) < 0.3)
    orders = orders.assign(coupon=_coupons(draw, parameters, people, orders, off > 0))
    factor = np.array([c.price_factor for c in parameters.channels])[orders["channel"].to_numpy()]
    rate = orders["currency"].map(YUAN_PER).to_numpy()
    unit = np.where(orders["currency"].isin(ZERO_DECIMALS), 100.0, 1.0)
    per_line = lines["order"].to_numpy()
    listed = catalog["price_minor"].to_numpy()[lines["sku"].to_numpy()] * factor[per_line]
    price = np.maximum(np.round(listed / rate[per_line] / unit[per_line]), 1).astype(np.int64)
    gross = price * lines["quantity"].to_numpy()
    less = (gross * off[per_line]).astype(np.int64)
    items = np.bincount(per_line, gross, len(orders)).astype(np.int64)
    promoted = np.bincount(per_line, less, len(orders)).astype(np.int64)
    share = orders["coupon"].map(COUPON_SHARE).fillna(0.0).to_numpy()
    coupon = np.minimum((items - promoted) * share, 120_00 / rate / unit).astype(np.int64)
    shipping = _shipping(parameters, orders, items - promoted, rate * unit)
    lines = lines.assign(unit_price_minor=price, discount_minor=less, total_minor=gross - less)
    total = items - promoted - coupon + shipping
    return orders.assign(
        items_minor=items,
        discount_minor=promoted + coupon,
        coupon_minor=coupon,
        shipping_minor=shipping,
        total_minor=total,
        value_minor=np.round(total * rate * unit).astype(np.int64),
    ), lines


COUPON_SHARE: Final = {
    "NEW20": 0.20,
    "FANS10": 0.10,
    "SAVE8": 0.08,
    "ROOM12": 0.12,
    "WELCOME15": 0.15,
}
"""Coupon to what it takes off."""


def _coupons(
    draw: np.random.Generator,
    parameters: ShopParameters,
    people: People,
    orders: Frame,
    is_promotion: Any,
) -> NDArray[np.object_]:
    """Give coupons: newcomers theirs, others what the channel runs."""
    n = len(orders)
    names = np.array([c.name for c in parameters.channels])[orders["channel"].to_numpy()]
    base = np.array([c.coupon_share for c in parameters.channels])[orders["channel"].to_numpy()]
    habit = people.buyers["coupon_habit"].to_numpy()[orders["buyer"].to_numpy()]
    has = draw.random(n) < base * np.exp(habit * 0.5) * np.where(is_promotion, 1.3, 1.0)
    newcomer = orders["is_first"].to_numpy() & (draw.random(n) < 0.45)
    plain = np.where(draw.random(n) < 0.5, "FANS10", "SAVE8")
    plain = np.where((orders["author"].to_numpy() >= 0), "ROOM12", plain)
    welcome = np.where(names == "shopify", "WELCOME15", "NEW20")
    given = np.where(newcomer, welcome, np.where(has, plain, ""))
    forced = orders["coupon"].to_numpy()
    return np.where(forced != "", forced, given).astype(object)


def _shipping(
    parameters: ShopParameters, orders: Frame, goods: Any, fen_per_minor: Any
) -> NDArray[np.int64]:
    """Charge shipping below the free limit, and always something abroad."""
    is_abroad = (orders["country"] != "CN").to_numpy()
    fen = np.where(
        is_abroad,
        parameters.basket.shipping_abroad_minor,
        np.where(
            goods >= parameters.basket.free_shipping_minor, 0, parameters.basket.shipping_minor
        ),
    )
    charged: NDArray[np.int64] = np.round(fen / fen_per_minor).astype(np.int64)
    return charged

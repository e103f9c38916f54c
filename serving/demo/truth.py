"""The truth about planted trouble. It is kept apart: nothing here is ever exported or imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.keys import order_key
from serving.demo.ledger import Ledger
from serving.demo.shop import MERCHANT

if TYPE_CHECKING:
    from serving.demo.frames import Frame
    from serving.demo.shop import Shop


def truth(shop: Shop) -> Frame:
    """List what every order really was.

    Parameters
    ----------
    shop
        The simulated shop.

    Returns
    -------
    Frame
        ``order_key, placed_s, kind`` (empty for a clean order), ``incident, look_alike,
        is_live, parcel_collapsed``, and ``became``: kinds of its outcomes with a blank between;
        one row an order.
    """
    everything = Ledger(shop, as_of=1 << 62)
    orders = everything.orders
    shops = {c.name: c.shop_id for c in shop.parameters.channels}
    collapsed = shop.shipments.loc[shop.shipments["collapsed"], "order"]
    bad = shop.outcomes[shop.outcomes["is_bad"].astype(bool)]
    became = bad.groupby("order")["kind"].agg(lambda kinds: " ".join(sorted(set(kinds))))
    rows = orders[["kind", "incident", "look_alike"]].assign(
        order_key=[
            order_key(MERCHANT, channel, shops[channel], number)
            for channel, number in zip(orders["channel_name"], orders["number"], strict=True)
        ],
        placed_s=orders["at"],
        is_live=orders["at"] >= shop.cutoff,
        became=became.reindex(orders.index).fillna(""),
        parcel_collapsed=orders.index.isin(collapsed),
    )
    return rows.reset_index(drop=True)

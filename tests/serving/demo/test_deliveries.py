"""The shop's falling outlet and its storm, as they are noticed and routed around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.delivery.alerts import Alert, AlertBook
from models.delivery.disruption import expected_effects
from models.delivery.drops import RATES, VOLUMES, Limits, Watch
from models.delivery.outcomes import count
from models.delivery.outlook import find_drops
from models.delivery.rates import fit_rates
from models.routing.costs import RoutingCosts
from models.routing.network import Destination, Network, Outlet, Shelf, Wanted, Warehouse
from models.routing.options import Estimates
from models.routing.ranking import rank_options
from serving.delivery.shifting import News, as_of_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.routing.options import Candidate
    from serving.demo.shop import Shop

SECOND_US = 1_000_000


def parcels_of(shop: Shop, city: str) -> pd.DataFrame:
    """Give what was known of the parcels of a city when the live days began."""
    there = shop.outlets.loc[shop.outlets["city"] == city, ["outlet", "carrier"]]
    rows = shop.shipments[shop.shipments["outlet"].isin(there.index)]
    outlets = there.loc[rows["outlet"]]
    news: dict[str, pd.Series] = {
        name: pd.to_datetime(rows[name], unit="s", utc=True)
        for name in ("promised", "first_attempt", "ended")
    }
    return pd.DataFrame(
        {
            "carrier": outlets["carrier"].to_numpy(),
            "city": city,
            "outlet": outlets["outlet"].to_numpy(),
            "warehouse": rows["warehouse"].astype(str),
            "promised_at": news["promised"],
            "first_attempt_at": news["first_attempt"],
            "first_attempt_ok": rows["first_attempt_ok"],
            "delivered_at": news["ended"].where(rows["is_delivered"]),
            "known_at": news["ended"],
            "state": None,
        }
    )


def test_the_falling_outlet_is_noticed_within_its_first_dozen_days(shop: Shop) -> None:
    how = shop.parameters.delivery
    (city,) = shop.outlets.loc[shop.outlets["outlet"] == how.collapse_outlet, "city"]
    live = pd.Timestamp(shop.cutoff, unit="s", tz="UTC")
    counts = count(parcels_of(shop, city), live, measure="first_attempt", timezone="Asia/Shanghai")
    strict = Limits(np.full((len(VOLUMES), len(RATES)), 5.0))

    drops = find_drops(counts, fit_rates(counts.tree, *counts.matured()), strict, Watch())

    fell_on = pd.Timestamp(shop.parameters.span.first_on) + pd.Timedelta(days=how.collapse_from_day)
    (drop,) = (each for each in drops if each.path[-1] == how.collapse_outlet)
    assert -3 <= (counts.day(drop.since) - fell_on).days <= 7
    assert (counts.day(drop.noticed) - fell_on).days <= 12
    assert drop.over is None
    assert drop.now < 0.6 < 0.8 < drop.usual


def test_the_storm_of_the_live_days_moves_orders_off_its_warehouse(shop: Shop) -> None:
    alerts = tuple(
        Alert(
            row.alert_id, row.kind, row.severity, row.country, row.region, None,
            row.starts_at * SECOND_US, row.ends_at * SECOND_US, row.known_at * SECOND_US, row.text,
        )
        for row in shop.alerts.itertuples()
    )  # fmt: skip
    news = News(AlertBook(alerts, expected_effects(alerts)))
    houses = tuple(
        Warehouse(house.name, house.region, house.city) for house in shop.parameters.warehouses
    )
    stormy = shop.parameters.delivery.storm_region
    network = Network(houses, (Outlet("sf-1", "sf", city="上海市", first_kg_minor=500),))
    order = {"received_at": shop.cutoff * SECOND_US, "ship_region": "上海市", "ship_city": "上海市"}

    def estimate(ways: Sequence[Candidate]) -> Estimates:
        late = np.array([0.05 if way.warehouse.region == stormy else 0.1 for way in ways])
        return as_of_now(Estimates(len(ways), p_late=late), ways, order, news)

    to = Destination("上海市", "上海市")
    found = rank_options(Wanted({}, to, 900), network, Shelf(), estimate, RoutingCosts())

    assert found.options[0].candidate.warehouse.region != stormy
    assert found.instead_of is not None
    assert found.instead_of.candidate.warehouse.region == stormy
    (note,) = found.instead_of.warned
    assert "storm" in note.cause.reason["en"]
    assert note.cause.moved is not None
    assert "另一仓库" in note.cause.moved["zh"]

"""Reference data of routing and what became of parcels, read from the history. Queries only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from features.errors import FenceError
from features.fences import Fence
from features.reference import reference_rows
from models.routing.network import Network, Outlet, Warehouse
from models.routing.stock import Count, usable
from serving.logs import logger
from serving.store.tables import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from sqlalchemy import Engine

    from features.history import History

    Chosen = tuple[str, int, list[tuple[str, str]]]

UNITS: Final = ("on_hand", "locked", "samples", "inbound")
PARCEL_COLUMNS: Final = (
    "shipment_id",
    "order_key",
    "warehouse",
    "carrier",
    "outlet",
    "shipped_at",
    "picked_up_at",
    "promised_at",
    "first_attempt_at",
    "first_attempt_ok",
    "delivered_at",
    "known_at",
)


@dataclass(frozen=True)
class Reference:
    """What routing reads of a history.

    Parameters
    ----------
    network
        Warehouses, outlets and substitutes.
    origins
        Warehouse to the planned columns ``origin_region``, ``origin_lat`` and ``origin_lon``.
    offsets_min
        Warehouse to its offset from UTC, minutes.
    available
        Warehouse and SKU to free units, None where nothing is known of stock.
    inbound
        Warehouse and SKU to the count of which units are on their way.
    weights_g
        SKU to the weight of a unit.
    """

    network: Network
    origins: Mapping[str, Mapping[str, Any]]
    offsets_min: Mapping[str, int]
    available: dict[tuple[str, str], int] | None
    weights_g: Mapping[str, int]
    inbound: Mapping[tuple[str, str], Count] = field(default_factory=dict)


def read_reference(history: History) -> Reference:
    """Read what routing needs.

    Parameters
    ----------
    history
        Any history; what it lacks stays empty.

    Returns
    -------
    Reference
        Stock is the newest count of each warehouse and SKU, less locked and samples.
    """
    places = reference_rows(history, "warehouses")
    goods = reference_rows(history, "catalog")
    substitutes = {
        row["sku"]: tuple(part for part in str(row["substitutes"]).split("|") if part)
        for row in goods
        if row["substitutes"]
    }
    counts = _counts(history)
    outlets = tuple(_outlet(row) for row in reference_rows(history, "outlets"))
    return Reference(
        network=Network(tuple(_warehouse(row) for row in places), outlets, substitutes),
        origins={
            row["warehouse"]: {
                "origin_region": row["region"],
                "origin_lat": row["lat"],
                "origin_lon": row["lon"],
            }
            for row in places
        },
        offsets_min={row["warehouse"]: int(row["utc_offset_min"] or 0) for row in places},
        available=None if counts is None else usable(counts, ship_by=None),
        weights_g={row["sku"]: int(row["weight_g"]) for row in goods if row["weight_g"]},
        inbound={(each.warehouse, each.sku): each for each in counts or () if each.inbound_eta},
    )


def read_chosen(engine: Engine, *, within_us: int) -> list[Chosen]:
    """Read the routes of the newest decisions.

    Parameters
    ----------
    engine
        The store.
    within_us
        How far before the newest decision to look, microseconds.

    Returns
    -------
    list of tuple
        Order, instant of its decision, and warehouse and outlet of each of its parcels, in the
        order of deciding.
    """
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(DECISIONS.c.as_of))).scalar()
        if newest is None:
            return []
        columns = (DECISIONS.c.order_key, DECISIONS.c.as_of, DECISIONS.c.body)
        wanted = select(*columns).where(DECISIONS.c.as_of >= newest - within_us)
        rows = connection.execute(wanted.order_by(DECISIONS.c.stored_at)).all()
    found = []
    for order_key, as_of, body in rows:
        route = json.loads(body).get("route") or {}
        if route.get("warehouse"):
            parcels = route.get("parcels") or [route]
            ways = [(parcel["warehouse"], parcel["outlet"]) for parcel in parcels]
            found.append((order_key, as_of, ways))
    return found


def read_parcels(history: History) -> pd.DataFrame:
    """Read every parcel with the area it went to."""
    parcels = history.frame("shipments", columns=PARCEL_COLUMNS)
    orders = history.frame(
        "orders", columns=("order_key", "ship_country", "ship_region", "deliver_by")
    )
    joined = parcels.merge(orders, on="order_key", how="left")
    joined["promised_at"] = joined["promised_at"].fillna(joined["deliver_by"])
    return joined.drop(columns=["deliver_by"])


def _warehouse(row: Mapping[str, Any]) -> Warehouse:
    return Warehouse(
        row["warehouse"],
        row["region"],
        row["city"],
        row["lat"],
        row["lon"],
        _whole(row["daily_capacity"]),
    )


def _outlet(row: Mapping[str, Any]) -> Outlet:
    return Outlet(
        row["outlet"],
        row["carrier"],
        row["region"],
        row["city"],
        _fence(row["outlet"], row["fence"]),
        row["service"],
        _whole(row["daily_capacity"]),
        _whole(row["first_kg_minor"]),
        _whole(row["next_kg_minor"]),
        _whole(row["max_weight_g"]),
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _fence(outlet: str, text: str | None) -> Fence | None:
    """Read a fence; a broken one is named and left out, then city and region decide."""
    if text is None:
        return None
    try:
        return Fence.from_geojson(text)
    except FenceError as error:
        logger().warning("fence left out", outlet=outlet, why=str(error))
        return None


def _counts(history: History) -> list[Count] | None:
    """Read the newest count of each warehouse and SKU; None where nothing was ever counted."""
    return [_count(row) for row in reference_rows(history, "stock")] or None


def _count(row: Mapping[str, Any]) -> Count:
    on_hand, locked, samples, inbound = (_whole(row[name]) for name in UNITS)
    key = str(row["warehouse"]), str(row["sku"])
    return Count(*key, on_hand, locked, samples, inbound, row["inbound_eta"])

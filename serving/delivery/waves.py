"""Routes for a file of orders: all of them planned together, under stock and the day's capacity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from features.catalogue import declare
from features.engines.online import OnlineState
from features.history import History
from features.money import in_major
from models.errors import NotSupportedError
from models.routing.costs import PARTS
from models.routing.network import Shelf
from models.routing.ranking import missing_units, substitutes_for
from models.routing.resources import capacity_of
from models.routing.wave import plan_wave
from serving.clock import now
from serving.delivery.opening import open_delivery
from serving.delivery.service import promised_by
from serving.delivery.splitting import quote_order
from serving.opening import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features.order import OrderRows
    from models.routing.options import Estimate, Warned
    from models.routing.plans import Parcel
    from models.routing.wave import WavePlan, WaveSettings
    from serving.delivery.service import DeliveryService
    from serving.delivery.splitting import Quoted
    from serving.settings import Settings

NO_NETWORK: Final = "the history knows no warehouses and outlets: import both, then route orders"


def open_home(settings: Settings) -> DeliveryService:
    """Put the delivery service of a home together, without a running service.

    Raises
    ------
    HistoryError
        When there is no history.
    NotSupportedError
        When it knows no warehouses or no outlets.
    """
    history = History(settings.history_folder)
    if not (history.has("outlets") and history.has("warehouses")):
        raise NotSupportedError(NO_NETWORK)
    state = None
    if history.has("shipments"):
        profile = history.profile
        state = OnlineState(declare(profile, purposes=("delivery",)), profile)
        state.load(history)
    engine = open_store(settings, now)
    try:
        delivery = open_delivery(history, settings, state, engine)
    finally:
        engine.dispose()
    assert delivery is not None  # noqa: S101 both tables are there
    return delivery


def route_orders(
    delivery: DeliveryService,
    orders: Sequence[OrderRows],
    settings: WaveSettings,
    advance: Callable[[float], None] = lambda _: None,
) -> tuple[list[dict[str, Any]], WavePlan]:
    """Plan orders together.

    Parameters
    ----------
    delivery
        Network, stock, models and costs.
    orders
        Rows of each order.
    settings
        When the plan is good enough.
    advance
        Told of each order that was asked about.

    Returns
    -------
    tuple
        One flat row a parcel, and one for each order that nobody sends, in the order in which the
        orders were given; and the plan.
    """
    network, shelf = delivery.reference.network, shelf_left(delivery, orders)
    quoted = []
    for rows in orders:
        quoted.append(quote_order(delivery, rows, shelf))
        advance(1)
    plan = plan_wave(
        [one.asked for one in quoted], capacity_of(network, shelf), delivery.costs, settings
    )
    found: list[dict[str, Any]] = []
    for one in quoted:
        if one.asked.key in plan.plans:
            found += _parcel_rows(delivery, one, plan)
        else:
            found.append(_unserved_row(delivery, one, plan, shelf))
    return found, plan


def shelf_left(delivery: DeliveryService, orders: Sequence[OrderRows]) -> Shelf:
    """Give what is left on the day of the newest order, the orders' own earlier routes left out.

    Units on their way count when they arrive before any of the orders must leave.
    """
    day = max((delivery.day_of(rows.order) for rows in orders), default=0)
    must_leave: list[int] = [rows.order.get("ship_by") or 0 for rows in orders]
    ship_by = min(must_leave, default=0) or None
    sent, taken = delivery.load.used(day, [rows.key for rows in orders])
    return Shelf(delivery.available(ship_by), sent, taken)


def _parcel_rows(delivery: DeliveryService, one: Quoted, plan: WavePlan) -> list[dict[str, Any]]:
    """Write the parcels of an order."""
    parcels = plan.plans[one.asked.key].parcels
    chosen = one.expected(parcels)
    return [
        _row(delivery, one, len(parcels), number)
        | _way_columns(parcel, estimate, one)
        | {f"{part}_minor": parcel.parts.get(part) for part in PARTS}
        | {"cost_minor": sum(parcel.parts.values())}
        | _reason(parcel, one.warned(parcel), delivery.currency)
        for number, (parcel, estimate) in enumerate(zip(parcels, chosen, strict=True), 1)
    ]


def _row(delivery: DeliveryService, one: Quoted, n_parcels: int, number: int) -> dict[str, Any]:
    """Name every column once, so that each row has them all."""
    names = (
        "warehouse", "carrier", "outlet", "service", "units", "promised_by", "p_late",
        "p_first_attempt", "served_by", *(f"{part}_minor" for part in PARTS), "cost_minor",
    )  # fmt: skip
    return {
        "order_key": one.asked.key,
        "order_id": one.rows.order["order_id"],
        "is_served": n_parcels > 0,
        "n_parcels": n_parcels,
        "parcel": number,
        **dict.fromkeys(names),
        "currency": delivery.currency,
        "binding": None,
        "reason_zh": None,
        "reason_en": None,
        "substitutes": None,
    }


def _way_columns(parcel: Parcel, estimate: Estimate, one: Quoted) -> dict[str, Any]:
    outlet = parcel.way.outlet
    return {
        "warehouse": parcel.way.warehouse.warehouse,
        "carrier": outlet.carrier,
        "outlet": outlet.outlet,
        "service": outlet.service,
        "units": json.dumps(dict(parcel.units), ensure_ascii=False),
        "promised_by": promised_by(one.rows.order, estimate),
        "p_late": estimate.p_late,
        "p_first_attempt": estimate.p_first_attempt,
        "served_by": parcel.way.served_by,
    }


def _reason(parcel: Parcel, warned: Sequence[Warned], currency: str) -> dict[str, str]:
    """Say what the cost of a parcel is made of, dearest first, and what is in force on its way."""
    parts = sorted(parcel.parts.items(), key=lambda part: -part[1])
    said = [(PARTS[name], in_major(minor, currency)) for name, minor in parts]
    zh = "、".join(f"{names[0]} {amount}" for names, amount in said)
    en = ", ".join(f"{names[1]} {amount}" for names, amount in said)
    return {
        "reason_zh": "；".join(
            [f"总成本最低的方案（{currency}）：{zh}", *(note.cause.reason["zh"] for note in warned)]
        ),
        "reason_en": "; ".join(
            [
                f"least cost for all orders together ({currency}): {en}",
                *(note.cause.reason["en"] for note in warned),
            ]
        ),
    }


def _unserved_row(
    delivery: DeliveryService, one: Quoted, plan: WavePlan, shelf: Shelf
) -> dict[str, Any]:
    """Say why nobody sends an order, and what could take the place of what is missing."""
    why = plan.unserved[one.asked.key]
    network = delivery.reference.network
    substitutes = {}
    if why.code == "stock":
        missing = missing_units(one.asked.wanted, network, shelf)
        substitutes = substitutes_for(missing, network, shelf)
    taken = {"zh": "（被同批其他订单占用）", "en": ", taken by other orders of the wave"}
    return _row(delivery, one, 0, 0) | {
        "binding": why.code,
        "reason_zh": why.text["zh"] + (taken["zh"] if why.taken else ""),
        "reason_en": why.text["en"] + (taken["en"] if why.taken else ""),
        "substitutes": json.dumps(substitutes, ensure_ascii=False) if substitutes else None,
    }

"""What a plan costs, why it is split and what it leaves out, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from models.routing.costs import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.routing.plans import Parcel, Plan


def explain_plan(plan: Plan, whole: Plan | None = None) -> dict[str, Any]:
    """Say what becomes of an order.

    Parameters
    ----------
    plan
        The plan taken.
    whole
        The best plan with one parcel, None when no warehouse could send all.

    Returns
    -------
    dict
        ``parcels`` with their way, units and costs; ``cost`` by cause; ``unsent`` units; and
        ``why`` a split was taken, in Chinese and English, None when there is none.

    Examples
    --------
    >>> from models.routing.network import Outlet, Warehouse
    >>> from models.routing.plans import Parcel, Plan
    >>> from models.routing.ways import Way
    >>> ways = [Way(Warehouse(name), Outlet("sf-1", "sf"), None, "city") for name in ("JX", "DG")]
    >>> parcels = tuple(Parcel(way, {"A": 1}, {"freight": 900.0}) for way in ways)
    >>> told = explain_plan(Plan(parcels, {}, 1800.0, 1800.0))
    >>> told["why"]["en"], told["cost"][0]["minor"]
    ('no warehouse has the whole order', 1800)
    """
    cost: Counter[str] = Counter()
    for parcel in plan.parcels:
        cost.update(parcel.parts)
    return {
        "parcels": [_parcel(parcel) for parcel in plan.parcels],
        "cost": _parts(cost),
        "unsent": dict(plan.unsent),
        "why": _why_split(plan, whole),
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    """Write a parcel with its costs."""
    outlet = parcel.way.outlet
    return {
        "warehouse": parcel.way.warehouse.warehouse,
        "carrier": outlet.carrier,
        "outlet": outlet.outlet,
        "service": outlet.service,
        "units": dict(parcel.units),
        "cost": _parts(parcel.parts),
    }


def _parts(parts: Mapping[str, float]) -> list[dict[str, Any]]:
    """Write costs by cause, the dearest first."""
    ordered = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
    return [
        {"code": name, "zh": PARTS[name][0], "en": PARTS[name][1], "minor": round(minor)}
        for name, minor in ordered
    ]


def _why_split(plan: Plan, whole: Plan | None) -> dict[str, Any] | None:
    """Say why an order goes in several parcels."""
    if len(plan.parcels) < 2:
        return None
    if whole is None or not whole.parcels:
        return {"zh": "没有一个仓库有整单货物", "en": "no warehouse has the whole order"}
    saved = round(whole.weighed_minor - plan.weighed_minor)
    return {
        "zh": "拆单比整单发货更省",
        "en": "several parcels cost less than one",
        "saved_minor": saved,
    }

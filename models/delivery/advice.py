"""Where a forward warehouse would pay: areas that go badly for weeks, with what to place there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from models.delivery.shares import share

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = pd.Timedelta(days=1)
AREA: Final = "ship_region"
TARGET_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class AdviceSettings:
    """When an area is worth a warehouse.

    Parameters
    ----------
    weeks
        Weeks running that it must go badly.
    least_parcels
        Parcels a week that it must take.
    sku_weeks, most_skus
        Weeks of sales looked at for what to place there, and SKUs named at most.
    late_minor, failed_minor
        What a late parcel and a failed first attempt cost, minor units of the base currency.
    """

    weeks: int = 3
    least_parcels: int = 30
    sku_weeks: int = 8
    most_skus: int = 20
    late_minor: float = 1_500.0
    failed_minor: float = 800.0


ASSUMPTIONS: Final = (
    (
        "当地仓发出的包裹，晚到率、首次派送失败率和运费与目前各仓发往本省的包裹相同。",
        "Parcels from a warehouse there would be late, fail and cost as those do that go from "
        "today's warehouses to their own province.",
    ),
    (
        "只计入所列商品的订单；租金、调拨和备货资金未计入。",
        "Only orders of the products named are counted; rent, transfers and the money tied up in "
        "stock are not.",
    ),
    ("需求与最近几周相同。", "Demand stays as in the last weeks."),
)
"""What the expected saving takes for granted, in Chinese and English."""


def forward_warehouses(
    parcels: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    settings: AdviceSettings | None = None,
) -> list[dict[str, Any]]:
    """Name the areas where a warehouse would pay.

    Parameters
    ----------
    parcels
        ``order_key, ship_region, origin_region, promised_at, delivered_at, first_attempt_ok,
        cost_minor``.
    lines
        ``order_key, sku, quantity, placed_at``.
    as_of
        The present.
    settings
        When an area is worth it.

    Returns
    -------
    list of dict
        The largest saving first: ``area``, ``weeks`` (on-time share of each, newest first, beside
        that of all areas), ``parcels_a_week``, ``skus`` with their share of the area's units,
        ``covered`` (share of orders that hold none but those), ``saving_minor_a_week`` and what it
        is made of. An area goes badly in a week when even the upper end of its 95 % interval is
        below the share of all areas together.
    """
    how = settings or AdviceSettings()
    due = parcels[parcels["promised_at"].notna()].copy()
    due["late"] = ~(due["delivered_at"] <= due["promised_at"])
    age = (as_of - due["promised_at"]).dt.total_seconds() / (7 * DAY.total_seconds())
    due = due[(age > 0) & (age < how.weeks)].assign(week=age.astype(int))
    near = due[due["origin_region"] == due[AREA]]
    found = []
    for area, there in due.groupby(AREA):
        weeks = _weeks(there, due, how)
        if weeks is None or (near[AREA] == area).any():
            continue
        skus, covered = _skus(parcels[parcels[AREA] == area], lines, as_of, how)
        per_week = len(there) / how.weeks
        parts = _saving(there, near, how) if len(near) else {}
        found.append(
            {
                "area": str(area),
                "weeks": weeks,
                "parcels_a_week": round(per_week, 1),
                "skus": skus,
                "covered": round(covered, 3),
                "saving_minor_a_week": round(sum(parts.values()) * per_week * covered),
                "saving_parts_minor": {k: round(v * per_week * covered) for k, v in parts.items()},
            }
        )
    return sorted(found, key=lambda each: -float(each["saving_minor_a_week"]))


def _weeks(
    there: pd.DataFrame, everywhere: pd.DataFrame, how: AdviceSettings
) -> list[dict[str, Any]] | None:
    """Give the area's weeks, newest first; None unless all of them went badly."""
    weeks = []
    for week in range(how.weeks):
        mine = there.loc[there["week"] == week, "late"]
        usual = 1 - float(everywhere.loc[everywhere["week"] == week, "late"].mean())
        on_time = share(int((~mine).sum()), len(mine))
        if on_time is None or len(mine) < how.least_parcels or on_time["high"] >= usual:
            return None
        weeks.append({"on_time": on_time, "everywhere": round(usual, 4)})
    return weeks


def _skus(
    there: pd.DataFrame, lines: pd.DataFrame, as_of: pd.Timestamp, how: AdviceSettings
) -> tuple[list[dict[str, Any]], float]:
    """Name what sells most there, and the share of its orders that need nothing else."""
    recent = lines["placed_at"] >= as_of - how.sku_weeks * 7 * DAY
    sold = lines[recent & lines["order_key"].isin(there["order_key"]) & lines["sku"].notna()]
    if sold.empty:
        return [], 0.0
    units = sold.groupby("sku")["quantity"].sum().sort_values(ascending=False, kind="stable")
    part = units / units.sum()
    enough = int((part.cumsum() < TARGET_SHARE).sum()) + 1
    named = part.head(min(enough, how.most_skus))
    inside = sold["sku"].isin(named.index)
    covered = float(inside.groupby(sold["order_key"]).all().mean())
    return [{"sku": str(sku), "share": round(float(p), 4)} for sku, p in named.items()], covered


def _saving(there: pd.DataFrame, near: pd.DataFrame, how: AdviceSettings) -> dict[str, float]:
    """Say what a parcel would save, minor units of the base currency."""

    def failed(rows: pd.DataFrame) -> float:
        known = rows["first_attempt_ok"].dropna().astype(float)
        return 1 - float(known.mean()) if len(known) else 0.0

    def freight(rows: pd.DataFrame) -> float:
        known = rows["cost_minor"].dropna().astype(float)
        return float(known.mean()) if len(known) else 0.0

    late: Mapping[str, float] = {
        "there": float(there["late"].mean()),
        "near": float(near["late"].mean()),
    }
    return {
        "late": (late["there"] - late["near"]) * how.late_minor,
        "failed_attempt": (failed(there) - failed(near)) * how.failed_minor,
        "freight": freight(there) - freight(near),
    }

"""How deliveries have gone, by area or carrier and week: what a planner reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "area": ("ship_country", "ship_region"),
    "carrier": ("carrier",),
    "area_carrier": ("ship_country", "ship_region", "carrier"),
    "warehouse": ("warehouse",),
    "outlet": ("carrier", "outlet"),
}
"""Level to the columns that a row is about."""

Z_95: Final = 1.959964
INSTANTS: Final = ("promised_at", "first_attempt_at", "delivered_at", "known_at")


def share(good: int, n: int) -> dict[str, Any] | None:
    """Share of good ones with its 95 % Wilson interval; None where there are none at all.

    Examples
    --------
    >>> share(9, 10)
    {'n': 10, 'rate': 0.9, 'low': 0.5958, 'high': 0.9821}
    >>> share(0, 0) is None
    True
    """
    if n == 0:
        return None
    rate = good / n
    centre = rate + Z_95**2 / (2 * n)
    spread = Z_95 * math.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return {
        "n": n,
        "rate": round(rate, 4),
        "low": round(max((centre - spread) / scale, 0.0), 4),
        "high": round(min((centre + spread) / scale, 1.0), 4),
    }


def merge_live(parcels: pd.DataFrame, live: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put news that the service received over what the history knew of the same parcels.

    Parameters
    ----------
    parcels
        Parcels of the history with their areas.
    live
        Rows of tracking news, instants in microseconds, oldest first.

    Returns
    -------
    DataFrame
        One row a parcel; what the news does not say stays as it was.
    """
    rows = pd.DataFrame(list(live))
    if rows.empty:
        return parcels
    rows = rows.reindex(columns=[name for name in parcels.columns if name in rows])
    for name in INSTANTS:
        if name in rows:
            rows[name] = pd.to_datetime(rows[name], unit="us", utc=True)
    newest = rows.groupby("shipment_id", sort=False).last()
    known = parcels.set_index("shipment_id")
    joined = newest.combine_first(known)
    return joined.reset_index()[list(parcels.columns)]


def weekly(
    parcels: pd.DataFrame, *, level: str, as_of: pd.Timestamp, weeks: int
) -> list[dict[str, Any]]:
    """Count promises kept and first attempts that succeeded, by week.

    A promise counts in the week it fell due, a first attempt in the week it was made. Parcels
    under way before their promise count nowhere; overdue ones count as late.

    Parameters
    ----------
    parcels
        Parcels with their areas.
    level
        One of `LEVELS`.
    as_of
        The present; nothing known at or after it counts.
    weeks
        Weeks looked at, the current one included.

    Returns
    -------
    list of dict
        Newest week first, then most parcels first: the level's columns, ``week`` (its Monday),
        ``on_time`` and ``first_attempt`` as `share` gives them.
    """
    monday = (as_of - pd.Timedelta(days=as_of.weekday())).normalize()
    since = monday - pd.Timedelta(weeks=weeks - 1)
    keys = list(LEVELS[level])
    known = parcels["known_at"].isna() | (parcels["known_at"] < as_of)
    due = parcels[parcels["promised_at"].between(since, as_of, inclusive="left")]
    arrived = due["delivered_at"].notna() & known.loc[due.index]
    promises = due.assign(good=arrived & (due["delivered_at"] <= due["promised_at"]))
    tried = parcels[
        parcels["first_attempt_at"].between(since, as_of, inclusive="left")
        & parcels["first_attempt_ok"].notna()
    ]
    attempts = tried.assign(good=tried["first_attempt_ok"].astype(bool))
    on_time = _by_week(promises, "promised_at", keys)
    first = _by_week(attempts, "first_attempt_at", keys)
    rows = []
    for key in on_time.keys() | first.keys():
        week, *names = key
        rows.append(
            {
                **dict(zip(keys, names, strict=True)),
                "week": str(week),
                "on_time": share(*on_time.get(key, (0, 0))),
                "first_attempt": share(*first.get(key, (0, 0))),
            }
        )
    rows.sort(key=lambda row: [str(row[name]) for name in keys])
    rows.sort(key=_parcels, reverse=True)
    rows.sort(key=lambda row: str(row["week"]), reverse=True)
    return rows


def _parcels(row: Mapping[str, Any]) -> int:
    """Give the number of parcels behind a row."""
    return max((part["n"] for part in (row["on_time"], row["first_attempt"]) if part), default=0)


def _by_week(
    rows: pd.DataFrame, at: str, keys: list[str]
) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Count good ones and all by week and key."""
    if rows.empty:
        return {}
    day = rows[at].dt.normalize()
    week = (day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.date.rename("week")
    groups = [week, *(rows[key].astype(object).where(rows[key].notna(), None) for key in keys)]
    counted = rows.groupby(groups, dropna=False)["good"].agg(["sum", "size"])
    return {
        tuple(None if pd.isna(part) else part for part in key): (int(good), int(n))
        for key, good, n in counted.itertuples()
    }

"""How deliveries have gone, by area or carrier and week: what a planner reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from models.delivery.shares import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "area": ("ship_country", "ship_region"),
    "carrier": ("carrier",),
    "area_carrier": ("ship_country", "ship_region", "carrier"),
    "warehouse": ("warehouse",),
    "outlet": ("carrier", "outlet"),
}
"""Level to the columns that a row is about."""

INSTANTS: Final = (
    "shipped_at", "picked_up_at", "promised_at", "first_attempt_at", "delivered_at", "known_at",
)  # fmt: skip
PICK_UP: Final = timedelta(hours=48)
"""Time after leaving the warehouse by which a parcel should have been scanned."""


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
    import pandas as pd

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
    """Count promises kept, first attempts that succeeded and parcels not picked up, by week.

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
        ``on_time``, ``first_attempt`` and ``not_picked_up`` as `share` gives them, and
        ``first_update`` with the median ``hours`` until the first scan.
    """
    import pandas as pd

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
    left = parcels[parcels["shipped_at"].between(since, as_of - PICK_UP, inclusive="left")]
    scanned = left["picked_up_at"] - left["shipped_at"]
    missed = _by_week(left.assign(good=~(scanned <= PICK_UP)), "shipped_at", keys)
    waits = _waits(left.assign(wait=scanned)[scanned.notna()], keys)
    rows = []
    for key in on_time.keys() | first.keys() | missed.keys():
        week, *names = key
        rows.append(
            {
                **dict(zip(keys, names, strict=True)),
                "week": str(week),
                "on_time": share(*on_time.get(key, (0, 0))),
                "first_attempt": share(*first.get(key, (0, 0))),
                "not_picked_up": share(*missed.get(key, (0, 0))),
                "first_update": waits.get(key),
            }
        )
    rows.sort(key=lambda row: [str(row[name]) for name in keys])
    rows.sort(key=_parcels, reverse=True)
    rows.sort(key=lambda row: str(row["week"]), reverse=True)
    return rows


def _parcels(row: Mapping[str, Any]) -> int:
    """Give the number of parcels behind a row."""
    parts = (row["on_time"], row["first_attempt"], row["not_picked_up"])
    return max((part["n"] for part in parts if part), default=0)


def _by_week(
    rows: pd.DataFrame, at: str, keys: list[str]
) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Count good ones and all by week and key."""
    if rows.empty:
        return {}
    counted = rows.groupby(_groups(rows, at, keys), dropna=False)["good"].agg(["sum", "size"])
    return {_key(key): (int(good), int(n)) for key, good, n in counted.itertuples()}


def _waits(rows: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Give the median hours until the first scan by week and key."""
    if rows.empty:
        return {}
    rows = rows.assign(hours=rows["wait"].dt.total_seconds().clip(lower=0) / 3600)
    grouped = rows.groupby(_groups(rows, "shipped_at", keys), dropna=False)["hours"]
    counted = grouped.agg(["size", "median"])
    return {
        _key(key): {"n": int(n), "hours": round(hours, 2)} for key, n, hours in counted.itertuples()
    }


def _groups(rows: pd.DataFrame, at: str, keys: list[str]) -> list[Any]:
    """Give the columns to group by: the week of an instant, then the keys."""
    import pandas as pd

    day = rows[at].dt.normalize()
    week = (day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.date.rename("week")
    return [week, *(rows[key].astype(object).where(rows[key].notna(), None) for key in keys)]


def _key(key: tuple[Any, ...]) -> tuple[Any, ...]:
    import pandas as pd

    return tuple(None if pd.isna(part) else part for part in key)

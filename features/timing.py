"""Features of when the order was placed, on the buyer's own clock, and of what was promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from features.durations import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from features.feature import Columns, Feature

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from features.arrays import Floats

_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2050


@lru_cache(maxsize=8)
def zone_offsets(zone: str) -> tuple[Floats, Floats]:
    """Instants from which an offset from UTC holds in a zone, and the offsets, in microseconds.

    Examples
    --------
    >>> starts, offsets = zone_offsets("Asia/Shanghai")
    >>> float(offsets[-1] / 3_600e6)
    8.0
    """
    info = ZoneInfo(zone)
    step = timedelta(hours=1)
    starts, offsets = [-np.inf], []
    at = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
    last = at.astimezone(info).utcoffset() or timedelta(0)
    offsets.append(last / timedelta(microseconds=1))
    while at.year <= _LAST_YEAR:
        later = at + timedelta(days=7)
        if (later.astimezone(info).utcoffset() or timedelta(0)) != last:
            while (at.astimezone(info).utcoffset() or timedelta(0)) == last:
                at += step
            last = at.astimezone(info).utcoffset() or timedelta(0)
            starts.append(at.timestamp() * SECOND_US)
            offsets.append(last / timedelta(microseconds=1))
        else:
            at = later
    return np.array(starts), np.array(offsets)


def local_us(placed_at: Floats, utc_offset_min: Floats, zone: str) -> Floats:
    """Microseconds of the buyer's wall clock; the merchant's zone where the buyer's is not known.

    Examples
    --------
    >>> local_us(np.array([0.0]), np.array([np.nan]), "Asia/Shanghai") / 3_600e6
    array([8.])
    """
    if len(utc_offset_min) == 1 and (only := utc_offset_min.item()) == only:
        return placed_at + only * MINUTE_US  # what an order that is being decided asks
    unknown = np.isnan(utc_offset_min)
    if not unknown.any():
        return placed_at + utc_offset_min * MINUTE_US
    starts, offsets = zone_offsets(zone)
    ours = offsets[np.searchsorted(starts, placed_at, side="right") - 1]
    return placed_at + np.where(unknown, ours, utc_offset_min * MINUTE_US)


def hour(columns: Columns) -> Floats:
    """Local hour of the day, 0 to 23.

    Examples
    --------
    >>> hour({"local_us": np.array([0.0, 23.5 * 3_600e6])})
    array([ 0., 23.])
    """
    return np.floor(np.mod(columns["local_us"], DAY_US) / HOUR_US)


def weekday(columns: Columns) -> Floats:
    """Local weekday, Monday = 0.

    Examples
    --------
    >>> weekday({"local_us": np.array([0.0])})  # 1970-01-01 was a Thursday
    array([3.])
    """
    result: Floats = np.mod(np.floor(columns["local_us"] / DAY_US) + 3.0, 7.0)
    return result


def monthday(columns: Columns) -> Floats:
    """Local day of the month, 1 to 31.

    Examples
    --------
    >>> monthday({"local_us": np.array([0.0, 45 * 86_400e6])})  # 1 January and 15 February 1970
    array([ 1., 15.])
    """
    return _by_day(_monthdays, columns)


def _monthdays(days: NDArray[np.datetime64]) -> Floats:
    since_first: NDArray[np.int64] = (days - days.astype("datetime64[M]")).astype(np.int64)
    return since_first.astype(np.float64) + 1.0


def month(columns: Columns) -> Floats:
    """Local month, 1 to 12.

    Examples
    --------
    >>> month({"local_us": np.array([0.0, 45 * 86_400e6])})  # 1 January and 15 February 1970
    array([1., 2.])
    """
    return _by_day(_months, columns)


def _months(days: NDArray[np.datetime64]) -> Floats:
    months = days.astype("datetime64[M]").astype(np.int64)
    return np.mod(months, 12).astype(np.float64) + 1.0


def _by_day(work: Callable[[NDArray[np.datetime64]], Floats], columns: Columns) -> Floats:
    """Work something out of the local days; of a single order's day it is worked out once."""
    days = np.floor(columns["local_us"] / DAY_US)
    if len(days) == 1:
        return np.array([_of_day(work, days.item())])
    return work(_dates(days))


@lru_cache(maxsize=1_024)
def _of_day(work: Callable[[NDArray[np.datetime64]], Floats], day: float) -> float:
    return work(_dates(np.array([day]))).item()


def _dates(days: Floats) -> NDArray[np.datetime64]:
    """Give days since 1970 as dates."""
    return days.astype(np.int64).astype("datetime64[D]")


def hours_to_promise(columns: Columns) -> Floats:
    """Hours from the order to the promised delivery.

    Examples
    --------
    >>> hours_to_promise({"placed_at": np.array([0.0]), "deliver_by": np.array([2 * 86_400e6])})
    array([48.])
    """
    result: Floats = (columns["deliver_by"] - columns["placed_at"]) / HOUR_US
    return result


def hours_to_dispatch(columns: Columns) -> Floats:
    """Hours from the order to the latest dispatch the channel allows.

    Examples
    --------
    >>> hours_to_dispatch({"placed_at": np.array([0.0]), "ship_by": np.array([36 * 3_600e6])})
    array([36.])
    """
    result: Floats = (columns["ship_by"] - columns["placed_at"]) / HOUR_US
    return result


def promise_weekday(columns: Columns) -> Floats:
    """Weekday of the promised delivery on the order's clock, Monday = 0.

    Examples
    --------
    >>> late_on_thursday, behind = 23 * 3_600e6, 2 * 3_600e6
    >>> utc = {"placed_at": np.zeros(1), "deliver_by": np.array([late_on_thursday])}
    >>> promise_weekday(utc | {"local_us": np.zeros(1)})
    array([3.])
    >>> promise_weekday(utc | {"local_us": np.array([behind])})  # two hours east it is Friday
    array([4.])
    """
    shift = columns["local_us"] - columns["placed_at"]
    result: Floats = np.mod(np.floor((columns["deliver_by"] + shift) / DAY_US) + 3.0, 7.0)
    return result


HOUR: Final = "hour of day"
"""Unit of features that mean nothing where times are only days."""

_CLOCK: Final = ("orders.placed_at", "orders.utc_offset_min")

FEATURES: Final = (
    Feature(
        "timing__hour",
        "下单时的当地小时",
        "local hour of the order",
        HOUR,
        sources=_CLOCK,
        function=hour,
    ),
    Feature(
        "timing__weekday",
        "下单时的当地星期（周一为 0）",
        "local weekday of the order, Monday = 0",
        "weekday",
        sources=_CLOCK,
        function=weekday,
    ),
    Feature(
        "timing__monthday",
        "下单日（每月第几天）",
        "local day of the month",
        "day",
        sources=_CLOCK,
        function=monthday,
    ),
    Feature(
        "timing__month",
        "下单月份",
        "local month of the order",
        "month",
        sources=_CLOCK,
        function=month,
    ),
    Feature(
        "timing__hours_to_promise",
        "下单到承诺送达的小时数",
        "hours from the order to the promised delivery",
        "hours",
        sources=("orders.deliver_by",),
        function=hours_to_promise,
    ),
    Feature(
        "timing__hours_to_dispatch",
        "下单到最晚发货的小时数",
        "hours from the order to the latest dispatch",
        "hours",
        sources=("orders.ship_by",),
        function=hours_to_dispatch,
    ),
    Feature(
        "timing__promise_weekday",
        "承诺送达日的星期（周一为 0）",
        "weekday of the promised delivery, Monday = 0",
        "weekday",
        sources=(*_CLOCK, "orders.deliver_by"),
        function=promise_weekday,
    ),
)

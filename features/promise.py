"""Features of the promised day: how many days there are to deliver on."""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Final

import numpy as np

from features.durations import DAY_US
from features.feature import Columns, Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SUNDAY: Final = 6
_FRIDAY: Final = 4
_YEARS: Final = (2000, 2040)
"""First and last year whose public holidays are looked up; before and after them only the weekly
day of rest counts."""


@lru_cache(maxsize=256)
def delivery_days(country: str) -> np.busdaycalendar:
    """Days on which parcels are delivered: all but the weekly day of rest and public holidays.

    Parameters
    ----------
    country
        ISO 3166 alpha-2 code. Of a country whose holidays are not known only Sundays are left out.

    Examples
    --------
    >>> germany = delivery_days("DE")
    >>> days = np.array(["2008-12-24", "2008-12-25", "2008-12-27", "2008-12-28"], "datetime64[D]")
    >>> np.is_busday(days, busdaycal=germany).tolist()  # Wednesday, Christmas, Saturday, Sunday
    [True, False, True, False]
    """
    import holidays

    try:
        with _without_other_countries():
            public = holidays.country_holidays(country)
        first, last = max(_YEARS[0], public.start_year), min(_YEARS[1], public.end_year)
        public = holidays.country_holidays(country, years=range(first, last + 1))
    except NotImplementedError:
        public = holidays.HolidayBase()
    rests_on_sunday = not public.weekend or _SUNDAY in public.weekend
    week = [True] * 7
    week[_SUNDAY if rests_on_sunday else _FRIDAY] = False
    return np.busdaycalendar(week, np.array(sorted(public), "datetime64[D]"))


@contextmanager
def _without_other_countries() -> Iterator[None]:
    """Let the module of one country be imported alone.

    Its package imports those of all countries: 300 modules, for which the first order would wait.
    """
    import holidays

    package = f"{holidays.__name__}.countries"
    if package in sys.modules:
        yield
        return
    bare = sys.modules[package] = ModuleType(package)
    bare.__path__ = [f"{holidays.__path__[0]}/countries"]
    try:
        yield
    finally:
        del sys.modules[package]


def delivery_days_to_promise(columns: Columns) -> NDArray[np.float64]:
    """Delivery days after the day of the order, the promised day included; negative before it.

    Unknown without a promise or a country of delivery.

    Examples
    --------
    >>> at = 1_230_076_800e6  # 2008-12-24, a Wednesday, in Germany
    >>> columns = {"placed_at": np.array([at]), "local_us": np.array([at])}
    >>> columns |= {"ship_country": np.array(["DE"], object)}
    >>> delivery_days_to_promise(columns | {"deliver_by": np.array([at + 3 * 86_400e6])})
    array([1.])
    """
    if len(columns["placed_at"]) == 1:
        return np.array([_of_one(columns)])
    shift = columns["local_us"] - columns["placed_at"]
    placed = np.floor(columns["local_us"] / DAY_US)
    promised = np.floor((columns["deliver_by"] + shift) / DAY_US)
    result = np.full(len(placed), np.nan)
    countries = columns["ship_country"]
    for country in {country for country in countries if country is not None}:
        rows = (countries == country) & ~np.isnan(placed + promised)
        first, last = (_days(values[rows]) + 1 for values in (placed, promised))
        result[rows] = np.busday_count(first, last, busdaycal=delivery_days(country))
    return result


def _of_one(columns: Columns) -> float:
    """Give the same of a single order; the same days come again, and are counted once."""
    local_us, placed_at, deliver_by, country = (
        columns[name].item() for name in ("local_us", "placed_at", "deliver_by", "ship_country")
    )
    promised_us = deliver_by + (local_us - placed_at)
    if country is None or local_us != local_us or promised_us != promised_us:
        return math.nan
    return _count(math.floor(local_us / DAY_US), math.floor(promised_us / DAY_US), country)


@lru_cache(maxsize=4_096)
def _count(placed: int, promised: int, country: str) -> float:
    """Count the delivery days after one day until another, both since 1970."""
    first, last = np.array([placed + 1, promised + 1], "datetime64[D]")
    return float(np.busday_count(first, last, busdaycal=delivery_days(country)))


def _days(values: NDArray[np.float64]) -> NDArray[np.datetime64]:
    return values.astype(np.int64).astype("datetime64[D]")


FEATURES: Final = (
    Feature(
        "promise__delivery_days",
        "下单后到承诺日的派送日数（不含每周休息日与法定假日）",
        "days to deliver on until the promise, without the weekly day of rest and public holidays",
        "days",
        sources=(
            "orders.placed_at", "orders.utc_offset_min", "orders.deliver_by", "orders.ship_country",
        ),
        function=delivery_days_to_promise,
        purposes=("delivery",),
    ),
)  # fmt: skip

"""Days that are not like others: promotions, public holidays, closed days.

What such a day does to total demand is learned from the past days of its kind, and shrunk towards
nothing while they are few.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.steps import DAY

if TYPE_CHECKING:
    from models.demand.series import Bools, Days, DemandSeries, Floats

HOLIDAY: Final = "holiday"
CLOSED: Final = "closed"
SPECIAL: Final = "special"
YEAR: Final = np.timedelta64(364, "D")
SHRINK: Final = 0.5
"""Past days of a kind at which half of their effect is believed."""
REACH: Final = 35
"""Steps on either side of a day that say what it would have sold without its occasion."""


PROMOTION: Final = "promotion"
LONG_DAYS: Final = 7
"""Days from which a promotion is a season of its own and not a weekend."""


def promotion_days(days: Days, names: list[str]) -> dict[str, tuple[np.datetime64, ...]]:
    """Sort promotion days by the part they play, so that 11.11 can learn from 6.18.

    Parameters
    ----------
    days
        Promotion days, shape ``(n_days,)``.
    names
        Name of each day's promotion; ``6.18`` says which day is its peak, shape ``(n_days,)``.

    Returns
    -------
    dict
        Kind of day (``long promotion peak``, ``promotion``, …) to its days.

    Examples
    --------
    >>> found = promotion_days(np.array(["2024-09-08", "2024-09-09"], "datetime64[D]"), ["9.9"] * 2)
    >>> {kind: [str(day) for day in kind_days] for kind, kind_days in sorted(found.items())}
    {'promotion eve': ['2024-09-08'], 'promotion peak': ['2024-09-09']}
    """
    sorted_days: dict[str, list[np.datetime64]] = {}
    for name in sorted(set(names)):
        own = np.sort(days[np.array(names) == name])
        for run in np.split(own, np.flatnonzero(np.diff(own) > REACH * DAY) + 1):
            size = "long " if len(run) >= LONG_DAYS else ""
            peaks = [day for day in run if _is_named_after(day, name)]
            for day in run:
                kind = f"{size}{PROMOTION}{_part(day, peaks)}"
                sorted_days.setdefault(kind, []).append(day)
    return {kind: tuple(kind_days) for kind, kind_days in sorted_days.items()}


def _is_named_after(day: np.datetime64, name: str) -> bool:
    """Tell whether a promotion carries the date of a day, as 6.18 does."""
    month, day_of_month = int(str(day)[5:7]), int(str(day)[8:10])
    return name.strip() in {f"{month}.{day_of_month}", f"{month:02}.{day_of_month:02}"}


def _part(day: np.datetime64, peaks: list[np.datetime64]) -> str:
    """Say which part a day plays: peak, its eve, the opening on the first of the month, none."""
    for peak in peaks:
        if day == peak:
            return " peak"
        if day + DAY == peak:
            return " eve"
        if str(day)[:7] == str(peak)[:7] and str(day)[8:10] == "01":
            return " opening"
    return ""


@lru_cache(maxsize=64)
def public_holidays(country: str, first_year: int, last_year: int) -> frozenset[str]:
    """Public holidays of a country as ISO dates; none when the country is unknown.

    Examples
    --------
    >>> "2024-12-25" in public_holidays("GB", 2024, 2024)
    True
    >>> public_holidays("ZZ", 2024, 2024)
    frozenset()
    """
    import holidays

    try:
        found = holidays.country_holidays(country, years=range(first_year, last_year + 1))
    except NotImplementedError:
        return frozenset()
    return frozenset(day.isoformat() for day in found)


def occasions(series: DemandSeries, days: Days, origin_on: np.datetime64) -> dict[str, Bools]:
    """Which days are which occasion, as known before the origin.

    Parameters
    ----------
    series
        Gives the calendar and the country.
    days
        Days asked about, shape ``(n_days,)``.
    origin_on
        Days that only the sales themselves mark are known when they lie before this day; later
        ones are expected 52 weeks after those of last year.

    Returns
    -------
    dict
        Occasion to whether each day is one, shape ``(n_days,)``.
    """
    marked: dict[str, Bools] = {}
    for kind, kind_days in series.special_on.items():
        listed = np.array(kind_days, "datetime64[D]")
        if kind == SPECIAL:
            listed = listed[listed < origin_on]
            marked[kind] = np.isin(days, listed) | (
                (days >= origin_on) & np.isin(days, listed + YEAR)
            )
        else:
            marked[kind] = np.isin(days, listed)
    if series.country is not None and series.step_days == 1 and len(days):
        first, last = (int(str(day)[:4]) for day in (days.min(), days.max()))
        public = np.array(sorted(public_holidays(series.country, first, last)), "datetime64[D]")
        marked[HOLIDAY] = marked.get(HOLIDAY, np.zeros(len(days), bool)) | np.isin(days, public)
    return marked


def occasion_factors(
    series: DemandSeries, totals: Floats, since: int, origin: int, horizon: int
) -> tuple[Floats, Floats]:
    """Measure what occasions do to total demand, for past steps and for the steps ahead.

    Parameters
    ----------
    series
        The series.
    totals
        Units of all series a step, for the steps ``[since, origin)``.
    since, origin
        First step of ``totals``, and first step that is not seen.
    horizon
        Steps ahead.

    Returns
    -------
    tuple
        Factors on an ordinary day for ``[since, origin)`` and for ``[origin, origin + horizon)``;
        0 on days on which nothing is sold.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [4.0] * 28}, "2024-01-01")
    >>> past, ahead = occasion_factors(cups, np.full(28, 4.0, np.float32), 0, 28, 2)
    >>> ahead.tolist()
    [1.0, 1.0]
    """
    days = series.days(since, origin + horizon)
    factors = np.ones(len(days), np.float32)
    n_past = origin - since
    found = occasions(series, days, series.day(origin))
    is_special = np.zeros(len(days), bool)
    for is_kind in found.values():
        is_special |= is_kind
    usual = _usual(totals, ~is_special[:n_past])
    for kind, is_kind in found.items():
        if kind == CLOSED:
            factors[is_kind] = 0.0
            continue
        past = is_kind[:n_past] & (usual > 0)
        factors[is_kind] *= _effect(totals[past] / usual[past])
    return factors[:n_past], factors[n_past:]


def _effect(ratios: Floats) -> float:
    """Effect of one kind of day, believed as far as past days of the kind support it."""
    n_past = len(ratios)
    if n_past >= 2 and not ratios.any():
        return 0.0
    return float((ratios.sum() + SHRINK) / (n_past + SHRINK))


def _usual(totals: Floats, is_ordinary: Bools) -> Floats:
    """Say what a step would have sold without its occasion; 0 where that is not known.

    It is the mean of ordinary steps of the same weekday within five weeks before and after.
    """
    padded = np.pad(np.where(is_ordinary, totals, 0.0), REACH)
    counts = np.pad(is_ordinary.astype(float), REACH)
    shifts = range(0, 2 * REACH + 1, 7)
    total = sum(padded[shift : shift + len(totals)] for shift in shifts)
    count = sum(counts[shift : shift + len(totals)] for shift in shifts)
    return np.asarray(total / np.maximum(count, 1.0))

"""Forecasts that need no model, made in the same run as ours to be compared with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.outlook import Outlook, outlook_at
from models.demand.traits import depths_of, weekdays

if TYPE_CHECKING:
    from models.demand.series import DemandSeries, Floats, Ints

N_PAST: Final = 3
MIN_PAST: Final = 28
"""Past horizons on which a peer's spread is measured, and the steps that must lie before them."""

Peer = Callable[["DemandSeries", "Ints", int, int], "Floats"]


def seasonal_naive(series: DemandSeries, rows: Ints, origin: int, horizon: int) -> Floats:
    """Repeat what the same weekday sold last week, or the same week last year; (rows, horizon).

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> week = DemandSeries.from_units({"cup": [1, 2, 3, 4, 5, 6, 7]}, "2024-01-01")
    >>> seasonal_naive(week, np.array([0]), 7, 9).tolist()
    [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 1.0, 2.0]]
    """
    season = 7 if series.step_days == 1 else depths_of(series).year
    if series.step_days != 1 and origin < season:
        season = 1
    last = series.known(origin, since=origin - season)[rows]
    return last[:, np.arange(horizon) % season]


def four_week_average(series: DemandSeries, rows: Ints, origin: int, horizon: int) -> Floats:
    """Average of the last four weeks, by weekday for daily series; units, (rows, horizon).

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [1, 0, 0, 0, 0, 0, 0] * 4}, "2024-01-01")
    >>> four_week_average(cups, np.array([0]), 28, 2).tolist()
    [[1.0, 0.0]]
    """
    if series.step_days != 1:
        mean = series.known(origin, since=origin - 4)[rows].mean(axis=1)
        return np.repeat(mean[:, None], horizon, axis=1)
    last = series.known(origin, since=origin - 28)[rows]
    by_weekday = last.reshape(len(rows), 4, 7).mean(axis=1)
    result: Floats = by_weekday[:, np.arange(horizon) % 7]
    return result


def four_weeks_by_pooled_weekday(
    series: DemandSeries, rows: Ints, origin: int, horizon: int
) -> Floats:
    """Average of the last four weeks times the weekday profile of all rows; (rows, horizon).

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> often, once = [2, 0, 0, 0, 0, 0, 5] * 4, [0] * 26 + [7, 0]
    >>> shop = DemandSeries.from_units({"cup": often, "pan": once}, "2024-01-01")
    >>> found = four_weeks_by_pooled_weekday(shop, np.array([0, 1]), 28, 7)
    >>> int(found[1].argmax())  # sold once, on a Saturday; like the shop it is expected on Sunday
    6
    """
    if series.step_days != 1:
        return four_week_average(series, rows, origin, horizon)
    last = series.known(origin, since=origin - 28)[rows]
    pooled = last.sum(axis=0)
    day = weekdays(series.days(origin - 28, origin))
    profile = np.array([pooled[day == weekday].sum() for weekday in range(7)])
    profile = profile / max(float(profile.mean()), 1e-9)
    ahead = weekdays(series.days(origin, origin + horizon))
    result: Floats = last.mean(axis=1)[:, None] * profile[ahead]
    return result


PEERS: Final[dict[str, Peer]] = {
    "seasonal_naive": seasonal_naive,
    "average_28d_by_weekday": four_week_average,
    "average_28d_pooled_weekday": four_weeks_by_pooled_weekday,
}
"""Name to forecast."""


def past_outlooks(series: DemandSeries, origin: int, horizon: int) -> list[Outlook]:
    """Look at the last horizons before an origin, so that peers too may learn their spread.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> [outlook.traits.origin for outlook in past_outlooks(cups, 56, 7)]
    [35, 42, 49]
    """
    origins = range(origin - N_PAST * horizon, origin, horizon)
    return [outlook_at(series, past, horizon) for past in origins if past >= MIN_PAST]


def peer_cases(
    series: DemandSeries, peer: Peer, past: list[Outlook], origin: int
) -> list[tuple[Outlook, Floats, Floats]]:
    """Give a peer's past forecasts beside what came, as known before an origin.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> past = past_outlooks(cups, 56, 7)
    >>> _, mean, actual = peer_cases(cups, PEERS["average_28d_by_weekday"], past, 56)[-1]
    >>> mean.shape, float(mean[0, 0]), float(actual[0, 0])
    ((1, 7), 2.0, 2.0)
    """
    cases = []
    for outlook in past:
        start, rows = outlook.traits.origin, outlook.traits.rows
        mean = peer(series, rows, start, outlook.horizon)
        actual = series.known(origin, since=start)[rows, : outlook.horizon]
        cases.append((outlook, mean, actual))
    return cases

"""An origin, and what is expected of the steps ahead before any model has learned anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.calendar import occasion_factors
from models.demand.traits import Traits, depths_of, traits_at, weekdays

if TYPE_CHECKING:
    from models.demand.series import DemandSeries, Floats, Ints

TREND_LIMITS: Final = (0.7, 1.4)
"""How far a recent trend of total demand is believed."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """An origin and what is expected of the steps ahead of it.

    Parameters
    ----------
    traits
        What is known of the alive series.
    factor
        Expected demand of each step over the level: weekday, season and occasion, shape
        ``(n_alive, horizon)``; 0 where nothing is traded.
    occasion
        Factor of the occasion alone, shape ``(horizon,)``.
    weekday
        Weekday of each step ahead, shape ``(horizon,)``.
    scale
        Demand expected of all alive series together, over level × factor.
    """

    traits: Traits
    factor: Floats
    occasion: Floats
    weekday: Ints
    scale: float

    @property
    def baseline(self) -> Floats:
        """Level × factor at the total expected, shape ``(n_alive, horizon)``."""
        result: Floats = np.float32(self.scale) * self.traits.level[:, None] * self.factor
        return result

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return int(self.factor.shape[1])


def outlook_at(series: DemandSeries, origin: int, horizon: int) -> Outlook:
    """Gather everything known before an origin about the steps ahead of it.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> outlook_at(cups, 56, 3).baseline.round(2).tolist()
    [[2.0, 2.0, 2.0]]
    """
    depths = depths_of(series)
    since = max(origin - 2 * depths.year, 0)
    totals = series.totals(origin, since=since)
    past, ahead = occasion_factors(series, totals, since, origin, horizon)
    usual = np.ones(depths.memory, np.float32)
    width = min(len(past), depths.memory)
    usual[depths.memory - width :] = past[len(past) - width :]
    traits = traits_at(series, origin, usual)
    weekday = weekdays(series.days(origin, origin + horizon))
    if series.step_days == 1:
        season = traits.weekday[:, weekday]
    else:
        season = yearly_factors(series, traits, horizon)
    return Outlook(
        traits=traits,
        factor=(season * ahead).astype(np.float32),
        occasion=ahead,
        weekday=weekday,
        scale=_total_scale(series, traits, usual),
    )


def _total_scale(series: DemandSeries, traits: Traits, usual: Floats) -> float:
    """Total demand expected of the alive series an open step, over the sum of their levels.

    Two views are averaged: the last four weeks drawn on along the trend of order lines, and the
    last two weeks' order lines at the usual units a line. Lines are steadier than units, which a
    single bulk order can double.
    """
    if series.step_days != 1:
        return 1.0
    origin, depth = traits.origin, min(len(usual), traits.origin)
    totals = {
        what: series.totals(origin, since=origin - depth, what=what) for what in ("units", "lines")
    }
    open_steps = np.flatnonzero(totals["units"] * usual[-depth:])

    def mean(what: str, days: int) -> float:
        tail = open_steps[open_steps >= depth - days]
        ordinary = totals[what][tail] / usual[-depth:][tail]
        return float(ordinary.mean()) if len(ordinary) else 0.0

    units, lines = mean("units", 28), mean("lines", 28)
    if units <= 0 or lines <= 0:
        return 1.0
    trend = np.clip(lines / mean("lines", 84), *TREND_LIMITS) ** 0.5
    recent = mean("lines", 14) * mean("units", 56) / mean("lines", 56)
    total = np.sqrt(units * trend * recent) if recent > 0 else units * trend
    level = float(traits.level.sum())
    return float(np.clip(total * (1 - traits.new_share) / level, 0.5, 2.0))


def yearly_factors(
    series: DemandSeries, traits: Traits, horizon: int, *, pooled_weight: float = 0.3
) -> Floats:
    """Compare what each step ahead sold a year earlier with the level of that time.

    Parameters
    ----------
    series, traits
        The series and what is known of those alive.
    horizon
        Steps ahead.
    pooled_weight
        Weight of what all series did, against 1 for what the series itself did.

    Returns
    -------
    Floats
        Shape ``(n_alive, horizon)``; the pooled factor for series without a whole year, ones when
        there is none either.
    """
    depths = depths_of(series)
    origin = traits.origin
    shape = (len(traits.rows), horizon)
    before = origin - depths.year
    if before < depths.windows[3]:
        return np.ones(shape, np.float32)
    known = series.known(origin, since=before - depths.windows[-1])[traits.rows]
    past, ahead = known[:, : depths.windows[-1]], known[:, depths.windows[-1] :]
    ahead = np.pad(ahead, ((0, 0), (0, max(horizon - ahead.shape[1], 0))), "edge")[:, :horizon]
    level = sum(weight * past[:, -window:].mean(axis=1) for window, weight in depths.level)
    pooled = ahead.sum(axis=0) / max(float(np.sum(level)), 1e-6)
    own = ahead / np.maximum(level, 1e-6)[:, None]
    has_year = np.asarray((past[:, -depths.windows[3] :] > 0).all(axis=1))
    mixed = (np.minimum(own, 5.0) + pooled_weight * pooled) / (1 + pooled_weight)
    factor: Floats = np.where(has_year[:, None], mixed, pooled).astype(np.float32)
    return factor

"""An origin, and what is expected of the steps ahead before any model has learned anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.demand.calendar import occasion_factors
from models.demand.traits import TINY, Traits, depths_of, traits_at, weekdays

if TYPE_CHECKING:
    from models.demand.series import DemandSeries, Floats, Ints

TREND_LIMITS: Final = (0.7, 1.4)
"""How far a recent trend of total demand is believed."""
OWN_WEIGHT: Final = 0.55
GROUP_WEIGHT: Final = 0.35
"""Weights of a series' own last year and of its group's; the rest goes to no season at all."""
MAX_SEASON: Final = 5.0
"""Most that a step may sell over the level of its time."""


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
    season
        The same steps a year earlier; None for daily series.
    """

    traits: Traits
    factor: Floats
    occasion: Floats
    weekday: Ints
    scale: float
    season: Season | None = None

    @property
    def baseline(self) -> Floats:
        """Level × factor at the total expected, shape ``(n_alive, horizon)``.

        What the crowd does says little of a giant, so that the scale counts for it by its voice.
        """
        scale = self.scale**self.traits.voice
        result: Floats = (scale * self.traits.level)[:, None] * self.factor
        return result.astype(np.float32)

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
    usual, ahead = _occasions(series, origin, horizon)
    traits = traits_at(series, origin, usual)
    weekday = weekdays(series.days(origin, origin + horizon))
    season = season_at(series, traits, horizon) if series.step_days != 1 else None
    usual_factor = traits.weekday[:, weekday] if season is None else season.factor()
    return Outlook(
        traits=traits,
        factor=(usual_factor * ahead).astype(np.float32),
        occasion=ahead,
        weekday=weekday,
        scale=_total_scale(traits) if season is None else 1.0,
        season=season,
    )


def _occasions(series: DemandSeries, origin: int, horizon: int) -> tuple[Floats, Floats]:
    """Give the factors of occasions for the remembered steps and for those ahead.

    Series with a season find their occasions in the year before, so that they get none here.
    """
    depths = depths_of(series)
    usual = np.ones(depths.memory, np.float32)
    if series.step_days != 1 and origin >= depths.year + depths.windows[3]:
        return usual, np.ones(horizon, np.float32)
    since = max(origin - 2 * depths.year, 0)
    what = "lines" if series.counts_lines else "units"
    totals = series.totals(origin, since=since, what=what)
    past, ahead = occasion_factors(series, totals, since, origin, horizon)
    width = min(len(past), depths.memory)
    usual[depths.memory - width :] = past[len(past) - width :]
    return usual, ahead


def _total_scale(traits: Traits) -> float:
    """Total demand expected of the alive series an open step, over the sum of their levels.

    Three views are averaged: the last four weeks, the same drawn on along their trend, and the
    last two weeks of order lines.
    """

    def mean(steps: Floats, days: int) -> float:
        tail = steps[-days:]
        return float(tail[np.isfinite(tail)].mean()) if np.isfinite(tail).any() else 0.0

    units, steady = traits.units_by_step, traits.steady_by_step
    month, level = mean(units, 28), float(traits.loud_level.sum())
    if month <= 0 or level <= 0:
        return 1.0
    trend = np.clip(mean(steady, 28) / mean(steady, 84), *TREND_LIMITS) ** 0.5
    recent = mean(steady, 14) * mean(units, 56) / mean(steady, 56)
    total = np.cbrt(month * (month * trend) * recent) if recent > 0 else month
    return float(np.clip(total * (1 - traits.new_share) / level, 0.5, 2.0))


@dataclass(frozen=True, slots=True)
class Season:
    """What the steps ahead sold a year earlier, over the level of that time.

    Parameters
    ----------
    own
        The series itself, NaN where it has no whole year, shape ``(n_alive, horizon)``.
    group
        All series of its group, or of the whole history, shape ``(n_alive, horizon)``.
    """

    own: Floats
    group: Floats

    def factor(self) -> Floats:
        """Give the demand expected over the level, shrunk to the group and a little to none.

        Examples
        --------
        >>> season = Season(np.array([[2.0], [np.nan]]), np.array([[1.0], [3.0]]))
        >>> season.factor().round(2).tolist()
        [[1.55], [2.8]]
        """
        own = np.where(np.isfinite(self.own), np.minimum(self.own, MAX_SEASON), self.group)
        result: Floats = OWN_WEIGHT * own + GROUP_WEIGHT * self.group
        return result + (1 - OWN_WEIGHT - GROUP_WEIGHT)


def season_at(series: DemandSeries, traits: Traits, horizon: int) -> Season:
    """Look up the same steps a year earlier.

    Parameters
    ----------
    series, traits
        The series and what is known of those alive.
    horizon
        Steps ahead.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> units = [4.0] * 52 + [8.0] * 52
    >>> cups = DemandSeries.from_units({"cup": units}, "2023-01-02", step_days=7)
    >>> traits = traits_at(cups, 104, np.ones(depths_of(cups).memory, np.float32))
    >>> season_at(cups, traits, 2).own.round(2).tolist()
    [[2.0, 2.0]]
    """
    depths = depths_of(series)
    shape = (len(traits.rows), horizon)
    before = traits.origin - depths.year
    if before < depths.windows[3]:
        return Season(np.full(shape, np.nan), np.ones(shape))
    memory = depths.windows[-1]
    known = series.known(traits.origin, since=before - memory)[traits.rows]
    past, ahead = known[:, :memory], known[:, memory : memory + horizon]
    ahead = np.pad(ahead, ((0, 0), (0, horizon - ahead.shape[1])), "edge")
    level = np.maximum(sum(w * past[:, -window:].mean(axis=1) for window, w in depths.level), TINY)
    whole = np.asarray((past[:, -depths.windows[3] :] > 0).all(axis=1) & (ahead > 0).all(axis=1))
    own = np.where(whole[:, None], ahead / level[:, None], np.nan)
    groups = series.group[traits.rows]
    everyone = _pooled(ahead[whole], level[whole], np.zeros(int(whole.sum()), np.int64))
    if not len(everyone):
        return Season(own, np.ones(shape))
    by_group = _pooled(ahead[whole], level[whole], groups[whole] + 1, int(groups.max()) + 2)
    group = by_group[groups + 1]
    is_known = np.asarray((groups >= 0) & np.isfinite(group).all(axis=1))
    return Season(own, np.where(is_known[:, None], group, everyone[0]))


def _pooled(ahead: Floats, level: Floats, groups: Ints, n_groups: int = 1) -> Floats:
    """Units over level of each group together, NaN for an empty one, (n_groups, horizon)."""
    if not len(level):
        return np.zeros((0, ahead.shape[1]))
    total = np.zeros((n_groups, ahead.shape[1]))
    np.add.at(total, groups, ahead)
    base = np.bincount(groups, level, n_groups)[:, None]
    return np.where(base > 0, total / np.maximum(base, TINY), np.nan)

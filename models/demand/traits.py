"""What is known of every series just before an origin, in numbers free of the series' size.

Each trait of a series is a ratio to its own level, a share, or an age, so that a series that sells
ten times as much has the same traits and one model serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from models.demand.series import Bools, Days, DemandSeries, Floats, Ints

TINY: Final = np.float32(1e-6)
WEEK: Final = 7
GIANT_QUANTILE: Final = 0.995
"""Share of series that no giant may be louder than, in totals."""
MIN_CROWD: Final = 200
"""Series from which a giant stands out."""


@dataclass(frozen=True, slots=True)
class Depths:
    """How far back traits look, in steps of the series' rhythm.

    Parameters
    ----------
    windows
        Lengths of the rolling windows, shortest first.
    level
        Windows and their weights in a series' level.
    memory
        Steps looked at in all; a series without a sale in them is not alive.
    decay
        Share of the past that a decayed rate forgets each step.
    year
        Steps in a year, whole weeks.
    """

    windows: tuple[int, ...]
    level: tuple[tuple[int, float], ...]
    memory: int
    decay: tuple[float, ...]
    year: int


DAILY: Final = Depths(
    windows=(7, 14, 28, 56, 112),
    level=((28, 0.6), (84, 0.3), (182, 0.1)),
    memory=182,
    decay=(0.03, 0.1, 0.25),
    year=364,
)
WEEKLY: Final = Depths(
    windows=(2, 4, 8, 13, 26),
    level=((4, 0.25), (8, 0.25), (13, 0.25), (26, 0.25)),
    memory=26,
    decay=(0.1, 0.3),
    year=52,
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of the alive series before an origin.

    Parameters
    ----------
    origin
        First step that is not seen.
    rows
        Indices of the alive series, shape ``(n_alive,)``.
    level
        Units an open step, positive, shape ``(n_alive,)``.
    average
        Units an open step over the last four weeks, shape ``(n_alive,)``.
    n_sales
        Steps with a sale, shape ``(n_alive,)``.
    sales_rate
        Order lines an open step, the last weeks counting more, shape ``(n_alive,)``.
    voice
        Say of a series in totals, in (0, 1]: less than 1 for the few giants that would drown all
        others, shape ``(n_alive,)``.
    units_by_step
        Units of all series by their voice, freed of occasions; NaN on steps without trade, shape
        ``(memory,)``.
    steady_by_step
        Order lines at each series' usual units a line, likewise; steadier than units, which one
        bulk order can double.
    new_share
        Share of the last two weeks' units that series sold which had not been alive before.
    weekday
        Factor of each weekday on the level, shape ``(n_alive, 7)``; ones for weekly series.
    names, values
        Traits and their values, NaN where unknown, shape ``(n_alive, n_traits)``.
    """

    origin: int
    rows: Ints
    level: Floats
    average: Floats
    weekday: Floats
    names: tuple[str, ...]
    values: Floats
    n_sales: Ints
    sales_rate: Floats
    voice: Floats
    units_by_step: Floats
    steady_by_step: Floats
    new_share: float

    def column(self, name: str) -> Floats:
        """One trait of every series by its name."""
        result: Floats = self.values[:, self.names.index(name)]
        return result

    @property
    def loud_level(self) -> Floats:
        """Level by voice, shape ``(n_alive,)``.

        Examples
        --------
        >>> from models.demand.series import DemandSeries
        >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
        >>> traits_at(cups, 56).loud_level.round(1).tolist()
        [2.0]
        """
        result: Floats = self.level * self.voice
        return result


def depths_of(series: DemandSeries) -> Depths:
    """Pick the depths that fit a series' rhythm.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> weekly = DemandSeries.from_units({"cup": [2.0]}, "2024-01-01", step_days=7)
    >>> depths_of(weekly).year
    52
    """
    return DAILY if series.step_days == 1 else WEEKLY


def traits_at(series: DemandSeries, origin: int, usual: Floats | None = None) -> Traits:
    """Gather what is known of every alive series before an origin.

    Parameters
    ----------
    series
        The series; only what was known before ``origin`` is looked at.
    origin
        First step that is not seen.
    usual
        Factor of the occasion of each remembered step; units are divided by it, so that a
        promotion is not taken for a level. Ones unless given.

    Examples
    --------
    >>> from models.demand.series import DemandSeries
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 28, "gone": [0.0] * 28}, "2024-01-01")
    >>> found = traits_at(cups, 28)
    >>> found.rows.tolist(), [round(float(x), 3) for x in found.level]
    ([0], [2.0])
    """
    depths = depths_of(series)
    since = origin - depths.memory
    units = series.known(origin, since=since)
    rows = np.flatnonzero(units.any(axis=1))
    units = units[rows]
    is_open: Bools = (units > 0).sum(axis=0) > 0
    if usual is not None:
        is_open[usual <= 0] = False
        units = (units / np.where(usual > 0, usual, 1.0)).astype(np.float32)
    lines = series.known(origin, since=since, what="lines")[rows]
    lines = lines / np.where(is_open & (usual > 0), usual, 1.0) if usual is not None else lines
    lines = lines.astype(np.float32)
    sold = units > 0
    age = np.where(sold.any(axis=1), depths.memory - sold.argmax(axis=1), 0).astype(np.float32)
    means = _Windows(units, is_open, age)
    level = np.maximum(
        sum(weight * means.mean(window) for window, weight in depths.level), TINY
    ).astype(np.float32)
    voice = _voice(level)
    by_step = _by_step(units, lines if series.counts_lines else units, voice, is_open)
    columns = _shape(units, sold, lines, is_open, age, level, depths)
    weekday = (
        weekday_factors(units / level[:, None], is_open, series, origin)
        if series.step_days == 1
        else np.ones((len(rows), WEEK), np.float32)
    )
    return Traits(
        origin=origin,
        rows=rows,
        level=level,
        average=means.mean(28 // series.step_days),
        weekday=weekday,
        names=tuple(columns),
        values=np.column_stack(list(columns.values())).astype(np.float32),
        n_sales=sold.sum(axis=1),
        sales_rate=columns[f"lines_{depths.windows[2]}"]
        + 0.3 * columns[f"lines_{depths.windows[-1]}"],
        voice=voice,
        units_by_step=by_step[0],
        steady_by_step=by_step[1],
        new_share=_new_share(units * voice[:, None], 14 // min(series.step_days, 7)),
    )


def _voice(level: Floats) -> Floats:
    """Say how loud each series is in totals: no louder than the giants' threshold."""
    if len(level) < MIN_CROWD:
        return np.ones(len(level), np.float32)
    result: Floats = np.minimum(1.0, np.quantile(level, GIANT_QUANTILE) / level)
    return result.astype(np.float32)


def _by_step(units: Floats, lines: Floats, voice: Floats, is_open: Bools) -> tuple[Floats, Floats]:
    """Sum units, and lines at each series' usual units a line, over all series."""
    size = units.sum(axis=1) / np.maximum(lines.sum(axis=1), TINY)
    total, steady = voice @ units, (voice * size) @ lines
    return np.where(is_open, total, np.nan), np.where(is_open, steady, np.nan)


def _new_share(units: Floats, recent: int) -> float:
    """Share of the recent units that series sold which had sold nothing before."""
    is_new = ~(units[:, :-recent] > 0).any(axis=1)
    sold = units[:, -recent:]
    total = float(sold.sum())
    return float(sold[is_new].sum()) / total if total > 0 and not is_new.all() else 0.0


class _Windows:
    """Means over the last steps, per open step since the series began."""

    def __init__(self, values: Floats | Bools, is_open: Bools, age: Floats) -> None:
        self.values, self.open, self.age = values, is_open, age
        self.open_tail = np.concatenate([[0], np.cumsum(is_open[::-1])])

    def mean(self, window: int, skip: int = 0) -> Floats:
        """Mean an open step over ``window`` steps that end ``skip`` steps before the origin."""
        stop = self.values.shape[1] - skip
        total = self.values[:, max(stop - window, 0) : stop].sum(axis=1)
        reach = np.clip(self.age, skip, skip + window).astype(int)
        steps = self.open_tail[np.minimum(reach, len(self.open_tail) - 1)] - self.open_tail[skip]
        mean: Floats = (total / np.maximum(steps, 1)).astype(np.float32)
        return mean


def _shape(
    units: Floats,
    sold: Bools,
    lines: Floats,
    is_open: Bools,
    age: Floats,
    level: Floats,
    depths: Depths,
) -> dict[str, Floats]:
    """Every trait by name."""
    mean, share, line = (_Windows(x, is_open, age) for x in (units, sold, lines))
    columns: dict[str, Floats] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for window in depths.windows:
            columns[f"units_{window}"] = mean.mean(window) / level
            columns[f"sold_share_{window}"] = share.mean(window)
            columns[f"lines_{window}"] = line.mean(window)
        for short, long in zip(depths.windows, depths.windows[1:], strict=False):
            columns[f"before_{short}"] = mean.mean(long - short, skip=short) / level
            columns[f"lines_trend_{short}"] = line.mean(short) / line.mean(long)
        size = np.where(sold, units, np.nan)
        top = np.sort(units[:, -depths.windows[2] :], axis=1)
        total = top.sum(axis=1)
        columns["top_share"] = top[:, -1] / total
        columns["second_share"] = top[:, -2] / total
        columns["size"] = units.sum(axis=1) / lines.sum(axis=1) / level
        columns["typical_size"] = _nanmedian(size) / level
        columns["spread"] = units.std(axis=1) / level
        for decay in depths.decay:
            weights = (1 - decay) ** np.arange(units.shape[1] - 1, -1, -1) * is_open
            weights = (weights / weights.sum()).astype(np.float32)
            columns[f"decayed_units_{decay}"] = units @ weights / level
            columns[f"decayed_sold_{decay}"] = sold @ weights
    columns["since_sale"] = sold[:, ::-1].argmax(axis=1).astype(np.float32)
    columns["age"] = age
    return columns


def _nanmedian(values: Floats) -> Floats:
    """Median of each row over its known values."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result: Floats = np.nanmedian(values, axis=1).astype(np.float32)
    return result


def weekday_factors(
    ratio: Floats, is_open: Bools, series: DemandSeries, origin: int, *, own_weight: float = 40.0
) -> Floats:
    """Factor of each weekday on a series' level, its own shrunk towards that of all series.

    Parameters
    ----------
    ratio
        Units over level, shape ``(n_series, n_steps)``, last step before ``origin``.
    is_open
        Whether each step was a trading step.
    series
        Gives the weekdays of the steps and those without trading.
    origin
        First step that is not seen.
    own_weight
        Sale days at which a series' own profile weighs as much as the pooled one.
    """
    width = min(84, ratio.shape[1])
    capped = np.minimum(ratio[:, -width:], 5.0)
    days = series.days(origin - width, origin)
    weekday = weekdays(days)
    member = (weekday[:, None] == np.arange(WEEK)) & is_open[-width:, None]
    opened = np.maximum(member.sum(axis=0), 1)
    total = capped @ member.astype(np.float32) / opened * opened.mean()
    pooled = total.sum(axis=0) / max(float(total.sum()), 1e-9) * WEEK
    n_sales = (capped > 0).sum(axis=1)[:, None]
    own = total / np.maximum(total.sum(axis=1, keepdims=True), TINY) * WEEK
    factors = (n_sales * own + own_weight * pooled) / (n_sales + own_weight)
    factors[:, list(series.closed_weekdays)] = 0.0
    n_trading = WEEK - len(series.closed_weekdays)
    factors *= n_trading / np.maximum(factors.sum(axis=1, keepdims=True), TINY)
    result: Floats = factors.astype(np.float32)
    return result


def weekdays(days: Days) -> Ints:
    """Weekday of each day, Monday = 0.

    Examples
    --------
    >>> weekdays(np.array(["2024-01-01", "2024-01-07"], "datetime64[D]")).tolist()  # Monday, Sunday
    [0, 6]
    """
    result: Ints = (days.astype("datetime64[D]").astype(np.int64) + 3) % WEEK
    return result

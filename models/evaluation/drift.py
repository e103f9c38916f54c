"""Whether this week's orders look unlike the weeks before, with a known rate of false alarms.

A fixed limit on a distance alarms at random where orders are few and always where they are many.
Here the distance of a week is held against what chance makes of it: weekdays of all the weeks are
dealt out anew, many times, and the largest distance over *all* watched columns in each deal says
how far the furthest column strays by chance. Columns whose days resemble each other stray further
from week to week than dealt days do; how much further is learned from the weeks before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from features.durations import DAY_US, SECOND_US

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

DAYS: Final = 7
N_BINS: Final = 10
MOST_VALUES: Final = 14
SMOOTHING: Final = 0.5


@dataclass(frozen=True, slots=True)
class DriftConfig:
    """How drift is watched for.

    Parameters
    ----------
    false_alarms
        Chance of any alarm in a week in which nothing has changed, over all columns together.
    weeks, least_weeks
        Weeks before that this one is compared with, and the fewest that will do.
    n_deals
        Times the days are dealt out anew.
    material
        Distance (population stability index) beyond chance below which a change is too small to
        matter, however sure.
    seed
        Seed of the deals.
    """

    false_alarms: float = 0.01
    weeks: int = 12
    least_weeks: int = 6
    n_deals: int = 600
    material: float = 0.02
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Alarm:
    """A column that changed.

    Parameters
    ----------
    column
        Its name.
    distance
        Population stability index of the week against the weeks before, chance taken off.
    chance
        Chance of so large a change in any column while nothing changes.
    """

    column: str
    distance: float
    chance: float


@dataclass(frozen=True, slots=True)
class WeekWatched:
    """What watching one week found.

    Parameters
    ----------
    begins
        First day of the week.
    n_orders
        Orders in it.
    n_columns
        Columns watched.
    alarms
        What changed, most first.
    note
        Why nothing could be said, or nothing.
    """

    begins: str
    n_orders: int
    n_columns: int
    alarms: tuple[Alarm, ...] = ()
    note: str = ""

    def document(self) -> dict[str, Any]:
        """Write it as a JSON-able document."""
        return asdict(self)


def watch(
    columns: Mapping[str, pd.Series],
    placed_at: pd.Series,
    week_begins: datetime,
    config: DriftConfig | None = None,
) -> WeekWatched:
    """Compare one week with the weeks before it.

    Parameters
    ----------
    columns
        Name to the values of all orders: features, and scores of models.
    placed_at
        Instants of the same orders.
    week_begins
        First instant of the week.
    config
        How.

    Returns
    -------
    WeekWatched
        With an alarm for each column that changed; the chance of any false one is that of the
        configuration.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> days = pd.date_range("2026-01-05", periods=77, freq="D", tz="UTC")
    >>> placed_at = pd.Series(days.repeat(20))
    >>> week = datetime(2026, 3, 16, tzinfo=UTC)
    >>> usual = pd.Series(np.tile(np.arange(20.0), 77))
    >>> higher = usual.where(placed_at < pd.Timestamp(week), usual + 10.0)
    >>> found = watch({"usual": usual, "higher": higher}, placed_at, week)
    >>> [alarm.column for alarm in found.alarms], found.n_orders
    (['higher'], 140)
    """
    config = config or DriftConfig()
    day = _days_before(placed_at, week_begins)
    n_weeks = min(config.weeks, int(np.ceil(-day.min() / DAYS)) if len(day) else 0)
    kept = (day >= -n_weeks * DAYS) & (day < DAYS)
    n_orders = int(((day >= 0) & kept).sum())
    begins = pd.Timestamp(week_begins).isoformat()
    if n_weeks < config.least_weeks or not n_orders:
        why = f"{n_weeks} weeks before and {n_orders} orders: {config.least_weeks} weeks needed"
        return WeekWatched(begins, n_orders, len(columns), note=why)
    place = day[kept] + n_weeks * DAYS
    counts = {
        name: table
        for name, values in columns.items()
        if (table := _counts(values[kept], place, (n_weeks + 1) * DAYS)) is not None
    }
    if not counts:
        return WeekWatched(begins, n_orders, 0, note="no column has more than one value")
    return WeekWatched(begins, n_orders, len(counts), _alarms(counts, config))


def _days_before(placed_at: pd.Series, week_begins: datetime) -> np.ndarray:
    """Give each order the number of its day, counted from the week's first."""
    at = placed_at.astype("datetime64[us, UTC]").astype("int64").to_numpy()
    first = int(pd.Timestamp(week_begins).timestamp() * SECOND_US)
    day: np.ndarray = (at - first) // DAY_US
    return day


def _counts(values: pd.Series, day: np.ndarray, n_days: int) -> np.ndarray | None:
    """Count orders by day and bin, shape ``(n_days, n_bins)``; None where nothing can change.

    Bins are those of the weeks before, so that a value that is new now falls out of them.
    """
    before = day < n_days - DAYS
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        number = values.to_numpy(dtype=float, na_value=np.nan)
        known = number[before & np.isfinite(number)]
        if not len(known):
            return None
        edges = np.unique(np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1]))
        # A value that many orders share is a bin of its own: just above it begins the next.
        edges = np.unique(np.r_[edges, np.nextafter(edges, np.inf)])
        code = np.where(np.isfinite(number), np.searchsorted(edges, number, side="right"), -1) + 1
        n_bins = len(edges) + 2
    else:
        text = values.astype(object).where(values.notna(), "").astype(str).to_numpy()
        common = pd.Series(text[before]).value_counts().index[:MOST_VALUES]
        code = pd.Index(common).get_indexer(pd.Index(text)) + 1
        n_bins = len(common) + 1
    table = np.bincount(day * n_bins + code, minlength=n_days * n_bins).reshape(n_days, n_bins)
    used = table[:, table.sum(axis=0) > 0].astype(float)
    return used if used.shape[1] > 1 else None


def _alarms(counts: Mapping[str, np.ndarray], config: DriftConfig) -> tuple[Alarm, ...]:
    """Find the columns whose distance chance does not explain."""
    names = list(counts)
    tables = _padded([counts[name] for name in names])
    by_weekday = tables.reshape(len(names), -1, DAYS, tables.shape[2])
    n_weeks = by_weekday.shape[1]
    weekly = by_weekday.sum(axis=2)
    total = weekly.sum(axis=1)
    now = _distance(weekly[:, -1], total - weekly[:, -1])
    past = np.stack([_distance(weekly[:, w], total - weekly[:, w]) for w in range(n_weeks - 1)])
    dealt = np.stack(list(_deals(by_weekday, total, config)))
    usual = np.maximum(dealt.mean(axis=0), 1e-12)
    strays = _stray(past, usual)
    worst = np.sort((dealt / usual).max(axis=1))
    ratio = now / (usual * strays)
    chance = _tail(worst, ratio)
    beyond = now - usual * strays
    found = [
        Alarm(names[i], round(float(beyond[i]), 4), float(chance[i]))
        for i in np.argsort(-ratio, kind="stable")
        if chance[i] < config.false_alarms and beyond[i] >= config.material
    ]
    return tuple(found)


def _padded(tables: list[np.ndarray]) -> np.ndarray:
    """Stack tables of different numbers of bins; bins that are not there stay empty."""
    widest = max(table.shape[1] for table in tables)
    return np.stack([np.pad(t, ((0, 0), (0, widest - t.shape[1]))) for t in tables])


def _distance(week: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Give the population stability index in its bounded form, by column."""
    p, q = (part + SMOOTHING * ((week + rest) > 0) for part in (week, rest))
    p = p / p.sum(axis=1, keepdims=True)
    q = q / q.sum(axis=1, keepdims=True)
    both = p + q
    gap = np.divide(2 * (p - q) ** 2, both, out=np.zeros_like(both), where=both > 0)
    result: np.ndarray = gap.sum(axis=1)
    return result


def _deals(by_weekday: np.ndarray, total: np.ndarray, config: DriftConfig) -> Any:
    """Deal seven days out of all weeks, each weekday from any of them, and give the distances."""
    random = np.random.default_rng(config.seed)
    n_weeks, weekday = by_weekday.shape[1], np.arange(DAYS)
    for _ in range(config.n_deals):
        week = by_weekday[:, random.integers(0, n_weeks, DAYS), weekday].sum(axis=1)
        yield _distance(week, total - week)


def _stray(past: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """How many times further than dealt days whole weeks stray, at least once.

    A mean of few weeks is itself unsure, and the more so the more unlike they are: what is taken
    is an upper end of it.
    """
    ratio = past / usual
    n_weeks = len(ratio)
    upper = ratio.mean(axis=0) + 3.0 * ratio.std(axis=0, ddof=1) / np.sqrt(n_weeks)
    result: np.ndarray = np.maximum(upper, 1.0)
    return result


def _tail(worst: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Chance that the largest of all columns' ratios reaches a value.

    Beyond what was dealt, the tail is taken to fall as fast as its upper tenth does.
    """
    n = len(worst)
    counted = 1.0 - np.searchsorted(worst, ratio, side="left") / n
    start = worst[int(0.9 * n)]
    slope = max(float((worst[int(0.9 * n) :] - start).mean()), 1e-9)
    falling = 0.1 * np.exp(-(ratio - start) / slope)
    result: np.ndarray = np.where(ratio > worst[int(0.98 * n)], falling, np.maximum(counted, 1 / n))
    return result

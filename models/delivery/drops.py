"""Noticing that an outlet drops: a running likelihood ratio against what was expected of it.

Each evening every day's known parcels are judged: how much likelier are they under a rate that has
dropped by so many points than under the rate that was expected. Early news holds fewer failures
than there are, and is judged by the share of failures that such early news usually holds. The
ratios run together as Shiryaev and Roberts proposed, and start again at none after an alarm.

The limit is found by simulation, so that an outlet where nothing is wrong raises no more alarms
than wanted; it depends on how many parcels a day there are and on their usual rate.

References
----------
1. A. N. Shiryaev, On optimum methods in quickest detection problems, 1963.
2. S. W. Roberts, A comparison of some control chart procedures, 1966.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.arrays import Floats
    from models.delivery.maturing import News

QUARTER_DAYS: Final = 91
LEAST, MOST = 0.02, 0.995
"""Rates are kept within these: a share of exactly 0 or 1 would make one parcel decide."""

VOLUMES: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
RATES: Final = (0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
LIMITS: Final = np.linspace(0.5, 12.0, 47)
"""Parcels a day, usual rates, and logarithms of limits that are simulated."""

SIMULATED_OUTLETS, SIMULATED_DAYS = 100, 364
LOOKS: Final = 1
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked for.

    Parameters
    ----------
    points
        Drop to be found, as a share.
    false_alarms
        Alarms that an outlet where nothing is wrong may raise in a quarter.
    """

    points: float = 0.15
    false_alarms: float = 1.0


@dataclass(frozen=True)
class Limits:
    """Logarithm of the limit by parcels a day and usual rate, from a simulation."""

    table: Floats

    def of(self, volume: Floats, rate: Floats) -> Floats:
        """Give the limit of each outlet, between those that were simulated.

        Parameters
        ----------
        volume, rate
            Parcels a day and usual rate, ``(n_outlets,)``.
        """
        across, right = _between(np.log(VOLUMES), np.log(np.maximum(volume, VOLUMES[0])))
        down, below = _between(np.array(RATES), rate)
        table = self.table
        left = table[across, down] * (1 - below) + table[across, down + 1] * below
        more = table[across + 1, down] * (1 - below) + table[across + 1, down + 1] * below
        found: Floats = left * (1 - right) + more * right
        return found


def _between(grid: Floats, values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Give the grid point below each value, and how far on the way to the next it lies."""
    place = np.clip(np.searchsorted(grid, values) - 1, 0, len(grid) - 2)
    way: Floats = np.clip((values - grid[place]) / (grid[place + 1] - grid[place]), 0.0, 1.0)
    return place.astype(np.int64), way


def log_ratios(
    good: Floats, bad: Floats, expected: Floats, watch: Watch, known: tuple[Floats, Floats]
) -> Floats:
    """Give how much likelier each day's known parcels are after a drop, as a logarithm.

    Parameters
    ----------
    good, bad
        What is known of each day by now, ``(n_days, n_outlets)``.
    expected
        The rate expected on the evening before, ``(n_days, n_outlets)``.
    watch
        What is looked for.
    known
        Share of good and of bad ones known by now of each day, ``(n_days,)``, as `known_shares`
        gives them.

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> usual = np.array([[0.9]])
    >>> all_known = (np.ones(1), np.ones(1))
    >>> log_ratios(0 * one, one, usual, Watch(), all_known).round(3)
    array([[0.916]])
    >>> log_ratios(one, 0 * one, usual, Watch(), all_known).round(3)
    array([[-0.182]])
    """
    before = np.clip(expected, LEAST, MOST)
    after = np.clip(expected - watch.points, LEAST / 2, MOST)
    share_good, share_bad = (part[:, None] for part in known)

    def bad_share(rate: Floats) -> Floats:
        shown: Floats = (1 - rate) * share_bad / (rate * share_good + (1 - rate) * share_bad)
        return shown

    odds_before, odds_after = bad_share(before), bad_share(after)
    ratios: Floats = bad * np.log(odds_after / odds_before) + good * np.log(
        (1 - odds_after) / (1 - odds_before)
    )
    return ratios


def known_shares(news: News, n_days: int, least: float) -> tuple[Floats, Floats]:
    """Share of each kind that is known of each day by now, the newest last.

    Parameters
    ----------
    news
        How long news takes.
    n_days
        Days looked back on.
    least
        Shares are kept above this, where a kind is hardly known yet.
    """
    ages = np.minimum(np.arange(n_days)[::-1], len(news.good) - 1)
    return np.maximum(news.good[ages], least), np.maximum(news.bad[ages], least)


def run_up(ratios: Floats, held: Floats) -> Floats:
    """Let the statistic of Shiryaev and Roberts run over some days.

    Parameters
    ----------
    ratios
        Result of `log_ratios`.
    held
        Logarithm of the statistic before the first day, ``(n_outlets,)``; -inf is none.

    Returns
    -------
    NDArray
        Logarithm of the statistic on each evening, ``(n_days, n_outlets)``.

    Examples
    --------
    >>> run_up(np.log([[2.0], [3.0]]), np.array([-np.inf])).round(3).ravel()
    array([0.693, 2.197])
    """
    found = np.empty_like(ratios)
    for day, each in enumerate(ratios):
        held = np.logaddexp(0.0, held) + each
        found[day] = held
    return found


def calibrate(watch: Watch, *, looks: int = LOOKS, seed: int = SEED) -> Limits:
    """Find the limits by simulation.

    Parameters
    ----------
    watch
        What is looked for, and how often luck may look like it.
    looks
        Looks a day.
    seed
        Of the simulation.

    Returns
    -------
    Limits
        For each volume and rate the lowest limit under which outlets without a drop raised no more
        alarms than wanted.
    """
    draw = np.random.default_rng(seed)
    rates = np.repeat(RATES, SIMULATED_OUTLETS)
    table = [_limits(draw, watch, volume / looks, rates, looks) for volume in VOLUMES]
    return Limits(np.array(table))


def _limits(
    draw: np.random.Generator, watch: Watch, volume: float, rates: Floats, looks: int
) -> Floats:
    """Find the limits at one volume; an alarm lets the statistic start again."""
    held = np.full((len(LIMITS), len(rates)), -np.inf)
    n_alarms = np.zeros(held.shape)
    all_known = (np.ones(1), np.ones(1))
    for _ in range(SIMULATED_DAYS * looks):
        parcels = draw.poisson(volume, len(rates))
        good = draw.binomial(parcels, rates).astype(np.float64)
        ratio = log_ratios(good[None], parcels - good[None], rates[None], watch, all_known)
        held = np.logaddexp(0.0, held) + ratio
        alarm = held > LIMITS[:, None]
        n_alarms += alarm
        held[alarm] = -np.inf
    by_rate = n_alarms.reshape(len(LIMITS), len(RATES), -1).mean(axis=2)
    fits = by_rate * QUARTER_DAYS / SIMULATED_DAYS <= watch.false_alarms
    found: Floats = np.where(fits.any(axis=0), LIMITS[np.argmax(fits, axis=0)], LIMITS[-1])
    return found

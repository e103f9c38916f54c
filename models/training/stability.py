"""Which features may be learned from: those that say who is ordering, not what date it is."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.durations import WEEK_US

CALENDAR: Final = 0.6
"""Share of a number's variation that lies between weeks, from which it tells the date."""

SAMPLE: Final = 20_000
FEW: Final = 30


def clocks(
    matrix: np.ndarray, names: tuple[str, ...], placed_at: np.ndarray, categorical: frozenset[str]
) -> dict[str, float]:
    """Find numbers that mostly tell what week it is, such as a count that only grows.

    All orders of a week share the value of such a feature, so it cannot rank them; and a value
    that a later week brings has never been seen in training.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n_orders, n_features)``.
    names
        Features, in the matrix's order.
    placed_at
        Instants in microseconds, shape ``(n_orders,)``.
    categorical
        Features that are categories and are left alone.

    Returns
    -------
    dict[str, float]
        Feature to the share of its (ranked) variation that lies between weeks, for those beyond
        `CALENDAR`.

    Examples
    --------
    >>> at = np.arange(100) * 86_400_000_000
    >>> found = clocks(
    ...     np.c_[np.arange(100.0), np.arange(100) % 7], ("so_far", "weekday"), at, frozenset()
    ... )
    >>> list(found)
    ['so_far']
    """
    step = max(1, len(matrix) // SAMPLE)
    matrix, placed_at = matrix[::step], placed_at[::step]
    week = (placed_at - placed_at.min()) // WEEK_US
    found = {}
    for place, name in enumerate(names):
        if name in categorical:
            continue
        known = np.isfinite(matrix[:, place])
        share = _between(matrix[known, place], week[known])
        if share > CALENDAR:
            found[name] = share
    return found


def idle(matrix: np.ndarray, names: tuple[str, ...]) -> list[str]:
    """Features that are missing everywhere or never change, from which nothing can be learned.

    Examples
    --------
    >>> idle(np.array([[1.0, 2.0], [1.0, 3.0]]), ("always_one", "changes"))
    ['always_one']
    """
    missing = np.isnan(matrix)
    low = np.where(missing, np.inf, matrix).min(axis=0)
    high = np.where(missing, -np.inf, matrix).max(axis=0)
    return [
        name
        for name, lowest, highest, has_gaps in zip(
            names, low, high, missing.any(axis=0), strict=True
        )
        if lowest > highest or (lowest == highest and not has_gaps)
    ]


def _between(values: np.ndarray, week: np.ndarray) -> float:
    """Share of the variation of ranks that lies between weeks; 0 where there are too few."""
    from scipy.stats import rankdata

    n_weeks = len(np.unique(week))
    if len(values) < FEW or len(values) < 5 * n_weeks or n_weeks == 1:
        return 0.0
    rank = rankdata(values)
    rank -= rank.mean()
    total = float((rank**2).sum())
    if total == 0.0:
        return 0.0
    sums, counts = np.bincount(week, weights=rank), np.bincount(week)
    return float((sums**2 / np.maximum(counts, 1)).sum()) / total

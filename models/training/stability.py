"""Which features may be learned from: those that say something else than what time it is."""

from __future__ import annotations

from typing import Final

import numpy as np

CLOCK: Final = 0.9
"""Rank correlation with the order's own instant from which a number is a clock."""

SAMPLE: Final = 20_000


def clocks(
    matrix: np.ndarray, names: tuple[str, ...], placed_at: np.ndarray, categorical: frozenset[str]
) -> dict[str, float]:
    """Numbers that grow or fall with time and so mean something else tomorrow than today.

    Parameters
    ----------
    matrix
        Encoded features, shape ``(n_orders, n_features)``.
    names
        Features, in the matrix's order.
    placed_at
        Instants as integers, shape ``(n_orders,)``.
    categorical
        Features that are categories and cannot be a clock.

    Returns
    -------
    dict[str, float]
        Feature to its rank correlation with time, for those at `CLOCK` or beyond.

    Examples
    --------
    >>> at = np.arange(100)
    >>> found = clocks(np.c_[at * 2.0, at % 7.0], ("total_so_far", "weekday"), at, frozenset())
    >>> list(found)
    ['total_so_far']
    """
    step = max(1, len(matrix) // SAMPLE)
    matrix, placed_at = matrix[::step], placed_at[::step]
    found = {}
    for place, name in enumerate(names):
        if name in categorical:
            continue
        known = np.isfinite(matrix[:, place])
        correlation = _rank_correlation(matrix[known, place], placed_at[known])
        if abs(correlation) >= CLOCK:
            found[name] = correlation
    return found


def idle(matrix: np.ndarray, names: tuple[str, ...]) -> list[str]:
    """Features that are missing everywhere or never change, from which nothing can be learned.

    Examples
    --------
    >>> idle(np.array([[1.0, 2.0], [1.0, 3.0]]), ("always_one", "changes"))
    ['always_one']
    """
    with np.errstate(invalid="ignore"):
        low = np.nanmin(np.where(np.isnan(matrix), np.inf, matrix), axis=0)
        high = np.nanmax(np.where(np.isnan(matrix), -np.inf, matrix), axis=0)
    partly = np.isnan(matrix).any(axis=0)
    return [
        name
        for name, lowest, highest, has_gaps in zip(names, low, high, partly, strict=True)
        if lowest > highest or (lowest == highest and not has_gaps)
    ]


def _rank_correlation(values: np.ndarray, at: np.ndarray) -> float:
    """Spearman's rank correlation; 0 where there are too few values."""
    from scipy.stats import rankdata

    few = 30
    if len(values) < few or values.min() == values.max() or at.min() == at.max():
        return 0.0
    return float(np.corrcoef(rankdata(values), rankdata(at))[0, 1])

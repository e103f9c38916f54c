"""From a booster's raw score to a probability: a monotone line through a few knots."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FLOOR = 1e-6
"""Smallest probability ever claimed, and its complement the largest."""


FARTHEST = 30.0
"""Raw scores beyond this are as good as certain."""


@dataclass(frozen=True)
class Knots:
    """A monotone, piecewise linear function on log-odds, as plain numbers.

    Parameters
    ----------
    at
        Raw scores (log-odds) of the knots, ascending.
    to
        Calibrated log-odds at the knots, ascending.

    Examples
    --------
    >>> float(Knots((-2.0, 2.0), (-2.0, 2.0)).probability(np.array([0.0]))[0])
    0.5
    """

    at: tuple[float, ...]
    to: tuple[float, ...]

    def probability(self, raw: np.ndarray) -> np.ndarray:
        """Calibrated probability of raw scores; beyond the end knots the line runs parallel."""
        at, to = self.arrays
        raw = np.minimum(np.maximum(raw, -FARTHEST), FARTHEST)
        inner = np.interp(raw, at, to)
        beyond = np.minimum(raw - at[0], 0.0) + np.maximum(raw - at[-1], 0.0)
        return self.squeezed(-(inner + beyond))

    @staticmethod
    def squeezed(exponents: np.ndarray) -> np.ndarray:
        """Give the probabilities of calibrated log-odds whose sign was turned."""
        odds = 1.0 / (1.0 + np.exp(exponents))
        clipped: np.ndarray = np.minimum(np.maximum(odds, FLOOR), 1.0 - FLOOR)
        return clipped

    def one(self, raw: float) -> float:
        """Calibrated probability of one raw score, the same bits as among many."""
        raw = min(max(raw, -FARTHEST), FARTHEST)
        beyond = min(raw - self.at[0], 0.0) + max(raw - self.at[-1], 0.0)
        # Of the exponential, numpy and the C library differ in the last bit.
        odds = 1.0 / (1.0 + float(np.exp(-(interpolate(raw, self.at, self.to) + beyond))))
        return min(max(odds, FLOOR), 1.0 - FLOOR)

    @cached_property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The knots as arrays."""
        return np.asarray(self.at), np.asarray(self.to)

    def to_json(self) -> dict[str, Any]:
        """Write the knots as two lists."""
        return {"at": list(self.at), "to": list(self.to)}


def interpolate(value: float, at: Sequence[float], to: Sequence[float]) -> float:
    """Read one value off a line through knots, as `numpy.interp` does for many.

    Parameters
    ----------
    value
        Where; beyond the end knots the line is level.
    at, to
        The knots, ``at`` ascending.

    Examples
    --------
    >>> interpolate(0.5, (0.0, 1.0), (10.0, 20.0)), interpolate(7.0, (0.0, 1.0), (10.0, 20.0))
    (15.0, 20.0)
    """
    place = bisect_right(at, value) - 1
    if place < 0:
        return to[0]
    if place >= len(at) - 1:
        return to[-1]
    slope = (to[place + 1] - to[place]) / (at[place + 1] - at[place])
    return slope * (value - at[place]) + to[place]


IDENTITY = Knots((-1.0, 1.0), (-1.0, 1.0))
"""No correction."""


MIN_BAD: Final = 40
"""Bad orders that a step of a calibration needs."""


def tells_steps(label: np.ndarray, *, min_bad: int = MIN_BAD) -> bool:
    """Tell whether labels are enough for more than a level.

    Examples
    --------
    >>> tells_steps(np.repeat([0.0, 1.0], 80)), tells_steps(np.repeat([0.0, 1.0], 79))
    (True, False)
    """
    n_bad = int(label.sum())
    return 2 * min_bad <= n_bad < len(label)


def fit_knots(
    raw: np.ndarray, label: np.ndarray, *, min_bad: int = MIN_BAD, max_knots: int = 12
) -> Knots:
    """Fit isotonic calibration and export it as knots.

    The isotonic steps are merged until each holds enough bad orders, and a line is drawn between
    their centres, so that different raw scores never get the same probability.

    Parameters
    ----------
    raw
        Raw scores of orders the model had not seen, shape ``(n_orders,)``.
    label
        1 for bad, 0 for good.
    min_bad
        Bad orders a step needs.
    max_knots
        Most knots kept.

    Returns
    -------
    Knots
        With few bad orders only a shift of the log-odds, so that the mean probability is right.

    Examples
    --------
    >>> raw = np.linspace(0.0, 1.0, 4_000)  # of orders at x the share x² turns out bad
    >>> label = (np.arange(4_000) * 0.618 % 1.0 < raw**2).astype(float)
    >>> knots = fit_knots(raw, label)
    >>> knots.probability(np.array([0.3, 0.5, 0.9])).round(1).tolist()
    [0.1, 0.3, 0.8]
    """
    if not tells_steps(label, min_bad=min_bad):
        return _shift(raw, label)
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(raw, kind="stable")
    raw, label = raw[order], label[order]
    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(raw, label)
    wanted = min(max_knots, int(label.sum()) // min_bad)
    knots = _merge(raw, label, fitted, wanted)
    if len(knots) < 2:
        return _shift(raw, label)
    at, to = zip(*knots, strict=True)
    return Knots(tuple(at), tuple(to))


def _merge(
    raw: np.ndarray, label: np.ndarray, fitted: np.ndarray, wanted: int
) -> list[tuple[float, float]]:
    """Centres of groups of isotonic steps, each with its share of the bad orders."""
    per_group = label.sum() / wanted
    group = np.minimum((np.cumsum(label) - label) // per_group, wanted - 1).astype(int)
    starts = np.flatnonzero(np.r_[True, np.diff(fitted) > 0])
    step = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(raw)]))
    group = group[starts][step]
    knots: list[tuple[float, float]] = []
    for number in np.unique(group):
        rows = group == number
        rate = float(np.clip(fitted[rows].mean(), FLOOR, 1 - FLOOR))
        point = (float(raw[rows].mean()), float(np.log(rate / (1 - rate))))
        if not knots or (point[0] > knots[-1][0] and point[1] > knots[-1][1]):
            knots.append(point)
    return knots


def at_level(knots: Knots, raw: np.ndarray, rate: float) -> Knots:
    """Move a calibration up or down until the mean probability of some orders is a given rate.

    Parameters
    ----------
    knots
        Calibration whose steepness is kept.
    raw
        Raw scores of the orders, shape ``(n_orders,)``.
    rate
        Mean probability they are to have, in (0, 1).

    Examples
    --------
    >>> raised = at_level(IDENTITY, np.array([-1.0, 0.0, 1.0]), 0.6)
    >>> round(float(raised.probability(np.array([-1.0, 0.0, 1.0])).mean()), 6)
    0.6
    """
    low, high = -10.0, 10.0
    moved = knots
    for _ in range(60):
        middle = (low + high) / 2
        moved = Knots(knots.at, tuple(value + middle for value in knots.to))
        is_low = float(moved.probability(raw).mean()) < rate
        low, high = (middle, high) if is_low else (low, middle)
    return moved


def _shift(raw: np.ndarray, label: np.ndarray) -> Knots:
    """Move all log-odds by one number so that the mean probability meets the base rate."""
    if not 0 < label.sum() < len(label):
        return IDENTITY
    return at_level(IDENTITY, raw, float(label.mean()))

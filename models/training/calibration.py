"""From a booster's raw score to a probability: a monotone line through a few knots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

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
        at, to = np.asarray(self.at), np.asarray(self.to)
        raw = np.clip(raw, -FARTHEST, FARTHEST)
        inner = np.interp(raw, at, to)
        beyond = np.minimum(raw - at[0], 0.0) + np.maximum(raw - at[-1], 0.0)
        odds = 1.0 / (1.0 + np.exp(-(inner + beyond)))
        clipped: np.ndarray = np.clip(odds, FLOOR, 1.0 - FLOOR)
        return clipped

    def to_json(self) -> dict[str, Any]:
        """Write the knots as two lists."""
        return {"at": list(self.at), "to": list(self.to)}


IDENTITY = Knots((-1.0, 1.0), (-1.0, 1.0))
"""No correction."""


def fit_knots(
    raw: np.ndarray, label: np.ndarray, *, min_bad: int = 40, max_knots: int = 12
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
    """
    n_bad = int(label.sum())
    if n_bad < 2 * min_bad or n_bad == len(label):
        return _shift(raw, label)
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(raw, kind="stable")
    raw, label = raw[order], label[order]
    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(raw, label)
    wanted = min(max_knots, n_bad // min_bad)
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


def _shift(raw: np.ndarray, label: np.ndarray) -> Knots:
    """Move all log-odds by one number so that the mean probability meets the base rate."""
    if not 0 < label.sum() < len(label):
        return IDENTITY
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float((1 / (1 + np.exp(-(raw + middle)))).mean())
        low, high = (middle, high) if mean < label.mean() else (low, middle)
    shift = (low + high) / 2
    return Knots((-1.0, 1.0), (-1.0 + shift, 1.0 + shift))

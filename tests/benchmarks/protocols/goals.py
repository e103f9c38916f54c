"""What a protocol finds beside what it must reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.evaluation.metrics import LEVEL, MIN_DAYS, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

N_RESAMPLES: Final = 400
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Found:
    """One figure.

    Parameters
    ----------
    what
        Its name.
    value
        The figure.
    goal
        What it must reach, or None where nothing was set.
    low, high
        95 % interval, where there is one.
    falls
        Whether less is better.
    """

    what: str
    value: float
    goal: float | None = None
    low: float = float("nan")
    high: float = float("nan")
    falls: bool = False

    @property
    def line(self) -> str:
        """The figure as a line of text.

        Examples
        --------
        >>> Found("AUC", 0.9, goal=0.88, low=0.89, high=0.91).line
        'AUC                            0.9000 (0.8900 to 0.9100)  goal >= 0.88: met'
        """
        text = f"{self.what:30} {self.value:.4f}"
        if np.isfinite(self.low):
            text += f" ({self.low:.4f} to {self.high:.4f})"
        if self.goal is None:
            return text
        is_met = self.value <= self.goal if self.falls else self.value >= self.goal
        sign = "<=" if self.falls else ">="
        return f"{text}  goal {sign} {self.goal:g}: {'met' if is_met else 'MISSED'}"


@dataclass(frozen=True, slots=True)
class Period:
    """Scored orders of one stretch of time; a protocol's figure is the mean over its periods."""

    label: np.ndarray
    score: np.ndarray
    day: np.ndarray


def mean_over(
    what: str,
    periods: Sequence[Period],
    metric: Callable[[Ranking, np.ndarray], float],
    goal: float | None = None,
) -> Found:
    """Give the mean of a metric over periods, with an interval from resampled days.

    Parameters
    ----------
    what
        Its name.
    periods
        Each is resampled by its own days; by its orders where all have fewer than ten days
        together.
    metric
        Method of `Ranking`.
    goal
        What the mean must reach.

    Examples
    --------
    >>> label = np.array([0.0, 1.0] * 20)
    >>> mean_over("AUC", [Period(label, label, np.arange(40) // 2)], Ranking.auc).value
    1.0
    """
    random = np.random.default_rng(SEED)
    by_day = sum(len(np.unique(each.day)) for each in periods) >= MIN_DAYS
    ranked = [(Ranking(each.label, each.score), *_drawn(each, by_day=by_day)) for each in periods]
    value = float(np.mean([metric(ranking, np.ones(len(place))) for ranking, _, place in ranked]))
    draws = [
        np.mean([metric(ranking, _weight(random, n, place)) for ranking, n, place in ranked])
        for _ in range(N_RESAMPLES)
    ]
    low, high = np.nanpercentile(draws, (50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL)))
    return Found(what, value, goal, float(low), float(high))


def _drawn(period: Period, *, by_day: bool) -> tuple[int, np.ndarray]:
    """How many things are drawn, and which of them each order belongs to."""
    if not by_day:
        return len(period.day), np.arange(len(period.day))
    days, place = np.unique(period.day, return_inverse=True)
    return len(days), place


def _weight(random: np.random.Generator, n: int, place: np.ndarray) -> np.ndarray:
    """How often each order was drawn."""
    weight: np.ndarray = np.bincount(random.integers(0, n, n), minlength=n)[place].astype(float)
    return weight

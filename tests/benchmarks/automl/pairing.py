"""Two scores of the same orders: how much better one is, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.evaluation.metrics import LEVEL, Ranking, resampled

if TYPE_CHECKING:
    from collections.abc import Callable

N_RESAMPLES: Final = 1_000
METRICS: Final[dict[str, Callable[[Ranking, np.ndarray], float]]] = {
    "AUC": Ranking.auc,
    "AP": Ranking.ap,
}


@dataclass(frozen=True, slots=True)
class Paired:
    """One metric of two scores, and their difference.

    Parameters
    ----------
    ours, theirs
        The metric of either.
    low, high
        95 % interval of the difference ours - theirs.
    """

    ours: float
    theirs: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Which is better, as far as can be told.

        Examples
        --------
        >>> Paired(0.8, 0.7, 0.05, 0.15).verdict, Paired(0.8, 0.79, -0.01, 0.03).verdict
        ('above', 'level')
        """
        if self.low > 0:
            return "above"
        return "below" if self.high < 0 else "level"


def pair(
    label: np.ndarray, ours: np.ndarray, theirs: np.ndarray, day: np.ndarray, *, seed: int = 7
) -> tuple[dict[str, Paired], str]:
    """Compare two scores on the same resamples.

    Parameters
    ----------
    label
        1 bad, 0 good, shape ``(n_orders,)``.
    ours, theirs
        Scores of the same orders.
    day
        Day of each order. Whole days are drawn; orders where there are too few days.
    seed
        Seed of the drawing.

    Returns
    -------
    tuple[dict[str, Paired], str]
        Metric to comparison; what was drawn, ``days`` or ``orders``.

    Examples
    --------
    >>> label, day = np.array([0, 1] * 20), np.arange(40)
    >>> found, drawn = pair(label, label + 0.0, 1.0 - label, day)
    >>> found["AUC"].verdict, drawn
    ('above', 'orders')
    """
    drawn, place = resampled(day)
    random = np.random.default_rng(seed)
    rankings = Ranking(label, ours), Ranking(label, theirs)
    differences: dict[str, list[float]] = {name: [] for name in METRICS}
    for _ in range(N_RESAMPLES):
        times = np.bincount(random.integers(0, len(drawn), len(drawn)), minlength=len(drawn))
        weight = times[place].astype(float)
        for name, metric in METRICS.items():
            one, other = (metric(ranking, weight) for ranking in rankings)
            differences[name].append(one - other)
    tails = (50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL))
    even = np.ones(len(label))
    found = {}
    for name, metric in METRICS.items():
        low, high = np.nanpercentile(differences[name], tails)
        one, other = (metric(ranking, even) for ranking in rankings)
        found[name] = Paired(one, other, float(low), float(high))
    return found, "days" if len(drawn) < len(label) else "orders"

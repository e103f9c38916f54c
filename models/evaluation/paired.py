"""Whether one model does better than another on the same orders, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.evaluation.metrics import Ranking, resampled

N_RESAMPLES: Final = 2_000
N_RANKINGS: Final = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference with what resampling says about it.

    Parameters
    ----------
    value
        Sum over the orders as they were.
    draws
        The same sum in each resample, shape ``(n_resamples,)``.

    Examples
    --------
    >>> found = Difference(3.0, np.array([-1.0, 0.0, 2.0, 4.0, 5.0]))
    >>> found.is_above_zero
    0.7
    >>> low, high = found.interval(0.5)
    >>> low, high
    (0.0, 4.0)
    """

    value: float
    draws: np.ndarray

    @property
    def is_above_zero(self) -> float:
        """Share of the resamples in which the difference is above zero; ties count half."""
        return float(np.mean(self.draws > 0) + np.mean(self.draws == 0) / 2)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Both ends of the interval of a level."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def paired_difference(
    gain: np.ndarray, day: np.ndarray, *, n_resamples: int = N_RESAMPLES, seed: int = 7
) -> Difference:
    """Resample whole days of an order-by-order difference, or orders where days are few.

    Parameters
    ----------
    gain
        What the second model gains over the first on each order, shape ``(n_orders,)``.
    day
        Number of the day each order belongs to.
    n_resamples
        Resamples.
    seed
        Seed of the resampling.

    Returns
    -------
    Difference
        The sum and its distribution.

    Examples
    --------
    >>> always = paired_difference(np.full(40, 2.0), np.arange(40) // 2)
    >>> always.value, always.is_above_zero
    (80.0, 1.0)
    """
    blocks, block = resampled(day)
    totals = np.bincount(block, weights=gain, minlength=len(blocks))
    random = np.random.default_rng(seed)
    draws = np.empty(n_resamples)
    for number in range(n_resamples):
        draws[number] = totals[random.integers(0, len(totals), len(totals))].sum()
    return Difference(float(gain.sum()), draws)


@dataclass(frozen=True, slots=True)
class Fall:
    """How much worse one model ranks than another.

    Parameters
    ----------
    before, after
        AUC of either.
    sure
        What the AUC falls by at least, but for the doubt that was allowed.
    """

    before: float
    after: float
    sure: float


def ranking_fall(label: np.ndarray, before: np.ndarray, after: np.ndarray, *, doubt: float) -> Fall:
    """Compare how two models rank the same rows.

    Parameters
    ----------
    label
        1 bad, 0 good, shape ``(n_rows,)``.
    before, after
        What either says.
    doubt
        Chance that the fall is smaller than told.

    Examples
    --------
    >>> label = np.arange(200) % 2
    >>> found = ranking_fall(label, label.astype(float), 1.0 - label, doubt=0.05)
    >>> found.before, found.after, found.sure
    (1.0, 0.0, 1.0)
    """
    first, second = Ranking(label, before), Ranking(label, after)
    random = np.random.default_rng(7)
    falls = []
    for _ in range(N_RANKINGS):
        weight = random.poisson(1.0, len(label)).astype(float)
        falls.append(first.auc(weight) - second.auc(weight))
    whole = np.ones(len(label))
    sure = float(np.nanquantile(falls, doubt))
    return Fall(first.auc(whole), second.auc(whole), sure)

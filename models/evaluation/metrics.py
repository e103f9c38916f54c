"""How good probabilities of harm were, with intervals. Never fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

FLAG_SHARES: Final = (0.05, 0.10, 0.20)
"""Shares of orders flagged for which recall and precision are reported."""

N_BINS: Final = 10
LEVEL: Final = 0.95
MIN_DAYS: Final = 10
"""Days that are too few to be resampled; orders are resampled instead."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Orders with a known label and the probability they had been given.

    Parameters
    ----------
    label
        1 for bad, 0 for good, shape ``(n_orders,)``.
    score
        Probabilities, shape ``(n_orders,)``.
    block
        Number of the day an order belongs to; intervals resample whole days, or orders where there
        are fewer than `MIN_DAYS` days.

    Examples
    --------
    >>> Scored(np.array([1, 0]), np.array([0.8, 0.1]), block=np.array([0, 1])).is_decidable
    True
    """

    label: np.ndarray
    score: np.ndarray
    block: np.ndarray

    @property
    def is_decidable(self) -> bool:
        """Whether both classes are present, without which no ranking can be judged."""
        return bool(0 < self.label.sum() < len(self.label))


def expected_calibration_error(label: np.ndarray, score: np.ndarray, *, equal_rows: bool) -> float:
    """Mean gap between probability and share of bad orders over ten bins.

    Parameters
    ----------
    label, score
        Orders.
    equal_rows
        Bins with equal numbers of orders, instead of bins of equal width.

    Returns
    -------
    float
        Weighted by orders, in [0, 1].

    Examples
    --------
    >>> expected_calibration_error(np.array([0, 1]), np.array([0.0, 1.0]), equal_rows=False)
    0.0
    """
    if equal_rows:
        ranks = np.argsort(np.argsort(score, kind="stable"), kind="stable")
        bins = ranks * N_BINS // len(score)
    else:
        bins = np.minimum((score * N_BINS).astype(int), N_BINS - 1)
    gap = np.bincount(bins, weights=score - label, minlength=N_BINS)
    return float(np.abs(gap).sum() / len(label))


def flagged(label: np.ndarray, score: np.ndarray, share: float) -> dict[str, float]:
    """Recall and precision when the given share of orders with the highest scores is flagged.

    Examples
    --------
    >>> flagged(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]), 0.5)["recall"]
    0.5
    """
    top = np.argsort(-score, kind="stable")[: max(1, round(len(score) * share))]
    caught = float(label[top].sum())
    return {
        "flagged": len(top) / len(score),
        "recall": caught / float(label.sum()),
        "precision": caught / len(top),
        "threshold": float(score[top[-1]]),
    }


def measure(scored: Scored, *, n_resamples: int = 200, seed: int = 7) -> dict[str, Any]:
    """Everything reported about one set of scored orders.

    Parameters
    ----------
    scored
        The orders.
    n_resamples
        Bootstrap resamples; 0 for no intervals.
    seed
        Seed of the resampling.

    Returns
    -------
    dict
        ``auc``, ``ap``, ``brier``, ``base_rate`` as ``{value, low, high}`` (95 %), ``ece``,
        ``ece_equal_rows``, ``log_loss``, ``flagged`` by share. Empty when only one class is there.

    Examples
    --------
    >>> days = np.arange(20)
    >>> found = measure(Scored(days % 2, 0.2 + 0.6 * (days % 2), days))
    >>> found["auc"]["value"], round(found["brier"]["value"], 2), round(found["ece"], 2)
    (1.0, 0.04, 0.2)
    """
    if not scored.is_decidable:
        return {}
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    label, score = scored.label, scored.score
    values = {
        "auc": float(roc_auc_score(label, score)),
        "ap": float(average_precision_score(label, score)),
        "brier": float(brier_score_loss(label, score)),
        "base_rate": float(label.mean()),
    }
    spread = _intervals(scored, n_resamples, seed) if n_resamples else {}
    report: dict[str, Any] = {
        name: {"value": value} | spread.get(name, {}) for name, value in values.items()
    }
    report["log_loss"] = float(log_loss(label, score))
    report["ece"] = expected_calibration_error(label, score, equal_rows=False)
    report["ece_equal_rows"] = expected_calibration_error(label, score, equal_rows=True)
    report["mean_score"] = float(score.mean())
    report["flagged"] = {f"{share:.2f}": flagged(label, score, share) for share in FLAG_SHARES}
    return report


def resampled(day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what is resampled, days or orders, and which of it each order belongs to.

    Two days drawn from two can only come out in three ways; that is no interval.

    Examples
    --------
    >>> [len(resampled(np.repeat(np.arange(n), 2))[0]) for n in (2, 10)]
    [4, 10]
    """
    blocks, block = np.unique(day, return_inverse=True)
    return (blocks, block) if len(blocks) >= MIN_DAYS else (np.arange(len(day)),) * 2


class Ranking:
    """Orders sorted once by score, so that a weighted AUC or AP costs one pass.

    Parameters
    ----------
    label, score
        Orders.

    Examples
    --------
    >>> ranking = Ranking(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    >>> ranking.auc(np.ones(4)), ranking.ap(np.ones(4))
    (1.0, 1.0)
    """

    def __init__(self, label: np.ndarray, score: np.ndarray) -> None:
        self._order = np.argsort(-score, kind="stable")
        self._label = label[self._order].astype(float)
        ranked = score[self._order]
        self._last_of_tie = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])

    def _counts(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bad and good orders at or above each distinct score."""
        weight = weight[self._order]
        bad = np.cumsum(weight * self._label)[self._last_of_tie]
        good = np.cumsum(weight * (1.0 - self._label))[self._last_of_tie]
        return bad, good

    def auc(self, weight: np.ndarray) -> float:
        """Area under the ROC curve, NaN without both classes."""
        bad, good = self._counts(weight)
        if bad[-1] == 0 or good[-1] == 0:
            return float("nan")
        return float(np.trapezoid(np.r_[0.0, bad], np.r_[0.0, good]) / (bad[-1] * good[-1]))

    def ap(self, weight: np.ndarray) -> float:
        """Average precision, NaN without bad orders."""
        bad, good = self._counts(weight)
        if bad[-1] == 0:
            return float("nan")
        gain = np.diff(np.r_[0.0, bad]) / bad[-1]
        total = bad + good
        precision = np.divide(bad, total, out=np.zeros_like(bad), where=total > 0)
        return float((gain * precision).sum())


def _intervals(scored: Scored, n_resamples: int, seed: int) -> dict[str, dict[str, float]]:
    """95 % intervals by resampling whole days with replacement, or orders of few days."""
    blocks, block = resampled(scored.block)
    random = np.random.default_rng(seed)
    ranking = Ranking(scored.label, scored.score)
    squared = (scored.score - scored.label) ** 2
    draws: dict[str, list[float]] = {"auc": [], "ap": [], "brier": [], "base_rate": []}
    for _ in range(n_resamples):
        times = np.bincount(random.integers(0, len(blocks), len(blocks)), minlength=len(blocks))
        weight = times[block].astype(float)
        total = weight.sum()
        draws["auc"].append(ranking.auc(weight))
        draws["ap"].append(ranking.ap(weight))
        draws["brier"].append(float((weight * squared).sum() / total))
        draws["base_rate"].append(float((weight * scored.label).sum() / total))
    tails = (50 * (1 - LEVEL), 100 - 50 * (1 - LEVEL))
    spread = {}
    for name, values in draws.items():
        known = np.asarray(values)[np.isfinite(values)]
        if len(known):
            low, high = np.percentile(known, tails)
            spread[name] = {"low": float(low), "high": float(high)}
    return spread

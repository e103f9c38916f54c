"""Figures over periods, with intervals from whole days drawn again within each period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features.lane import stretch, unstretch
from models.evaluation.arrival import QUANTILES, pinball
from models.evaluation.metrics import Ranking, expected_calibration_error, resampled
from tests.benchmarks.delivery.walks import CLIMATOLOGY, OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.delivery.walks import Period

N_RESAMPLES = 300
TAILS = (2.5, 97.5)
MEDIAN = 1
SHIFTS = np.linspace(-0.6, 0.6, 121)
"""Shifts of a whole period, on the stretched scale: at the ends times nearly halve or double."""
Values = dict[str, np.ndarray]
"""By way: a figure as it is, then in each resample."""


def ranked(periods: Sequence[Period], way: str, metric: str) -> np.ndarray:
    """Mean over the periods of AUC (``auc``) or average precision (``ap``), then each resample."""
    drawn = np.zeros(N_RESAMPLES + 1)
    for period in periods:
        score: Callable[[np.ndarray], float]
        score = getattr(Ranking(period.actual, period.said[way]), metric)
        drawn += [score(weight) for weight in _weights(period)]
    return drawn / len(periods)


def averaged(periods: Sequence[Period], loss: Callable[[Period], np.ndarray]) -> np.ndarray:
    """Mean over all orders of a loss an order has, then in each resample."""
    total, weights = np.zeros(N_RESAMPLES + 1), np.zeros(N_RESAMPLES + 1)
    for period in periods:
        each = loss(period)
        for place, weight in enumerate(_weights(period)):
            total[place] += weight @ each
            weights[place] += weight.sum()
    return total / weights


def _weights(period: Period) -> Iterator[np.ndarray]:
    """How often each order counts: once, then as drawn, the same for every way."""
    blocks, block = resampled(period.day)
    random = np.random.default_rng(7)
    yield np.ones(len(period.actual))
    for _ in range(N_RESAMPLES):
        times = np.bincount(random.integers(0, len(blocks), len(blocks)), minlength=len(blocks))
        yield times[block].astype(float)


def write(values: np.ndarray, digits: int = 3) -> str:
    """Write a figure with its 95 % interval.

    Examples
    --------
    >>> write(np.array([0.5, 0.4, 0.6]))
    '0.500 (0.405-0.595)'
    """
    low, high = np.nanpercentile(values[1:], TAILS)
    return f"{values[0]:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def late_lines(periods: Sequence[Period]) -> Iterator[str]:
    """Say how well lateness was foretold: each way beside ours, then probabilities."""
    ways = [way for way in periods[0].said if way != CLIMATOLOGY]
    label = np.concatenate([period.actual for period in periods])
    yield f"  {len(label):,} orders in {len(periods)} periods, {label.mean():.3f} late"
    values = {w: {m: ranked(periods, w, m) for m in ("auc", "ap")} for w in ways}
    for way in ways:
        auc, ap = values[way]["auc"], values[way]["ap"]
        line = f"  {way:28} AUC {write(auc)}  AP {write(ap)}"
        if way != OURS:
            line += f"  ours above by {write(values[OURS]['auc'] - auc)}"
            line += f" and {write(values[OURS]['ap'] - ap)}"
        yield line
    for way in periods[0].said:
        score = np.concatenate([period.said[way] for period in periods])
        brier = averaged(periods, lambda p, w=way: (p.said[w] - p.actual) ** 2)  # type: ignore[misc]
        error = expected_calibration_error(label, score, equal_rows=True)
        yield f"  {way:28} Brier {write(brier, 4)}  ECE {error:.4f}  mean {score.mean():.3f}"


def late_table(periods: Sequence[Period]) -> Iterator[str]:
    """One line a period: AUC / AP of each way."""
    ways = [way for way in periods[0].said if way != CLIMATOLOGY]
    yield "  period      orders   late  " + "  ".join(f"{way[:26]:>26}" for way in ways)
    for period in periods:
        cells = []
        for way in ways:
            ranking, even = Ranking(period.actual, period.said[way]), np.ones(len(period.actual))
            cells.append(f"{f'{ranking.auc(even):.3f} / {ranking.ap(even):.3f}':>26}")
        yield f"  {period.name}  {len(period.actual):6}  {period.actual.mean():.3f}  " + "  ".join(
            cells
        )


def eta_lines(periods: Sequence[Period]) -> Iterator[str]:
    """Say how near the foretold days were: error, pinball loss and coverage of each way."""
    yield f"  {sum(len(p.actual) for p in periods):,} orders in {len(periods)} periods"
    for way in periods[0].said:
        error = averaged(periods, lambda p, w=way: np.abs(_middle(p.said[w]) - p.actual))  # type: ignore[misc]
        line = f"  {way:28} MAE {write(error, 2)} days"
        if periods[0].said[way].ndim > 1:
            inside = averaged(periods, lambda p, w=way: _covered(p, w))  # type: ignore[misc]
            loss = averaged(periods, lambda p, w=way: _pinball(p, w))  # type: ignore[misc]
            line += f"  pinball {write(loss, 3)}  80 % interval holds {write(inside)}"
        yield line
    best = averaged(periods, in_hindsight)
    yield f"  {'ours, shifted in hindsight':28} MAE {write(best, 2)} days"


def in_hindsight(period: Period) -> np.ndarray:
    """Our errors, had all orders of the period been shifted by what turned out to suit them best.

    What is left lies between the orders of a period, and no forecast of its level removes it.
    """
    middle = stretch(_middle(period.said[OURS]))
    errors = (np.abs(unstretch(middle + shift) - period.actual) for shift in SHIFTS)
    return min(errors, key=np.mean)


def eta_table(periods: Sequence[Period]) -> Iterator[str]:
    """One line a period: mean error of each way, and how often our interval held."""
    ways = list(periods[0].said)
    yield "  period      orders  holds  " + "  ".join(f"{way[:22]:>22}" for way in ways)
    for period in periods:
        errors = [np.abs(_middle(period.said[way]) - period.actual).mean() for way in ways]
        yield (
            f"  {period.name}  {len(period.actual):6}  {_covered(period, OURS).mean():.3f}  "
            + "  ".join(f"{error:22.2f}" for error in errors)
        )


def _middle(said: np.ndarray) -> np.ndarray:
    return said if said.ndim == 1 else said[:, MEDIAN]


def _covered(period: Period, way: str) -> np.ndarray:
    said = period.said[way]
    return ((said[:, 0] <= period.actual) & (period.actual <= said[:, -1])).astype(float)


def _pinball(period: Period, way: str) -> np.ndarray:
    said = period.said[way]
    losses = [
        pinball(period.actual, said[:, place], share)
        for place, share in enumerate(QUANTILES.values())
    ]
    return np.asarray(np.mean(losses, axis=0))

"""Three sets whose newest rows are foreseen from the rows before them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from models.contracts import BacktestRequest
from models.estimators.document import raw_scores
from models.estimators.fraud import FRAUD
from models.evaluation.metrics import Ranking, expected_calibration_error
from tests.benchmarks.protocols.asking import answer
from tests.benchmarks.protocols.goals import SEED, Found, Period, mean_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from models.training.material import Material

FALSE_POSITIVES: Final = 0.01
JUDGED_FOLDS: Final = 4
N_WORLDS: Final = 200
"""Worlds drawn to see what chance alone makes of a calibration."""


def fico(material: Material) -> Iterator[Found]:
    """UCSD/FICO 2009: the given folds, each foreseen from those before it; newest four."""
    days = sorted(material.orders["placed_at"].dt.floor("D").unique())[-JUDGED_FOLDS:]
    periods = []
    for day in days:
        begins = day.to_pydatetime()
        request = BacktestRequest(test_from=begins, test_to=begins + timedelta(days=1))
        periods.append(answer(material, request).period())
        yield mean_over(f"fold {begins.day - 1}: AUC", periods[-1:], Ranking.auc)
        yield mean_over(f"fold {begins.day - 1}: AP", periods[-1:], Ranking.ap)
    yield from _ranking(periods, auc=0.935, ap=0.52)


def cloudwalk(material: Material) -> Iterator[Found]:
    """CloudWalk chargebacks: the last 30 % of the payments."""
    period = answer(material, BacktestRequest(test_from=newest(material, 0.3))).period()
    yield from _ranking([period], auc=0.87, ap=0.65)


def ecommerce(material: Material) -> Iterator[Found]:
    """First orders of new accounts: the last 20 % by time, beside the flattering random split."""
    honest = answer(material, BacktestRequest(test_from=newest(material, 0.2))).period()
    yield from _ranking([honest])
    recall = recall_at(honest, FALSE_POSITIVES)
    yield Found("recall at 1 % false positives", recall, 5 * FALSE_POSITIVES)
    flattering = at_random(material, 0.2)
    yield mean_over("AUC of a random split: not so", [flattering], Ranking.auc)
    yield Found("its recall at 1 %: not so", recall_at(flattering, FALSE_POSITIVES))


def newest(material: Material, share: float) -> datetime:
    """Give the instant after which the newest share of the orders was placed."""
    placed = material.orders["placed_at"].sort_values()
    at: datetime = placed.iloc[int(len(placed) * (1 - share))].to_pydatetime()
    return at


def recall_at(period: Period, false_positives: float) -> float:
    """Give the share of bad orders above the score that a share of the good ones exceeds.

    Examples
    --------
    >>> score = np.arange(10) / 10
    >>> recall_at(Period((score > 0.65) * 1.0, score, np.arange(10)), 0.2)
    1.0
    """
    from sklearn.metrics import roc_curve

    good, bad, _ = roc_curve(period.label, period.score)
    return float(np.interp(false_positives, good, bad))


def at_random(material: Material, share: float) -> Period:
    """Learn from orders drawn at random, as published figures of this set do."""
    posed = FRAUD.pose(material, BacktestRequest(test_from=newest(material, 0.0001)))
    drawn = np.random.default_rng(7).random(len(posed.rows.label)) < share
    learned, tested = posed.rows.part(~drawn), posed.rows.part(drawn)
    fitted = FRAUD.fit(material, learned, posed.rule)
    score = fitted.knots.probability(raw_scores(fitted, tested.frame))
    return Period(tested.label, score, np.arange(len(score)))


def _ranking(
    periods: list[Period], *, auc: float | None = None, ap: float | None = None
) -> Iterator[Found]:
    """Base rate, AUC, AP and calibration."""
    label = np.concatenate([each.label for each in periods])
    score = np.concatenate([each.score for each in periods])
    yield Found("orders judged", float(len(label)))
    yield Found("base rate", float(label.mean()))
    yield mean_over("AUC", periods, Ranking.auc, auc)
    yield mean_over("AP", periods, Ranking.ap, ap)
    yield Found("calibration error", expected_calibration_error(label, score, equal_rows=False))
    yield Found("that of true probabilities", by_chance(score))


def by_chance(score: np.ndarray) -> float:
    """Give the calibration error that chance alone makes of probabilities that are true.

    Examples
    --------
    >>> few, many = np.full(100, 0.1), np.full(10_000, 0.1)
    >>> by_chance(few) > 5 * by_chance(many) > 0.0
    True
    """
    random = np.random.default_rng(SEED)
    drawn = (random.random(len(score)) < score for _ in range(N_WORLDS))
    errors = [expected_calibration_error(each, score, equal_rows=False) for each in drawn]
    return float(np.mean(errors))

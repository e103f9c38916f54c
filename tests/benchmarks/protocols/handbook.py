"""The Fraud Detection Handbook: four weeks of August, each foreseen from the weeks before it.

A label is known seven days later. Payments of cards known to be compromised leave the test; each
day the hundred most suspect cards are looked at. Parameters are chosen on weeks before the test.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from models.contracts import BacktestRequest
from models.evaluation.metrics import Ranking, expected_calibration_error
from tests.benchmarks.protocols.asking import answer
from tests.benchmarks.protocols.cards import DAY, card_precision, not_yet_compromised
from tests.benchmarks.protocols.goals import Found, Period, mean_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.training.material import Material

FOLDER: Final = "fraud_handbook_sim"
WEEK: Final = 7 * DAY
DELAY: Final = 7 * DAY
WEEKS: Final = tuple(pd.Timestamp("2018-08-01", tz="UTC") + number * WEEK for number in range(4))
N_CARDS: Final = 100


def judge(material: Material) -> Iterator[Found]:
    """Foresee each week from what was known before it."""
    payments = _payments(material)
    whole: list[Period] = []
    unknown: list[Period] = []
    precision, best = [], []
    for begins in WEEKS:
        week = answer(material, _request(begins))
        open_cards = not_yet_compromised(payments, begins, week=WEEK, delay=DELAY)
        left = payments.iloc[open_cards]
        place = week.orders.index.get_indexer(left.index)
        period = week.period(place)
        precision.append(card_precision(left, period.score, n_cards=N_CARDS))
        best.append(card_precision(left, period.label, n_cards=N_CARDS))
        whole.append(week.period())
        unknown.append(period)
        yield Found(f"week of {begins:%d %B}: AUC", _auc(period))
    yield Found("base rate", float(np.concatenate([each.label for each in unknown]).mean()))
    yield mean_over("AUC", unknown, Ranking.auc, 0.875)
    yield mean_over("AP", unknown, Ranking.ap, 0.73)
    yield _mean_a_day("card precision@100", precision, 0.31)
    yield _mean_a_day("that of a perfect ranker", best)
    yield Found("calibration error", _calibration(unknown), 0.004, falls=True)
    yield Found("base rate, whole weeks", float(np.concatenate([w.label for w in whole]).mean()))
    yield mean_over("AUC, whole weeks", whole, Ranking.auc)
    yield mean_over("AP, whole weeks", whole, Ranking.ap, 0.78)
    yield Found("calibration error, whole weeks", _calibration(whole), 0.004, falls=True)


def _request(begins: pd.Timestamp) -> BacktestRequest:
    return BacktestRequest(
        test_from=begins.to_pydatetime(),
        test_to=(begins + WEEK).to_pydatetime(),
        label_delay=timedelta(days=DELAY // DAY),
    )


def _payments(material: Material) -> pd.DataFrame:
    """Every payment with its card, and whether it ever proved fraudulent."""
    orders = material.orders
    bad = material.outcomes.loc[material.outcomes["kind"] == "fraud", "order_key"]
    return pd.DataFrame(
        {
            "card": orders["buyer_key"],
            "placed_at": orders["placed_at"],
            "is_fraud": orders.index.isin(bad),
        }
    )


def _auc(period: Period) -> float:
    return Ranking(period.label, period.score).auc(np.ones(len(period.label)))


def _mean_a_day(what: str, weeks: list[np.ndarray], goal: float | None = None) -> Found:
    """Mean over days, with an interval from resampled days of each week."""
    random = np.random.default_rng(7)
    draws = [np.mean([random.choice(week, len(week)) for week in weeks]) for _ in range(1_000)]
    low, high = np.percentile(draws, (2.5, 97.5))
    return Found(what, float(np.mean(weeks)), goal, float(low), float(high))


def _calibration(periods: list[Period]) -> float:
    label = np.concatenate([each.label for each in periods])
    score = np.concatenate([each.score for each in periods])
    return expected_calibration_error(label, score, equal_rows=False)

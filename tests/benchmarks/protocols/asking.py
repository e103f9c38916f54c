"""Posing a protocol's question to the fraud estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.durations import DAY_US
from models.estimators.document import raw_scores
from models.estimators.fraud import FRAUD
from tests.benchmarks.protocols.goals import Period

if TYPE_CHECKING:
    import pandas as pd

    from models.contracts import BacktestRequest
    from models.training.material import Material


@dataclass(frozen=True, slots=True)
class Answered:
    """Later orders with what became of them and what had been said.

    Parameters
    ----------
    orders
        Features and ``placed_at``, index ``order_key``.
    label
        1 bad, 0 good.
    score
        Probabilities.
    """

    orders: pd.DataFrame
    label: np.ndarray
    score: np.ndarray

    def period(self, rows: np.ndarray | None = None) -> Period:
        """All of the orders, or those at the given positions, to be judged together."""
        day = (self.orders["placed_at"].astype("int64") // DAY_US).to_numpy()
        chosen = np.arange(len(day)) if rows is None else rows
        return Period(self.label[chosen], self.score[chosen], day[chosen])


def answer(material: Material, request: BacktestRequest) -> Answered:
    """Learn from what was known before the request's cut and score what came after it."""
    posed = FRAUD.pose(material, request)
    fitted = FRAUD.fit(material, posed.rows, posed.rule)
    known = posed.truth.notna().to_numpy()
    orders = posed.test[known]
    score = fitted.knots.probability(raw_scores(fitted, orders))
    return Answered(orders, posed.truth.to_numpy()[known], score)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.contracts import Prediction
from models.evaluation.money import action_costs, money_spent, stopped_share
from models.policy.costs import DecisionPolicy
from models.policy.decision import decide
from models.policy.facts import ACTIONS, OrderFacts


@pytest.mark.parametrize("currency", ["CNY", "USD"])
@pytest.mark.parametrize("probability", [0.0, 0.01, 0.2, 0.9])
@pytest.mark.parametrize("value", [0.0, 5_000.0, 400_000.0])
def test_expected_costs_are_those_the_decision_compares(
    currency: str, probability: float, value: float
) -> None:
    policy = DecisionPolicy.of_currency(currency)
    costs = action_costs("fraud", np.array([value]), policy)

    mean = probability * costs.bad[0] + (1 - probability) * costs.good[0]

    prediction = Prediction(probability, 50.0)
    decided = decide(OrderFacts(value_minor=int(value)), {"fraud": prediction}, {}, policy)
    assert dict(zip(ACTIONS, mean.round(), strict=True)) == pytest.approx(
        decided.costs_minor, abs=1
    )


def test_an_order_without_a_value_counts_as_worth_nothing() -> None:
    policy = DecisionPolicy()

    spent = money_spent("fraud", np.array([1]), np.array([0.0]), np.array([np.nan]), policy)

    assert spent.tolist() == [10_000.0]


def test_releasing_a_good_order_costs_nothing() -> None:
    policy = DecisionPolicy()

    spent = money_spent("fraud", np.array([0]), np.array([0.0]), np.array([9_000.0]), policy)

    assert spent.tolist() == [0.0]


def test_cheaper_minutes_stop_more_orders() -> None:
    probability, value = np.linspace(0, 0.2, 50), np.full(50, 20_000.0)
    dear = DecisionPolicy()
    cheap = replace(dear, minute_minor=10)

    shares = [stopped_share("fraud", probability, value, policy) for policy in (dear, cheap)]

    assert shares[0] < shares[1]

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.contracts import Prediction
from models.policy.costs import DecisionPolicy
from models.policy.decision import Decision, decide
from models.policy.exploration import ExplorationPolicy, draw_of
from models.policy.facts import Moment, OrderFacts
from tests.models.policy.test_decision import ruled

SURE = {"fraud": Prediction(0.9, 99.9)}
RICH = Moment(draw=0.001, budget_minor=1_000_000.0)


def held(moment: Moment | None = RICH, **more: object) -> Decision:
    """Decide about an order that would be held."""
    return decide(OrderFacts(**{"value_minor": 50_000, **more}), SURE, {}, moment=moment)  # type: ignore[arg-type]  # keywords of a test


def test_an_order_that_is_drawn_is_released_and_says_what_was_intended() -> None:
    decision = held()

    assert decision.action == "release"
    assert decision.trial is not None
    assert (decision.trial.intended, decision.trial.arm) == ("hold", "release")
    assert decision.trial.propensity == 0.005


def test_an_order_that_is_not_drawn_is_held_with_the_same_propensity() -> None:
    decision = held(replace(RICH, draw=0.005))

    assert decision.action == "hold"
    assert decision.trial is not None
    assert (decision.trial.arm, decision.trial.propensity) == ("as_intended", 0.005)


def test_a_released_order_that_is_drawn_is_reviewed() -> None:
    decision = decide(OrderFacts(value_minor=20_000), {}, {}, moment=RICH)

    assert decision.action == "review"
    assert decision.trial is not None
    assert decision.trial.intended == "release"


def test_without_a_moment_nothing_is_tried_out() -> None:
    assert held(None).trial is None
    assert held(None).action == "hold"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"platform_risk": "locked"}, "gate"),
        ({"platform_risk": "review"}, "gate"),
        ({"payment_status": "pending"}, "gate"),
        ({"value_minor": 100_001}, "value"),
        ({"value_minor": None}, "value"),
    ],
)
def test_nothing_is_tried_out_past_a_gate_or_the_cap_of_an_order(
    more: dict[str, Any], why: str
) -> None:
    decision = held(**more)

    assert decision.action == "hold"
    assert decision.trial is not None
    assert (decision.trial.excluded_by, decision.trial.propensity) == (why, 0.0)


@pytest.mark.parametrize("action", ["hold", "release"])
def test_nothing_is_tried_out_against_a_merchants_own_rule(action: str) -> None:
    rules = ruled((action, 0.0))

    decision = decide(OrderFacts(value_minor=50_000), SURE, {}, rules=rules, moment=RICH)

    assert decision.action == action
    assert decision.trial is None or decision.trial.propensity == 0.0


def test_nothing_is_tried_out_once_the_days_money_is_spent() -> None:
    decision = held(replace(RICH, budget_minor=59_999.0))

    assert decision.action == "hold"
    assert decision.trial is not None
    assert decision.trial.stake_minor == 60_000
    assert decision.trial.excluded_by == "budget"


def test_whether_an_order_could_be_tried_out_does_not_depend_on_its_draw() -> None:
    drawn, not_drawn = (held(replace(RICH, draw=draw)).trial for draw in (0.0, 0.9))

    assert drawn is not None
    assert not_drawn is not None
    assert drawn.propensity == not_drawn.propensity
    assert drawn.excluded_by is not_drawn.excluded_by is None


def test_the_stake_covers_whatever_a_release_can_lose() -> None:
    draw, policy = np.random.default_rng(8), DecisionPolicy()
    for _ in range(200):
        value = math.exp(draw.normal(10.0, 1.0))
        order = OrderFacts(value_minor=value)

        trial = decide(order, SURE, {}, policy, moment=RICH).trial

        assert trial is not None
        assert trial.stake_minor >= policy.harms["fraud"].loss_minor(value, 1.0) - 1.0


def test_trying_out_can_be_switched_off() -> None:
    policy = replace(DecisionPolicy(), exploration=ExplorationPolicy(0.0, 0.0))

    decision = decide(OrderFacts(value_minor=50_000), SURE, {}, policy, moment=RICH)

    assert decision.action == "hold"
    assert decision.trial is not None
    assert decision.trial.excluded_by == "off"


def test_draws_are_even_and_follow_from_the_secret() -> None:
    draws = [draw_of(b"one", f"m/c/s/{i}") for i in range(20_000)]
    others = [draw_of(b"two", f"m/c/s/{i}") for i in range(20_000)]

    below = [sum(d < share for d in draws) / len(draws) for share in (0.005, 0.1, 0.5, 0.9)]

    assert below == pytest.approx([0.005, 0.1, 0.5, 0.9], abs=0.012)
    both = sum(a < 0.1 and b < 0.1 for a, b in zip(draws, others, strict=True))
    assert both / len(draws) == pytest.approx(0.01, abs=0.004)


def test_a_decision_with_a_moment_is_made_again_from_what_is_stored() -> None:
    moment = Moment(minute_minor=412.7381934, draw=0.0042, budget_minor=123_456.0)
    stored = json.loads(json.dumps({"m": moment.minute_minor, "d": moment.draw, "b": 123_456.0}))

    again = held(Moment(stored["m"], stored["d"], stored["b"]))

    assert again == held(moment)

"""A backtest counts what matured, apart from what did not, and prices it by hand-made figures."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from models.policy.rules.backtest import backtest_rules
from models.policy.rules.columns import Columns
from models.policy.rules.fields import everywhere
from models.policy.rules.past import Past
from models.policy.rules.reading import read_rules

NAN = float("nan")
RELEASE, REVIEW, HOLD = 0, 1, 2


def past() -> Past:
    """Give six orders: two bad, two good, two too new to say; the models stop the first two."""
    bad = np.array([1.0, 1.0, 0.0, 0.0, NAN, NAN])
    value = [900.0, 100.0, 900.0, 100.0, 900.0, 100.0]
    return Past(
        columns=Columns({"order__value_minor": np.array(value)}),
        order_keys=tuple("abcdef"),
        is_bad=bad,
        prevented_minor=np.array([[90.0, 80.0, 0, 0, 0, 0], [50.0, 40.0, 0, 0, 0, 0]]),
        handling_minor=np.array([[7.0] * 6, [3.0] * 6]),
        actions=np.array([REVIEW, HOLD, REVIEW, RELEASE, RELEASE, RELEASE], dtype=np.int8),
        given=frozenset({"order__value_minor"}),
        document={"orders": 4, "immature": 2},
    )


def told(then: dict[str, Any], field: str = "order__value_minor") -> dict[str, Any]:
    rule = {
        "id": "dear",
        "name": {"zh": "高额", "en": "dear"},
        "when": {"field": field, "op": ">", "value": 500},
        "then": then,
    }
    text = json.dumps({"rules": [rule, rule | {"id": "again", "mode": "shadow"}]})
    answer = backtest_rules(read_rules(text, everywhere()), past())
    first: dict[str, Any] = answer["rules"][0]
    return answer | first


def test_matured_orders_are_judged_and_immature_ones_only_counted() -> None:
    found = told({"action": "hold"})

    assert (found["fired"], found["caught"], found["missed"]) == (2, 1, 1)
    assert (found["wrongly_held"], found["immature"]) == (1, 1)
    assert found["precision"] == {"value": 0.5, "low": 0.0945, "high": 0.9055}


@pytest.mark.parametrize(
    ("then", "saved", "lost"),
    [
        ({"action": "hold"}, 90, 14),
        ({"action": "review"}, 50, 6),
        ({"points": 30}, 50, 6),
        ({"action": "release"}, 6, 50),
        ({"points": -50}, 6, 50),
    ],
)
def test_money_follows_what_the_rule_does(then: dict[str, Any], saved: int, lost: int) -> None:
    found = told(then)

    assert (found["saved_minor"], found["lost_minor"]) == (saved, lost)


def test_overlap_is_told_with_other_rules_and_with_the_models() -> None:
    found = told({"action": "hold"})

    assert found["overlap"] == [{"id": "again", "orders": 2, "share": 1.0}]
    assert found["stopped_anyway"] == 2
    assert found["together"]["rules"] == {"stopped": 2, "bad": 1}
    assert found["together"]["models_only"] == {"stopped": 1, "bad": 1}
    assert found["together"]["decided_without_rules"] == {"release": 1, "review": 2, "hold": 1}


def test_a_field_that_the_history_lacks_is_named() -> None:
    found = told({"action": "hold"}, field="order__hours_since_paid")

    assert (found["fired"], found["blind"]) == (0, ["order__hours_since_paid"])
    assert found["precision"] is None

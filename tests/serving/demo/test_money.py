"""What ways of working save: money is booked by what orders really were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from models.policy.capacity import Capacity
from models.policy.costs import DecisionPolicy
from serving.demo.feed import Fed
from serving.demo.money import WAYS, Account, Case, cases, money_header, money_rows, settle

NOTHING, RULES, SCORE, POLICY = WAYS


def case(kind: str = "", harms: tuple[str, ...] = (), **more: Any) -> Case:
    """Give an order of 500 yuan that everything releases."""
    return replace(
        Case(kind, "2026-11-10", 50_000, harms, "release", 0.0, "release", "release", 0.0), **more
    )


def stolen(**more: Any) -> Case:
    return case("stolen_payment", ("fraud",), **more)


def of(day_minutes: float) -> DecisionPolicy:
    return replace(DecisionPolicy(), capacity=Capacity(minutes_per_day=day_minutes))


def test_without_a_system_all_harm_happens_and_nothing_is_spent() -> None:
    account = settle([stolen(action="hold"), case()], NOTHING, DecisionPolicy())

    assert account.harm == {"stolen_payment": 45_000.0}
    assert account.saved == 0.0


def test_a_hold_prevents_its_share_and_costs_delay_and_minutes() -> None:
    account = settle([stolen(action="hold")], POLICY, DecisionPolicy())

    assert account.prevented["stolen_payment"] == pytest.approx(0.97 * 45_000)
    assert account.spent == 4 * 60 + 4 * 100


def test_a_good_order_that_is_held_costs_the_buyer() -> None:
    account = settle([case(action="hold")], POLICY, DecisionPolicy())

    assert account.saved == pytest.approx(-(240 + 400 + 0.2 * (0.3 * 50_000 + 1_500)))


def test_what_nobody_gets_to_is_not_prevented() -> None:
    todays = [stolen(action="review", priority=float(i)) for i in range(5)]

    account = settle(todays, POLICY, of(8))

    assert account.minutes == 8
    assert account.by_review == pytest.approx(2 * 0.8 * 45_000)


def test_every_day_has_its_own_minutes() -> None:
    days = [stolen(action="review", day=f"2026-11-1{i}") for i in range(3)]

    assert settle(days, POLICY, of(4)).minutes == 12


def test_the_most_urgent_is_looked_at_first() -> None:
    small = stolen(action="review", priority=10.0, value_minor=1_000.0, score=0.9)
    large = stolen(action="review", priority=90.0, value_minor=900_000.0, score=0.2)

    by_priority = settle([small, large], POLICY, of(4))
    by_score = settle([small, large], SCORE, of(4))

    assert by_priority.by_review > 50 * by_score.by_review
    assert by_priority.a_minute is not None


def test_every_way_keeps_to_the_gates() -> None:
    locked = stolen(action="hold", ruled="hold", gated="hold")

    held = [settle([locked], way, of(0)).prevented for way in (RULES, SCORE, POLICY)]

    assert held == [{"stolen_payment": pytest.approx(0.97 * 45_000)}] * 3


def fed(key: str, hits: list[dict[str, Any]], action: str = "review") -> Fed:
    order = {
        "placed_at": "2026-11-10T03:00:00Z",
        "amounts": {"grand_total_base": {"minor": 20_000, "currency": "CNY"}},
    }
    decision = {"order_key": key, "action": action, "priority": 5.0, "rule_hits": hits}
    return Fed(order, decision | {"scores": {"fraud": {"probability": 0.25}}})


def hit(source: str, **outcome: Any) -> dict[str, Any]:
    return {"source": source, "outcome": outcome}


def test_orders_are_told_by_what_they_were_and_what_rules_alone_asked() -> None:
    rows = [("a", "ring", "chargeback"), ("b", "", "refund return"), ("c", "", "")]
    truth = pd.DataFrame(rows, columns=["order_key", "kind", "became"])

    points = [hit("rule", points=60.0), hit("rule", points=45.0), hit("detector", score=0.9)]
    found = cases(truth, [fed("a", points), fed("b", [hit("gate", action="hold")]), fed("c", [])])

    assert [each.kind for each in found] == ["ring", "other", ""]
    assert [each.harms for each in found] == [("fraud",), ("refund", "return"), ()]
    assert [each.ruled for each in found] == ["hold", "hold", "release"]
    assert [each.gated for each in found] == ["release", "hold", "release"]
    assert found[0].score == 0.25


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_is_written_in_either_language(language: str) -> None:
    accounts: list[Account] = [settle([stolen(action="hold")], way, of(60)) for way in WAYS]

    rows = money_rows(accounts, language)

    assert {len(row) for row in rows} == {len(money_header(language))}
    assert rows[0][1] == "450"
    assert rows[0][-1] == "436 (97%)"
    assert rows[-3][-1] == "430"

"""The example of docs/rules.md reads, means what the page says, and its fault is the one shown."""

from __future__ import annotations

import re
from pathlib import Path

from models.policy.rules.conditions import ALL_OPERATORS
from models.policy.rules.fields import everywhere
from models.policy.rules.lint import check_rules
from models.policy.rules.verdict import RuleSet

PAGE = Path(__file__).parents[4] / "docs" / "rules.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_example_reads_without_a_fault_and_fires_as_described() -> None:
    document, faults = check_rules(block("yaml"), everywhere())
    assert document is not None
    cod = {"order__is_cod": 1.0, "order__value_minor": 50_000.0, "order__channel": "tmall"}

    rules = RuleSet(document)

    assert faults == []
    assert rules.judge(cod | {"buyer__order_count__90d": 0.0}).action == "review"
    assert rules.judge(cod | {"buyer__order_count__90d": 9.0}).action is None
    assert rules.judge(cod).action is None


def test_the_fault_shown_is_the_fault_found() -> None:
    _, faults = check_rules(block("yaml").replace("order__is_cod", "order__is_cdo"), everywhere())

    assert [fault.sentence() for fault in faults] == [block("text").strip()]


def test_every_operator_is_explained() -> None:
    text = PAGE.read_text("utf-8")

    assert [op for op in ALL_OPERATORS if f"`{op}`" not in text] == []

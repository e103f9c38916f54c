"""Lint says what a rule can never do, and is never wrong about it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pandas as pd
import pytest

from models.policy.rules.columns import Columns, fires
from models.policy.rules.domains import alternatives, covers
from models.policy.rules.fields import everywhere
from models.policy.rules.lint import check_rules
from models.policy.rules.reading import read_rules
from tests.models.policy.rules.generated import FIELDS, draws, orders, rule_document

VALUE, LINES, CHANNEL, NOTE = (
    "order__value_minor",
    "order__n_lines",
    "order__channel",
    "order__note",
)


def rule(rule_id: str, when: Any, **changes: Any) -> dict[str, Any]:
    name = {"zh": "规则", "en": "rule"}
    return {"id": rule_id, "name": name, "when": when, "then": {"action": "review"}} | changes


def asks(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op} | ({"value": value[0]} if value else {})


def found(*rules: dict[str, Any], **asked: Any) -> list[tuple[str, str, str | None]]:
    _, faults = check_rules(json.dumps({"rules": rules}), everywhere(), **asked)
    return [(fault.code, fault.severity, fault.rule) for fault in faults]


@pytest.mark.parametrize(
    "when",
    [
        {"all": [asks(VALUE, ">", 5), asks(VALUE, "<", 3)]},
        {"all": [asks(VALUE, ">", 5), asks(VALUE, "<=", 5)]},
        {"all": [asks(VALUE, "is missing"), asks(VALUE, "<", 3)]},
        {"all": [asks(CHANNEL, "==", "jd"), asks(CHANNEL, "!=", "jd")]},
        {"all": [asks(CHANNEL, "in", ["jd", "tmall"]), asks(CHANNEL, "==", "shopify")]},
        {"all": [asks(CHANNEL, "==", "jd"), asks(CHANNEL, "starts with", "tm")]},
        {"all": [asks(VALUE, "==", 4), {"not": asks(VALUE, "between", [1, 9])}]},
        {"all": [{"any": [asks(VALUE, ">", 9), asks(VALUE, ">", 8)]}, asks(VALUE, "<", 1)]},
        {"all": [asks("order__is_cod", "==", True), asks("order__is_cod", "!=", True)]},
    ],
)
def test_conditions_that_contradict_each_other_are_an_error(when: Any) -> None:
    assert found(rule("x", when)) == [("contradiction", "error", "x")]


def test_conditions_that_only_look_contradictory_are_fine() -> None:
    when = {"any": [asks(VALUE, ">", 5), asks(VALUE, "<", 3)]}

    assert found(rule("x", when)) == []


def test_a_scope_can_contradict_the_conditions() -> None:
    scoped = rule("x", asks(CHANNEL, "==", "jd"), scope={"channels": ["tmall"]})

    assert found(scoped) == [("contradiction", "error", "x")]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (asks(VALUE, ">=", 100), asks(VALUE, ">", 100)),
        (asks(VALUE, ">=", 100), {"all": [asks(VALUE, ">", 200), asks(LINES, ">", 3)]}),
        (asks(CHANNEL, "in", ["jd", "tmall"]), asks(CHANNEL, "==", "jd")),
        (asks(CHANNEL, "!=", "jd"), asks(CHANNEL, "==", "tmall")),
        (asks(VALUE, "is known"), asks(VALUE, "between", [1, 2])),
        ({"any": [asks(VALUE, ">", 9), asks(LINES, ">", 2)]}, asks(LINES, ">", 5)),
        (asks(NOTE, "contains any of", ["退款"]), asks(NOTE, "==", "我要退款")),
    ],
)
def test_a_rule_that_an_earlier_one_always_ends_is_an_error(first: Any, then: Any) -> None:
    assert found(rule("a", first), rule("b", then)) == [("unreachable", "error", "b")]


def test_a_rule_on_trial_ends_nothing() -> None:
    first = rule("a", asks(VALUE, ">=", 100), mode="shadow")

    assert found(first, rule("b", asks(VALUE, ">", 100))) == [("within", "warning", "b")]


def test_points_end_nothing() -> None:
    first = rule("a", asks(VALUE, ">=", 100), then={"points": 10})

    assert found(first, rule("b", asks(VALUE, ">", 100))) == [("within", "warning", "b")]


def test_the_same_conditions_written_otherwise_are_noticed() -> None:
    first = rule("a", {"not": asks(VALUE, "<", 100)}, then={"points": 10})

    assert found(first, rule("b", asks(VALUE, ">=", 100))) == [("same", "warning", "b")]


def test_a_rule_that_is_off_is_not_looked_at() -> None:
    off = rule("x", {"all": [asks(VALUE, ">", 5), asks(VALUE, "<", 3)]}, mode="off")

    assert found(off) == []


def test_what_is_over_silent_or_blind_is_noted() -> None:
    over = rule("over", asks(LINES, ">", 1), period={"to": "2026-01-31"}, then={"points": 1})
    silent = rule("silent", asks(LINES, ">", 2), then={"points": 1})
    blind = rule("blind", asks("ip__order_count__1h", ">", 2), then={"points": 1})

    told = found(
        over,
        silent,
        blind,
        today=date(2026, 2, 1),
        fired={"blind": 3},
        n_orders=1000,
        given={LINES, "order__placed_at"},
    )

    assert ("expired", "warning", "over") in told
    assert ("silent", "warning", "silent") in told
    assert ("not_given", "warning", "blind") in told


@pytest.mark.parametrize("seed", range(300, 306))
def test_what_lint_claims_holds_on_random_orders(seed: int) -> None:
    draw = draws(seed)
    document = rule_document(draw, 60)
    rules = read_rules(json.dumps(document), FIELDS).rules
    flags = fires(rules, Columns(pd.DataFrame(orders(draw, 400))))
    shapes = {rule.id: alternatives(rule.when) for rule in rules}

    claimed = 0
    for one in rules:
        mine = shapes[one.id]
        if mine == []:
            assert not flags[one.id].any(), one.id
        for other in rules:
            theirs = shapes[other.id]
            if one is not other and mine and theirs and covers(theirs, mine):
                claimed += 1
                assert not (flags[one.id] & ~flags[other.id]).any(), (one.id, other.id)
    assert claimed > 0

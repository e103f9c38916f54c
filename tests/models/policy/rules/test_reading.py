"""What is wrong with a document is said once, at its place, with the mend; nothing is guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.policy.rules.conditions import checks_of
from models.policy.rules.faults import MESSAGES, BrokenRulesError, Fault
from models.policy.rules.fields import everywhere
from models.policy.rules.reading import read_rules
from models.policy.rules.verdict import RuleSet

GOOD: dict[str, Any] = {
    "id": "x",
    "name": {"zh": "甲", "en": "a"},
    "when": {"field": "order__n_lines", "op": ">", "value": 3},
    "then": {"points": 5},
}


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(BrokenRulesError) as refused:
        read_rules(text, everywhere())
    return list(refused.value.faults)


def faults(**changes: Any) -> list[tuple[str, str]]:
    rule = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return [(f.code, f.pointer) for f in faults_of(json.dumps({"rules": [rule]}))]


def when(field: str, op: str, *value: Any) -> dict[str, Any]:
    asked = {"field": field, "op": op}
    return {"when": asked | ({"value": value[0]} if value else {})}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"id": ...}, "missing", "/rules/0"),
        ({"id": "Not An Id"}, "bad_id", "/rules/0/id"),
        ({"name": {"zh": "甲"}}, "missing", "/rules/0/name"),
        ({"mode": "lvie"}, "not_one_of", "/rules/0/mode"),
        ({"wehn": {}}, "unknown_key", "/rules/0/wehn"),
        ({"when": ...}, "missing", "/rules/0"),
        ({"when": {"all": []}}, "empty", "/rules/0/when/all"),
        ({"when": "order__n_lines > 3"}, "no_condition", "/rules/0/when"),
        (when("order__n_lins", ">", 3), "unknown_field", "/rules/0/when/field"),
        (when("order__n_lines", "=>", 3), "unknown_op", "/rules/0/when/op"),
        (when("order__n_lines", "contains any of", ["3"]), "op_unfit", "/rules/0/when/op"),
        (when("order__channel", ">", "jd"), "op_unfit", "/rules/0/when/op"),
        (when("order__n_lines", ">", "3"), "value_unfit", "/rules/0/when/value"),
        (when("order__n_lines", ">", True), "value_unfit", "/rules/0/when/value"),
        (when("order__n_lines", ">"), "missing", "/rules/0/when"),
        (when("order__n_lines", "between", [5, 3]), "bounds", "/rules/0/when/value"),
        (when("order__n_lines", "in", []), "no_values", "/rules/0/when/value"),
        (when("order__n_lines", "is known", 3), "value_given", "/rules/0/when/value"),
        (when("order__channel", "in", ["jd", 7]), "value_unfit", "/rules/0/when/value/1"),
        (when("order__is_cod", "==", 2), "value_unfit", "/rules/0/when/value"),
        (when("order__status", "==", "payed"), "never_said", "/rules/0/when/value"),
        (when("order__note", "matches", "(a"), "bad_pattern", "/rules/0/when/value"),
        (when("order__note", "matches", r"(?=a)b"), "bad_pattern", "/rules/0/when/value"),
        ({"then": {}}, "does_nothing", "/rules/0/then"),
        ({"then": {"action": "block"}}, "not_one_of", "/rules/0/then/action"),
        ({"then": {"points": 0}}, "points_range", "/rules/0/then/points"),
        ({"then": {"route": {"prefer": {"lorry": "x"}}}}, "unknown_key",
         "/rules/0/then/route/prefer/lorry"),
        ({"period": {"from": "soon"}}, "bad_day", "/rules/0/period/from"),
        ({"period": {"to": "9999-12-31"}}, "bad_day", "/rules/0/period/to"),
        ({"period": {"from": "2026-02-02", "to": "2026-02-01"}}, "backwards",
         "/rules/0/period/to"),
        ({"period": {"hours": {"from": 25}}}, "bad_hours", "/rules/0/period/hours"),
        ({"period": {"days": ["monday"]}}, "not_one_of", "/rules/0/period/days/0"),
        ({"scope": {"payments": ["cheque"]}}, "never_said", "/rules/0/scope/payments/0"),
    ],
)  # fmt: skip
def test_a_mistake_is_found_at_its_place(changes: dict[str, Any], code: str, pointer: str) -> None:
    assert (code, pointer) in faults(**changes)


def test_every_mistake_is_told_at_once() -> None:
    found = faults(id="A B", mode="no", **when("order__n_lins", ">", 3))

    assert [code for code, _ in found] == ["bad_id", "unknown_field", "not_one_of"]


def test_line_and_column_are_those_of_the_key() -> None:
    text = "rules:\n  - id: x\n    name: {zh: 甲, en: a}\n    when:\n      field: order__x\n"

    fault = next(f for f in faults_of(text) if f.code == "unknown_field")

    assert (fault.line, fault.column, fault.rule) == (5, 7, "x")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules: [", "not_yaml"),
        ("", "not_keys"),
        ("[]", "not_keys"),
        ("rules: {}", "not_list"),
        ("rules: []\nrules: []", "twice"),
        ("rules: &a [*a]", "itself"),
        ("a: &a {b: *a}\nrules: []", "itself"),
        ("[" * 5000, "not_yaml"),
        ("timezone: Asia/Peking\nrules: []", "bad_zone"),
        ("x" * 500_001, "too_large"),
    ],
)
def test_what_is_no_document_is_refused(text: str, code: str) -> None:
    assert code in {fault.code for fault in faults_of(text)}


def test_two_rules_may_not_share_an_id() -> None:
    text = json.dumps({"rules": [GOOD, GOOD]})

    assert [fault.code for fault in faults_of(text)] == ["id_twice"]


def test_a_country_called_no_is_not_false() -> None:
    text = (
        "rules:\n- id: x\n  name: {zh: 甲, en: a}\n  scope: {countries: [NO, SE]}\n"
        "  when: {field: order__n_lines, op: is known}\n  then: {points: 1}\n"
    )

    (rule,) = read_rules(text, everywhere()).rules

    scope = next(c for c in checks_of(rule.when) if c.field.name == "order__ship_country")
    assert scope.values == ("NO", "SE")


def test_days_of_a_period_are_days_of_the_merchant() -> None:
    rule = GOOD | {"period": {"from": "2026-11-11", "to": "2026-11-11"}}
    text = json.dumps({"timezone": "Asia/Shanghai", "rules": [rule]})
    rules = RuleSet(read_rules(text, everywhere()))
    midnight = 1_794_326_400_000_000  # 2026-11-10T16:00Z

    def fires(at: int) -> bool:
        return bool(rules.judge({"order__n_lines": 5.0, "order__placed_at": at}).hits)

    day = 86_400_000_000
    assert [fires(midnight + shift) for shift in (-1, 0, day - 1, day)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("hour", "fires"), [(21, False), (22, True), (3, True), (6, False)])
def test_hours_may_go_over_midnight(hour: int, fires: bool) -> None:
    rule = GOOD | {"period": {"hours": {"from": 22, "to": 6}}}
    rules = RuleSet(read_rules(json.dumps({"rules": [rule]}), everywhere()))

    hits = rules.judge({"order__n_lines": 5.0, "timing__hour": float(hour)}).hits

    assert bool(hits) is fires


def test_every_message_is_there_in_both_languages_with_the_same_places_to_fill() -> None:
    from string import Formatter

    for code, texts in MESSAGES.items():
        named = [{f.removesuffix("_zh") for _, f, _, _ in Formatter().parse(t) if f} for t in texts]
        assert named[0] - {"zh", "en"} <= named[1] | {"zh"}, code

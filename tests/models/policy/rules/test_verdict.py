"""What several rules come to together, in their order."""

from __future__ import annotations

import json
from typing import Any

from models.policy.rules.fields import everywhere
from models.policy.rules.reading import read_rules
from models.policy.rules.verdict import RuleSet, RuleVerdict

ALWAYS = {"field": "order__n_lines", "op": "is known"}


def verdict(*outcomes: dict[str, Any], **modes: str) -> RuleVerdict:
    rules = [
        {
            "id": f"r{i}",
            "name": {"zh": "规则", "en": "rule"},
            "when": ALWAYS,
            "then": then,
            "mode": modes.get(f"r{i}", "live"),
        }
        for i, then in enumerate(outcomes)
    ]
    document = read_rules(json.dumps({"rules": rules}), everywhere())
    return RuleSet(document).judge({"order__n_lines": 1.0})


def ids(found: RuleVerdict) -> list[str]:
    return [hit.id for hit in found.hits]


def test_an_action_ends_the_list() -> None:
    found = verdict({"points": 10}, {"action": "review", "points": 5}, {"action": "hold"})

    assert (found.action, found.points, ids(found)) == ("review", 15.0, ["r0", "r1"])


def test_points_add_up_and_tags_stand_once() -> None:
    found = verdict({"points": 10, "tag": ["a", "b"]}, {"points": -3, "tag": "a"})

    assert (found.action, found.points, found.tags) == (None, 7.0, ("a", "b"))


def test_rules_on_trial_are_told_apart_and_end_nothing() -> None:
    found = verdict({"action": "hold"}, {"points": 5}, r0="shadow")

    assert (found.action, found.points, ids(found)) == (None, 5.0, ["r1"])
    assert [hit.id for hit in found.shadow_hits] == ["r0"]


def test_a_rule_on_trial_is_told_even_below_an_action() -> None:
    found = verdict({"action": "hold"}, {"points": 5}, r1="shadow")

    assert [hit.id for hit in found.shadow_hits] == ["r1"]


def test_a_rule_that_is_off_is_not_evaluated() -> None:
    found = verdict({"action": "hold"}, r0="off")

    assert found == RuleVerdict()


def test_the_first_rule_to_wish_for_a_part_of_the_route_decides_it() -> None:
    first = {"route": {"prefer": {"carrier": ["sf"]}}}
    second = {"route": {"prefer": {"carrier": ["zto"], "warehouse": ["JX"]}}}

    found = verdict(first, second)

    assert found.prefer == {"carrier": ("sf",), "warehouse": ("JX",)}

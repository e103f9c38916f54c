"""Random rules and random orders on the edges of those rules; the two ways of evaluating them.

`python -m tests.models.policy.rules.generated` compares all 10,000.
"""

from __future__ import annotations

import json
import math
import random
import sys
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.policy.rules.columns import Columns, fires
from models.policy.rules.conditions import OPERATORS
from models.policy.rules.fields import FLAG, NUMBER, TEXT, Field
from models.policy.rules.program import RuleProgram
from models.policy.rules.reading import read_rules

WORDS = (
    "cod",
    "CARD",
    "wx",
    "没发货",
    "发错地址",
    "一直没物流",
    "Ａbc  d",
    "card cod",
    "a.b",
    'q"\\u',
)
PATTERNS = ("c.d", "^card", r"\d+", "没(发|物)", "d$", "a|b", r"a\.b", "(wx)+")
NUMBERS = (-3.5, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 1e9, 123456.789, 2.0**53)
ODD: dict[str, tuple[float | str | None, ...]] = {
    NUMBER: (None, math.nan, math.inf, -math.inf),
    FLAG: (None, math.nan),
    TEXT: (None, ""),
}

FIELDS = {
    field.name: field
    for field in (
        *(Field(f"n{i}__x", "数", "number", "units", NUMBER) for i in range(6)),
        *(Field(f"t{i}__x", "文", "text", "", TEXT) for i in range(4)),
        *(Field(f"f{i}__x", "是", "flag", "yes = 1", FLAG) for i in range(2)),
        Field("order__channel", "渠道", "channel", "", TEXT),
        Field("order__placed_at", "时刻", "instant", "us", NUMBER),
        Field("timing__hour", "小时", "hour", "hours", NUMBER),
        Field("timing__weekday", "星期", "weekday", "weekday", NUMBER),
    )
}


@dataclass(frozen=True)
class Difference:
    """A rule and an order on which the two ways disagree."""

    rule: str
    order: dict[str, Any]
    row_by_row: bool


def draws(seed: int) -> random.Random:
    """Give the source of everything random."""
    return random.Random(seed)  # noqa: S311 test data


def rule_document(draw: random.Random, n: int) -> dict[str, Any]:
    """Write a document of random rules."""
    return {"rules": [_rule(draw, index) for index in range(n)]}


def _rule(draw: random.Random, index: int) -> dict[str, Any]:
    rule = {
        "id": f"rule-{index}",
        "name": {"zh": f"规则 {index}", "en": f"rule {index}"},
        "when": _condition(draw, draw.choice((0, 1, 1, 2, 3))),
        "then": {"points": 10},
    }
    if draw.random() < 0.1:
        rule["scope"] = {"channels": draw.sample(WORDS, 2)}
    if draw.random() < 0.1:
        rule["period"] = {"from": "1970-01-02", "hours": {"from": 22, "to": 6}, "days": ["mon"]}
    return rule


def _condition(draw: random.Random, depth: int) -> Any:
    if depth == 0:
        return _test(draw)
    kind = draw.choice(("all", "any", "not", "all"))
    if kind == "not":
        return {"not": _condition(draw, depth - 1)}
    return {kind: [_condition(draw, depth - 1) for _ in range(draw.randint(1, 4))]}


def _test(draw: random.Random) -> dict[str, Any]:
    field = FIELDS[draw.choice(list(FIELDS))]
    op = draw.choice(OPERATORS[field.kind])
    made: dict[str, Any] = {"field": field.name, "op": op}
    if op in {"is missing", "is known"}:
        return made
    if op == "between":
        return made | {"value": sorted(draw.sample(NUMBERS, 2))}
    if op == "matches":
        return made | {"value": draw.choice(PATTERNS)}
    known: tuple[Any, ...] = WORDS if field.kind == TEXT else NUMBERS
    if field.kind == FLAG:
        known = (True, False, 0, 1)
    if op in {"in", "not in", "contains any of"}:
        return made | {"value": [draw.choice(known) for _ in range(draw.randint(1, 6))]}
    return made | {"value": draw.choice(known)}


def orders(draw: random.Random, n: int) -> list[dict[str, Any]]:
    """Give orders whose values are the constants of the rules, their neighbours, and unknown."""
    return [{name: _value(draw, field) for name, field in FIELDS.items()} for _ in range(n)]


def _value(draw: random.Random, field: Field) -> Any:
    if draw.random() < 0.2:
        return draw.choice(ODD[field.kind])
    if field.kind == TEXT:
        return draw.choice(("", " ", "x")).join(draw.sample(WORDS, draw.choice((1, 1, 2))))
    if field.kind == FLAG:
        return float(draw.randint(0, 1))
    number = draw.choice(NUMBERS)
    return draw.choice((number, math.nextafter(number, math.inf), math.nextafter(number, -1e30)))


def compare(seed: int, n_rules: int, n_orders: int) -> tuple[int, list[Difference]]:
    """Evaluate random rules on random orders both ways.

    Returns
    -------
    tuple
        How often a rule fired, and where the two ways disagree.
    """
    draw = draws(seed)
    rules = read_rules(json.dumps(rule_document(draw, n_rules)), FIELDS).rules
    rows = orders(draw, n_orders)
    by_column = fires(rules, Columns(pd.DataFrame(rows)))
    program = RuleProgram(rules)
    fired, found = 0, []
    for place, row in enumerate(rows):
        hits = {rule.id for rule in program.fires(row)}
        fired += len(hits)
        found += [
            Difference(rule.id, row, rule.id in hits)
            for rule in rules
            if by_column[rule.id][place] != (rule.id in hits)
        ]
    return fired, found


def main() -> None:
    """Compare 10,000 rules."""
    fired, differences = 0, 0
    for seed in range(100):
        n, found = compare(seed, 100, 60)
        fired, differences = fired + n, differences + len(found)
        for each in found[:3]:
            sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"10,000 rules on 6,000 orders: {fired:,} hits, {differences} differences\n")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()

"""One order, many orders and the obvious way give the same hits."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from models.policy.rules.columns import Columns, fires
from models.policy.rules.program import RuleProgram
from models.policy.rules.reading import read_rules
from tests.models.policy.rules.generated import FIELDS, compare, draws, orders, rule_document
from tests.models.policy.rules.obvious import truth


@pytest.mark.parametrize("seed", range(100, 106))
def test_generated_rules_fire_alike_row_by_row_and_by_column(seed: int) -> None:
    fired, differences = compare(seed, n_rules=100, n_orders=25)

    assert fired > 200
    assert differences == []


@pytest.mark.parametrize("seed", range(200, 204))
def test_conditions_mean_what_the_obvious_evaluation_says(seed: int) -> None:
    draw = draws(seed)
    document = rule_document(draw, 100)
    for rule in document["rules"]:
        rule.pop("scope", None)
        rule.pop("period", None)
    rows = orders(draw, 25)

    program = RuleProgram(read_rules(json.dumps(document), FIELDS).rules)

    for row in rows:
        expected = [r["id"] for r in document["rules"] if truth(r["when"], row) is True]
        assert [rule.id for rule in program.fires(row)] == expected


def test_an_altered_rule_would_be_noticed() -> None:
    draw = draws(1)
    document = rule_document(draw, 100)
    rows = orders(draw, 200)
    as_written = fires(read_rules(json.dumps(document), FIELDS).rules, Columns(pd.DataFrame(rows)))
    altered = json.dumps(document).replace('">="', '">"')

    other = fires(read_rules(altered, FIELDS).rules, Columns(pd.DataFrame(rows)))

    assert any((as_written[name] != other[name]).any() for name in as_written)


def test_values_of_one_order_do_not_linger_at_the_next() -> None:
    document = rule_document(draws(5), 50)
    rules = read_rules(json.dumps(document), FIELDS).rules
    row = orders(draws(6), 1)[0]
    program = RuleProgram(rules)

    before = program.fires({})
    program.fires(row)

    assert program.fires({}) == before

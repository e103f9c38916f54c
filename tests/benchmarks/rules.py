"""Speed of the merchant's rules, each beside a named peer in one run.

One order: fifty rules of four conditions as one CEL program, beside one CEL program a rule. Half a
million orders: one rule and fifty over columns, beside `pandas.DataFrame.query`, DuckDB, and the
compiled program order by order::

    python -m tests.benchmarks.rules
"""

from __future__ import annotations

import json
import random
import time
from statistics import median
from time import thread_time
from typing import TYPE_CHECKING, Any

import cel
import duckdb
import numpy as np
import pandas as pd

from models.policy.rules.columns import Columns, fires
from models.policy.rules.conditions import checks_of
from models.policy.rules.fields import everywhere
from models.policy.rules.program import RuleProgram
from models.policy.rules.reading import read_rules
from tests.benchmarks.speed import Speed, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.policy.rules.document import Rule

N_ORDERS = 500_000
N_RULES = 50
N_SAMPLE = 2_000
ONE_ORDER_US, ONE_RULE_S, MANY_RULES_S = 60.0, 0.1, 1.0
COUNTS = [name for name in everywhere() if "_count__" in name][:24]
TEXTS = {
    "order__channel": ("tmall", "jd", "pinduoduo", "douyin", "shopify"),
    "order__ship_region": tuple(f"省{i}" for i in range(31)),
    "order__payment_method": ("card", "alipay", "wechat", "cod"),
}


def documents(n: int) -> str:
    """Write rules of four conditions, as a merchant has them: counts, amounts, places."""
    draw = random.Random(7)  # noqa: S311 test data
    rules = []
    for i in range(n):
        text = draw.choice(list(TEXTS))
        when: list[dict[str, Any]] = [
            {"field": text, "op": "in", "value": draw.sample(TEXTS[text], 2)},
            {"field": "order__value_minor", "op": ">=", "value": draw.randint(50, 900) * 100},
            {"field": draw.choice(COUNTS), "op": ">", "value": draw.randint(0, 6)},
            {"field": draw.choice(COUNTS), "op": "between", "value": [0, draw.randint(2, 9)]},
        ]
        draw.shuffle(when)
        name = {"zh": f"规则 {i}", "en": f"rule {i}"}
        rules.append({"id": f"r{i}", "name": name, "when": when, "then": {"points": 10}})
    return json.dumps({"rules": rules})


def orders(n: int) -> pd.DataFrame:
    """Draw orders; a tenth of the counts is unknown."""
    draw = np.random.default_rng(7)
    frame = pd.DataFrame({name: draw.poisson(1.5, n).astype(float) for name in COUNTS})
    frame = frame.mask(draw.random(frame.shape) < 0.1)
    frame["order__value_minor"] = np.round(draw.lognormal(9.5, 1.0, n))
    for name, values in TEXTS.items():
        frame[name] = pd.Series(draw.choice(np.array(values, dtype=object), n), dtype=object)
    return frame


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the first orders row by row."""
    names = list(map(str, frame))
    return [dict(zip(names, row, strict=True)) for row in frame.head(N_SAMPLE).to_numpy(object)]


def seconds(
    work: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Give the median time of a piece of work."""
    taken = []
    for _ in range(times):
        started = clock()
        work()
        taken.append(clock() - started)
    return median(taken)


def one_order(rules: Sequence[Rule], frame: pd.DataFrame) -> Speed:
    """Time one order after the other, in the thread's own CPU time: neighbours do not count."""
    rows = records(frame)
    program = RuleProgram(rules)
    singles = [cel.compile(RuleProgram([rule]).source) for rule in rules]
    values = [{k: v for k, v in row.items() if v == v} for row in rows]
    empty = dict.fromkeys(program.fields)
    lists: dict[str, list[str]] = {f"constants_{i}": [] for i in range(N_RULES)}
    full = [{**empty, **lists, **row} for row in values]
    ours = seconds(lambda: [program.fires(row) for row in rows], 5, thread_time) / len(rows)
    few = full[: N_SAMPLE // 20]
    peer = seconds(lambda: [[p.execute(row) for p in singles] for row in few], 3, thread_time)
    peer /= len(few)
    return Speed(
        f"{len(rules)} rules of four conditions on one order, CPU",
        f"{ours * 1e6:.0f} µs",
        f"one CEL program a rule {peer * 1e6:.0f} µs",
        f"{peer / ours:.0f} ×",
        f"≤ {ONE_ORDER_US:.0f} µs",
        ours * 1e6 <= ONE_ORDER_US,
    )


def many_orders(rules: Sequence[Rule], frame: pd.DataFrame, goal: float) -> Speed:
    """Time rules over half a million orders; columns are read anew each time."""
    ours = seconds(lambda: fires(rules, Columns(frame)), 3)
    queries = [query_of(rule, " and ", "`{}`") for rule in rules]
    pandas = seconds(lambda: [frame.query(q, engine="python") for q in queries[:10]], 1)
    pandas *= len(queries) / len(queries[:10])
    with duckdb.connect() as connection:
        connection.register("orders", frame)
        conditions = [query_of(rule, " AND ", '"{}"') for rule in rules]
        sums = ", ".join(f"count(*) FILTER ({condition})" for condition in conditions)
        sql = f"SELECT {sums} FROM orders"
        duck = seconds(lambda: connection.execute(sql).fetchall(), 1)
    rows = records(frame)
    program = RuleProgram(rules)
    by_row = seconds(lambda: [program.fires(row) for row in rows], 1) * len(frame) / len(rows)
    return Speed(
        f"{len(rules)} rule{'s' if len(rules) > 1 else ''} over {len(frame):,} orders",
        f"{ours:.2f} s",
        f"pandas query {pandas:.1f} s, DuckDB {duck:.2f} s, row by row {by_row:.0f} s",
        f"{pandas / ours:.0f} × pandas, {by_row / ours:.0f} × row by row",
        f"≤ {goal:g} s",
        ours <= goal,
    )


def query_of(rule: Rule, glue: str, name: str) -> str:
    """Write a rule of the benchmark for a peer."""
    parts = []
    for check in checks_of(rule.when):
        column, values = name.format(check.field.name), check.values
        if check.op == "in":
            listed = ", ".join(f"'{value}'" for value in values)
            parts.append(f"{column} in ({listed})")
        elif check.op == "between":
            parts.append(f"({column} >= {values[0]}{glue}{column} <= {values[1]})")
        else:
            parts.append(f"{column} {check.op} {values[0]}")
    return glue.join(parts)


def measure() -> list[Speed]:
    """Measure all."""
    rules = read_rules(documents(N_RULES), everywhere()).rules
    frame = orders(N_ORDERS)
    fires(rules[:1], Columns(frame.head(1000)))
    return [
        one_order(rules, frame),
        many_orders(rules[:1], frame, ONE_RULE_S),
        many_orders(rules, frame, MANY_RULES_S),
    ]


if __name__ == "__main__":
    show(measure())

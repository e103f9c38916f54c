"""Features of single lines are those that an order of that line alone would have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from features.engines.lines import compute
from features.engines.online import OnlineState
from features.line import features
from features.wording import describe
from tests.features.memory import (
    DAY_US,
    NOW,
    PROFILE,
    MemoryHistory,
    Row,
    Value,
    bad,
    line,
    order,
    plain,
)

if TYPE_CHECKING:
    from features.history import History

WHOLE = replace(PROFILE, entities={"buyer_key": 1.0}, rows={"orders": 1, "order_lines": 1})
FEATURES = tuple(f for f in features(WHOLE) if f.measure is not None)
RETURNED = "line_sku__return_rate__matured_365d"

LINES: dict[str, list[Row]] = {
    "old": [line("old", 1, sku="pen"), line("old", 2, sku="ink", unit_price_minor=300)],
    "mid": [line("mid", 1, sku="ink", quantity=4), line("mid", 2, sku="pen"), line("mid", 3)],
    "new": [
        line("new", 1, sku="pen", unit_price_minor=50),
        line("new", 2, sku="ink", product_id="p", category="c"),
        line("new", 3, sku=None, product_id="p", category="c"),
    ],
}
PLACED = {"old": NOW - 20 * DAY_US, "mid": NOW - 3 * DAY_US, "new": NOW}
OUTCOMES = [
    bad("r1", "old", NOW - 15 * DAY_US, kind="return", line_id="2"),
    bad("r2", "mid", NOW - DAY_US, known=NOW, kind="return", line_id="1"),
]


def tables(**changed: Any) -> dict[str, Any]:
    return {
        "orders": [order(name, at) for name, at in PLACED.items()],
        "order_lines": [row for rows in LINES.values() for row in rows],
        "outcomes": OUTCOMES,
    } | changed


def in_batch(given: dict[str, Any], **rest: Any) -> dict[tuple[str, str], dict[str, Value]]:
    """Compute the features of all lines; values by order and line."""
    found = compute(cast("History", MemoryHistory(given, WHOLE)), FEATURES, **rest)
    return {
        (row["order_key"], row["line_id"]): {f.name: plain(row[f.name]) for f in FEATURES}
        for row in found.to_dict("records")
    }


def alone(name: str, row: Row) -> dict[str, Value]:
    """Ask the online engine about an order with one line's goods only, after what was before it."""
    state = OnlineState([describe(f.measure, ("risk",)) for f in FEATURES if f.measure], WHOLE)
    events: list[tuple[int, str, Any]] = [
        (at, "order", key) for key, at in PLACED.items() if at < PLACED[name]
    ]
    events += [(o["known_at"], "outcome", o) for o in OUTCOMES if o["known_at"] < PLACED[name]]
    for at, kind, event in sorted(events, key=lambda each: each[0]):
        if kind == "order":
            state.add_order(order(event, at), LINES[event])
        else:
            state.add_outcome(event)
    same = [other for other in LINES[name] if other["sku"] == row["sku"]]
    values = state.values(order(name, PLACED[name]), same)
    return {f.name: values[f.measure.name] for f in FEATURES if f.measure}


def test_a_line_has_what_the_online_engine_tells_of_it_alone() -> None:
    found = in_batch(tables())

    expected = {
        (name, row["line_id"]): alone(name, row) for name, rows in LINES.items() for row in rows
    }
    assert found == expected


def test_lines_of_an_order_differ_where_their_goods_do() -> None:
    """If each line had its order's answer, the comparison above would have to notice."""
    pen, ink, nameless = (in_batch(tables())["new", line_id] for line_id in "123")

    assert pen["line_sku__order_count__30d"] == ink["line_sku__order_count__30d"] == 2.0
    assert nameless["line_sku__order_count__30d"] is None
    assert pen[RETURNED] == pytest.approx(10 / 11)
    assert ink[RETURNED] == pytest.approx(1.0)


def test_lines_with_the_same_goods_share_their_windows() -> None:
    found = in_batch(tables())

    assert found["mid", "2"] == found["mid", "3"]
    assert found["mid", "2"]["line_sku__order_count__30d"] == 1.0


def test_no_line_sees_what_became_of_its_sisters() -> None:
    sister = bad("r3", "new", NOW, kind="return", line_id="2")
    same_instant = bad("r4", "old", NOW, kind="return", line_id="1")

    before = in_batch(tables())
    after = in_batch(tables(outcomes=[*OUTCOMES, sister, same_instant]))

    assert after == before


def test_a_known_return_of_the_same_goods_is_seen() -> None:
    """The test above would hold of an engine that saw no outcome at all."""
    sooner = bad("r4", "old", NOW - 1, kind="return", line_id="1")

    found = in_batch(tables(outcomes=[*OUTCOMES, sooner]))

    assert found["new", "1"][RETURNED] == pytest.approx(1.0)


def test_only_lines_of_the_orders_asked_for_get_a_row() -> None:
    since = datetime.fromtimestamp(NOW / 1e6, tz=UTC)

    found = in_batch(tables(), placed_from=since)

    every = in_batch(tables())
    assert found == {("new", number): every["new", number] for number in "123"}

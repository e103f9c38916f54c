"""Parts of one entity from arrays: what a query sees, whatever the order of rows and clocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.engines import kernel
from features.engines.parts import Asked, Events, Queries, Timeline, parts
from features.entities import BUILT_IN
from features.windows import Part

BUYER = BUILT_IN["buyer"]
NONE = np.nan


def part(kind: str, span: int = 10, delay: int = 0, column: str | None = None) -> Part:
    return Part(BUYER, "orders", span, delay, kind, column)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def events(happened: np.ndarray, known: np.ndarray | None = None, **rest: object) -> Events:
    n = len(happened)
    base = {"code": np.zeros(n, np.int64), "order": np.arange(n)}
    return Events(happened=happened, known=happened if known is None else known, **(base | rest))  # type: ignore[arg-type]


def asked(placed: int, received: int | None = None, code: int = 0) -> Queries:
    return Queries(ints(code), ints(placed), ints(placed if received is None else received))


def one(found: Events, query: Queries, wanted: Part) -> float:
    return float(parts({"orders": found}, query, [wanted])[wanted][0])


VALUES = {"v": (ints(4, 0, -6, 9), np.array([True, False, True, True]))}
FOUR = events(ints(0, 3, 5, 9), values=VALUES, others={"c": ints(7, -1, 7, 2)})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (part("n"), 3.0),
        (part("gap"), 5.0),
        (part("age"), 10.0),
        (part("last"), 2.0),
        (part("valid", column="v"), 2.0),
        (part("total", column="v"), -2.0),
        (part("spread", column="v"), 2.0 * (16 + 36) - 4),
        (part("low", column="v"), -6.0),
        (part("high", column="v"), 4.0),
        (part("distinct", column="c"), 1.0),
        (part("n", delay=4), 3.0),
        (part("n", span=7), 2.0),
        (part("age", span=7), 7.0),
    ],
)
def test_a_window_holds_what_happened_in_it_and_was_known(wanted: Part, expected: float) -> None:
    """Asked at 10; the event at 9 became known at 10, as the order was received, thus too late."""
    late = Events(FOUR.code, FOUR.order, FOUR.happened, ints(0, 3, 5, 10), FOUR.values, FOUR.others)

    assert one(late, asked(10), wanted) == expected


@pytest.mark.parametrize(
    ("kind", "column", "expected"),
    [
        ("n", None, 0.0),
        ("valid", "v", 0.0),
        ("total", "v", 0.0),
        ("spread", "v", 0.0),
        ("low", "v", NONE),
        ("high", "v", NONE),
        ("distinct", "c", 0.0),
        ("gap", None, NONE),
        ("age", None, NONE),
        ("last", None, -1.0),
    ],
)
def test_an_empty_window_has_no_first_and_no_last(
    kind: str, column: str | None, expected: float
) -> None:
    found = one(FOUR, asked(0), part(kind, column=column))

    assert found == expected or (np.isnan(found) and np.isnan(expected))


def test_a_query_without_a_key_gets_no_number() -> None:
    assert np.isnan(one(FOUR, asked(10, code=-1), part("n")))


def test_an_event_of_a_late_order_is_seen_where_it_happened() -> None:
    late = events(ints(0), known=ints(50))

    assert one(late, asked(5, received=51), part("n")) == 1
    assert one(late, asked(5, received=50), part("n")) == 0
    assert one(late, asked(60), part("n")) == 0


def test_an_order_received_before_it_was_placed_sees_no_more_than_was_known() -> None:
    assert one(events(ints(0, 3, 5)), asked(6, received=5), part("n")) == 2


def test_the_greatest_order_is_last_at_one_instant() -> None:
    ties = events(ints(5, 5, 5), order=ints(3, 8, 4))

    assert one(ties, asked(6), part("last")) == 8


def test_squares_and_totals_are_exact_beyond_64_bits() -> None:
    great = 3_000_000_000_000
    values = {"v": (ints(great, -great, great + 1), np.ones(3, np.bool_))}
    numbers = [great, -great, great + 1]
    exact = 3 * sum(v * v for v in numbers) - sum(numbers) ** 2

    found = one(events(ints(0, 1, 2), values=values), asked(5), part("spread", column="v"))

    assert found == float(exact)


KINDS = (
    part("n"), part("n", 40, 20), part("gap"), part("age", 25), part("last"),
    *(part(kind, 30, column="v") for kind in ("valid", "total", "spread", "low", "high")),
    part("distinct", 30, column="c"), part("distinct", 7, 3, column="c"),
)  # fmt: skip


def _disorderly(seed: int, n: int = 300) -> tuple[Events, Queries]:
    chance = np.random.default_rng(seed)
    happened = chance.integers(0, 200, n)
    known = happened + chance.choice([0, 0, 0, 1, 40, -5], n)
    code = chance.integers(-1, 4, n)
    values = {"v": (chance.integers(-50, 50, n), chance.random(n) < 0.8)}
    found = Events(
        code, chance.permutation(n), happened, known, values, {"c": chance.integers(-1, 5, n)}
    )
    placed = chance.integers(0, 220, n)
    return found, Queries(
        chance.integers(-1, 5, n), placed, placed + chance.choice([0, 0, 1, 60, -3], n)
    )


def _obvious(found: Events, queries: Queries, wanted: Part) -> list[float]:
    result = []
    for code, placed, received in zip(queries.code, queries.placed, queries.received, strict=True):
        upto = placed - wanted.delay_us
        seen = [
            i
            for i in range(len(found.code))
            if found.code[i] == code
            and found.known[i] < received
            and upto - wanted.span_us <= found.happened[i] < upto
        ]
        result.append(_number(found, seen, wanted, placed) if code >= 0 else NONE)
    return result


def _number(found: Events, seen: list[int], wanted: Part, placed: int) -> float:
    if wanted.kind == "n":
        return len(seen)
    if wanted.kind in {"gap", "age"}:
        if not seen:
            return NONE
        at = [int(found.happened[i]) for i in seen]
        return float(placed - (max(at) if wanted.kind == "gap" else min(at)))
    if wanted.kind == "last":
        last = max(((found.happened[i], found.order[i]) for i in seen), default=(0, -1))
        return float(last[1])
    if wanted.kind == "distinct":
        return len({int(found.others["c"][i]) for i in seen if found.others["c"][i] >= 0})
    value, valid = found.values["v"]
    numbers = [int(value[i]) for i in seen if valid[i]]
    totals = {"valid": len(numbers), "total": sum(numbers)}
    totals["spread"] = len(numbers) * sum(v * v for v in numbers) - sum(numbers) ** 2
    if wanted.kind in totals:
        return float(totals[wanted.kind])
    extreme = min if wanted.kind == "low" else max
    return float(extreme(numbers)) if numbers else NONE


@pytest.mark.parametrize("wanted", KINDS, ids=lambda p: f"{p.kind}-{p.span_us}-{p.delay_us}")
@pytest.mark.parametrize("seed", [1, 2])
def test_any_disorder_gives_what_the_obvious_loop_gives(wanted: Part, seed: int) -> None:
    found, queries = _disorderly(seed)

    ours = parts({"orders": found}, queries, KINDS)[wanted]

    np.testing.assert_array_equal(ours, _obvious(found, queries, wanted))


def test_a_timeline_answers_some_queries_as_it_answers_all() -> None:
    found, queries = _disorderly(3)
    whole = parts({"orders": found}, queries, KINDS)
    timeline = Timeline(found, 5, skew=queries.skew)

    some = slice(40, 90)
    few = Queries(queries.code[some], queries.placed[some], queries.received[some])
    answers = timeline.parts(Asked(few, 5), KINDS)

    for wanted in KINDS:
        np.testing.assert_array_equal(answers[wanted], whole[wanted][some])


def test_counterparts_are_numbered_once_for_all_that_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key with most of a history asks in many turns; each would go through all of its events."""
    numbered = []
    number_within = kernel.number_within

    def counted(start: np.ndarray, other: np.ndarray) -> Any:
        numbered.append(len(other))
        return number_within(start, other)

    monkeypatch.setattr(kernel, "number_within", counted)
    timeline = Timeline(FOUR, 1)
    wanted = [part("distinct", span, column="c") for span in (3, 10)]

    turns = [timeline.parts(Asked(asked(at), 1), wanted) for at in (4, 6, 10)]

    assert [[float(turn[each][0]) for each in wanted] for turn in turns] == [[0, 1], [1, 1], [1, 2]]
    assert numbered == [4]

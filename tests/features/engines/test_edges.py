"""The edges of a window by name, for every aggregate and engine, with values written by hand.

One event and one asking order share a buyer. Each edge puts the event somewhere on or beside the
window's bounds or the moment from which it is known; a table says by hand what every aggregate must
give when it is seen and when it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from features.windows import AGGREGATES, RINGS, SHRINKAGE
from tests.features.engines.redis.opening import open_busy_redis, open_redis
from tests.features.memory import (
    HOUR_US,
    NOW,
    Row,
    Value,
    bad,
    feature,
    in_batch,
    line,
    measure,
    online,
    order,
    plain,
)
from tests.features.obvious import obvious

if TYPE_CHECKING:
    from features.windows import Measure

Tables = Mapping[str, Sequence[Row]]
Engine = Callable[[Tables, "Measure", str], Value]

WINDOW = timedelta(hours=1)
DELAY = timedelta(hours=2)


def _batch(tables: Tables, of: Measure, name: str) -> Value:
    return plain(in_batch(tables, [feature(of)]).loc[name, of.name])


def _online(tables: Tables, of: Measure, name: str) -> Value:
    return online(tables, [feature(of)])[name][of.name]


def _redis(tables: Tables, of: Measure, name: str) -> Value:
    return online(tables, [feature(of)], open_state=open_redis)[name][of.name]


def _busy_redis(tables: Tables, of: Measure, name: str) -> Value:
    return online(tables, [feature(of)], open_state=open_busy_redis)[name][of.name]


ENGINES: dict[str, Engine] = {
    "batch": _batch,
    "online": _online,
    "redis": _redis,
    "redis, busy keys": _busy_redis,
}


@dataclass(frozen=True)
class Edge:
    """Where an event lies: microseconds before the window's end, and known after the order."""

    before: int
    is_seen: bool
    known: int = -1
    """Microseconds from the order's reception to the event's being known; below 0 is before."""


EDGES: dict[str, Edge] = {
    "exactly the window ago": Edge(HOUR_US, is_seen=True),
    "a microsecond inside the far edge": Edge(HOUR_US - 1, is_seen=True),
    "a microsecond beyond the far edge": Edge(HOUR_US + 1, is_seen=False),
    "at the near edge": Edge(0, is_seen=False),
    "a microsecond before the near edge": Edge(1, is_seen=True),
    "a microsecond after the near edge": Edge(-1, is_seen=False),
    "known when the order is received": Edge(HOUR_US // 2, known=0, is_seen=False),
    "known a microsecond before": Edge(HOUR_US // 2, known=-1, is_seen=True),
    "known a microsecond after": Edge(HOUR_US // 2, known=1, is_seen=False),
    "exactly the window ago and known too late": Edge(HOUR_US, known=0, is_seen=False),
}
"""With a delay the near edge is `placed_at - delay` and everything else moves with it."""


SPENT = 500
ASKING = 1_500
"""Values of the event and of the order that asks."""


def _gap(edge: Edge, delay_us: int) -> float:
    return (edge.before + delay_us) / 1e6


def _faded(edge: Edge, _delay_us: int) -> float:
    """Half the weight for each of the six parts of the hour that the event lies further back."""
    weight: float = 0.5 ** ((edge.before - 1) // (HOUR_US // RINGS))
    overall = weight / (weight + 1.0)  # the other buyer's good event has weight 1
    return (weight + SHRINKAGE * overall) / (weight + SHRINKAGE)


@dataclass(frozen=True)
class Expected:
    """What an aggregate gives of one bad event of value 500, and of none."""

    seen: Value | Callable[[Edge, int], float]
    unseen: Value
    column: str | None = None
    stream: str = "orders"

    def of(self, edge: Edge, delay_us: int) -> Value:
        if not edge.is_seen:
            return self.unseen
        return self.seen(edge, delay_us) if callable(self.seen) else self.seen


def _value(seen: Value, unseen: Value) -> Expected:
    return Expected(seen, unseen, column="value_minor")


EXPECTED: dict[str, Expected] = {
    "count": Expected(1.0, 0.0),
    "sum": _value(500.0, 0.0),
    "mean": _value(500.0, None),
    "share": Expected(1.0, None, column="n_units"),
    "std": _value(None, None),
    "min": _value(500.0, None),
    "max": _value(500.0, None),
    "distinct": Expected(1.0, 0.0, column="device_key"),
    "since": Expected(_gap, None),
    "since_first": Expected(_gap, None),
    "last": Expected("event", None),
    "zscore": _value(None, None),
    "ratio": _value(3.0, None),
    "rate": Expected((1 + 10 * 1 / 2) / (1 + 10), None, stream="cohort:fraud"),
    "decayed": Expected(_faded, None, stream="cohort:fraud"),
}
"""By aggregate; one without an entry here fails these tests."""


def asked(aggregate: str, delay: timedelta = timedelta(0)) -> Measure:
    """Make the measure of an aggregate that sees an hour."""
    of = EXPECTED[aggregate]
    window = WINDOW / RINGS if aggregate == "decayed" else WINDOW
    return measure(aggregate, window, stream=of.stream, column=of.column, delay=delay)


def one_event(edge: Edge, delay_us: int) -> dict[str, list[Row]]:
    """Make an event, a good one of another buyer just before the window ends, and who asks."""
    happened = NOW - delay_us - edge.before
    received = max(NOW, happened) + 10
    facts = {"value_minor": SPENT, "n_units": 1, "device_key": "h1:d"}
    event = order("event", happened, received=received + edge.known, **facts)
    asking = order("asking", NOW, received=received, value_minor=ASKING)
    other = order("other", NOW - delay_us - 1, received=received - 1, buyer_key="h1:bob")
    report = bad("report", "event", happened, known=received + edge.known)
    return {"orders": [event, other, asking], "outcomes": [report]}


@pytest.mark.parametrize("delay", [timedelta(0), DELAY], ids=["at once", "after a delay"])
@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
@pytest.mark.parametrize("aggregate", AGGREGATES)
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_an_event_counts_exactly_within_its_window_and_once_known(
    engine: Engine, aggregate: str, edge: Edge, delay: timedelta
) -> None:
    delay_us = delay // timedelta(microseconds=1)
    tables = one_event(edge, delay_us)

    found = engine(tables, asked(aggregate, delay), "asking")

    assert found == EXPECTED[aggregate].of(edge, delay_us)


@pytest.mark.parametrize("ring", range(1, RINGS + 1))
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_fading_rate_halves_beyond_each_half_life(engine: Engine, ring: int) -> None:
    half_life = HOUR_US // RINGS
    weight = 1 / 2 ** (ring - 1)
    inside = one_event(Edge(ring * half_life, is_seen=True), 0)
    beyond = one_event(Edge(ring * half_life + 1, is_seen=True), 0)

    found = [engine(tables, asked("decayed"), "asking") for tables in (inside, beyond)]

    def drawn(w: float) -> float | None:
        return (w + SHRINKAGE * (w / (w + 1))) / (w + SHRINKAGE)

    assert found == [drawn(weight), drawn(weight / 2) if ring < RINGS else None]


def _several(*events: tuple[str, int, int, int]) -> dict[str, list[Row]]:
    """Make events of a name, microseconds before NOW, when known after that, and a value."""
    rows = [
        order(
            name, NOW - before, received=NOW - before + known, value_minor=value,
            n_units=value % 2, device_key=f"h1:{value}",
        )
        for name, before, known, value in events
    ]  # fmt: skip
    asking = order("asking", NOW, received=NOW + 10, value_minor=ASKING, n_units=1)
    reports = [
        bad(f"r-{row['order_key']}", row["order_key"], row["placed_at"]) for row in rows[::2]
    ]
    return {"orders": [*rows, asking], "outcomes": reports}


HALF_HOUR = HOUR_US // 2
STORIES: dict[str, dict[str, list[Row]]] = {
    "equal timestamps": _several(
        ("b", HALF_HOUR, 0, 7), ("a", HALF_HOUR, 0, 9), ("c", HALF_HOUR, 0, 9)
    ),
    "zero gap to the order": _several(("a", 0, 0, 7), ("b", 0, 10, 8), ("c", 1, 0, 9)),
    "one on each edge": _several(("far", HOUR_US, 0, 7), ("near", 1, 0, 9)),
    "all on the far edge": _several(("a", HOUR_US, 0, 7), ("b", HOUR_US, 0, 9)),
    "one beyond each edge": _several(("far", HOUR_US + 1, 0, 7), ("near", 0, 0, 9)),
    "the middle one known too late": _several(
        ("a", HOUR_US, 0, 7), ("b", HALF_HOUR, HALF_HOUR + 10, 1), ("c", 1, 0, 9)
    ),
    "the middle one known a microsecond earlier": _several(
        ("a", HOUR_US, 0, 7), ("b", HALF_HOUR, HALF_HOUR + 9, 1), ("c", 1, 0, 9)
    ),
    "known in the opposite sequence": _several(
        ("a", 3, 10, 7), ("b", 2, 8, 1), ("c", 1, 1, 9), ("d", HALF_HOUR, 0, 2)
    ),
    "the same value twice": _several(("a", HALF_HOUR, 0, 7), ("b", 1, 0, 7)),
}


@pytest.mark.parametrize("tables", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("aggregate", AGGREGATES)
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_several_events_on_the_edges_are_what_the_slow_loop_sees(
    engine: Engine, aggregate: str, tables: dict[str, list[Row]]
) -> None:
    of = asked(aggregate)

    found = engine(tables, of, "asking")

    expected = obvious(tables, of, tables["orders"][-1])
    exact = expected is None or aggregate not in {"std", "zscore", "ratio"}
    assert found == (expected if exact else pytest.approx(expected, rel=1e-12))


STREAMS = ("orders", "lines", "shipments", "outcome:fraud", "cohort:fraud")


def of_stream(stream: str, edge: Edge) -> dict[str, list[Row]]:
    """Make an event of a stream on an edge; its order, where it is no event, is out of reach."""
    happened, received = NOW - edge.before, max(NOW, NOW - edge.before) + 10
    known = received + edge.known
    is_order = stream in {"orders", "lines", "cohort:fraud"}
    placed = happened if is_order else NOW - 3 * HOUR_US
    event = order("event", placed, received=known if is_order else placed)
    asking = order("asking", NOW, received=received)
    parcel: Row = {"shipment_id": "p", "order_key": "event", "delivered_at": happened}
    return {
        "orders": [event, asking],
        "order_lines": [line("event", at=placed), line("asking")],
        "outcomes": [bad("report", "event", happened, known=known)],
        "shipments": [parcel | {"known_at": known, "shipped_at": placed}],
    }


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES)
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_every_stream_has_the_same_edges(engine: Engine, stream: str, edge: Edge) -> None:
    subject = {"lines": "sku", "shipments": "shop"}.get(stream, "buyer")
    of = measure("count", WINDOW, subject=subject, stream=stream)

    assert engine(of_stream(stream, edge), of, "asking") == float(edge.is_seen)

"""Both engines against a slow obvious loop and against DuckDB, over drawn histories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.features.memory import NOW, Row, bad, feature, in_batch, measure, online, order, plain
from tests.features.obvious import obvious

if TYPE_CHECKING:
    from features.windows import Measure

WINDOW = timedelta(hours=1)
WINDOW_US = 3_600_000_000
NEAR = (0, 1, -1)
STEPS = st.sampled_from(
    [m * WINDOW_US // 2 + d for m in range(7) for d in NEAR] + [WINDOW_US // 7, 1_000_000]
)
"""Instants on the window's edges, a microsecond off them, and some others."""

MEASURES: tuple[Measure, ...] = (
    measure("count", WINDOW),
    measure("count", WINDOW, delay=WINDOW / 2),
    measure("count", 3 * WINDOW),
    measure("since", WINDOW),
    measure("since_first", WINDOW),
    measure("last", WINDOW),
    *(measure(a, WINDOW, column="value_minor") for a in ("sum", "mean", "std", "min", "max")),
    *(measure(a, 2 * WINDOW, column="value_minor") for a in ("zscore", "ratio")),
    measure("distinct", WINDOW, column="device_key"),
    measure("distinct", WINDOW, subject="ip", column="buyer_key"),
    measure("count", WINDOW, stream="outcome:fraud"),
    measure("count", WINDOW, stream="cohort:fraud", delay=WINDOW),
    measure("rate", WINDOW, stream="cohort:fraud", delay=WINDOW),
    measure("decayed", WINDOW / 2, stream="cohort:fraud", delay=WINDOW),
    measure("decayed", WINDOW / 2, column="value_minor"),
)


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Draw orders, and outcomes of some, in any sequence of the two clocks."""
    orders, outcomes = [], []
    for i in range(draw(st.integers(1, 12))):
        at = NOW + draw(STEPS)
        row = order(
            f"o{draw(st.integers(0, 99)):02}-{i}",
            at,
            received=at + draw(st.sampled_from([0, 0, 1, WINDOW_US // 2, 2 * WINDOW_US])),
            buyer_key=draw(st.sampled_from(["h1:a", "h1:a", "h1:b", None])),
            ip_key=draw(st.sampled_from(["h1:x", None])),
            device_key=draw(st.sampled_from(["h1:p", "h1:q", None])),
            value_minor=draw(st.sampled_from([0, 100, 250, -7, 10**12, None])),
        )
        orders.append(row)
        for n in range(draw(st.sampled_from([0, 0, 1, 2]))):
            occurred = at + draw(st.sampled_from([0, 1, WINDOW_US // 2]))
            known = occurred + draw(st.sampled_from([0, 1, WINDOW_US]))
            is_bad = draw(st.sampled_from([True, None, False]))
            outcomes.append(
                bad(
                    f"{row['order_key']}/{n}",
                    row["order_key"],
                    occurred,
                    known=known,
                    is_bad=is_bad,
                )
            )
    return {"orders": orders, "outcomes": outcomes}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_both_engines_do_what_the_obvious_loop_does(tables: dict[str, list[Row]]) -> None:
    features = [feature(m) for m in MEASURES]

    batch = in_batch(tables, features)
    state = online(tables, features)

    for row in tables["orders"]:
        for wanted in MEASURES:
            ours = state[row["order_key"]][wanted.name]
            assert ours == plain(batch.loc[row["order_key"], wanted.name]), wanted.name
            expected = obvious(tables, wanted, row)
            exact = expected is None or wanted.aggregate not in {"std", "zscore", "ratio"}
            assert ours == (expected if exact else pytest.approx(expected, rel=1e-12)), wanted.name


IN_SQL: dict[str, str] = {
    "count": "count(e.order_key)",
    "sum": "coalesce(sum(e.value_minor), 0)",
    "mean": "sum(e.value_minor)::double / count(e.value_minor)",
    "min": "min(e.value_minor)",
    "max": "max(e.value_minor)",
    "std": "stddev_samp(e.value_minor)",
    "distinct": "count(distinct e.device_key)",
    "since": "(q.placed_at - max(e.placed_at)) / 1e6",
    "last": "arg_max(e.order_key, (e.placed_at, e.order_key))",
}


def in_sql(tables: dict[str, list[Row]], aggregate: str) -> dict[str, Any]:
    """Compute one aggregate of the buyer's last hour with DuckDB."""
    columns = ("order_key", "placed_at", "received_at", "buyer_key", "device_key", "value_minor")
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE o (order_key TEXT, placed_at BIGINT, received_at BIGINT, "
            "buyer_key TEXT, device_key TEXT, value_minor BIGINT)"
        )
        rows = [[row[name] for name in columns] for row in tables["orders"]]
        connection.executemany("INSERT INTO o VALUES (?, ?, ?, ?, ?, ?)", rows)
        query = f"""
            SELECT q.order_key, CASE WHEN q.buyer_key IS NULL THEN NULL ELSE {IN_SQL[aggregate]} END
            FROM o q LEFT JOIN o e ON e.buyer_key = q.buyer_key AND e.received_at < q.received_at
              AND e.placed_at >= q.placed_at - {WINDOW_US} AND e.placed_at < q.placed_at
            GROUP BY q.order_key, q.buyer_key, q.placed_at"""
        return dict(connection.execute(query).fetchall())


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_both_engines_do_what_sql_does(tables: dict[str, list[Row]]) -> None:
    columns = {"distinct": "device_key", "count": None, "since": None, "last": None}
    wanted = {a: measure(a, WINDOW, column=columns.get(a, "value_minor")) for a in IN_SQL}

    batch = in_batch(tables, [feature(m) for m in wanted.values()])

    for aggregate, of in wanted.items():
        expected = in_sql(tables, aggregate)
        for row in tables["orders"]:
            found = plain(batch.loc[row["order_key"], of.name])
            value = expected[row["order_key"]]
            if aggregate == "std" and value is not None:
                # DuckDB adds floats up; ours is exact, so that equal values deviate by 0.
                assert found == pytest.approx(value, rel=1e-6, abs=1e-3)
            else:
                assert found == value, (aggregate, row["order_key"])

"""DuckDB's answers, written from the declaration alone, against the batch engine's, to the bit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.lane import LONGEST_HOURS, STRETCHED
from features.windows import AGGREGATES, EVERYBODY, Measure
from tests.features.memory import (
    HOUR_US,
    NOW,
    MemoryHistory,
    Row,
    bad,
    feature,
    in_batch,
    line,
    measure,
    order,
)  # fmt: skip
from tests.parity import oracle_tables
from tests.parity.oracle import oracle
from tests.parity.replay import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.history import History

HOUR = timedelta(hours=1)
EDGES = st.sampled_from([n * HOUR_US // 2 + d for n in range(7) for d in (0, 1, -1)])
"""Distances that fall on the edges of windows of an hour, and a microsecond off them."""

OF_VALUES = ("sum", "mean", "std", "min", "max", "zscore", "ratio")
OF_PARCELS = ("transit_log", "late_log", "is_late", "attempt_failed")
PLAIN = ("count", "since", "since_first", "last")
MEASURES: tuple[Measure, ...] = (
    *(measure(aggregate, HOUR) for aggregate in PLAIN),
    *(measure(aggregate, HOUR, delay=HOUR / 2, subject="shop") for aggregate in PLAIN),
    *(measure(aggregate, HOUR, column="value_minor") for aggregate in OF_VALUES),
    *(measure(a, 2 * HOUR, delay=HOUR, column="value_minor") for a in OF_VALUES),
    measure("share", HOUR, stream="shipments", subject="carrier", column="is_late"),
    measure("distinct", HOUR, column="device_key"),
    measure("distinct", 3 * HOUR, delay=HOUR, subject="shop", column="buyer_key"),
    measure("count", HOUR, stream="outcome:fraud"),
    measure("since", 2 * HOUR, stream="outcome:return"),
    measure("count", HOUR, stream="cohort:fraud", delay=HOUR),
    measure("since", 2 * HOUR, stream="cohort:fraud"),
    measure("since_first", HOUR, stream="cohort:fraud"),
    measure("rate", HOUR, stream="cohort:fraud", delay=HOUR),
    measure("decayed", HOUR / 2, stream="cohort:fraud", delay=HOUR),
    measure("count", HOUR, stream="lines", subject="sku"),
    measure("ratio", HOUR, stream="lines", subject="sku", column="quantity"),
    measure("zscore", HOUR, stream="lines", subject="sku", column="unit_price_minor", reduce="min"),
    measure("rate", HOUR, stream="cohort:return", subject="sku", delay=HOUR),
    *(
        measure("mean", HOUR, stream="shipments", subject="carrier", column=c)
        for c in OF_PARCELS[:2]
    ),
    measure("decayed", HOUR / 2, stream="shipments", subject="carrier", column="is_late"),
    Measure(EVERYBODY, "shipments", "rate", HOUR, column="attempt_failed"),
    measure("count", HOUR, stream="orders", subject="warehouse"),
)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Draw orders with lines, parcels and outcomes; in half of the shops all are known at once."""
    at_once = draw(st.booleans())
    waits = st.just(0) if at_once else st.sampled_from([0, 0, 1, HOUR_US // 2, 2 * HOUR_US])
    tables: dict[str, list[Row]] = {"orders": [], "order_lines": [], "shipments": []}
    tables["outcomes"] = []
    for i in range(draw(st.integers(1, 24))):
        at = NOW + draw(EDGES)
        key = f"o{draw(st.integers(0, 99)):02}-{i}"
        row = order(
            key,
            at,
            received=at + draw(waits),
            buyer_key=draw(st.sampled_from(["h1:a", "h1:a", "h1:b", None])),
            device_key=draw(st.sampled_from(["h1:p", "h1:q", None])),
            value_minor=draw(st.sampled_from([0, 100, 250, -7, 10**12, None])),
            deliver_by=draw(st.sampled_from([None, at + HOUR_US])),
        )
        tables["orders"].append(row)
        for n in range(draw(st.integers(0, 2))):
            quantity, sku = draw(st.integers(1, 9)), draw(st.sampled_from(["pen", "ink", None]))
            price = draw(st.sampled_from([100, 90, None]))
            tables["order_lines"].append(
                line(key, n, at=at, quantity=quantity, sku=sku, unit_price_minor=price)
            )
        for n in range(draw(st.integers(0, 2))):
            tables["shipments"].append(draw(_parcels(f"{key}/{n}", row, waits)))
            tables["outcomes"].append(draw(_outcomes(f"{key}/{n}", row, waits)))
    return tables


@st.composite
def _parcels(draw: st.DrawFn, name: str, of: Row, waits: st.SearchStrategy[int]) -> Row:
    delivered = draw(st.sampled_from([None, of["received_at"] + HOUR_US // 2]))
    tried = draw(st.sampled_from([None, of["received_at"] + HOUR_US // 4]))
    wait = draw(waits)
    return {
        "shipment_id": name,
        "order_key": of["order_key"],
        "warehouse": draw(st.sampled_from(["W1", "W2"])),
        "carrier": draw(st.sampled_from(["SF", None])),
        "promised_at": draw(st.sampled_from([None, of["placed_at"] + HOUR_US // 2])),
        "first_attempt_at": tried,
        "first_attempt_ok": draw(st.sampled_from([True, False, None])),
        "delivered_at": delivered,
        "known_at": delivered and draw(st.sampled_from([None, delivered + wait])),
    }


@st.composite
def _outcomes(draw: st.DrawFn, name: str, of: Row, waits: st.SearchStrategy[int]) -> Row:
    occurred = of["received_at"] + draw(st.sampled_from([0, 1, HOUR_US // 2]))
    return bad(
        name,
        of["order_key"],
        occurred,
        known=occurred + draw(waits),
        kind=draw(st.sampled_from(["fraud", "chargeback", "return"])),
        is_bad=draw(st.sampled_from([True, None, False])),
        line_id=draw(st.sampled_from([None, "0", "1"])),
    )


def in_sql(tables: dict[str, list[Row]], measures: Sequence[Measure], **how: bool) -> Any:
    """Compute measures with the oracle, indexed as the batch engine does."""
    history = cast("History", MemoryHistory(tables))
    keys = history.arrow("orders", columns=["order_key"])["order_key"].to_pylist()
    return pd.DataFrame(oracle(history, measures, **how), index=keys)


def test_every_aggregate_and_stream_is_among_the_measures() -> None:
    assert {m.aggregate for m in MEASURES} == set(AGGREGATES)
    streams = {m.stream.partition(":")[0] for m in MEASURES}
    assert streams == {"orders", "lines", "shipments", "outcome", "cohort"}


@pytest.mark.parametrize("always_join", [False, True])
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=shops())
def test_the_oracle_and_the_batch_engine_agree_to_the_bit(
    tables: dict[str, list[Row]], always_join: bool
) -> None:
    features = [feature(m) for m in MEASURES]

    found = compare(
        in_batch(tables, features), in_sql(tables, MEASURES, always_join=always_join), features
    )

    assert found.different == {}


@pytest.mark.parametrize("always_join", [False, True])
def test_a_window_takes_its_far_edge_in_and_leaves_its_near_edge_out(always_join: bool) -> None:
    count = measure("count", HOUR)
    placed = [NOW - HOUR_US - 1, NOW - HOUR_US, NOW - 1, NOW]
    tables = {"orders": [order(f"o{i}", at) for i, at in enumerate(placed)]}

    found = in_sql(tables, [count], always_join=always_join)

    assert found[count.name].tolist() == [0, 1, 2, 2]


def test_what_is_known_the_moment_an_order_comes_is_not_seen() -> None:
    count = measure("count", HOUR)
    early = [order(f"o{wait}", NOW - 9, received=NOW + wait) for wait in (-1, 0, 1)]
    tables = {"orders": [*early, order("asked", NOW)]}

    assert in_sql(tables, [count]).loc["asked", count.name] == 1


def test_values_whose_squares_pass_64_bits_are_added_up_exactly() -> None:
    std = measure("std", HOUR, column="value_minor")
    values = (10**12, 10**12 + 2, 0)
    tables = {"orders": [order(f"o{i}", NOW + i, value_minor=v) for i, v in enumerate(values)]}

    assert in_sql(tables, [std]).loc["o2", std.name] == 2**0.5


def test_the_oracle_stretches_hours_as_the_product_does() -> None:
    """Late by every whole hour up to the longest: SQL's logarithm gives the same millionths."""
    import duckdb

    hours = np.arange(LONGEST_HOURS + 2) * HOUR_US
    with duckdb.connect() as connection:
        connection.register("t", pa.table({"us": hours}))
        ours = connection.sql(f"SELECT {oracle_tables.stretched('us')} AS v FROM t")
        found = ours.to_arrow_table()["v"].to_numpy()

    assert found.tolist() == [*STRETCHED.tolist(), STRETCHED[-1]]

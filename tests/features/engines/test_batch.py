"""The batch engine's own promises: which orders get a row, in which shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from features.catalogue import declare
from tests.features.memory import DAY_US, NOW, MemoryHistory, feature, in_batch, measure, order

COUNT = feature(measure("count", timedelta(days=30)))
LAST = feature(measure("last", timedelta(days=30)))
ORDERS = [order(f"o{day}", NOW + day * DAY_US) for day in range(5)]


def at(day: float) -> datetime:
    return datetime.fromtimestamp(NOW / 1e6, tz=UTC) + timedelta(days=day)


def test_orders_get_rows_from_the_first_instant_up_to_the_last() -> None:
    frame = in_batch({"orders": ORDERS}, [COUNT], placed_from=at(1), placed_to=at(3))

    assert frame.index.tolist() == ["o1", "o2"]


def test_orders_outside_the_asked_period_are_still_seen() -> None:
    frame = in_batch({"orders": ORDERS}, [COUNT], placed_from=at(3))

    assert frame[COUNT.name].tolist() == [3.0, 4.0]


def test_a_frame_has_the_clocks_then_the_features_in_their_order() -> None:
    frame = in_batch({"orders": ORDERS}, [LAST, COUNT])

    assert frame.columns.tolist() == ["placed_at", "received_at", LAST.name, COUNT.name]
    assert frame[COUNT.name].dtype == np.float64
    assert frame[LAST.name].tolist()[1:] == ["o0", "o1", "o2", "o3"]
    assert str(frame["placed_at"].dtype) == "datetime64[us, UTC]"


def test_a_history_without_orders_gives_no_rows() -> None:
    features = declare(MemoryHistory({}).profile)

    frame = in_batch({"orders": []}, features)

    assert len(frame) == 0
    assert set(frame.columns) >= {f.name for f in features}


def test_progress_is_told_by_entity() -> None:
    told: list[tuple[int, int]] = []
    ip = feature(measure("count", subject="ip"))

    in_batch({"orders": ORDERS}, [COUNT, ip], progress=lambda done, of: told.append((done, of)))

    assert told == [(1, 2), (2, 2)]


def test_the_order_of_the_rows_in_the_history_does_not_matter() -> None:
    shuffled = [ORDERS[i] for i in (3, 0, 4, 2, 1)]

    pd.testing.assert_frame_equal(
        in_batch({"orders": ORDERS}, [COUNT, LAST]), in_batch({"orders": shuffled}, [COUNT, LAST])
    )

from __future__ import annotations

from typing import Any

import pytest

from features.catalogue import declare
from features.engines.online import OnlineState
from features.history import HistoryProfile
from serving.state.windows import TOO_OLD, WindowState

DAY = 86_400_000_000
PROFILE = HistoryProfile(entities={"buyer_key": 1.0})
COUNT = "buyer__order_count__7d"


def order(key: str, day: int) -> dict[str, Any]:
    return {
        "order_key": key,
        "buyer_key": "h1:b",
        "placed_at": day * DAY,
        "received_at": day * DAY + 1,
    }


def state(*days: int) -> WindowState:
    """Tell a state of one order a day, each asked about as it comes."""
    features = [f for f in declare(PROFILE) if f.name == COUNT]
    told = WindowState(OnlineState(features, PROFILE))
    for day in days:
        told.values(order(f"o{day}", day), [])
        told.add_order(order(f"o{day}", day), [])
    return told


def test_an_order_of_these_days_misses_nothing() -> None:
    values, missing = state(*range(40)).values(order("new", 39), [])

    assert (values, missing) == ({COUNT: 7.0}, ())


def test_an_order_from_before_what_is_kept_says_so() -> None:
    values, missing = state(*range(40)).values(order("old", 20), [])

    assert missing == (TOO_OLD,)
    assert values[COUNT] != 7.0


@pytest.mark.parametrize("day", [1, 3])
def test_an_old_order_misses_nothing_while_everything_is_kept(day: int) -> None:
    values, missing = state(*range(12)).values(order("old", day), [])

    assert (values, missing) == ({COUNT: float(day)}, ())

"""The buyer's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from features import timing


def us(*instant: int) -> float:
    return datetime(*instant, tzinfo=UTC).timestamp() * 1e6  # type: ignore[misc, arg-type]


def local(
    at: float, offset: float, zone: str
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return {"local_us": timing.local_us(np.array([at]), np.array([offset]), zone)}


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        (us(2026, 3, 29, 0, 59, 59), 1.0),  # a second before Berlin's clocks go forward
        (us(2026, 3, 29, 1), 3.0),
        (us(2026, 10, 25, 0, 59, 59), 2.0),
        (us(2026, 10, 25, 1), 2.0),
    ],
)
def test_the_merchants_zone_changes_its_offset_at_the_instant(at: float, hour: float) -> None:
    assert timing.hour(local(at, np.nan, "Europe/Berlin")).tolist() == [hour]


def test_the_buyers_own_offset_goes_before_the_zone() -> None:
    assert timing.hour(local(us(2026, 1, 1, 12), -300.0, "Asia/Shanghai")).tolist() == [7.0]


def test_an_evening_here_is_a_morning_there() -> None:
    columns = local(us(2026, 11, 10, 16, 30), np.nan, "Asia/Shanghai")

    assert timing.hour(columns).tolist() == [0.0]
    assert timing.monthday(columns).tolist() == [11.0]
    assert timing.month(columns).tolist() == [11.0]
    assert timing.weekday(columns).tolist() == [2.0]


def test_an_instant_before_1970_has_a_weekday_too() -> None:
    columns = local(us(1969, 12, 31, 23), np.nan, "UTC")

    assert timing.weekday(columns).tolist() == [2.0]
    assert timing.hour(columns).tolist() == [23.0]
    assert timing.month(columns).tolist() == [12.0]


def test_a_missing_promise_is_unknown() -> None:
    placed = np.array([0.0, 0.0])
    promise = np.array([7.2e9, np.nan])

    found = timing.hours_to_promise({"placed_at": placed, "deliver_by": promise})

    assert found.tolist()[0] == 2.0
    assert np.isnan(found[1])


def test_the_latest_dispatch_is_counted_in_hours_from_the_order() -> None:
    placed = np.array([3.6e9, 3.6e9])

    found = timing.hours_to_dispatch({"placed_at": placed, "ship_by": np.array([1.8e9, 9e9])})

    assert found.tolist() == [-0.5, 1.5]


def test_a_promise_has_its_weekday_on_the_buyers_clock() -> None:
    at, promise = us(2026, 11, 9, 1), us(2026, 11, 10, 20)
    columns = local(at, np.nan, "Asia/Shanghai")
    columns |= {"placed_at": np.array([at]), "deliver_by": np.array([promise])}

    assert timing.promise_weekday(columns).tolist() == [2.0]

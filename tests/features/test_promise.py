"""Days to deliver on until the promise."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features import promise, timing

if TYPE_CHECKING:
    from datetime import tzinfo

BERLIN = ZoneInfo("Europe/Berlin")


def us(year: int, month: int, day: int, hour: int = 12, zone: tzinfo = BERLIN) -> float:
    return datetime(year, month, day, hour, tzinfo=zone).timestamp() * 1e6


def found(placed: float, promised: float, country: Any = "DE", zone: str = "Europe/Berlin") -> Any:
    at = np.array([placed])
    columns = {
        "placed_at": at,
        "local_us": timing.local_us(at, np.array([np.nan]), zone),
        "deliver_by": np.array([promised]),
        "ship_country": np.array([country], object),
    }
    return promise.delivery_days_to_promise(columns).item()


@pytest.mark.parametrize(
    ("placed", "promised", "expected"),
    [
        (us(2008, 12, 1), us(2008, 12, 3), 2.0),  # Monday to Wednesday
        (us(2008, 12, 5), us(2008, 12, 8), 2.0),  # Friday to Monday: Saturday and Monday
        (us(2008, 12, 6), us(2008, 12, 7), 0.0),  # a Sunday
        (us(2008, 12, 24), us(2008, 12, 25), 0.0),  # Christmas
        (us(2008, 12, 23), us(2008, 12, 29), 3.0),  # 24th, 27th, 29th
        (us(2008, 12, 3), us(2008, 12, 3), 0.0),
        (us(2008, 12, 3), us(2008, 12, 1), -2.0),
        (us(1995, 12, 22), us(1995, 12, 25), 2.0),  # before the known years: only Sundays
    ],
)
def test_sundays_and_public_holidays_are_no_delivery_days(
    placed: float, promised: float, expected: float
) -> None:
    assert found(placed, promised) == expected


def test_one_order_gets_what_it_gets_among_many() -> None:
    random = np.random.default_rng(8)
    n = 400
    placed = us(2008, 11, 1) + random.integers(0, 90 * 24, n) * 3_600e6
    columns = {
        "placed_at": placed,
        "local_us": placed + random.choice([-300.0, 0.0, 90.0, np.nan], n) * 60e6,
        "deliver_by": placed + random.choice([-3.0, 0.0, 2.5, 14.0, np.nan], n) * 86_400e6,
        "ship_country": random.choice(np.array(["DE", "CN", "EG", "XX", None], object), n),
    }

    together = promise.delivery_days_to_promise(columns)
    alone = [
        promise.delivery_days_to_promise(
            {name: column[at : at + 1] for name, column in columns.items()}
        ).item()
        for at in range(n)
    ]

    assert np.array_equal(together, alone, equal_nan=True)
    assert 0 < np.isnan(together).sum() < n


def test_a_day_begins_on_the_buyers_clock() -> None:
    late_evening, next_morning = us(2008, 12, 1, 23), us(2008, 12, 2, 1)

    assert found(late_evening, next_morning) == 1.0
    assert found(late_evening, next_morning, zone="UTC") == 1.0
    assert found(late_evening, us(2008, 12, 1, 23) + 1, zone="UTC") == 0.0


def test_where_the_weekend_has_no_sunday_friday_is_the_day_of_rest() -> None:
    calendar = promise.delivery_days("BD")

    sunday, friday = date(2024, 6, 9), date(2024, 6, 7)
    assert np.is_busday([sunday, friday], busdaycal=calendar).tolist() == [True, False]


def test_a_country_whose_holidays_are_known_for_fewer_years_gives_no_warning() -> None:
    golden_week, working_day = date(2024, 10, 1), date(2024, 9, 24)

    calendar = promise.delivery_days("CN")

    assert np.is_busday([golden_week, working_day], busdaycal=calendar).tolist() == [False, True]


ALONE = """
import sys
from features.promise import delivery_days

# The Isle of Man builds on the United Kingdom.
days = [delivery_days(country).holidays for country in ("CN", "IM")]
print(all(f"holidays.countries.{name}" not in sys.modules for name in ("france", "germany")))
print(*(" ".join(map(str, each)) for each in days), sep="\\n")
"""


def test_a_country_is_loaded_without_the_others_and_has_the_same_holidays() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert told[0] == "True"
    for country, days in zip(("CN", "IM"), told[1:], strict=True):
        assert days.split() == [str(day) for day in promise.delivery_days(country).holidays]


def test_of_an_unknown_country_only_sundays_are_left_out() -> None:
    assert found(us(2008, 12, 24), us(2008, 12, 26), "ZZ") == 2.0


@pytest.mark.parametrize(("promised", "country"), [(np.nan, "DE"), (us(2008, 12, 3), None)])
def test_without_promise_or_country_nothing_is_known(promised: float, country: Any) -> None:
    assert np.isnan(found(us(2008, 12, 1), promised, country))


def test_a_later_promise_never_leaves_fewer_days() -> None:
    counts = [found(us(2008, 12, 1), us(2008, 12, 1) + day * 86_400e6) for day in range(60)]

    assert (np.diff(counts) >= 0).all()


def test_one_order_gets_the_numbers_of_many() -> None:
    placed = np.array([us(2008, 12, 23), us(2008, 12, 23), us(2008, 12, 23)])
    columns = {
        "placed_at": placed,
        "local_us": placed + 3_600e6,
        "deliver_by": placed + 6 * 86_400e6,
        "ship_country": np.array(["DE", None, "BR"], object),
    }

    many = promise.delivery_days_to_promise(columns)

    assert many[0] == 3.0
    assert np.isnan(many[1])
    assert many[2] == 4.0

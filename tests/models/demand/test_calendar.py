from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.calendar import occasion_factors, occasions, promotion_days
from models.demand.series import DemandSeries


def days(first: str, last: str) -> np.ndarray:
    return np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1, "D"))


def test_the_peak_of_a_long_promotion_is_told_from_its_run() -> None:
    found = promotion_days(days("2026-06-01", "2026-06-20"), ["6.18"] * 20)

    assert [str(day) for day in found["long promotion peak"]] == ["2026-06-18"]
    assert [str(day) for day in found["long promotion eve"]] == ["2026-06-17"]
    assert [str(day) for day in found["long promotion opening"]] == ["2026-06-01"]
    assert len(found["long promotion"]) == 17


def test_a_promotion_without_a_date_for_a_name_has_only_days() -> None:
    found = promotion_days(days("2026-03-01", "2026-03-03"), ["spring sale"] * 3)

    assert list(found) == ["promotion"]


def test_a_peak_ahead_is_expected_from_the_peak_behind() -> None:
    units = [10.0] * 120
    units[30] = 40.0
    plain = DemandSeries.from_units({"cup": units}, "2026-01-05")
    series = replace(plain, special_on={"promotion peak": (plain.day(30), plain.day(121))})

    past, ahead = occasion_factors(series, series.totals(120), 0, 120, 3)

    # One past day four times as busy, believed for two thirds: (4 + 0.5) / 1.5.
    assert ahead.tolist() == pytest.approx([1.0, 3.0, 1.0])
    assert past[30] == pytest.approx(3.0)


def test_a_holiday_on_which_the_shop_was_always_closed_is_closed_again() -> None:
    units = [10.0] * 100
    units[40], units[60] = 0.0, 0.0
    plain = DemandSeries.from_units({"cup": units}, "2026-01-05")
    closed = tuple(plain.day(step) for step in (40, 60, 101))
    series = replace(plain, special_on={"holiday": closed})

    _, ahead = occasion_factors(series, series.totals(100), 0, 100, 3)

    assert ahead.tolist() == [1.0, 0.0, 1.0]


def test_a_day_the_calendar_closes_gets_nothing() -> None:
    plain = DemandSeries.from_units({"cup": [10.0] * 50}, "2026-01-05")
    series = replace(plain, special_on={"closed": (plain.day(51),)})

    assert occasion_factors(series, series.totals(50), 0, 50, 2)[1].tolist() == [1.0, 0.0]


def test_marks_in_the_sales_themselves_are_not_read_from_the_future() -> None:
    plain = DemandSeries.from_units({"1|1": [1.0] * 60}, "2024-01-05", step_days=7)
    series = replace(plain, special_on={"special": (plain.day(10), plain.day(58))})

    found = occasions(series, plain.days(50, 64), plain.day(55))["special"]

    assert np.flatnonzero(found).tolist() == [12]

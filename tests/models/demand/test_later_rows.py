"""Rows after the first day forecast change nothing of its forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features.history import DemandProfile
from models.demand.forecaster import fit_forecaster
from models.demand.loading import load_series
from models.demand.steps import Span
from tests.models.demand.shops import SMALL, history, lines, shop, table

if TYPE_CHECKING:
    from pathlib import Path

    from models.demand.series import DemandSeries

ORIGIN = np.datetime64("2026-01-26")
"""Three weeks after the first sale."""


def weekly(store: str, department: str, week: int, units: int) -> dict[str, Any]:
    day = np.datetime64("2026-01-05") + np.timedelta64(7 * week, "D")
    return {
        "series_id": f"{store}|{department}",
        "period_on": day.astype("datetime64[D]").item(),
        "quantity": units,
    }


def test_the_country_of_the_holidays_is_that_of_past_orders(tmp_path: Path) -> None:
    past = [{"day": day, "country": "GB"} for day in range(3)]
    later = [{"day": 30 + day, "country": "FR"} for day in range(9)]

    series = load_series(history(tmp_path / "h", lines(*past, *later)), Span(ORIGIN))

    assert series.country == "GB"


def test_groups_of_series_are_those_that_differed_in_the_past(tmp_path: Path) -> None:
    sizes = {"x": 1, "y": 90}
    past = [weekly(s, d, week, sizes[d]) for s in "ab" for d in "xy" for week in range(3)]
    later = [weekly(s, d, 3, {"a": 1, "b": 9_000}[s]) for s in "ab" for d in "xy"]
    tables = lines({}) | {"sales": table("sales", [*past, *later, weekly("c", "z", 3, 7)])}
    demand = DemandProfile(rhythm="weekly", from_sales=True)

    series = load_series(history(tmp_path / "h", tables, demand=demand), Span(ORIGIN))

    assert series.ids == ("a|x", "a|y", "b|x", "b|y", "c|z")
    assert series.group[:4].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("max_series", [39, 40, 41])
def test_series_that_begin_later_change_no_forecast(max_series: int) -> None:
    config = replace(SMALL, max_series=max_series)
    known, origin = shop(), 112
    before, after = known.before(origin), with_newcomers(known)

    first, second = (
        fit_forecaster(each, origin, 14, config).forecaster.forecast(each, origin)
        for each in (before, after)
    )

    assert np.array_equal(first.mean, second.mean)
    assert np.array_equal(first.quantiles, second.quantiles)


def with_newcomers(series: DemandSeries) -> DemandSeries:
    """Add two series that sell only at the very end."""
    fresh = np.zeros((2, series.n_steps), np.float32)
    fresh[:, -5:] = 1_000.0
    return replace(
        series,
        ids=(*series.ids, "t1", "t2"),
        units=np.vstack([series.units, fresh]),
        lines=np.vstack([series.lines, np.sign(fresh)]),
        price=np.r_[series.price, np.nan, np.nan],
        group=np.r_[series.group, -1, -1],
    )

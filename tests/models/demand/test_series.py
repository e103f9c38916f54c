from __future__ import annotations

import numpy as np
import pytest

from models.demand.series import Changes, DemandSeries


def late_change(*, known_step: int, units: float) -> DemandSeries:
    """Three days of two cups each; a change to day 1 becomes known later."""
    series = DemandSeries.from_units({"cup": [2, 2, 2]}, "2026-01-05")
    change = Changes(
        row=np.array([0]),
        step=np.array([1]),
        known_step=np.array([known_step]),
        units=np.array([units], np.float32),
        lines=np.array([0.0], np.float32),
    )
    return DemandSeries(**{**vars(series), "changes": change})


@pytest.mark.parametrize(("origin", "expected"), [(2, [2, 2]), (3, [2, 0, 2])])
def test_a_cancellation_counts_only_from_the_step_after_it_became_known(
    origin: int, expected: list[float]
) -> None:
    series = late_change(known_step=2, units=-2)

    assert series.known(origin)[0].tolist() == expected


def test_an_order_that_arrives_late_is_not_seen_before() -> None:
    series = late_change(known_step=2, units=3)

    assert series.known(2)[0].tolist() == [2, 2]
    assert series.truth()[0].tolist() == [2, 5, 2]


def test_more_cancelled_than_sold_is_nothing_sold() -> None:
    assert late_change(known_step=1, units=-9).truth()[0].tolist() == [2, 0, 2]


def test_steps_before_the_series_began_are_zeros() -> None:
    series = DemandSeries.from_units({"cup": [1, 2]}, "2026-01-05")

    assert series.known(2, since=-2)[0].tolist() == [0, 0, 1, 2]


def test_weeks_keep_the_day_that_the_source_names_them_by() -> None:
    weeks = DemandSeries.from_units({"1|1": [1, 2]}, "2012-04-20", step_days=7)

    assert [str(day) for day in weeks.days(0, 3)] == ["2012-04-20", "2012-04-27", "2012-05-04"]
    assert weeks.step_at(np.datetime64("2012-04-21")) == 1
    assert weeks.step_at(np.datetime64("2012-04-27")) == 1


def test_cutting_the_series_forgets_what_became_known_later() -> None:
    series = late_change(known_step=2, units=-2).before(2)

    assert series.truth()[0].tolist() == [2, 2]


def test_taking_a_series_takes_its_changes() -> None:
    both = DemandSeries.from_units({"cup": [2, 2], "mug": [5, 5]}, "2026-01-05")
    change = Changes(
        row=np.array([1]),
        step=np.array([0]),
        known_step=np.array([1]),
        units=np.array([-5.0], np.float32),
        lines=np.array([-1.0], np.float32),
    )
    both = DemandSeries(**{**vars(both), "changes": change})

    assert both.take(np.array([1])).truth().tolist() == [[0, 5]]
    assert both.take(np.array([0])).truth().tolist() == [[2, 2]]

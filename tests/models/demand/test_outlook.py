from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.outlook import outlook_at
from models.demand.series import DemandSeries
from models.demand.traits import traits_at
from tests.models.demand.shops import shop


def changed_after(series: DemandSeries, origin: int) -> DemandSeries:
    """The same series with another future."""
    units, lines = series.units.copy(), series.lines.copy()
    units[:, origin:] = 777.0
    lines[:, origin:] = 9.0
    return replace(series, units=units, lines=lines)


def test_nothing_after_the_origin_is_seen() -> None:
    series = shop()

    before, after = (outlook_at(one, 100, 14) for one in (series, changed_after(series, 100)))

    assert before.traits.values.tobytes() == after.traits.values.tobytes()
    assert before.baseline.tobytes() == after.baseline.tobytes()


def test_the_test_above_would_notice_a_leak() -> None:
    series = shop()

    before, after = (outlook_at(one, 101, 14) for one in (series, changed_after(series, 100)))

    assert before.baseline.tobytes() != after.baseline.tobytes()


def test_closed_weekdays_get_nothing() -> None:
    series = shop(closed=(5,))

    ahead = outlook_at(series, 140, 14).baseline

    saturdays = [step for step in range(14) if (140 + step) % 7 == 5]
    assert (ahead[:, saturdays] == 0).all()
    assert (np.delete(ahead, saturdays, axis=1) > 0).all()


def test_a_steady_series_is_expected_to_go_on() -> None:
    series = DemandSeries.from_units({"cup": [6.0] * 140}, "2026-01-05")

    assert outlook_at(series, 140, 7).baseline == pytest.approx(np.full((1, 7), 6.0), rel=1e-3)


def test_traits_do_not_depend_on_the_size_of_a_series() -> None:
    small = shop(n_series=1)
    large = replace(small, units=small.units * 10)

    one, ten = traits_at(small, 140), traits_at(large, 140)

    assert ten.level == pytest.approx(one.level * 10, rel=1e-5)
    names = [name for name in one.names if "size" not in name]
    for name in names:
        assert ten.column(name) == pytest.approx(one.column(name), rel=1e-3), name


def test_a_series_long_without_a_sale_is_not_alive() -> None:
    series = DemandSeries.from_units(
        {"gone": [1.0] + [0.0] * 199, "cup": [1.0] * 200}, "2026-01-05"
    )

    assert traits_at(series, 200).rows.tolist() == [0]
    assert series.ids[0] == "cup"


def test_a_promotion_is_not_taken_for_a_level() -> None:
    days = [10.0] * 100
    days[30], days[97] = 40.0, 40.0
    singles = DemandSeries.from_units({"cup": days}, "2026-01-05")
    plain = replace(singles, lines=singles.units)
    told = replace(plain, special_on={"promotion": (plain.day(30), plain.day(97))})

    unaware, aware = (outlook_at(one, 100, 1).baseline[0, 0] for one in (plain, told))

    assert abs(aware - 10) < abs(unaware - 10)


def test_the_same_weeks_of_last_year_shape_the_weeks_ahead() -> None:
    year = [10.0] * 52
    year[30:33] = [30.0] * 3
    weeks = DemandSeries.from_units(
        {"1|1": (year * 2)[:82], "2|1": (year * 2)[:82]}, "2024-01-05", step_days=7
    )

    ahead = outlook_at(weeks, 82, 6).baseline[0]

    assert (ahead[:3] > 20).all()
    assert (ahead[3:] < 15).all()


def test_weeks_without_a_year_before_them_are_flat() -> None:
    weeks = DemandSeries.from_units({"1|1": [8.0] * 30}, "2024-01-05", step_days=7)

    assert outlook_at(weeks, 30, 3).baseline == pytest.approx(np.full((1, 3), 8.0), rel=1e-3)


def test_a_giant_does_not_decide_for_all_others() -> None:
    crowd = shop(n_series=220)
    giant = np.full((1, crowd.n_steps), 1e6, np.float32)
    giant[:, -28:] = 4e6
    units = np.concatenate([crowd.units, giant])
    lines = np.concatenate([crowd.lines, np.ones_like(giant)])
    both = replace(
        crowd,
        ids=(*crowd.ids, "fuel"),
        units=units,
        lines=lines,
        price=np.full(221, np.nan),
        group=np.full(221, -1),
    )

    alone, beside = (outlook_at(one, 140, 7).baseline[:220] for one in (crowd, both))

    assert beside.sum() == pytest.approx(alone.sum(), rel=0.1)

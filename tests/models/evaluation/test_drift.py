from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.evaluation.drift import DriftConfig, watch
from tests.benchmarks.drift import BEGINS, PLANTED, WEEK, Shop, found, stationary

SMALL = Shop(per_day=150, n_columns=2)
FIRST = (BEGINS + 12 * WEEK).to_pydatetime()


def test_weeks_in_which_nothing_changes_raise_no_alarm() -> None:
    assert stationary(SMALL, 16, seed=5)[:2] == (16, 0)


def test_a_fixed_limit_alarms_in_a_small_shop_where_nothing_changes() -> None:
    weeks, alarms, fixed = stationary(Shop(per_day=30, n_columns=2), 8, seed=5)

    assert (weeks, alarms) == (8, 0)
    assert fixed >= 4


@pytest.mark.parametrize("change", [name for name in PLANTED if not name.startswith("amounts")])
def test_a_planted_change_is_found_within_a_week(change: str) -> None:
    assert found(SMALL, change, seed=3) == 1


def test_a_sure_but_tiny_change_of_many_orders_is_no_alarm() -> None:
    random = np.random.default_rng(1)
    day = np.repeat(np.arange(13 * 7), 4_000)
    placed = pd.Series(BEGINS + pd.to_timedelta(day, unit="D")).astype("datetime64[us, UTC]")
    value = random.normal(size=len(day)) + np.where(day >= 84, 0.03, 0.0)

    watched = watch({"value": pd.Series(value)}, placed, FIRST)

    assert watched.alarms == ()


def test_a_weekly_rhythm_is_no_change() -> None:
    day = np.repeat(np.arange(13 * 7), 60)
    placed = pd.Series(BEGINS + pd.to_timedelta(day, unit="D")).astype("datetime64[us, UTC]")
    weekend = pd.Series(np.where(day % 7 >= 5, "weekend", "weekday"))

    assert watch({"when": weekend}, placed, FIRST).alarms == ()


def test_too_few_weeks_are_said() -> None:
    orders = SMALL.orders(4, 1)

    watched = watch({"plain_0": orders["plain_0"]}, orders["placed_at"], FIRST - timedelta(weeks=9))

    assert watched.alarms == ()
    assert "6 weeks needed" in watched.note


def test_the_same_orders_give_the_same_answer() -> None:
    orders = SMALL.orders(13, 2)
    columns = {"score": orders["score"] + 0.1 * (orders["placed_at"] >= FIRST)}

    first = watch(columns, orders["placed_at"], FIRST, DriftConfig(n_deals=100))

    assert first == watch(columns, orders["placed_at"], FIRST, DriftConfig(n_deals=100))
    assert [alarm.column for alarm in first.alarms] == ["score"]

from __future__ import annotations

import numpy as np
import pytest

from models.demand.overload import expected_load
from models.demand.series import DemandSeries


def orders() -> DemandSeries:
    random = np.random.default_rng(2)
    return DemandSeries.from_units({"orders": random.poisson(100, 140).tolist()}, "2026-01-05")


def test_orders_are_spread_by_share_and_compared_with_capacity() -> None:
    days = expected_load(orders(), {"A": 0.7, "B": 0.3}, {"A": 60, "B": 500}, 7)

    states = {day.warehouse: day.state for day in days}
    assert states == {"A": "over", "B": "fine"}
    assert sum(day.expected_orders for day in days) == pytest.approx(700, rel=0.1)


def test_a_capacity_between_mean_and_high_is_tight() -> None:
    day = expected_load(orders(), {"A": 1.0}, {"A": 109}, 1)[0]

    assert day.expected_orders < 109 < day.high_orders
    assert day.state == "tight"


def test_a_warehouse_without_a_capacity_is_unknown() -> None:
    assert expected_load(orders(), {"A": 1.0}, {}, 1)[0].state == "unknown"

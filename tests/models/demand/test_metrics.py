from __future__ import annotations

import numpy as np
import pytest

from models.demand.metrics import judge, measure_demand
from models.demand.series import DemandSeries


def two_series() -> DemandSeries:
    """Eight days of two series; the last two days are what is forecast."""
    return DemandSeries.from_units(
        {"a": [1, 3, 1, 3, 1, 3, 4, 0], "b": [2, 2, 2, 2, 2, 4, 2, 2]}, "2026-01-05"
    )


def values(mean: list[list[float]], quantiles: np.ndarray | None = None) -> dict[str, float]:
    judged = judge(two_series(), np.array([0, 1]), 6, 2)
    found = measure_demand(judged, np.array(mean), quantiles)
    return {name: entry["value"] for name, entry in found.items()}


def test_errors_are_counted_per_step_and_per_total() -> None:
    found = values([[2, 2], [2, 4]])

    # Truth is 4, 0 and 2, 2: steps miss by 2 + 2 + 0 + 2 of 8, totals by 0 + 2, signed by +2.
    assert found["wape_step"] == pytest.approx(0.75)
    assert found["wape_total"] == pytest.approx(0.25)
    assert found["bias"] == pytest.approx(0.25)


def test_a_perfect_forecast_has_no_error() -> None:
    found = values([[4, 0], [2, 2]])

    assert (found["wape_step"], found["wrmsse"], found["bias"]) == (0, 0, 0)


def test_squared_errors_are_scaled_by_each_series_own_changes() -> None:
    found = values([[2, 2], [2, 2]])

    # Series a changed by 2 every day, so that missing by 2 scores 1; b is met exactly. Without
    # money units weigh: a sold 12 in four weeks and b 14.
    assert found["wrmsse"] == pytest.approx(12 / 26, abs=1e-4)


def test_coverage_counts_steps_inside_the_interval() -> None:
    quantiles = np.array([[[0, 2, 4], [1, 2, 3]], [[2, 2, 2], [0, 1, 1]]], float)

    assert values([[2, 2], [2, 1]], quantiles)["coverage_80"] == pytest.approx(0.5)


def test_a_forecast_without_quantiles_has_no_coverage() -> None:
    assert "coverage_80" not in values([[2, 2], [2, 2]])


def test_days_on_which_nothing_was_sold_do_not_count() -> None:
    series = DemandSeries.from_units({"a": [1, 2, 1, 0, 3]}, "2026-01-05")

    judged = judge(series, np.array([0]), 3, 2)

    assert judged.counted.tolist() == [[False, True]]

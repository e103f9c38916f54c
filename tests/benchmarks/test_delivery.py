"""Delivery models on real orders: out of time, they beat what a shop knows without them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from features.history import History
from models.backtest import backtest, material_for
from models.contracts import BacktestRequest
from tests.serving.real_home import imported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

LATE_FROM = {
    "olist_partial": datetime(2018, 3, 1, tzinfo=UTC),
    "dmc2010": datetime(2008, 12, 1, tzinfo=UTC),
    "scms_delivery_history": datetime(2012, 10, 1, tzinfo=UTC),
}


@pytest.fixture(scope="module")
def history(
    real_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], History]:
    """Import a data set, once for all tests."""
    homes: dict[str, Path] = {}

    def find(name: str) -> History:
        if name not in homes:
            homes[name] = imported(name, real_data(name), tmp_path_factory.mktemp(name))
        return History(homes[name] / "history")

    return find


def asked(history: History, model: str, since: datetime) -> dict[str, Any]:
    request = BacktestRequest(since)
    return backtest(model, material_for(history, model, request), request).document


@pytest.mark.parametrize("name", LATE_FROM)
def test_late_orders_are_told_from_the_others(name: str, history: Callable[[str], History]) -> None:
    document = asked(history(name), "late", LATE_FROM[name])

    metrics = document["metrics"]
    assert metrics["auc"]["low"] > 0.55
    assert metrics["ap"]["value"] > 1.5 * document["base_rate"]
    assert metrics["brier"]["value"] < document["base_rate"] * (1 - document["base_rate"]) * 1.03


def test_days_are_nearer_than_the_promise_and_intervals_hold(
    history: Callable[[str], History],
) -> None:
    document = asked(history("olist_partial"), "eta", LATE_FROM["olist_partial"])

    metrics = document["metrics"]
    assert metrics["mae_days"]["value"] < 5.9
    assert metrics["mae_days"]["high"] < metrics["mae_of_promise_days"]["low"]
    assert metrics["mae_days"]["value"] < metrics["mae_of_constant_days"]["value"]
    assert 0.76 < metrics["coverage_80"]["value"] < 0.86

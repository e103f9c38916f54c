"""Demand of a real shop, out of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from features.history import History
from models.contracts import BacktestRequest
from models.estimators.demand import DEMAND
from models.training.material import Material
from tests.serving.real_home import imported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.real_data
@pytest.mark.slow
def test_online_retail_beats_seasonal_naive_without_bias(
    real_data: Callable[[str], Path], tmp_path: Path
) -> None:
    home = imported("online_retail_uci", real_data("online_retail_uci"), tmp_path / "home")
    quick = replace(DEMAND, daily=replace(DEMAND.daily, n_trees=120, max_rows=80_000))
    request = BacktestRequest(datetime(2011, 10, 28, tzinfo=ZoneInfo("Europe/London")))

    document = quick.backtest(Material(History(home / "history")), request).document

    ours, naive = document["metrics"], document["peers"]["seasonal_naive"]
    assert ours["wape_step"]["high"] < naive["wape_step"]["low"]
    assert ours["wape_total"]["high"] < naive["wape_total"]["low"]
    assert abs(ours["bias"]["value"]) <= 0.15

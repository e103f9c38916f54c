from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.history import DemandProfile, HistoryProfile
from models.artifacts import load, save
from models.contracts import BacktestRequest, Estimator
from models.demand.loading import load_series
from models.errors import NotSupportedError
from models.estimators.demand import DEMAND, DemandEstimator
from models.training.material import Material
from tests.models.demand.shops import OPENED, SMALL, history, lines, table

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History

QUICK = replace(DEMAND, daily=SMALL, weekly=SMALL)
N_DAYS = 100
TEST_FROM = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A shop of twelve products that sells some of each every day."""
    random = np.random.default_rng(5)
    rows = [
        {"day": day, "series_id": f"p{product:02}", "quantity": int(units)}
        for day in range(N_DAYS)
        for product, units in enumerate(random.poisson(np.arange(1, 13)))
        if units
    ]
    return history(tmp_path_factory.mktemp("shop") / "history", lines(*rows))


def test_it_keeps_the_contract_of_estimators() -> None:
    assert isinstance(DEMAND, Estimator)


def test_the_mappings_own_excuse_is_quoted() -> None:
    profile = HistoryProfile(excused={"demand": "only one order a product"})

    assert DEMAND.needs(profile) == "only one order a product"


def test_the_first_row_is_the_day_asked_about(sold: History) -> None:
    result = QUICK.backtest(Material(sold), BacktestRequest(TEST_FROM))

    rows = result.rows
    assert list(rows.columns) == ["series_id", "date", "mean", "q10", "q50", "q90"]
    assert len(rows) == 12 * 14
    assert str(rows["date"].min().date()) == "2026-04-01"
    assert str(rows["date"].max().date()) == "2026-04-14"
    assert (rows["q10"] <= rows["q50"]).all()
    assert (rows["q50"] <= rows["q90"]).all()


def test_the_report_names_naive_peers_and_intervals(sold: History) -> None:
    document = QUICK.backtest(Material(sold), BacktestRequest(TEST_FROM)).document

    ours, naive = document["metrics"], document["peers"]["seasonal_naive"]
    assert ours["wape_step"]["value"] < naive["wape_step"]["value"]
    assert ours["bias"]["low"] <= ours["bias"]["value"] <= ours["bias"]["high"]
    assert document["series"]["forecast"] == 12


def test_a_horizon_beyond_the_history_is_forecast_and_judged_as_far_as_it_goes(
    sold: History,
) -> None:
    request = BacktestRequest(OPENED + timedelta(days=N_DAYS - 5), horizon=10)

    result = QUICK.backtest(Material(sold), request)

    assert len(result.rows) == 12 * 10
    assert result.document["steps_judged"] == 5


def test_too_short_a_past_is_refused(sold: History) -> None:
    request = BacktestRequest(OPENED + timedelta(days=3))

    with pytest.raises(NotSupportedError, match="choose a later date"):
        QUICK.backtest(Material(sold), request)


def test_only_the_days_asked_for_are_learned_from(sold: History) -> None:
    request = BacktestRequest(TEST_FROM, train_days=40)

    rows = QUICK.backtest(Material(sold), request).rows

    assert len(rows) == 12 * 14


def test_a_saved_model_forecasts_the_same(sold: History, tmp_path: Path) -> None:
    trained = QUICK.train(Material(sold), cutoff=OPENED + timedelta(days=N_DAYS))
    series = load_series(sold)

    save(tmp_path / "demand", trained.artifact)
    loaded = DEMAND.predictor(load(tmp_path / "demand"))

    fresh = DEMAND.predictor(trained.artifact)
    first, second = (model.forecast(series, series.n_steps) for model in (fresh, loaded))
    assert first.quantiles.tobytes() == second.quantiles.tobytes()


def test_training_says_how_an_earlier_fit_did(sold: History) -> None:
    summary = QUICK.train(Material(sold), cutoff=OPENED + timedelta(days=N_DAYS)).summary

    assert 0 < summary["metrics"]["wape"]["value"] < 0.5
    assert summary["peers"]["seasonal_naive"]["wape_total"]["value"] > 0


def test_weeks_are_dated_as_the_source_dates_them(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    fridays = [date(2010, 2, 5) + timedelta(weeks=week) for week in range(40)]
    rows = [
        {"series_id": f"{store}|1", "period_on": friday, "quantity": float(random.poisson(80))}
        for store in range(8)
        for friday in fridays
    ]
    demand = DemandProfile(rhythm="weekly", from_sales=True)
    whole = history(tmp_path / "h", {"sales": table("sales", rows)}, demand=demand)
    wednesday = datetime(2010, 10, 20, tzinfo=UTC)

    result = QUICK.backtest(Material(whole), BacktestRequest(wednesday))

    assert str(result.rows["date"].min().date()) == "2010-10-22"
    assert len(result.rows) == 8 * 13


@pytest.fixture(scope="module")
def quick() -> DemandEstimator:
    return QUICK


def test_changing_the_future_changes_nothing(quick: DemandEstimator, tmp_path: Path) -> None:
    past = [{"day": day, "quantity": 2 + day % 3} for day in range(80)]
    calm = history(tmp_path / "a", lines(*past, {"day": 85, "quantity": 1}))
    wild = history(tmp_path / "b", lines(*past, {"day": 82, "quantity": 900}))
    request = BacktestRequest(OPENED.replace(hour=0) + timedelta(days=80))

    first, second = (quick.backtest(Material(one), request).rows for one in (calm, wild))

    assert first.equals(second)


@pytest.mark.parametrize(("days_later", "n_series"), [(0, 12), (30, 12), (400, 0)])
def test_a_date_after_the_history_forecasts_what_is_still_alive(
    sold: History, days_later: int, n_series: int
) -> None:
    request = BacktestRequest(OPENED + timedelta(days=N_DAYS + days_later))

    result = QUICK.backtest(Material(sold), request)

    assert len(result.rows) == n_series * 14
    assert result.document["notes"] == ["no truth is known after this day"]

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.demand.forecaster import (
    Forecaster,
    fit_forecaster,
    forecaster_document,
    forecaster_from,
)
from models.demand.series import DemandSeries
from models.errors import ArtifactError
from tests.models.demand.shops import SMALL, shop

if TYPE_CHECKING:
    from models.demand.forecaster import Forecast

CUT = 126


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return fit_forecaster(shop(), CUT, 14, SMALL).forecaster


@pytest.fixture(scope="module")
def forecast(fitted: Forecaster) -> Forecast:
    return fitted.forecast(shop(), CUT)


def test_quantiles_never_cross_and_nothing_is_negative(forecast: Forecast) -> None:
    q10, q50, q90 = np.moveaxis(forecast.quantiles, 2, 0)

    assert (q10 >= 0).all()
    assert (q10 <= q50).all()
    assert (q50 <= q90).all()
    assert (forecast.mean >= 0).all()


def test_the_total_is_near_what_comes(forecast: Forecast) -> None:
    actual = shop().truth()[forecast.rows, CUT:]

    assert forecast.mean.sum() == pytest.approx(actual.sum(), rel=0.1)


def test_fitting_twice_gives_the_same_forecast(forecast: Forecast) -> None:
    again = fit_forecaster(shop(), CUT, 14, SMALL).forecaster.forecast(shop(), CUT)

    assert again.mean.tobytes() == forecast.mean.tobytes()
    assert again.quantiles.tobytes() == forecast.quantiles.tobytes()


def test_nothing_known_after_the_cut_matters(forecast: Forecast) -> None:
    series = shop()
    units = series.units.copy()
    units[:, CUT:] = 999.0
    other = replace(series, units=units)

    found = fit_forecaster(other, CUT, 14, SMALL).forecaster.forecast(other, CUT)

    assert found.mean.tobytes() == forecast.mean.tobytes()


def test_ten_times_the_units_make_ten_times_the_forecast(forecast: Forecast) -> None:
    series = shop()
    other = replace(series, units=series.units * 10)

    found = fit_forecaster(other, CUT, 14, SMALL).forecaster.forecast(other, CUT)

    assert found.mean.sum() == pytest.approx(10 * forecast.mean.sum(), rel=0.05)


def test_closed_days_are_zero_in_every_column() -> None:
    series = shop(closed=(6,))

    found = fit_forecaster(series, CUT, 14, SMALL).forecaster.forecast(series, CUT)

    sundays = [step for step in range(14) if (CUT + step) % 7 == 6]
    assert (found.mean[:, sundays] == 0).all()
    assert (found.quantiles[:, sundays] == 0).all()


def test_a_series_of_one_sale_does_not_crash() -> None:
    series = shop()
    units = np.concatenate([series.units, np.zeros((1, series.n_steps), np.float32)])
    units[-1, CUT - 1] = 3.0
    newcomer = replace(
        series,
        ids=(*series.ids, "t"),
        units=units,
        lines=(units > 0).astype(np.float32),
        price=np.full(len(units), np.nan),
        group=np.full(len(units), -1),
    )

    found = fit_forecaster(newcomer, CUT, 14, SMALL).forecaster.forecast(newcomer, CUT)

    assert found.rows[-1] == series.n_series
    assert np.isfinite(found.mean).all()


def test_a_past_too_short_for_trees_still_gives_a_forecast() -> None:
    series = DemandSeries.from_units({"cup": [3.0] * 12}, "2026-01-05")

    fitted = fit_forecaster(series, 12, 14, SMALL).forecaster

    assert fitted.trees is None
    assert fitted.forecast(series, 12).mean == pytest.approx(np.full((1, 14), 3.0), rel=1e-3)


def test_a_document_and_a_text_hold_the_whole_model(fitted: Forecaster, forecast: Forecast) -> None:
    assert fitted.trees is not None

    again = forecaster_from(forecaster_document(fitted), fitted.trees.text)

    assert again.forecast(shop(), CUT).mean.tobytes() == forecast.mean.tobytes()


def test_a_model_of_other_inputs_is_refused(fitted: Forecaster) -> None:
    weeks = DemandSeries.from_units({"1|1": [5.0] * 70}, "2024-01-05", step_days=7)

    with pytest.raises(ArtifactError, match="other inputs"):
        fitted.forecast(weeks, 70)


def test_weekly_series_are_forecast_in_weeks() -> None:
    random = np.random.default_rng(1)
    weeks = {f"{store}|1": random.poisson(50, 90).tolist() for store in range(20)}
    series = DemandSeries.from_units(weeks, "2024-01-05", step_days=7)

    found = fit_forecaster(series, 90, 13, SMALL).forecaster.forecast(series, 90)

    assert found.mean.shape == (20, 13)
    assert found.mean.mean() == pytest.approx(50, rel=0.1)

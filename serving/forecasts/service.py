"""Forecasts of a home: made once for a history and a model, then kept."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from models.demand.hot import HotProduct, hot_products
from models.demand.overload import WarehouseDay, expected_load
from models.errors import NotSupportedError
from models.estimators.demand import DEMAND, forecast_frame
from models.support import check_supported
from serving.forecasts import repository

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from features.history import History
    from models.demand.forecaster import Forecast
    from models.demand.series import DemandSeries


@dataclass(frozen=True, slots=True)
class Made:
    """A forecast of every series.

    Parameters
    ----------
    series, found
        The series and their forecast.
    model_version, trained_to
        The model that made it.
    """

    series: DemandSeries
    found: Forecast
    model_version: str
    trained_to: str

    @property
    def first_on(self) -> str:
        """First day forecast, ISO 8601."""
        return str(self.series.day(self.found.outlook.traits.origin))

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return int(self.found.mean.shape[1])

    @property
    def step_days(self) -> int:
        """Days of a step: 1, or 7 for weekly series."""
        return self.series.step_days

    def frame(self) -> pd.DataFrame:
        """Rows series_id, date, mean, q10, q50, q90."""
        return forecast_frame(self.series, self.found)

    def hot(self) -> tuple[HotProduct, ...]:
        """Products about to sell far more than is usual for them."""
        return hot_products(self.series, self.found)


def make_forecast(history: History, models_folder: Path, horizon: int | None = None) -> Made:
    """Forecast every series of a history with the model that is live.

    Parameters
    ----------
    history
        The history; forecasts begin on the day after the last one it knows.
    models_folder
        Where the live models are.
    horizon
        Steps ahead; what the model was fitted for unless given.

    Raises
    ------
    NotSupportedError
        When the history has no demand series, or no model is live.
    """
    check_supported(DEMAND, history.profile)
    live = repository.live_model(models_folder)
    series = repository.demand_series(history)
    found = live.forecaster.forecast(series, series.n_steps, horizon)
    return Made(series, found, live.version, live.trained_to)


class ForecastService:
    """Forecasts of one history, made when first asked for and again when the model changes.

    Parameters
    ----------
    history
        The history.
    models_folder
        Where the live models are.
    """

    def __init__(self, history: History, models_folder: Path) -> None:
        self._history, self._models = history, models_folder
        self._lock = Lock()
        self._made: tuple[str, Made] | None = None
        self._load: dict[int, tuple[WarehouseDay, ...]] = {}

    def demand(self) -> Made:
        """Give the forecast of every series."""
        with self._lock:
            digest = repository.model_digest(self._models)
            if self._made is None or self._made[0] != digest:
                self._made = (digest, make_forecast(self._history, self._models))
            return self._made[1]

    def overload(self, horizon: int) -> tuple[WarehouseDay, ...]:
        """Give the orders expected at each warehouse and day."""
        with self._lock:
            if horizon not in self._load:
                orders, shares, capacities = repository.order_load(self._history)
                if not shares:
                    raise NotSupportedError(
                        "overload is not supported by this history: no parcel names its warehouse"
                    )
                self._load[horizon] = expected_load(orders, shares, capacities, horizon)
            return self._load[horizon]

"""Demand two weeks (or a quarter) ahead, with quantiles, for every series of a history."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.artifacts import Artifact
from models.contracts import BacktestResult, Trained
from models.demand.config import DAILY_CONFIG, WEEKLY_CONFIG, DemandConfig
from models.demand.forecaster import (
    Fitted,
    Forecast,
    Forecaster,
    fit_forecaster,
    forecaster_document,
    forecaster_from,
)
from models.demand.loading import load_series
from models.demand.metrics import Judged, judge, measure_demand
from models.demand.peers import PEERS, past_outlooks, peer_cases
from models.demand.spread import measure_spread
from models.demand.steps import DAY, Span, local_days
from models.errors import NotSupportedError
from models.laps import Laps
from models.support import check_supported

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from features.history import HistoryProfile
    from models.contracts import BacktestRequest
    from models.demand.series import DemandSeries
    from models.training.material import Material

TREES_FILE: Final = "model.txt"
HORIZONS: Final = {"daily": 14, "weekly": 13}
MIN_STEPS: Final = 8
"""Steps of history without which nothing can be said."""


@dataclass(frozen=True)
class DemandEstimator:
    """Expected units of every series and step ahead, with quantiles.

    Parameters
    ----------
    name
        Name of the model, as commands use it.
    purposes
        Purposes of order features it reads: none, it has series of its own.
    daily, weekly
        How it is fitted, by rhythm of the series; saved in the artifact.

    Examples
    --------
    >>> from features.history import DemandProfile, HistoryProfile
    >>> DemandEstimator().needs(HistoryProfile())
    'the history names no demand series (`series_id` in its mapping)'
    >>> weekly = HistoryProfile(demand=DemandProfile(rhythm="weekly"))
    >>> DemandEstimator().needs(weekly) is None, DemandEstimator().config(weekly) is WEEKLY_CONFIG
    (True, True)
    """

    name: str = "demand"
    purposes: frozenset[str] = frozenset()
    daily: DemandConfig = DAILY_CONFIG
    weekly: DemandConfig = WEEKLY_CONFIG

    def needs(self, profile: HistoryProfile) -> str | None:
        """Say why a history cannot support it, or None when it can."""
        if profile.demand is not None:
            return None
        return profile.excused.get(
            self.name, "the history names no demand series (`series_id` in its mapping)"
        )

    def config(self, profile: HistoryProfile) -> DemandConfig:
        """How series of this rhythm are fitted."""
        return self.daily if _rhythm(profile) == "daily" else self.weekly

    def train(
        self, material: Material, *, cutoff: datetime, train_days: int | None = None
    ) -> Trained:
        """Fit on everything known at the cutoff; report on the last horizon before it."""
        profile = material.profile
        config, horizon = self.config(profile), HORIZONS[_rhythm(profile)]
        origin_on = _day(cutoff, profile.timezone)
        series = load_series(material.history, _span(origin_on, train_days))
        cut = _origin(series, origin_on)
        known = series.before(cut)
        fitted = fit_forecaster(known, cut, horizon, config)
        forecaster = fitted.forecaster
        summary = _summary(known, fitted)
        document = {
            "name": self.name,
            "features": [],
            "config": asdict(config),
            "cutoff": cutoff.isoformat(),
            "rhythm": _rhythm(profile),
            "forecaster": forecaster_document(forecaster),
            "metrics": summary,
        }
        texts = {TREES_FILE: forecaster.trees.text} if forecaster.trees else {}
        return Trained(Artifact(document, texts=texts), summary)

    def predictor(self, artifact: Artifact) -> Forecaster:
        """Turn a loaded artifact into something that forecasts."""
        return forecaster_from(artifact.document["forecaster"], artifact.texts.get(TREES_FILE))

    def backtest(self, material: Material, request: BacktestRequest) -> BacktestResult:
        """Learn from what was known before ``test_from`` and forecast the steps after it."""
        laps = Laps()
        profile = material.profile
        check_supported(self, profile)
        horizon = request.horizon or HORIZONS[_rhythm(profile)]
        config = replace(self.config(profile), seed=request.seed)
        origin_on = _day(request.test_from, profile.timezone)
        series = load_series(material.history, _span(origin_on, request.train_days))
        origin = _origin(series, origin_on)
        laps.lap("series")
        forecaster = fit_forecaster(series, origin, horizon, config).forecaster
        found = forecaster.forecast(series, origin, horizon)
        laps.lap("fit and forecast")
        document = {
            "rhythm": _rhythm(profile),
            "horizon": horizon,
            "first_day": str(series.day(origin)),
            "blend": forecaster.blend,
            **evaluate(series, found, origin, horizon),
        }
        laps.lap("evaluate")
        return BacktestResult(forecast_frame(series, found), document | {"seconds": laps.seconds})


def forecast_frame(series: DemandSeries, found: Forecast) -> pd.DataFrame:
    """Lay a forecast out as rows: series_id, date, mean, q10, q50, q90.

    Examples
    --------
    >>> from models.demand.forecaster import Forecaster
    >>> from models.demand.series import DemandSeries
    >>> from models.demand.spread import measure_spread
    >>> cups = DemandSeries.from_units({"cup": [2.0] * 56}, "2024-01-01")
    >>> plain = Forecaster(2, trees=None, blend=0.0, spread=measure_spread([]), min_sales=8)
    >>> rows = forecast_frame(cups, plain.forecast(cups, 56, 2))
    >>> rows["series_id"].tolist(), [str(day)[:10] for day in rows["date"]]
    (['cup', 'cup'], ['2024-02-26', '2024-02-27'])
    >>> rows["mean"].round(1).tolist()
    [2.0, 2.0]
    """
    import pandas as pd

    n_alive, horizon = found.mean.shape
    origin = found.outlook.traits.origin
    days = series.days(origin, origin + horizon).astype("datetime64[us]")
    ids = np.array(series.ids, dtype=object)[found.rows]
    flat = found.quantiles.reshape(-1, found.quantiles.shape[2]).astype(float)
    return pd.DataFrame(
        {
            "series_id": np.repeat(ids, horizon),
            "date": np.tile(days, n_alive),
            "mean": found.mean.ravel().astype(float),
            "q10": flat[:, 0],
            "q50": flat[:, 1],
            "q90": flat[:, 2],
        }
    )


def evaluate(series: DemandSeries, found: Forecast, origin: int, horizon: int) -> dict[str, Any]:
    """Metrics of a forecast and of its peers, over the steps whose truth is known.

    Returns
    -------
    dict
        ``metrics``, ``peers`` (the same by peer), ``series`` (how many of what kind) and
        ``zero_share``; no metrics when no truth is known.
    """
    known_steps = min(series.n_steps - origin, horizon)
    if known_steps <= 0:
        return {"metrics": {}, "peers": {}, "notes": ["no truth is known after this day"]}
    judged = judge(series, found.rows, origin, horizon)
    rehearsals = past_outlooks(series, origin, horizon)
    peers = {}
    for name, peer in PEERS.items():
        mean = peer(series, found.rows, origin, horizon)
        spread = measure_spread(peer_cases(series, peer, rehearsals, origin))
        peers[name] = measure_demand(judged, mean, spread.quantiles(found.outlook, mean))
    sold = judged.truth > 0
    return {
        "metrics": measure_demand(judged, found.mean, found.quantiles),
        "peers": peers,
        "steps_judged": int(known_steps),
        "series": _census(series, found, judged, origin, known_steps),
        "zero_share": round(float(1 - sold[judged.counted].mean()), 4),
    }


def _census(
    series: DemandSeries, found: Forecast, judged: Judged, origin: int, n_steps: int
) -> dict[str, Any]:
    """How many series were forecast, and what the others sold."""
    later = series.truth()[:, origin : origin + n_steps].sum(axis=1)
    ever = series.known(origin).any(axis=1)
    forecast = np.zeros(series.n_series, bool)
    forecast[found.rows] = True
    total = max(float(later.sum()), 1e-9)
    return {
        "forecast": len(found.rows),
        "sold": int((judged.truth.sum(axis=1) > 0).sum()),
        "new": int((~ever & (later > 0)).sum()),
        "new_demand_share": round(float(later[~ever].sum()) / total, 4),
        "asleep": int((ever & ~forecast).sum()),
        "asleep_demand_share": round(float(later[ever & ~forecast].sum()) / total, 4),
    }


def _summary(known: DemandSeries, fitted: Fitted) -> dict[str, Any]:
    """Say how an earlier fit did on the last steps before the cut."""
    size = {"rows_trained": known.n_series * known.n_steps}
    rehearsal = fitted.rehearsal
    if rehearsal is None:
        return {**size, "metrics": {}}
    origin, horizon = rehearsal.outlook.traits.origin, rehearsal.mean.shape[1]
    found = evaluate(fitted.judged, rehearsal, origin, horizon)
    metrics = found["metrics"]
    if metrics:
        found["metrics"] = {"wape": metrics["wape_total"], **metrics}
    return {**size, **found}


def _rhythm(profile: HistoryProfile) -> str:
    return profile.demand.rhythm if profile.demand else "daily"


def _day(instant: datetime, timezone: str) -> np.datetime64:
    """Day of an instant in the merchant's zone."""
    import pandas as pd

    day: np.datetime64 = local_days(pd.Series([pd.Timestamp(instant)]), timezone)[0]
    return day


def _span(origin_on: np.datetime64, train_days: int | None) -> Span:
    since = origin_on - train_days * DAY if train_days is not None else None
    return Span(origin_on, since)


def _origin(series: DemandSeries, origin_on: np.datetime64) -> int:
    """First step that is forecast."""
    origin = series.step_at(origin_on)
    if origin < MIN_STEPS:
        raise NotSupportedError(
            f"demand: only {max(origin, 0)} steps of history lie before {origin_on}; "
            f"at least {MIN_STEPS} are needed, choose a later date"
        )
    return origin


DEMAND: Final = DemandEstimator()

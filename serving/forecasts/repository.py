"""Where forecasts come from: the history and the demand model that is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.artifacts import load
from models.demand.loading import load_order_series, load_series, warehouse_shares
from models.demand.steps import DAY
from models.errors import NotSupportedError
from models.estimators.demand import DEMAND

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History
    from models.demand.forecaster import Forecaster
    from models.demand.series import DemandSeries

SHARE_DAYS = 28
"""Days whose parcels say how orders spread over warehouses."""


@dataclass(frozen=True, slots=True)
class LiveModel:
    """The demand model that is live.

    Parameters
    ----------
    forecaster
        The model.
    version
        Short digest of its artifact.
    trained_to
        Cutoff of what it learned from, ISO 8601.
    """

    forecaster: Forecaster
    version: str
    trained_to: str


def live_model(models_folder: Path) -> LiveModel:
    """Load the demand model that is live.

    Raises
    ------
    NotSupportedError
        When none is.
    ArtifactError
        When it was changed.
    """
    folder = models_folder / DEMAND.name
    if not folder.is_dir():
        raise NotSupportedError("no demand model is live: run `orderintel train demand`")
    artifact = load(folder)
    return LiveModel(
        DEMAND.predictor(artifact), artifact.version, str(artifact.document.get("cutoff", ""))
    )


def model_digest(models_folder: Path) -> str:
    """Say which model is live, cheaply; empty when none is."""
    sums = models_folder / DEMAND.name / "SHA256SUMS"
    return sums.read_text("utf-8") if sums.is_file() else ""


def demand_series(history: History) -> DemandSeries:
    """Read the demand series of a history, up to the last day known."""
    return load_series(history)


def order_load(history: History) -> tuple[DemandSeries, dict[str, float], dict[str, int | None]]:
    """Read all orders a day, the warehouses' shares of them, and their capacities."""
    orders = load_order_series(history)
    end = orders.day(orders.n_steps)
    shares = warehouse_shares(history, np.datetime64(end - SHARE_DAYS * DAY))
    houses = history.frame("warehouses", columns=("warehouse", "daily_capacity"))
    known = houses[houses["daily_capacity"].notna()]
    capacities: dict[str, int | None] = dict.fromkeys(houses["warehouse"].astype(str))
    capacities |= dict(
        zip(known["warehouse"].astype(str), known["daily_capacity"].astype(int), strict=True)
    )
    return orders, shares, capacities

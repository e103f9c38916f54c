"""Walking through the periods: fit at each cut on what was known, foretell the orders after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.contracts import BacktestRequest
from models.estimators.eta import ETA
from models.estimators.late import LATE
from models.training.parcels import days_of, ends_at, late_by, read_parcels, transit_rows
from tests.benchmarks.automl.asking import ask
from tests.benchmarks.delivery.peers import (
    Known,
    boosted,
    boosted_days,
    history_columns,
    own_columns,
    pair_means,
    pair_median,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.training.material import Material
    from tests.benchmarks.delivery.questions import Question

OURS = "ours"
CLIMATOLOGY = "climatology"
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """One period and what was said of its orders whose truth is known.

    Parameters
    ----------
    name
        First day.
    actual
        1 late and 0 in time, or days until delivery, shape ``(n,)``.
    day
        Number of the day each order was placed on.
    said
        By way: probabilities, shape ``(n,)``, or days ``(n, 3)`` (``q10``, ``q50``, ``q90``), or
        days ``(n,)`` where a way gives no interval.
    """

    name: str
    actual: np.ndarray
    day: np.ndarray
    said: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class AutoML:
    """How long AutoML may learn at each cut, and where files are kept."""

    seconds: float
    folder: Path


def late_periods(question: Question, material: Material, automl: AutoML | None) -> Iterator[Period]:
    """Say how likely every order is late, in each period."""
    parcels = read_parcels(material)
    maturity = LATE.maturity(material.profile)
    truth = late_by(parcels, ends_at(material, parcels), maturity)["label"]
    truth = truth.where(parcels["delivered_at"].notna())
    raw = own_columns(material)
    public = raw.join(history_columns(material, question.histories))
    everything = raw.join(material.frame.drop(columns=raw.columns).select_dtypes("number"))
    pair = _column(material, question.pair)
    for begins, ends in question.periods(material):
        request = BacktestRequest(begins.to_pydatetime(), test_to=ends.to_pydatetime())
        result = LATE.backtest(material, request)
        ours = pd.Series(result.rows["score"].to_numpy(), index=_keys(material, result.rows["id"]))
        asked = truth.loc[ours.index].dropna().index
        label = late_by(parcels, begins, maturity)["label"]
        label = label[(parcels["placed_at"] < begins) & label.notna()]
        known = Known(label.index, label.to_numpy())
        odds = {"objective": "binary"}
        said = {
            OURS: ours.loc[asked].to_numpy(),
            CLIMATOLOGY: np.full(len(asked), known.value.mean()),
            f"rate of {question.pair}": pair_means(pair, known, asked),
            "LightGBM, own columns": boosted(raw, known, asked, odds),
            "LightGBM, public features": boosted(public, known, asked, odds),
        }
        if automl is not None:
            train = everything.loc[known.keys].assign(label=known.value.astype(int))
            folder = automl.folder / f"{question.folder}-{begins.date()}"
            said["AutoML, our features"] = ask(train, everything.loc[asked], automl.seconds, folder)
        yield _period(begins, material, asked, truth.loc[asked].to_numpy(), said)


def eta_periods(question: Question, material: Material) -> Iterator[Period]:
    """Say when every order arrives, in each period."""
    parcels = read_parcels(material)
    arrived = pd.Series(days_of(parcels["delivered_at"] - parcels["placed_at"]), parcels.index)
    promised = pd.Series(days_of(parcels["promised_at"] - parcels["placed_at"]), parcels.index)
    raw, pair = own_columns(material), _column(material, question.pair)
    for begins, ends in question.periods(material):
        request = BacktestRequest(begins.to_pydatetime(), test_to=ends.to_pydatetime())
        rows = ETA.backtest(material, request).rows
        ours = rows.set_index(_keys(material, rows["id"]))[["q10", "q50", "q90"]]
        asked = arrived.loc[ours.index].dropna().index
        days, _ = transit_rows(parcels, begins)
        known = Known(days.index, days.to_numpy())
        said = {
            OURS: ours.loc[asked].to_numpy(),
            "promise": promised.loc[asked].to_numpy(),
            "median of all": np.full(len(asked), np.median(known.value)),
            f"median of {question.pair}": pair_median(pair, known, asked),
            "LightGBM, own columns": boosted_days(raw, known, asked).to_numpy(),
        }
        yield _period(begins, material, asked, arrived.loc[asked].to_numpy(), said)


def _period(
    begins: pd.Timestamp,
    material: Material,
    asked: pd.Index,
    actual: np.ndarray,
    said: dict[str, np.ndarray],
) -> Period:
    placed = material.orders.loc[asked, "placed_at"]
    day = placed.astype("datetime64[us, UTC]").astype("int64").to_numpy() // DAY_US
    local = begins.tz_convert(material.profile.timezone)
    return Period(f"{local:%Y-%m-%d}", actual, day, said)


def _column(material: Material, name: str) -> pd.Series:
    """A column of the orders, by order key."""
    orders = material.history.frame("orders", columns=("order_key", name))
    column: pd.Series = orders.set_index("order_key")[name]
    return column


def _keys(material: Material, ids: pd.Series) -> pd.Index:
    """Order keys of order ids."""
    orders = material.orders
    key_of = pd.Series(orders.index, index=orders["order_id"].astype(str))
    found: pd.Index = pd.Index(key_of.loc[ids].to_numpy())
    return found

"""Simpler ways to foretell lateness and arrival, each learning only what was known at the cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import pandas as pd

from features.engines.batch import compute
from features.entities import BUILT_IN, own
from features.windows import Measure
from features.wording import describe
from models.training.delivery import CALENDAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.training.material import Material

ALL_TIME = timedelta(days=3_650)
PAIR_WEIGHT = 20.0
"""Orders that the mean of all is worth beside a pair's own."""
ROUNDS = 100
SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Known:
    """Orders that could be learned from at a cut, and what became of them.

    Parameters
    ----------
    keys
        Their order keys.
    value
        1 late and 0 in time, or days until delivery.
    """

    keys: pd.Index
    value: np.ndarray


def own_columns(material: Material) -> pd.DataFrame:
    """What is said of each order itself, as LightGBM takes it.

    Month and day of the month are left out: with them the peer does worse on all three sets.
    """
    wanted = [
        feature
        for feature in material.features
        if feature.measure is None
        and feature.link is None
        and feature.kind != "reference"
        and feature.name not in CALENDAR
    ]
    columns = {
        feature.name: material.frame[feature.name].astype("category")
        if feature.kind == "category"
        else pd.to_numeric(material.frame[feature.name])
        for feature in wanted
    }
    return pd.DataFrame(columns)


def history_columns(material: Material, subjects: Sequence[str]) -> pd.DataFrame:
    """Late rate and number of all earlier parcels of some entities, as known at each order."""
    entities = [
        BUILT_IN[subject] if subject in BUILT_IN else own(subject.replace("entity_", "entity__"))
        for subject in subjects
    ]
    measures = [
        measure
        for entity in entities
        for measure in (
            Measure(entity, "shipments", "share", ALL_TIME, column="is_late"),
            Measure(entity, "shipments", "count", ALL_TIME),
        )
    ]
    features = tuple(describe(measure, ("delivery",)) for measure in measures)
    names = [feature.name for feature in features]
    return compute(material.history, features).loc[material.frame.index, names]


def pair_means(pair: pd.Series, known: Known, asked: pd.Index) -> np.ndarray:
    """Mean of each asked order's pair, drawn towards the mean of all.

    Examples
    --------
    >>> pair = pd.Series(["a", "a", "b"], index=["x", "y", "z"])
    >>> pair_means(pair, Known(pd.Index(["x"]), np.array([1.0])), pd.Index(["y", "z"])).tolist()
    [1.0, 1.0]
    """
    overall = float(known.value.mean())
    values = pd.Series(known.value, index=known.keys).groupby(pair.loc[known.keys].to_numpy())
    drawn = (values.sum() + PAIR_WEIGHT * overall) / (values.count() + PAIR_WEIGHT)
    found = pair.loc[asked].map(drawn).fillna(overall)
    return np.asarray(found.to_numpy(dtype=float))


def pair_median(pair: pd.Series, known: Known, asked: pd.Index) -> np.ndarray:
    """Median of each asked order's pair where it has enough orders, else of all."""
    values = pd.Series(known.value, index=known.keys).groupby(pair.loc[known.keys].to_numpy())
    medians = values.median()[values.count() >= PAIR_WEIGHT]
    found = pair.loc[asked].map(medians).fillna(float(np.median(known.value)))
    return np.asarray(found.to_numpy(dtype=float))


def boosted(
    columns: pd.DataFrame, known: Known, asked: pd.Index, objective: dict[str, Any]
) -> np.ndarray:
    """Predictions of LightGBM as it comes."""
    data = lightgbm.Dataset(columns.loc[known.keys], known.value)
    settings = {**objective, "num_threads": 1, "seed": 7, "verbosity": -1}
    booster = lightgbm.train(settings, data, ROUNDS)
    return np.asarray(booster.predict(columns.loc[asked]))


def boosted_days(columns: pd.DataFrame, known: Known, asked: pd.Index) -> pd.DataFrame:
    """Quantiles of LightGBM as it comes, in days."""
    found = [
        boosted(columns, known, asked, {"objective": "quantile", "alpha": share})
        for share in SHARES
    ]
    return pd.DataFrame(np.sort(np.column_stack(found), axis=1), asked, ["q10", "q50", "q90"])

"""What a risk artifact says about itself: everything needed to predict, explain and audit it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from features.money import exponent
from models.artifacts import Artifact
from models.estimators.predictor import MODEL_FILE, RiskPredictor

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from models.training.binary import Fitted, RiskConfig
    from models.training.labels import LabelRule
    from models.training.material import Material

N_PERCENTILE_KNOTS = 101
RECENT_ROWS = 20_000
"""Newest training orders, whose scores say what a percentile means and whose values are usual."""


class Described(Protocol):
    """What an artifact says of its estimator."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def zh(self) -> str:
        """What it foresees, in Chinese."""

    @property
    def en(self) -> str:
        """The same in English."""

    @property
    def config(self) -> RiskConfig:
        """How it is fitted."""


def describe(
    estimator: Described,
    material: Material,
    rows: pd.DataFrame,
    fitted: Fitted,
    rule: LabelRule,
    cutoff: datetime,
) -> dict[str, Any]:
    """Write the ``model.json`` of a fitted risk model.

    Parameters
    ----------
    estimator
        What was fitted, with its name in both languages and its config.
    material
        The history with its features.
    rows
        What was learned from, in time order; the newest of it says what is usual.
    fitted
        Trees, encoding and calibration.
    rule
        Outcomes that counted, and their maturity.
    cutoff
        Last instant that was looked at.

    Returns
    -------
    dict
        JSON-able; metrics are added by whoever judged.
    """
    by_name = {feature.name: feature for feature in material.features}
    recent = rows.tail(RECENT_ROWS)
    scores = fitted.knots.probability(raw_scores(fitted, recent))
    return {
        "name": estimator.name,
        "kind": "probability",
        "row": material.row,
        "title": {"zh": estimator.zh, "en": estimator.en},
        "features": [
            feature_entry(by_name[name], recent, material) for name in fitted.encoding.names
        ],
        "vocabularies": fitted.encoding.to_json(),
        "calibration": fitted.knots.to_json(),
        "percentile_knots": np.quantile(scores, np.linspace(0, 1, N_PERCENTILE_KNOTS)).tolist(),
        "config": asdict(estimator.config)
        | {"used": asdict(fitted.boosting) | {"rounds": fitted.rounds}},
        "currency_digits": exponent(material.profile.base_currency),
        "outcome_kinds": list(rule.kinds),
        "label_maturity_days": rule.maturity / timedelta(days=1),
        "data_cutoff": cutoff.isoformat(),
        "trained_from": rows["placed_at"].min().isoformat(),
        "trained_to": rows["placed_at"].max().isoformat(),
        "rows_trained": len(rows),
        "features_left_out": fitted.left_out,
        "code_version": version("order-intelligence"),
    }


def raw_scores(fitted: Fitted, rows: pd.DataFrame) -> np.ndarray:
    """Score rows with a fitted model, before calibration, shape ``(n_orders,)``."""
    document = {
        "features": [{"name": name} for name in fitted.encoding.names],
        "vocabularies": fitted.encoding.to_json(),
    }
    return RiskPredictor(Artifact(document, texts={MODEL_FILE: fitted.text})).raw_frame(rows)


def feature_entry(feature: Any, rows: pd.DataFrame, material: Material) -> dict[str, Any]:
    """Keep of one feature its definition's hash, its words and its usual value."""
    column = rows[feature.name].dropna()
    typical: Any = None
    if len(column) and feature.kind == "category":
        typical = str(column.mode().iloc[0])
    elif len(column):
        typical = float(column.median())
    return {
        "name": feature.name,
        "hash": material.definitions[feature.name],
        "kind": feature.kind,
        "unit": feature.unit,
        "zh": feature.zh,
        "en": feature.en,
        "typical": typical,
    }

"""Drift of features and scores over the weeks since the last run, and foreseen quality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.estimators import BY_NAME
from models.evaluation.drift import DriftConfig, watch
from models.evaluation.foreseen import LIMITS, foresee
from models.evaluation.metrics import Scored, measure
from models.judged_weeks import WEEK, judged_truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    import pandas as pd

    from models.artifacts import Artifact
    from models.training.material import Material

MOST_WEEKS = 8
"""Missed weeks that are looked at; what was missed longer ago is history."""


def watch_drift(
    material: Material,
    cut: datetime,
    champions: Mapping[str, Artifact],
    missed: Sequence[str],
) -> dict[str, Any]:
    """Watch the week before the cut and every week that was missed.

    Parameters
    ----------
    material
        The history.
    cut
        First instant after the week.
    champions
        What is served, by name.
    missed
        Weeks without a run.

    Returns
    -------
    dict
        ``weeks`` with their alarms, newest last, and ``quality`` by model.
    """
    config = DriftConfig()
    n_weeks = min(len(missed), MOST_WEEKS) + 1
    since = cut - (n_weeks + config.weeks) * WEEK
    placed = material.frame["placed_at"]
    rows = material.frame[(placed >= since) & (placed < cut)]
    scores = {
        name: BY_NAME[name].predictor(champion).predict_frame(rows)
        for name, champion in champions.items()
        if name in BY_NAME and "calibration" in champion.document
    }
    columns = {
        feature.name: rows[feature.name]
        for feature in material.features
        if feature.name in rows and feature.kind != "reference"
    } | {f"score: {name}": _series(score, rows) for name, score in scores.items()}
    weeks = [
        watch(columns, rows["placed_at"], cut - number * WEEK, config).document()
        for number in range(n_weeks, 0, -1)
    ]
    quality = {name: _quality(name, material, score, rows, cut) for name, score in scores.items()}
    return {"weeks": weeks, "false_alarms": config.false_alarms, "quality": quality}


def _quality(
    name: str, material: Material, score: Any, rows: pd.DataFrame, cut: datetime
) -> dict[str, Any]:
    """Foresee the last week; and say how right the same foresight was where labels matured."""
    estimator: Any = BY_NAME[name]
    newest = (rows["placed_at"] >= cut - WEEK).to_numpy()
    told: dict[str, Any] = {"week": foresee(score[newest]), "limits": LIMITS}
    maturity: timedelta = estimator.rule(material.profile).maturity
    ends = cut - maturity
    past = ((rows["placed_at"] >= ends - 4 * WEEK) & (rows["placed_at"] < ends)).to_numpy()
    truth = judged_truth(estimator, material, cut).reindex(rows.index)
    past = past & truth.notna().to_numpy()
    if past.any():
        label = truth.to_numpy()[past]
        day = (rows["placed_at"].astype("int64") // 86_400_000_000).to_numpy()[past]
        came = measure(Scored(label, score[past], day))
        told["matured"] = {
            "foreseen": foresee(score[past]),
            "came": {key: came[key] for key in ("base_rate", "auc", "ap") if key in came},
        }
    return told


def _series(values: Any, rows: pd.DataFrame) -> pd.Series:
    import pandas as pd

    return pd.Series(values, index=rows.index)

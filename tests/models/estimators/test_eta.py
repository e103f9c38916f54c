from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.artifacts import load, save
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from models.estimators.eta import ETA
from tests.models.deliveries import delivery_material
from tests.models.materials import BEGINS

if TYPE_CHECKING:
    from pathlib import Path

    from models.artifacts import Artifact
    from models.contracts import BacktestResult
    from models.training.material import Material

TEST_FROM = BEGINS + timedelta(days=80)


@cache
def shop() -> Material:
    return delivery_material()


@cache
def artifact() -> Artifact:
    return ETA.train(shop(), cutoff=BEGINS + timedelta(days=120)).artifact


@cache
def backtest() -> BacktestResult:
    return ETA.backtest(shop(), BacktestRequest(TEST_FROM.to_pydatetime()))


def test_every_later_order_gets_days_and_quantiles_never_cross() -> None:
    rows = backtest().rows

    assert list(rows.columns) == ["id", "mean", "q10", "q50", "q90"]
    assert len(rows) == (shop().orders["placed_at"] >= TEST_FROM).sum()
    assert (rows["q10"] <= rows["q50"]).all()
    assert (rows["q50"] <= rows["q90"]).all()
    assert (rows["q10"] >= 0).all()


def test_four_in_five_deliveries_fall_into_the_interval() -> None:
    metrics = backtest().document["metrics"]

    assert 0.74 <= metrics["coverage_80"]["value"] <= 0.86
    assert metrics["mae_days"]["value"] < metrics["mae_of_constant_days"]["value"]


def test_news_after_the_cut_changes_nothing() -> None:
    made = delivery_material()
    shipments = made.history.tables["shipments"]  # type: ignore[attr-defined]
    later = shipments["delivered_at"] >= TEST_FROM
    shipments.loc[later, ["delivered_at", "known_at"]] += timedelta(days=9)

    result = ETA.backtest(made, BacktestRequest(TEST_FROM.to_pydatetime()))

    assert result.rows.equals(backtest().rows)


def test_a_slower_lane_never_arrives_sooner() -> None:
    predictor = ETA.predictor(artifact())
    frame = shop().frame.head(100)

    quick = predictor.predict_days(frame.assign(lane__transit_log__matured_30d=0.7e6))
    slow = predictor.predict_days(frame.assign(lane__transit_log__matured_30d=1.8e6))

    assert (slow["q50"].to_numpy() >= quick["q50"].to_numpy()).mean() > 0.95


def test_saved_and_loaded_predicts_the_same_bits(tmp_path: Path) -> None:
    save(tmp_path / "eta", artifact())
    frame = shop().frame.head(50)

    loaded = ETA.predictor(load(tmp_path / "eta", definitions=shop().definitions))

    assert loaded.predict_days(frame).equals(ETA.predictor(artifact()).predict_days(frame))


def test_one_order_gets_the_bits_of_many() -> None:
    predictor = ETA.predictor(artifact())
    frame = shop().frame.head(3)

    alone = [predictor.predict_one(dict(row)) for _, row in frame.iterrows()]

    assert alone == predictor.predict_days(frame).to_dict("records")


def test_no_delivery_before_the_cut_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="no parcel had been delivered"):
        ETA.backtest(shop(), BacktestRequest(BEGINS.to_pydatetime()))


def test_missing_features_are_survived() -> None:
    days = ETA.predictor(artifact()).predict_one({})

    assert np.isfinite(list(days.values())).all()

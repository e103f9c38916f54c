from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.history import HistoryProfile
from models.artifacts import load, save
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from models.estimators.late import LATE, LatePredictor
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
    return LATE.train(shop(), cutoff=BEGINS + timedelta(days=120)).artifact


@cache
def backtest() -> BacktestResult:
    return LATE.backtest(shop(), BacktestRequest(TEST_FROM.to_pydatetime()))


def test_every_later_order_gets_a_probability_delivered_or_not() -> None:
    orders = shop().orders

    rows = backtest().rows

    asked = orders[orders["placed_at"] >= TEST_FROM]
    assert sorted(rows["id"]) == sorted(asked["order_id"])
    assert rows["score"].between(0, 1).all()


def test_slow_carriers_and_short_promises_are_found_out_of_time() -> None:
    metrics = backtest().document["metrics"]

    assert metrics["auc"]["low"] > 0.8
    assert metrics["ece"] < 0.08
    assert metrics["auc"]["low"] <= metrics["auc"]["value"] <= metrics["auc"]["high"]


def test_what_was_left_out_is_counted_by_cause() -> None:
    excluded = backtest().document["excluded"]

    assert excluded["promise not matured"] > 0
    assert backtest().document["test_rows"]["never delivered or unknown"] > 0


def test_news_after_the_cut_changes_no_score() -> None:
    made = delivery_material()
    shipments = made.history.tables["shipments"]  # type: ignore[attr-defined]
    later = shipments["delivered_at"] >= TEST_FROM
    for name in ("delivered_at", "known_at", "first_attempt_at"):
        shipments.loc[later, name] += timedelta(days=9)

    result = LATE.backtest(made, BacktestRequest(TEST_FROM.to_pydatetime()))

    assert result.rows.equals(backtest().rows)


def test_a_later_promise_never_raises_the_probability() -> None:
    predictor = LATE.predictor(artifact())
    frame = shop().frame.head(200).copy()

    scores = [
        predictor.predict_frame(frame.assign(timing__hours_to_promise=hours))
        for hours in (12.0, 24.0, 60.0, 96.0, 200.0, 600.0)
    ]

    assert (np.diff(np.array(scores), axis=0) <= 0).all()


def test_saved_and_loaded_predicts_the_same_bits(tmp_path: Path) -> None:
    save(tmp_path / "late", artifact())
    frame = shop().frame.head(50)

    loaded = LATE.predictor(load(tmp_path / "late", definitions=shop().definitions))

    expected = LATE.predictor(artifact()).predict_frame(frame)
    assert np.array_equal(loaded.predict_frame(frame), expected)


def test_one_order_gets_the_bits_of_many() -> None:
    predictor = LATE.predictor(artifact())
    frame = shop().frame.head(5)

    alone = [predictor.predict_one(dict(row)).probability for _, row in frame.iterrows()]

    assert alone == predictor.predict_frame(frame).tolist()


def test_missing_features_are_survived() -> None:
    predictor: LatePredictor = LATE.predictor(artifact())

    assert 0 < predictor.predict_one({}).probability < 1
    assert 0 <= predictor.predict_one({}).percentile <= 100


def test_training_twice_gives_the_same_artifact(tmp_path: Path) -> None:
    again = LATE.train(shop(), cutoff=BEGINS + timedelta(days=120)).artifact

    first, second = save(tmp_path / "a", artifact()), save(tmp_path / "b", again)

    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (HistoryProfile(), "no shipments"),
        (HistoryProfile(rows={"shipments": 9}), "nothing can be late"),
        (HistoryProfile(excused={"late": "no promise in the export"}), "no promise in the export"),
    ],
)
def test_a_history_without_promises_is_refused_with_a_reason(
    profile: HistoryProfile, reason: str
) -> None:
    assert reason in str(LATE.needs(profile))


def test_too_early_a_cut_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="no promise had matured"):
        LATE.backtest(shop(), BacktestRequest(BEGINS.to_pydatetime()))

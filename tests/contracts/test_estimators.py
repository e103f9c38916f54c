"""What every registered probability model must do, whatever it foresees."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from features.history import HistoryProfile
from models.artifacts import load, save
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from models.estimators import BY_NAME, ESTIMATORS
from models.estimators.base import RiskEstimator
from tests.models.materials import BEGINS, material

if TYPE_CHECKING:
    from pathlib import Path

    from models.artifacts import Artifact

RISKS = [
    estimator
    for estimator in ESTIMATORS
    if isinstance(estimator, RiskEstimator) and estimator.purposes == {"risk"}
]
MATERIALS = {e.name: material(n_orders=2_500, kinds=e.kinds[:1]) for e in RISKS}
TEST_FROM = BEGINS.to_pydatetime().replace(month=4)


@cache
def trained(name: str) -> Artifact:
    made = MATERIALS[name]
    return BY_NAME[name].train(made, cutoff=made.ends_at).artifact


@pytest.fixture(params=RISKS, ids=lambda estimator: str(estimator.name))
def estimator(request: pytest.FixtureRequest) -> RiskEstimator:
    found: RiskEstimator = request.param
    return found


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: str(estimator.name))
def test_an_empty_history_is_refused_with_a_reason(estimator: RiskEstimator) -> None:
    assert estimator.needs(HistoryProfile())


def test_names_are_unique() -> None:
    assert len({estimator.name for estimator in ESTIMATORS}) == len(ESTIMATORS)


def test_the_mappings_own_excuse_is_quoted(estimator: RiskEstimator) -> None:
    profile = HistoryProfile(excused={estimator.name: "the export has no such column"})

    assert estimator.needs(profile) == "the export has no such column"


def test_a_history_without_labels_is_refused(estimator: RiskEstimator) -> None:
    request = BacktestRequest(TEST_FROM)

    with pytest.raises(NotSupportedError, match="no outcomes of kind"):
        estimator.backtest(material(n_orders=100, kinds=()), request)


def test_every_later_order_gets_a_probability(estimator: RiskEstimator) -> None:
    orders = MATERIALS[estimator.name].orders

    result = estimator.backtest(MATERIALS[estimator.name], BacktestRequest(TEST_FROM))

    asked = orders[orders["placed_at"] >= TEST_FROM]
    assert sorted(result.rows["id"]) == sorted(asked["order_id"])
    assert result.rows["score"].between(0, 1).all()


def test_training_twice_gives_the_same_artifact(estimator: RiskEstimator, tmp_path: Path) -> None:
    made = MATERIALS[estimator.name]

    again = estimator.train(made, cutoff=made.ends_at).artifact

    first, second = (
        save(tmp_path / "first", trained(estimator.name)),
        save(tmp_path / "second", again),
    )
    assert first.digest == second.digest


def test_saved_and_loaded_predicts_the_same_bits(estimator: RiskEstimator, tmp_path: Path) -> None:
    made = MATERIALS[estimator.name]
    before = made.frame.copy(deep=True)
    save(tmp_path / "model", trained(estimator.name))

    loaded = estimator.predictor(load(tmp_path / "model", definitions=made.definitions))

    expected = estimator.predictor(trained(estimator.name)).predict_frame(made.frame)
    assert np.array_equal(loaded.predict_frame(made.frame), expected)
    assert made.frame.equals(before)


def test_missing_features_are_survived(estimator: RiskEstimator) -> None:
    made = MATERIALS[estimator.name]
    predictor = estimator.predictor(trained(estimator.name))

    alone = predictor.predict_one({}, n_reasons=3)
    frame = predictor.predict_frame(made.frame[["placed_at"]].head(2))

    assert 0.0 < alone.probability < 1.0
    assert (frame == alone.probability).all()

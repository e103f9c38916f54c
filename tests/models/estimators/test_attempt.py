from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.artifacts import load, save
from models.contracts import BacktestRequest
from models.errors import NotSupportedError
from models.estimators.attempt import ATTEMPT
from tests.models.deliveries import delivery_material
from tests.models.materials import BEGINS

if TYPE_CHECKING:
    from pathlib import Path

    from models.artifacts import Artifact
    from models.training.material import Material


@cache
def shop() -> Material:
    return delivery_material()


@cache
def artifact() -> Artifact:
    return ATTEMPT.train(shop(), cutoff=BEGINS + timedelta(days=120)).artifact


def test_the_clumsy_carrier_is_told_apart_and_probabilities_are_right() -> None:
    request = BacktestRequest((BEGINS + timedelta(days=80)).to_pydatetime())

    document = ATTEMPT.backtest(shop(), request).document

    assert document["metrics"]["auc"]["low"] > 0.6
    assert document["metrics"]["ece"] < 0.05


def test_saved_and_loaded_predicts_the_same_bits(tmp_path: Path) -> None:
    save(tmp_path / "attempt", artifact())
    frame = shop().frame.head(20)

    loaded = ATTEMPT.predictor(load(tmp_path / "attempt", definitions=shop().definitions))

    expected = ATTEMPT.predictor(artifact()).predict_frame(frame)
    assert np.array_equal(loaded.predict_frame(frame), expected)


def test_more_failures_never_lower_the_probability() -> None:
    predictor = ATTEMPT.predictor(artifact())
    frame = shop().frame.head(1)

    worse = frame.assign(outlet__attempt_failed__share_7d=1.0)

    assert predictor.predict_frame(worse)[0] > predictor.predict_frame(frame)[0]


def test_an_outlet_without_parcels_gets_the_rate_of_its_carrier() -> None:
    predictor = ATTEMPT.predictor(artifact())
    known = shop().frame.head(1)
    unknown = known.drop(columns=[name for name in map(str, known) if name.startswith("outlet__")])

    new, old = predictor.predict_frame(unknown)[0], predictor.predict_frame(known)[0]

    assert new == pytest.approx(old, abs=0.05)


def test_too_few_attempts_are_refused() -> None:
    with pytest.raises(NotSupportedError, match="at least 300 are needed"):
        ATTEMPT.train(delivery_material(n_orders=100), cutoff=BEGINS + timedelta(days=120))

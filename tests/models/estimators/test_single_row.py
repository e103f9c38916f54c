from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from models.estimators import single_row
from models.estimators.single_row import SingleRow
from models.training.library import TextModel, library

QUIET = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}


@pytest.fixture(scope="module")
def model(booster: Any) -> TextModel:
    return TextModel(booster.model_to_string())


@pytest.fixture(scope="module")
def booster() -> Any:
    draw = np.random.default_rng(3)
    numbers = draw.normal(size=(2_000, 4))
    numbers[:, 3] = draw.integers(0, 6, 2_000)
    numbers[draw.random(numbers.shape) < 0.2] = np.nan
    label = (np.nan_to_num(numbers[:, 0]) + (numbers[:, 3] == 2) > 0.5).astype(float)
    data = lightgbm.Dataset(numbers, label=label, categorical_feature=[3])
    return lightgbm.train(QUIET, data, num_boost_round=20)


def rows() -> np.ndarray:
    draw = np.random.default_rng(5)
    found = draw.normal(size=(500, 4))
    found[:, 3] = draw.integers(-1, 8, 500)
    found[draw.random(found.shape) < 0.3] = np.nan
    return found


def scores(single: SingleRow) -> list[float]:
    found = []
    for row in rows():
        single.row[:] = row
        found.append(single.score())
    return found


def test_the_c_call_gives_the_bits_of_predict(booster: Any, model: TextModel) -> None:
    single = SingleRow(model)

    assert single.is_fast
    assert scores(single) == booster.predict(rows(), raw_score=True).tolist()


def test_a_library_without_the_call_is_asked_as_usual(
    booster: Any, model: TextModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Older:
        """The library before it had the call."""

        def __getattr__(self, name: str) -> Any:
            if "SingleRowFast" in name:
                raise AttributeError(name)
            return getattr(library(), name)

    monkeypatch.setattr(single_row, "library", Older)

    single = SingleRow(model)

    assert not single.is_fast
    assert scores(single) == booster.predict(rows(), raw_score=True).tolist()


def test_a_call_that_answers_otherwise_is_not_used(booster: Any) -> None:
    class Shifted(TextModel):
        """Trees whose own prediction differs from what the call says."""

        def predict(self, rows: np.ndarray) -> np.ndarray:
            return super().predict(rows) + 1e-9

    single = SingleRow(Shifted(booster.model_to_string()))

    assert not single.is_fast

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from models.training.library import TextModel

QUIET = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    draw = np.random.default_rng(3)
    found = draw.normal(size=(1_000, 4))
    found[:, 3] = draw.integers(0, 6, 1_000)
    found[draw.random(found.shape) < 0.2] = np.nan
    return found


@pytest.fixture(scope="module")
def booster(rows: np.ndarray) -> Any:
    label = (np.nan_to_num(rows[:, 0]) + (rows[:, 3] == 2) > 0.5).astype(float)
    data = lightgbm.Dataset(rows, label=label, categorical_feature=[3])
    return lightgbm.train(QUIET, data, num_boost_round=20)


def test_scores_and_contributions_are_those_of_the_package(booster: Any, rows: np.ndarray) -> None:
    model = TextModel(booster.model_to_string())

    scores, contributions = model.predict(rows), model.contributions(rows[:50])

    assert scores.tolist() == booster.predict(rows, raw_score=True).tolist()
    assert contributions.tolist() == booster.predict(rows[:50], pred_contrib=True).tolist()


def test_rows_of_another_order_in_memory_are_read_as_rows(booster: Any, rows: np.ndarray) -> None:
    model = TextModel(booster.model_to_string())

    assert model.predict(np.asfortranarray(rows)).tolist() == model.predict(rows).tolist()


def test_rows_of_another_width_are_refused(booster: Any, rows: np.ndarray) -> None:
    model = TextModel(booster.model_to_string())

    with pytest.raises(ValueError, match="3 columns, not 4"):
        model.predict(rows[:, :3])


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"[Mm]odel"):
        TextModel("tree\nversion=v4\n")

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from models.estimators.contributions import Contributions
from models.training.boosting import average_models

N_CODES = 70
"""Enough for a set of categories to need several words of bits."""


def matrix(n_rows: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(n_rows, 5))
    numbers[:, 2] = np.round(np.abs(numbers[:, 2]))
    numbers[:, 4] = draw.integers(0, N_CODES, n_rows)
    numbers[draw.random(numbers.shape) < 0.15] = np.nan
    return numbers


def booster(seed: int, **settings: Any) -> Any:
    numbers = matrix(3_000, seed)
    plain = np.nan_to_num(numbers)
    score = plain[:, 0] * plain[:, 1] + plain[:, 2] + 2.0 * (plain[:, 4] % 7 == 3)
    label = (score + np.random.default_rng(seed).normal(size=3_000) > 0.8).astype(float)
    quiet = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": seed}
    data = lightgbm.Dataset(numbers, label=label, categorical_feature=[4])
    return lightgbm.train(quiet | settings, data, num_boost_round=12)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_leaves": 4},
        {"num_leaves": 63, "min_data_in_leaf": 5},
        {"zero_as_missing": True},
        {"use_missing": False},
    ],
)
def test_every_contribution_is_that_of_lightgbm(settings: dict[str, Any]) -> None:
    model = booster(1, **settings)
    asked = matrix(200, 9)
    asked[:5, 4] = (-3.0, N_CODES + 40.0, 1e6, np.nan, 0.0)

    ours = np.array([Contributions(model.model_to_string()).of(row) for row in asked])

    theirs = model.predict(asked, pred_contrib=True)[:, :-1]
    assert np.abs(ours - theirs).max() < 1e-12


def test_they_add_up_to_the_distance_from_the_mean() -> None:
    model = booster(2)
    row = matrix(1, 4)

    found = Contributions(model.model_to_string()).of(row[0])

    mean = model.predict(row, pred_contrib=True)[0, -1]
    assert found.sum() + mean == pytest.approx(model.predict(row, raw_score=True)[0], abs=1e-12)


def test_of_averaged_models_it_is_the_mean() -> None:
    one, other = (booster(seed).model_to_string(num_iteration=-1) for seed in (1, 2))
    row = matrix(1, 4)[0]

    both = Contributions(average_models([one, other])).of(row)

    mean = (Contributions(one).of(row) + Contributions(other).of(row)) / 2
    assert np.abs(both - mean).max() < 1e-12


def test_a_model_without_splits_says_nothing() -> None:
    model = booster(1, min_data_in_leaf=5_000)

    assert Contributions(model.model_to_string()).of(matrix(1, 4)[0]).tolist() == [0.0] * 5

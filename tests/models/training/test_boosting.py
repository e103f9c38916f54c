from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from models.training.boosting import BoostingConfig, average_models, grow, sized
from models.training.trees import Binned

RANDOM = np.random.default_rng(2)
MATRIX = np.c_[RANDOM.normal(size=(2_000, 3)), RANDOM.integers(0, 6, 2_000)]
LABEL = (RANDOM.random(2_000) < 1 / (1 + np.exp(2 - MATRIX[:, 0]))).astype(float)
BINNED = Binned(MATRIX, [3])
SMALL = BoostingConfig(num_leaves=7)


def raw(text: str, rows: np.ndarray = MATRIX) -> np.ndarray:
    return np.asarray(lightgbm.Booster(model_str=text).predict(rows, raw_score=True))


def test_joined_models_score_their_mean() -> None:
    texts = [grow(BINNED, LABEL, SMALL, rounds=20, seed=seed) for seed in (1, 2, 3)]

    joined = average_models(texts)

    assert lightgbm.Booster(model_str=joined).num_trees() == 60
    assert raw(joined) == pytest.approx(np.mean([raw(text) for text in texts], axis=0), abs=1e-12)


def test_a_joined_model_counts_as_much_as_it_is_told_to() -> None:
    first, second = (grow(BINNED, LABEL, SMALL, rounds=n, seed=1) for n in (10, 30))

    joined = average_models([first, second], (0.7, 0.3))

    assert raw(joined) == pytest.approx(0.7 * raw(first) + 0.3 * raw(second), abs=1e-12)


def test_joined_models_explain_their_own_score() -> None:
    texts = [grow(BINNED, LABEL, SMALL, rounds=10, seed=seed) for seed in (1, 2)]
    booster = lightgbm.Booster(model_str=average_models(texts))

    contributions = np.asarray(booster.predict(MATRIX[:50], pred_contrib=True))

    assert contributions.sum(axis=1) == pytest.approx(booster.predict(MATRIX[:50], raw_score=True))


def test_the_same_seed_grows_the_same_text() -> None:
    first, second = (grow(BINNED, LABEL, SMALL, rounds=10, seed=5) for _ in range(2))

    assert first == second


def test_fewer_bad_orders_mean_simpler_trees_and_more_seeds() -> None:
    few, some, many = (sized(BoostingConfig(), n_bad) for n_bad in (100, 1_500, 100_000))

    assert few.num_leaves < some.num_leaves < many.num_leaves
    assert few.n_seeds > many.n_seeds

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from models.training.forest import FEW, MOST_LEAVES, Forest
from models.training.tree_text import read_trees

QUIET = {"verbosity": -1, "num_threads": 1, "deterministic": True, "seed": 3}


def trained(seed: int, **parameters: Any) -> tuple[Any, np.ndarray]:
    """Train on numbers with holes, zeros and a category, and give rows to ask about."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(800, 6))
    rows[random.random(rows.shape) < 0.15] = np.nan
    rows[random.random(rows.shape) < 0.1] = 0.0
    rows[:, 5] = random.integers(0, 70, 800)
    label = np.nan_to_num(rows[:, 0]) + np.isnan(rows[:, 1]) + (rows[:, 5] % 7 == 0)
    data = lightgbm.Dataset(rows, label=label, categorical_feature=[5], params=QUIET)
    booster = lightgbm.train(QUIET | parameters, data, num_boost_round=40)
    asked = rows[:300].copy()
    asked[::9, 5] = [np.nan, -1.0, 500.0][seed % 3]
    return booster, asked


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [1, 2, 24, 63, 64, 65, 200])
@pytest.mark.parametrize("leaves", [2, 4, 31])
def test_few_rows_get_the_bits_of_lightgbm(seed: int, n_rows: int, leaves: int) -> None:
    booster, rows = trained(seed, objective="regression", num_leaves=leaves)

    ours = Forest([booster.model_to_string()]).raw(rows[:n_rows])[0]

    assert ours.tolist() == booster.predict(rows[:n_rows], num_threads=1).tolist()


@pytest.mark.parametrize("zero_as_missing", [True, False])
@pytest.mark.parametrize("use_missing", [True, False])
def test_every_way_of_handling_unknowns_is_followed(
    zero_as_missing: bool, use_missing: bool
) -> None:
    booster, rows = trained(
        4, objective="regression", zero_as_missing=zero_as_missing, use_missing=use_missing
    )

    ours = Forest([booster.model_to_string()]).raw(rows[:40])[0]

    assert ours.tolist() == booster.predict(rows[:40], num_threads=1).tolist()


def test_rows_that_agree_but_for_one_column_get_the_same_bits() -> None:
    booster, rows = trained(5, objective="regression", num_leaves=15)
    ways = np.repeat(rows[:1], 24, axis=0)
    ways[:, 0] = np.linspace(-2, 2, 24)
    ways[3, 0] = np.nan

    ours = Forest([booster.model_to_string()]).raw(ways)[0]

    assert ours.tolist() == booster.predict(ways, num_threads=1).tolist()
    assert len(set(ours.tolist())) > 1


def test_many_rows_and_none_are_answered_too() -> None:
    booster, rows = trained(6, objective="regression")
    forest = Forest([booster.model_to_string()])
    many = np.concatenate([rows] * 2)[: FEW + 1]

    assert forest.raw(many)[0].tolist() == booster.predict(many, num_threads=1).tolist()
    assert forest.raw(rows[:0]).shape == (1, 0)


def test_trees_with_more_leaves_than_a_word_has_bits_are_asked_all_the_same() -> None:
    booster, rows = trained(9, objective="regression", num_leaves=64, min_data_in_leaf=2)
    text = booster.model_to_string()

    assert max(len(tree.leaf_values) for tree in read_trees(text)[1]) > MOST_LEAVES
    assert Forest([text]).raw(rows[:5])[0].tolist() == booster.predict(rows[:5]).tolist()


def test_a_model_that_is_too_large_is_asked_beside_one_that_is_not() -> None:
    large, rows = trained(9, objective="regression", num_leaves=64, min_data_in_leaf=2)
    small, _ = trained(2, objective="regression", num_leaves=7)

    both = Forest([large.model_to_string(), small.model_to_string()]).raw(rows[:5])

    assert both[0].tolist() == large.predict(rows[:5]).tolist()
    assert both[1].tolist() == small.predict(rows[:5]).tolist()


def test_rows_that_are_alike_get_the_same_answer_wherever_they_stand() -> None:
    booster, rows = trained(10, objective="regression", num_leaves=15)
    twice = np.concatenate([rows[:30], rows[:30][::-1]])

    ours = Forest([booster.model_to_string()]).raw(twice)[0]

    assert ours.tolist() == booster.predict(twice, num_threads=1).tolist()


def test_trees_without_a_split_add_their_constant() -> None:
    rows = np.arange(40.0)[:, None]
    data = lightgbm.Dataset(rows, label=np.full(40, 2.5), params=QUIET)
    booster = lightgbm.train(QUIET | {"objective": "regression"}, data, num_boost_round=3)

    assert Forest([booster.model_to_string()]).raw(rows[:2]).tolist() == [[2.5, 2.5]]


@pytest.mark.parametrize("n_rows", [5, 70, FEW + 1])
def test_several_models_are_asked_together_each_about_its_own_columns(n_rows: int) -> None:
    booster, rows = trained(7, objective="regression")
    other, _ = trained(8, objective="regression", num_leaves=5)
    asked = np.concatenate([rows[:, ::-1], rows], axis=1)[:n_rows]
    texts = [booster.model_to_string(), other.model_to_string()]

    found = Forest(texts, [(5, 4, 3, 2, 1, 0), range(6, 12)]).raw(asked)

    assert found[0].tolist() == booster.predict(rows[:n_rows], num_threads=1).tolist()
    assert found[1].tolist() == other.predict(rows[:n_rows], num_threads=1).tolist()

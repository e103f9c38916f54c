from __future__ import annotations

import numpy as np
import pytest

from models.training.trees import Binned

SETTINGS = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}


@pytest.mark.parametrize("objective", ["binary", "regression"])
def test_a_part_learns_its_own_labels(objective: str) -> None:
    import lightgbm

    matrix = np.arange(400.0)[:, None]
    rows = np.arange(0, 400, 2)
    label = (rows >= 200).astype(float)

    text = Binned(matrix).grow(label, SETTINGS | {"objective": objective}, 30, rows=rows)

    said = np.asarray(lightgbm.Booster(model_str=text).predict(matrix))
    assert said[:190].max() < 0.2
    assert said[210:].min() > 0.8

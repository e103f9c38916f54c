from __future__ import annotations

import numpy as np

from models.training.lateness import stack


def test_a_head_that_says_nothing_gets_next_to_no_weight() -> None:
    random = np.random.default_rng(2)
    odds = random.normal(size=5_000)
    late = (random.random(5_000) < 1 / (1 + np.exp(-odds))).astype(float)

    noise, signal, _ = stack(np.column_stack([random.normal(size=5_000), odds]), late, (0.5, 0.5))

    assert noise < 0.1
    assert abs(signal - 1.0) < 0.2


def test_the_constant_meets_the_base_rate() -> None:
    random = np.random.default_rng(2)
    said = random.normal(size=(5_000, 2))
    late = (random.random(5_000) < 0.1).astype(float)

    one, other, constant = stack(said, late, (0.0, 0.0))

    chance = 1 / (1 + np.exp(-(said @ np.array([one, other]) + constant)))
    assert abs(chance.mean() - late.mean()) < 0.002

from __future__ import annotations

import numpy as np

from models.training.lateness import stack

ONE_PERIOD = np.zeros(5_000, int)


def test_a_head_that_says_nothing_gets_next_to_no_weight() -> None:
    random = np.random.default_rng(2)
    odds = random.normal(size=5_000)
    late = (random.random(5_000) < 1 / (1 + np.exp(-odds))).astype(float)

    noise, signal, _ = stack(
        np.column_stack([random.normal(size=5_000), odds]), late, ONE_PERIOD, (0.5, 0.5)
    )

    assert noise < 0.1
    assert abs(signal - 1.0) < 0.2


def test_the_constant_meets_the_base_rate() -> None:
    random = np.random.default_rng(2)
    said = random.normal(size=(5_000, 2))
    late = (random.random(5_000) < 0.1).astype(float)

    one, other, constant = stack(said, late, ONE_PERIOD, (0.0, 0.0))

    chance = 1 / (1 + np.exp(-(said @ np.array([one, other]) + constant)))
    assert abs(chance.mean() - late.mean()) < 0.002


def test_a_head_that_only_follows_the_level_of_the_time_gets_next_to_no_weight() -> None:
    random = np.random.default_rng(2)
    period = np.repeat([0, 1], 2_500)
    level = np.where(period == 0, -2.0, 0.0)
    odds = random.normal(size=5_000)
    late = (random.random(5_000) < 1 / (1 + np.exp(-level - odds))).astype(float)
    said = np.column_stack([level + random.normal(size=5_000), odds])

    follows, tells, _ = stack(said, late, period, (0.0, 0.0))

    assert follows < 0.1 < stack(said, late, ONE_PERIOD, (0.0, 0.0))[0]
    assert abs(tells - 1.0) < 0.2

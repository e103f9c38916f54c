from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.calibration import Knots
from models.training.encoding import Encoding
from models.training.lateness import Lateness, stack
from tests.models.training.test_transit import NAMES, fitted

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


def put_together(knots: Knots) -> Lateness:
    transit = replace(fitted(), start_share=0.9)
    weights = (0.1, 9.0, 0.5, 0.9)
    places, heads = (0, 1), (transit.centre, transit.spread)
    return Lateness(Encoding(NAMES, {}), places, *heads, transit, weights, 0.4, knots)


def test_in_one_pass_the_heads_come_to_what_they_come_to_step_by_step() -> None:
    late = put_together(Knots((-1.5, -0.2, 0.6, 2.0), (-3.0, -0.7, 0.1, 2.5)))
    random = np.random.default_rng(6)
    matrix = np.column_stack(
        [np.log1p(random.uniform(0.5, 9.0, 900)) * 1e6, random.uniform(0, 900, 900)]
    )
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    days = random.uniform(-1.0, 60.0, 900)
    days[::7] = np.nan

    raw = late.raw(matrix, days)

    assert late.probability(matrix, days).tolist() == late.knots.probability(raw).tolist()
    assert (raw < -1.5).any()
    assert (raw > 2.0).any()


def test_one_promise_stands_for_all_rows_and_columns_may_lie_elsewhere() -> None:
    late = put_together(Knots((-1.0, 1.0), (-1.0, 1.0)))
    matrix = np.array([[1e6, 100.0], [np.nan, 300.0], [2e6, np.nan]])
    wide = np.column_stack([np.full(3, 7.0), matrix[:, 1], matrix[:, 0]])

    each = late.probability(matrix, np.full(3, 2.5))

    assert late.among((2, 1)).probability(wide, np.array([2.5])).tolist() == each.tolist()
    assert late.probability(matrix[:0], np.empty(0)).tolist() == []

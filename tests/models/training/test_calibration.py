from __future__ import annotations

import numpy as np
import pytest

from models.training.calibration import IDENTITY, Knots, at_level, fit_knots, interpolate


def draw(n_orders: int, odds_of: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Raw scores that are twice too sure, and what then happened."""
    random = np.random.default_rng(seed)
    true_odds = random.normal(odds_of, 1.0, n_orders)
    label = (random.random(n_orders) < 1 / (1 + np.exp(-true_odds))).astype(float)
    return 2 * true_odds, label


def test_an_overconfident_model_is_put_right() -> None:
    raw, label = draw(40_000, -2.0)

    probability = fit_knots(raw, label).probability(raw)

    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 1.0)):
        part = (probability >= low) & (probability < high)
        assert label[part].mean() == pytest.approx(probability[part].mean(), abs=0.02)


def test_a_higher_raw_score_never_gets_a_lower_probability() -> None:
    raw, label = draw(5_000, -2.0)
    knots = fit_knots(raw, label)
    grid = np.linspace(raw.min() - 3, raw.max() + 3, 10_000)

    assert (np.diff(knots.probability(grid)) > 0).all()


def test_few_bad_orders_move_only_the_level() -> None:
    raw, label = draw(400, -3.0)

    knots = fit_knots(raw, label)

    assert len(knots.at) == 2
    assert knots.to[1] - knots.to[0] == knots.at[1] - knots.at[0]
    assert knots.probability(raw).mean() == pytest.approx(label.mean(), abs=1e-6)


@pytest.mark.parametrize("everything", [0.0, 1.0])
def test_one_class_alone_teaches_nothing(everything: float) -> None:
    assert fit_knots(np.arange(10.0), np.full(10, everything)) == IDENTITY


def test_probabilities_never_reach_certainty() -> None:
    probability = Knots((-1.0, 1.0), (-1.0, 1.0)).probability(np.array([-1e6, 1e6]))

    assert 0.0 < probability[0] < probability[1] < 1.0


def test_one_order_gets_the_same_bits_as_many() -> None:
    raw, label = draw(5_000, -2.0)
    knots = fit_knots(raw, label)

    many = knots.probability(raw)
    ones = np.array([knots.probability(raw[place : place + 1])[0] for place in range(len(raw))])

    assert np.array_equal(many, ones)


def test_one_score_gets_the_same_bits_as_among_many() -> None:
    raw, label = draw(5_000, -2.0)
    knots = fit_knots(raw, label)
    asked = np.r_[raw[:2_000], knots.at, -1e9, 1e9]

    assert [knots.one(float(score)) for score in asked] == knots.probability(asked).tolist()


def test_a_line_is_read_as_numpy_does_also_where_knots_coincide() -> None:
    at, to = [0.0, 0.0, 0.1, 0.1, 0.4], [0.0, 25.0, 50.0, 75.0, 100.0]
    asked = [-1.0, 0.0, 0.05, 0.1, 0.2, 0.4, 9.0]

    assert [interpolate(value, at, to) for value in asked] == np.interp(asked, at, to).tolist()


def test_a_moved_calibration_keeps_its_steepness_and_meets_the_rate() -> None:
    raw, label = draw(5_000, -2.0)
    knots = fit_knots(raw, label)

    moved = at_level(knots, raw, 0.3)

    assert moved.probability(raw).mean() == pytest.approx(0.3, abs=1e-6)
    assert np.diff(moved.to) == pytest.approx(np.diff(knots.to))

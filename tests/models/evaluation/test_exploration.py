from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.exploration import (
    Tried,
    precision,
    recall,
    saving,
    with_verdicts,
)


def tried(
    seed: int, n: int = 4_000, share: float = 0.05, *, is_skewed: bool = False
) -> tuple[Tried, float]:
    """Simulate orders to be held, with beliefs that are too sure; give the true share of bad."""
    draw = np.random.default_rng(seed)
    chance = draw.beta(4.0, 2.0, n)
    bad = draw.random(n) < chance
    # Dear orders are worse and are seldom tried out: a plain mean of those tried out is wrong.
    propensity = np.where(chance > 0.7, share / 5, share) if is_skewed else np.full(n, share)
    guess = chance**1.3 / (chance**1.3 + (1 - chance) ** 1.3)
    return Tried(propensity, draw.random(n) < propensity, bad, guess), float(bad.mean())


@pytest.mark.parametrize("is_skewed", [False, True])
def test_nine_of_ten_intervals_hold_the_truth(is_skewed: bool) -> None:
    held, errors = 0, []
    for seed in range(300):
        orders, truth = tried(seed, is_skewed=is_skewed)
        found = precision(orders)
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
        errors.append(found.value - truth)

    assert 0.85 <= held / 300 <= 0.95
    assert abs(np.mean(errors)) < 0.01


def test_the_plain_share_of_those_tried_out_would_be_wrong() -> None:
    orders, truth = tried(1, n=400_000, is_skewed=True)

    plain = orders.is_bad[orders.is_explored].mean()

    assert plain < truth - 0.05
    assert precision(orders).value == pytest.approx(truth, abs=0.015)


def test_better_beliefs_make_the_interval_narrower() -> None:
    orders, _ = tried(3)
    vague = precision(replace(orders, guess=np.full(len(orders.guess), 0.5)))
    known = precision(replace(orders, guess=np.where(orders.is_bad, 0.97, 0.03)))

    assert known.high is not None
    assert known.low is not None
    assert vague.high is not None
    assert vague.low is not None
    assert known.high - known.low < 0.5 * (vague.high - vague.low)


def test_wrong_beliefs_bias_nothing() -> None:
    errors = []
    for seed in range(200):
        orders, truth = tried(seed)
        found = precision(replace(orders, guess=1.0 - orders.guess))
        errors.append((found.value or 0.0) - truth)

    assert np.mean(errors) == pytest.approx(0.0, abs=4 * np.std(errors) / 200**0.5)


def test_a_handful_of_lucky_orders_promises_no_certainty() -> None:
    orders = Tried(np.full(600, 0.005), np.arange(600) < 3, np.ones(600, bool), np.full(600, 0.8))

    found = precision(orders)

    assert found.low is not None
    assert found.low < 0.8


@pytest.mark.parametrize("n_explored", [0, 1])
def test_fewer_than_two_orders_tell_nothing(n_explored: int) -> None:
    orders, _ = tried(1)
    seen = np.zeros(len(orders.guess), bool)
    seen[:n_explored] = True

    found = precision(replace(orders, is_explored=seen))

    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.n_explored == n_explored


def test_no_orders_tell_nothing() -> None:
    nothing = Tried(*(np.array([]),) * 4)

    assert precision(nothing).value is None


def test_recall_is_the_part_of_all_bad_orders_that_was_to_be_held() -> None:
    orders, truth = tried(5)
    n_bad = truth * len(orders.guess)

    found = recall(orders, n_bad_elsewhere=round(n_bad))

    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 < found.high


def test_a_saving_equal_for_all_orders_follows_from_the_share_of_bad_ones() -> None:
    orders, _ = tried(6, share=0.3)
    n = len(orders.guess)

    found = saving(orders, np.full(n, 30_000.0), np.full(n, -4_000.0))

    share = precision(orders)
    for money, of in zip(
        (found.value, found.low, found.high), (share.value, share.low, share.high), strict=True
    ):
        assert of is not None
        assert money == pytest.approx(n * (of * 30_000.0 - (1.0 - of) * 4_000.0))


def test_a_verdict_moves_the_belief_towards_it() -> None:
    sharpened = with_verdicts(np.full(3, 0.6), np.array([1.0, 0.0, np.nan]), 0.9)

    assert sharpened[0] > 0.9
    assert sharpened[1] < 0.2
    assert sharpened[2] == 0.6

from __future__ import annotations

import math

import numpy as np
import pytest

from features.durations import DAY_US
from models.contracts import Prediction
from models.policy.capacity import Asked, Capacity, ReviewLoad
from models.policy.costs import DecisionPolicy
from models.policy.decision import decide
from models.policy.facts import Moment, OrderFacts


def busy(capacity: Capacity, *, orders_a_day: int = 500, days: int = 4) -> ReviewLoad:
    """Give the load after some days of orders of very different worth."""
    load, draw = ReviewLoad(capacity, first_minor=300.0), np.random.default_rng(5)
    for i in range(orders_a_day * days):
        worth = math.exp(draw.normal(5.0, 1.5))
        is_reviewed = worth > load.price
        load.observe([Asked(i * DAY_US // orders_a_day, worth, 4.0, is_reviewed)])
    return load


def test_without_experience_a_minute_has_the_price_of_the_policy() -> None:
    assert ReviewLoad(Capacity(), first_minor=300.0).price == 300.0


def test_more_time_never_makes_a_minute_dearer() -> None:
    load = busy(Capacity(minutes_per_day=240))

    prices = [load.target(float(minutes)) for minutes in range(1, 2000, 7)]

    assert prices == sorted(prices, reverse=True)
    assert prices[0] > 10 * prices[-1]


def test_a_little_more_time_moves_the_price_only_a_little() -> None:
    load = busy(Capacity(minutes_per_day=240))

    for minutes in np.linspace(1.0, 2_000.0, 3_001):
        fall = 1.0 - load.target(minutes * (1.0 + 1e-9)) / load.target(minutes)

        assert 0.0 <= fall < 1e-6


def test_no_order_moves_the_price_by_more_than_its_step() -> None:
    load, before = ReviewLoad(Capacity(minutes_per_day=30, step=0.02), 300.0), 300.0
    for i in range(3000):
        load.observe([Asked(i * DAY_US // 1000, 5_000.0, 4.0, True)])

        assert 1 / 1.0200001 <= load.price / before <= 1.0200001
        before = load.price


@pytest.mark.parametrize("minutes", [60.0, 240.0, 800.0])
def test_the_price_keeps_the_days_reviews_near_the_time_there_is(minutes: float) -> None:
    load, draw = ReviewLoad(Capacity(minutes_per_day=minutes), 300.0), np.random.default_rng(1)
    used: dict[int, float] = {}
    for i in range(600 * 20):
        worth, day = math.exp(draw.normal(5.5, 1.5)), i // 600
        is_reviewed = worth > load.price
        used[day] = used.get(day, 0.0) + 4.0 * is_reviewed
        load.observe([Asked(i * DAY_US // 600, worth, 4.0, is_reviewed)])

    settled = [used[day] for day in range(8, 20)]

    assert sum(settled) / len(settled) == pytest.approx(minutes, rel=0.15)


def test_a_day_of_five_times_the_orders_makes_a_minute_dearer_and_takes_no_five_times() -> None:
    load, draw = ReviewLoad(Capacity(minutes_per_day=240.0), 300.0), np.random.default_rng(2)
    used: dict[int, float] = {}
    at, prices = 0, {}
    for day in range(12):
        orders = 2500 if day == 9 else 500
        for _ in range(orders):
            worth = math.exp(draw.normal(5.5, 1.5))
            is_reviewed = worth > load.price
            used[day] = used.get(day, 0.0) + 4.0 * is_reviewed
            at += DAY_US // orders
            load.observe([Asked(at, worth, 4.0, is_reviewed)])
        prices[day] = load.price

    assert prices[9] > 1.3 * prices[8]
    assert used[9] < 2.2 * 240.0


def test_a_minute_never_costs_less_than_the_wage() -> None:
    load = ReviewLoad(Capacity(minutes_per_day=10_000.0, least_minute_minor=100.0), 300.0)
    for i in range(20_000):
        load.observe([Asked(i * DAY_US // 4_000, 50.0, 4.0, False)])

    assert load.price == pytest.approx(100.0, rel=0.15)
    assert load.price >= 100.0


def test_orders_out_of_sequence_count_as_now() -> None:
    load = ReviewLoad(Capacity(), 300.0)
    load.observe([Asked(10 * DAY_US, 900.0, 4.0, True)])

    load.observe([Asked(2 * DAY_US, 900.0, 4.0, True)])

    assert load.price > 0.0


def test_years_of_orders_overflow_nothing() -> None:
    load = ReviewLoad(Capacity(), 300.0)
    for year in range(40):
        load.observe([Asked(year * 365 * DAY_US, 900.0, 4.0, True)])

    assert math.isfinite(load.price)


def test_orders_of_one_second_move_the_price_together_whatever_their_sequence() -> None:
    orders = [Asked(DAY_US + i, 100.0 + 37 * (i % 7), 2.0, i % 3 == 0) for i in range(60)]
    one, other = ReviewLoad(Capacity(), 300.0), ReviewLoad(Capacity(), 300.0)

    one.observe(orders)
    other.observe(sorted(orders, key=lambda order: order.worth_minor))

    assert one.price == pytest.approx(other.price, rel=1e-9)
    assert one.price < 240.0


def test_a_second_of_many_orders_moves_the_price_by_a_step_for_each_at_most() -> None:
    load = ReviewLoad(Capacity(minutes_per_day=1.0, step=0.02), 300.0)

    load.observe([Asked(i, 1e6, 60.0, True) for i in range(3)])

    assert load.price == pytest.approx(300.0 * 1.02**3)


def test_counting_and_observing_lead_to_the_same_target() -> None:
    one, other = ReviewLoad(Capacity(), 300.0), ReviewLoad(Capacity(), 300.0)
    for i in range(500):
        at, worth = i * DAY_US // 300, 100.0 + i
        one.observe([Asked(at, worth, 2.0, i % 3 == 0)])
        other.count([Asked(at, worth, 2.0, i % 3 == 0)])

    assert one.target(240.0) == other.target(240.0)


def test_cheaper_minutes_never_hold_an_order_more_and_never_release_one_more() -> None:
    draw = np.random.default_rng(3)
    for _ in range(300):
        order = OrderFacts(value_minor=math.exp(draw.normal(10.5, 1.5)))
        predictions = {
            name: Prediction(draw.random() ** 3, 50.0) for name in ("fraud", "cancel", "refusal")
        }

        actions = [
            decide(order, predictions, {}, moment=Moment(minute_minor=price)).action
            for price in (50.0, 100.0, 300.0, 900.0, 5_000.0)
        ]

        held = [action == "hold" for action in actions]
        released = [action == "release" for action in actions]
        assert held == sorted(held)
        assert released == sorted(released)


def test_an_order_is_reviewed_exactly_below_the_price_that_it_is_worth() -> None:
    order, predictions = OrderFacts(value_minor=30_000), {"fraud": Prediction(0.12, 90.0)}
    worth = decide(order, predictions, {}).review_worth_minor

    below = decide(order, predictions, {}, moment=Moment(minute_minor=worth - 0.01))
    above = decide(order, predictions, {}, moment=Moment(minute_minor=worth + 0.01))

    assert below.action == "review"
    assert above.action != "review"


@pytest.mark.parametrize("harm", ["fraud", "duplicate", "cancel", "refusal", "refund", "late"])
def test_a_larger_loss_never_lowers_the_priority(harm: str) -> None:
    draw = np.random.default_rng(4)
    policy = DecisionPolicy()
    for _ in range(100):
        predictions = {name: Prediction(draw.random() * 0.5, 50.0) for name in policy.harms}
        order = OrderFacts(value_minor=draw.random() * 100_000)

        priorities = []
        for p in (0.0, 0.1, 0.3, 0.6, 1.0):
            found = decide(order, predictions | {harm: Prediction(p, 50.0)}, {})
            priorities.append(found.priority)

        assert priorities == sorted(priorities)

from __future__ import annotations

import numpy as np
import pytest

from models.delivery.drops import LIMITS, Limits, Watch, calibrate, known_shares, log_ratios, run_up
from models.delivery.maturing import News

ALL_KNOWN = (np.ones(1), np.ones(1))


def test_a_failure_speaks_for_a_drop_and_a_success_against_it() -> None:
    expected = np.array([[0.9]])

    failure = log_ratios(np.zeros((1, 1)), np.ones((1, 1)), expected, Watch(), ALL_KNOWN)
    success = log_ratios(np.ones((1, 1)), np.zeros((1, 1)), expected, Watch(), ALL_KNOWN)

    assert failure[0, 0] == pytest.approx(np.log(0.25 / 0.1))
    assert success[0, 0] == pytest.approx(np.log(0.75 / 0.9))


def test_successes_whose_failures_are_not_known_yet_say_less() -> None:
    early = (np.ones(1), np.array([0.2]))
    good, expected = np.full((1, 1), 10.0), np.array([[0.9]])

    ratio = log_ratios(good, np.zeros((1, 1)), expected, Watch(), early)

    assert log_ratios(good, np.zeros((1, 1)), expected, Watch(), ALL_KNOWN) < ratio < 0


def test_without_parcels_the_statistic_only_grows_by_the_chance_of_a_new_drop() -> None:
    run = run_up(np.zeros((2, 1)), np.array([-np.inf]))

    assert np.exp(run).ravel().tolist() == pytest.approx([1.0, 2.0])


def test_fewer_false_alarms_need_a_higher_limit() -> None:
    volume, rate = np.array([8.0]), np.array([0.9])

    many, few = (calibrate(Watch(false_alarms=n)).of(volume, rate) for n in (1.0, 0.05))

    assert LIMITS[0] <= many[0] < few[0] <= LIMITS[-1]


def test_limits_lie_between_those_simulated() -> None:
    table = np.add.outer(np.arange(10.0), np.zeros(8))

    found = Limits(table).of(np.array([0.01, 1.0, 2.0**0.5, 9_999.0]), np.full(4, 0.9))

    assert found.tolist() == pytest.approx([0.0, 2.0, 2.5, 9.0])


def test_news_that_is_hardly_known_is_bounded() -> None:
    news = News(np.array([1.0, 1.0]), np.array([0.0, 1.0]))

    good, bad = known_shares(news, 3, 0.05)

    assert (good.tolist(), bad.tolist()) == ([1.0] * 3, [1.0, 1.0, 0.05])

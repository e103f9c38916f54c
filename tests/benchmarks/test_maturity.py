"""The benchmark's claim, on one shop."""

from __future__ import annotations

from tests.benchmarks.maturity import Delays, measure


def test_waiting_for_labels_is_right_where_not_waiting_is_far_off() -> None:
    told = measure(seed=3)

    assert told["naive_off"] > 0.8
    assert abs(told["matured_off"]) < 0.05


def test_the_newest_month_is_refused_with_the_day_from_which_it_can_be_judged() -> None:
    assert "cannot be judged before 2027-05-26" in measure(seed=3)["refused"]


def test_labels_that_come_at_once_need_no_waiting() -> None:
    told = measure(seed=3, delays=Delays(median=0.5, spread=0.1))

    assert abs(told["naive_off"]) < 0.05

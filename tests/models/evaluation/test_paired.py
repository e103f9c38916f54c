from __future__ import annotations

import numpy as np

from models.evaluation.paired import paired_difference


def test_days_are_resampled_whole() -> None:
    """Gains that cancel out within each day leave no doubt at all."""
    gain = np.tile([5.0, -5.0], 30)
    day = np.repeat(np.arange(30), 2)

    assert paired_difference(gain, day).interval() == (0.0, 0.0)


def test_no_difference_is_no_sureness() -> None:
    assert paired_difference(np.zeros(40), np.arange(40)).is_above_zero == 0.5


def test_a_gain_of_every_day_is_sure_and_one_of_a_single_day_is_not() -> None:
    day = np.arange(20)
    lucky = np.where(day == 3, 40.0, -0.1)

    assert paired_difference(np.full(20, 0.1), day).is_above_zero == 1.0
    assert paired_difference(lucky, day).is_above_zero < 0.7

from __future__ import annotations

import pytest

from models.training.sureness import PRIOR, Sureness, fit_sureness


def test_without_labels_a_confidence_is_what_it_says() -> None:
    learned = fit_sureness([])

    assert learned.n_labels == 0
    assert [learned.of(value) for value in (0.0, 0.37, 0.9, 1.0)] == [0.0, 0.37, 0.9, 1.0]


def test_choices_that_are_always_taken_become_surer() -> None:
    few, many = fit_sureness([(0.8, True)] * 5), fit_sureness([(0.8, True)] * 40)

    assert few.of(0.8) == pytest.approx((0.8 * PRIOR + 5) / (PRIOR + 5))
    assert few.of(0.8) < 0.9 < many.of(0.8)


def test_choices_that_are_refused_become_less_sure() -> None:
    learned = fit_sureness([(0.85, False)] * 40)

    assert learned.of(0.85) < 0.6
    assert learned.of(0.95) == pytest.approx(0.95)


def test_a_higher_confidence_is_never_less_sure() -> None:
    learned = fit_sureness([(0.5, True)] * 80 + [(0.7, False)] * 80 + [(0.9, True)] * 10)

    steps = [learned.of(value / 100) for value in range(101)]

    assert steps == sorted(steps)
    assert 0.0 <= steps[0] <= steps[-1] <= 1.0


def test_it_starts_as_the_identity() -> None:
    assert Sureness().of(0.123) == 0.123

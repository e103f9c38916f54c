"""The small compiled pieces that arrange rows."""

from __future__ import annotations

import numpy as np
import pytest

from features.engines import kernel


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_rows_of_a_key_stay_in_the_sequence_in_which_they_come() -> None:
    rows, start = kernel.by_key(ints(3, 1, -1, 0, 1), 5)

    assert rows.tolist() == [3, 1, 4, 0]
    assert start.tolist() == [0, 1, 3, 3, 4, 4]


def test_rows_without_a_code_are_left_out_and_codes_ascend_within_an_order() -> None:
    rows = kernel.by_order_and_code(ints(0, 0, 0, 2, 2, 5), ints(7, 3, -1, 4, 4, -1))

    assert rows.tolist() == [1, 0, 3, 4]


def test_counterparts_are_numbered_within_their_key() -> None:
    pair = kernel.number_within(ints(0, 3, 5), ints(9, 4, 9, 4, -1))

    assert pair.tolist() == [0, 1, 0, 0, -1]


def test_counterparts_that_fall_on_one_place_of_the_table_stay_apart() -> None:
    many = np.random.default_rng(3).integers(0, 2**31 - 1, 1_000).repeat(2)
    pair = kernel.number_within(ints(0, len(many)), many)

    assert pair.tolist() == np.arange(len(many) // 2).repeat(2).tolist()


def test_the_unknown_never_replaces_what_is_known() -> None:
    column = np.array([np.nan, 5.0, 5.0, np.nan])
    at, values = ints(0, 0, 1, 1, 2, 3), np.array([2.0, 1.0, 9.0, np.nan, 3.0, np.nan])

    least = column.copy()
    kernel.merge(column, at, values, True)
    kernel.merge(least, at, values, False)

    np.testing.assert_array_equal(column, [2.0, 9.0, 5.0, np.nan])
    np.testing.assert_array_equal(least, [1.0, 5.0, 3.0, np.nan])


@pytest.mark.parametrize(
    ("code", "at", "then", "expected"),
    [
        (ints(0, 0, 1), ints(5, 6, 1), ints(9, 1, 0), True),
        (ints(0, 0, 1), ints(5, 5, 1), ints(1, 2, 0), True),
        (ints(0, 0, 1), ints(5, 5, 1), ints(2, 1, 0), False),
        (ints(0, 0, 1), ints(6, 5, 1), ints(1, 2, 0), False),
        (ints(1, 0), ints(0, 1), ints(0, 1), False),
    ],
)
def test_rows_that_lie_by_key_and_time_are_noticed(
    code: np.ndarray, at: np.ndarray, then: np.ndarray, expected: bool
) -> None:
    assert kernel.is_arranged(code, at, then) == expected


@pytest.mark.parametrize("values", [[3, -4], [2**40, -(2**40), 1], [2**62, 2**62, -(2**62)]])
def test_squares_add_up_in_digits(values: list[int]) -> None:
    digits = np.empty((4, len(values)), np.int64)
    kernel.squared(ints(*values), digits)
    sums, result = digits.sum(axis=1, keepdims=True), np.empty(1)
    kernel.spread(ints(len(values)), ints(sum(values)), sums, result)

    exact = len(values) * sum(value**2 for value in values) - sum(values) ** 2
    assert result[0] == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize("step", [1, 2, 1_000])
def test_counterparts_are_spread_over_the_table(step: int) -> None:
    """Those that lay side by side would be looked for one after the other."""
    numbers = np.arange(0, 4_096 * step, step).tolist()

    places = {kernel.place_in_table(which, 13) for which in numbers}

    assert max(places) < 2**13
    assert len(places) > 0.6 * len(numbers)


def test_two_codes_together_are_numbered_without_a_gap() -> None:
    code = np.array([1, 0, 1, -1, 1, 0], np.int32)
    part = np.array([7, 7, 7, 7, -1, 3], np.int32)

    assert kernel.joined(code, part, 2).tolist() == [2, 0, 2, -1, -1, 1]

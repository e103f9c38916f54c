"""The small compiled pieces that arrange rows."""

from __future__ import annotations

import numpy as np

from features.engines import kernel


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_rows_of_a_key_stay_in_the_sequence_in_which_they_come() -> None:
    rows, start = kernel.by_key(ints(1, 0, -1, 1, 3), ints(4, 3, 2, 1, 0), 5)

    assert rows.tolist() == [1, 3, 0, 4]
    assert start.tolist() == [0, 1, 3, 3, 4, 4]


def test_rows_without_a_code_are_left_out_and_codes_ascend_within_an_order() -> None:
    rows = kernel.by_order_and_code(ints(0, 0, 0, 2, 2, 5), ints(7, 3, -1, 4, 4, -1))

    assert rows.tolist() == [1, 0, 3, 4]


def test_counterparts_are_numbered_within_their_key() -> None:
    pair = kernel.number_within(ints(0, 3, 5), ints(9, 4, 9, 4, -1), 10)

    assert pair.tolist() == [0, 1, 0, 0, -1]


def test_the_unknown_never_replaces_what_is_known() -> None:
    column = np.array([np.nan, 5.0, 5.0, np.nan])
    at, values = ints(0, 0, 1, 1, 2, 3), np.array([2.0, 1.0, 9.0, np.nan, 3.0, np.nan])

    least = column.copy()
    kernel.merge(column, at, values, True)
    kernel.merge(least, at, values, False)

    np.testing.assert_array_equal(column, [2.0, 9.0, 5.0, np.nan])
    np.testing.assert_array_equal(least, [1.0, 5.0, 3.0, np.nan])


def test_order_of_two_columns_is_noticed() -> None:
    assert kernel.is_sorted(ints(1, 1, 2), ints(3, 4, 0))
    assert not kernel.is_sorted(ints(1, 1, 2), ints(4, 3, 0))
    assert not kernel.is_sorted(ints(1, 0), ints(0, 0))

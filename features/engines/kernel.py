"""Compiled pieces that arrange rows by key and time, and the exact arithmetic of squares.

numba compiles each once and keeps it on disk. They let go of the interpreter while they run, which
numpy's indexing by rows does not; that is why even a plain gathering of rows stands here.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.engines.compiling import kept

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_TWO_64 = 18446744073709551616.0
_MIXING, _HALF_OF_64 = 0x9E3779B1, 32
"""The golden ratio in 32 bits spreads numbers that follow each other over a table."""

_compile: Final = kept(nogil=True)
_inline: Final = kept(nogil=True, inline="always")


@_compile
def starts(code, n_keys):  # type: ignore[no-untyped-def]
    """Tell where the rows of each key begin when those that have one lie by key."""
    start = np.zeros(n_keys + 1, np.int64)
    for row in range(code.size):
        if code[row] >= 0:
            start[code[row] + 1] += 1
    for key in range(n_keys):
        start[key + 1] += start[key]
    return start


@_compile
def by_key(code, n_keys):  # type: ignore[no-untyped-def]
    """List the rows with a code of 0 or more by code, and else as they come.

    Returns
    -------
    rows, start
        ``rows[start[k]:start[k + 1]]`` are the rows of key ``k``.
    """
    start = starts(code, n_keys)
    rows = np.empty(start[n_keys], np.int32)
    free = start[:n_keys].copy()
    for row in range(code.size):
        key = code[row]
        if key >= 0:
            rows[free[key]] = row
            free[key] += 1
    return rows, start


@_compile
def by_order_and_code(order, code):  # type: ignore[no-untyped-def]
    """List the rows that have a code by order, which ascends, and by code within it."""
    rows = np.empty(order.size, np.int32)
    n = 0
    first = 0
    for row in range(order.size):
        if row and order[row] != order[row - 1]:
            first = n
        if code[row] < 0:
            continue
        at = n
        while at > first and code[rows[at - 1]] > code[row]:
            rows[at] = rows[at - 1]
            at -= 1
        rows[at] = row
        n += 1
    return rows[:n]


@_compile
def merge(column, at, values, greatest):  # type: ignore[no-untyped-def]
    """Put values into a column; of several at one place the greatest (or least) that is known."""
    for i in range(values.size):
        value, place = values[i], at[i]
        if np.isnan(value):
            continue
        there = column[place]
        if np.isnan(there) or (value > there if greatest else value < there):
            column[place] = value


@_compile
def is_arranged(code, at, then):  # type: ignore[no-untyped-def]
    """Tell whether rows ascend by code, then by instant, then by a third column."""
    for i in range(1, code.size):
        if code[i] < code[i - 1]:
            return False
        if code[i] > code[i - 1] or at[i] > at[i - 1]:
            continue
        if at[i] < at[i - 1] or then[i] < then[i - 1]:
            return False
    return True


@_compile
def take(values, rows):  # type: ignore[no-untyped-def]
    """Give the values at some rows."""
    taken = np.empty(rows.size, values.dtype)
    for i in range(rows.size):
        taken[i] = values[rows[i]]
    return taken


@_compile
def place(column, at, values):  # type: ignore[no-untyped-def]
    """Put values into their places in a column."""
    for i in range(at.size):
        column[at[i]] = values[i]


@_compile
def number_within(start, other):  # type: ignore[no-untyped-def]
    """Give each event the number of its counterpart within the key, from 0; -1 for none.

    A table by hash is as large as the events are many; one by number would be as large as all
    counterparts of the history, for every bucket anew.
    """
    size = 2
    while size < 2 * other.size:
        size *= 2
    holder = np.full(size, -1, np.int32)
    last_key = np.empty(size, np.int32)
    number = np.empty(size, np.int32)
    pair = np.empty(other.size, np.int32)
    for key in range(start.size - 1):
        n_seen = 0
        for j in range(start[key], start[key + 1]):
            which = other[j]
            if which < 0:
                pair[j] = -1
                continue
            slot = (which * _MIXING) >> _HALF_OF_64 & (size - 1)
            while holder[slot] >= 0 and holder[slot] != which:
                slot = (slot + 1) & (size - 1)
            if holder[slot] < 0 or last_key[slot] != key:
                holder[slot], last_key[slot], number[slot] = which, key, n_seen
                n_seen += 1
            pair[j] = number[slot]
    return pair


@_inline
def _wide(a, b):  # type: ignore[no-untyped-def]
    """Multiply two unsigned 64-bit numbers; returns the high and the low half."""
    a0, a1 = a & _MASK, a >> _HALF
    b0, b1 = b & _MASK, b >> _HALF
    low, cross, other, high = a0 * b0, a0 * b1, a1 * b0, a1 * b1
    middle = (low >> _HALF) + (cross & _MASK) + (other & _MASK)
    return (
        high + (cross >> _HALF) + (other >> _HALF) + (middle >> _HALF),
        (low & _MASK) | ((middle & _MASK) << _HALF),
    )


@_inline
def _spread(n, total, high, low):  # type: ignore[no-untyped-def]
    """``n * squares - total ** 2`` exactly in 128 bits, then as a float."""
    size = np.uint64(abs(total))
    square_high, square_low = _wide(size, size)
    count = np.uint64(n)
    product_high, product_low = _wide(count, low)
    product_high = product_high + count * high
    result_low = product_low - square_low
    borrow = np.uint64(1) if product_low < square_low else np.uint64(0)
    result_high = product_high - square_high - borrow
    return np.float64(result_high) * _TWO_64 + np.float64(result_low)


@_compile
def squared(value, limbs):  # type: ignore[no-untyped-def]
    """Write the squares of values as digits of 32 bits, least first, shape ``(n_limbs, n)``."""
    for i in range(value.size):
        size = np.uint64(abs(value[i]))
        high, low = _wide(size, size)
        digits = (low & _MASK, low >> _HALF, high & _MASK, high >> _HALF)
        for k in range(limbs.shape[0]):
            limbs[k, i] = digits[k]


@_compile
def spread(n, total, limbs, result):  # type: ignore[no-untyped-def]
    """Fill ``n * squares - total ** 2`` from sums of the digits that `squared` writes."""
    for i in range(result.size):
        high = low = carry = np.uint64(0)
        for k in range(4):
            if k < limbs.shape[0]:
                carry += np.uint64(limbs[k, i])
            if k < 2:
                low |= (carry & _MASK) << (_HALF * np.uint64(k))
            else:
                high |= (carry & _MASK) << (_HALF * np.uint64(k - 2))
            carry >>= _HALF
        result[i] = _spread(n[i], total[i], high, low)

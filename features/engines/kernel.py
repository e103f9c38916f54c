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
_MIXING = 0x9E3779B1
"""The golden ratio in 32 bits: the upper bits of a number times it are spread over a table."""

_compile: Final = kept(nogil=True)
_inline: Final = kept(nogil=True, inline="always")


@_compile
def starts(code, n_keys):
    """Tell where the rows of each key begin when those that have one lie by key."""
    start = np.zeros(n_keys + 1, np.int64)
    for row in range(code.size):
        if code[row] >= 0:
            start[code[row] + 1] += 1
    for key in range(n_keys):
        start[key + 1] += start[key]
    return start


@_compile
def by_key(code, n_keys):
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
def by_order_and_code(order, code):
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
def merge(column, at, values, greatest):
    """Put values into a column; of several at one place the greatest (or least) that is known."""
    for i in range(values.size):
        value, place = values[i], at[i]
        if np.isnan(value):
            continue
        there = column[place]
        if np.isnan(there) or (value > there if greatest else value < there):
            column[place] = value


@_compile
def is_arranged(code, at, then):
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
def take(values, rows):
    """Give the values at some rows."""
    taken = np.empty(rows.size, values.dtype)
    for i in range(rows.size):
        taken[i] = values[rows[i]]
    return taken


@_compile
def take_all(values, rows):
    """Give each of several rows of values at some places."""
    taken = np.empty((values.shape[0], rows.size), values.dtype)
    for k in range(values.shape[0]):
        for i in range(rows.size):
            taken[k, i] = values[k, rows[i]]
    return taken


@_compile
def place(column, at, values):
    """Put values into their places in a column."""
    for i in range(at.size):
        column[at[i]] = values[i]


@_compile
def fill(columns, which, how, at, values):
    """Put rows of values into their columns, each at the same places.

    Where ``how`` is 0 as `place` does, where it is 1 or -1 as `merge` does, keeping the greatest
    or the least.
    """
    for k in range(which.size):
        if how[k]:
            merge(columns[which[k]], at, values[k], how[k] > 0)
        else:
            place(columns[which[k]], at, values[k])


@_compile
def number_within(start, other):
    """Give each event the number of its counterpart within the key, from 0; -1 for none.

    Counterparts are found again in a table by hash that is as large as the key asks for, so that
    all but the largest stay in the processor's own memory. A table by number would be as large as
    all counterparts of the history.
    """
    widest = 0
    for key in range(start.size - 1):
        widest = max(widest, start[key + 1] - start[key])
    table = np.empty(2 << _bits_of_table(widest), np.int32)
    pair = np.empty(other.size, np.int32)
    for key in range(start.size - 1):
        begin, end = start[key], start[key + 1]
        bits = _bits_of_table(end - begin)
        mask = (1 << bits) - 1
        table[: 2 << bits] = -1
        n_seen = 0
        for j in range(begin, end):
            which = other[j]
            if which < 0:
                pair[j] = -1
                continue
            slot = place_in_table(which, bits)
            while table[2 * slot] >= 0 and table[2 * slot] != which:
                slot = (slot + 1) & mask
            if table[2 * slot] < 0:
                table[2 * slot], table[2 * slot + 1] = which, n_seen
                n_seen += 1
            pair[j] = table[2 * slot + 1]
    return pair


@_compile
def place_in_table(which, bits):
    """Give the place where a number is first looked for in a table of ``2 ** bits`` places."""
    return (which * _MIXING & 0xFFFFFFFF) >> (32 - bits)


@_compile
def _bits_of_table(n):
    """Give the bits of a place in a table by hash of which at most half is taken by n entries."""
    bits = 1
    while 1 << bits < 2 * n:
        bits += 1
    return bits


@_compile
def joined(code, part, n_keys):
    """Give a number to what two codes name together, from 0; -1 where one is below 0."""
    both = np.where(part < 0, np.int32(-1), code)
    rows, start = by_key(both, n_keys)
    pair = number_within(start, take(part, rows))
    first = 0
    for key in range(n_keys):
        most = -1
        for j in range(start[key], start[key + 1]):
            most = max(most, pair[j])
            both[rows[j]] = first + pair[j]
        first += most + 1
    return both


@_inline
def _wide(a, b):
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
def _spread(n, total, high, low):
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
def squared(value, limbs):
    """Write the squares of values as digits of 32 bits, least first, shape ``(n_limbs, n)``."""
    for i in range(value.size):
        size = np.uint64(abs(value[i]))
        high, low = _wide(size, size)
        digits = (low & _MASK, low >> _HALF, high & _MASK, high >> _HALF)
        for k in range(limbs.shape[0]):
            limbs[k, i] = digits[k]


@_compile
def spread(n, total, limbs, result):
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

"""Compiled walk over events arranged by key and time; numba compiles it once, keeps it on disk.

Events of a key lie in the order in which they happened, and its queries in the order in which they
were placed, so that both ends of every window only move forward. An event known by the time it
happened counts wherever a window covers it. The others, the *late* ones, have a switch: before each
query those known strictly before it are on, and the rest off. All numbers are whole and are added
and taken away exactly, so the answers hang on nothing but the window's content.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.engines.compiling import kept

KINDS: Final = (
    "n", "valid", "total", "spread", "low", "high", "distinct", "gap", "age", "last",
)  # fmt: skip
"""Kinds of parts that `walk` fills, in the order of the columns of its ``rows``."""

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_TWO_64 = 18446744073709551616.0
_LEAST, _MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max

_compile: Final = kept(nogil=True)
_inline: Final = kept(nogil=True, inline="always")


@_compile
def by_key(code, at, n_keys):  # type: ignore[no-untyped-def]
    """List the rows ``at`` (those with a code of 0 or more) by code, else as they come.

    Returns
    -------
    rows, start
        ``rows[start[k]:start[k + 1]]`` are the rows of key ``k``.
    """
    start = np.zeros(n_keys + 1, np.int64)
    for row in at:
        if code[row] >= 0:
            start[code[row] + 1] += 1
    for key in range(n_keys):
        start[key + 1] += start[key]
    rows = np.empty(start[n_keys], np.int64)
    free = start[:n_keys].copy()
    for row in at:
        key = code[row]
        if key >= 0:
            rows[free[key]] = row
            free[key] += 1
    return rows, start


@_compile
def by_order_and_code(order, code):  # type: ignore[no-untyped-def]
    """List the rows that have a code by order, which ascends, and by code within it."""
    rows = np.empty(order.size, np.int64)
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
def is_sorted(first, second):  # type: ignore[no-untyped-def]
    """Tell whether rows are in the order of two columns."""
    for i in range(1, first.size):
        if first[i] < first[i - 1] or (first[i] == first[i - 1] and second[i] < second[i - 1]):
            return False
    return True


@_compile
def number_within(start, other, n_others):  # type: ignore[no-untyped-def]
    """Give each event the number of its counterpart within the key, from 0; -1 for none."""
    pair = np.empty(other.size, np.int32)
    last_key = np.full(n_others, -1, np.int64)
    number = np.empty(n_others, np.int32)
    for key in range(start.size - 1):
        n_seen = 0
        for j in range(start[key], start[key + 1]):
            which = other[j]
            if which < 0:
                pair[j] = -1
                continue
            if last_key[which] != key:
                last_key[which] = key
                number[which] = n_seen
                n_seen += 1
            pair[j] = number[which]
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
def _first_at_least(values, begin, end, bound):  # type: ignore[no-untyped-def]
    """Position of the first of sorted values in [begin, end) that is at least ``bound``."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < bound:
            begin = middle + 1
        else:
            end = middle
    return begin


@_compile
def _squared(step, value, high, low):  # type: ignore[no-untyped-def]
    """Add the square of a value to a sum of 128 bits (``step`` 1), or take it away (-1)."""
    size = np.uint64(abs(value))
    up, down = _wide(size, size)
    if step == 1:
        low += down
        return high + up + (np.uint64(1) if low < down else np.uint64(0)), low
    return high - up - (np.uint64(1) if low < down else np.uint64(0)), low - down


@_compile
def _met(step, which, seen):  # type: ignore[no-untyped-def]
    """Count a counterpart once more (``step`` 1) or less (-1); returns the change of kinds."""
    if which < 0:
        return 0
    before = seen[which]
    seen[which] = before + step
    return step if before == (0 if step == 1 else 1) else 0


@_compile
def _plant(begin, end, on, valid, value, low, high):  # type: ignore[no-untyped-def]
    """Build a key's trees of least and greatest values over the events that are on."""
    size = end - begin
    for leaf in range(size):
        counts = on[begin + leaf] and valid[begin + leaf]
        low[size + leaf] = value[begin + leaf] if counts else _MOST
        high[size + leaf] = value[begin + leaf] if counts else _LEAST
    for node in range(size - 1, 0, -1):
        low[node] = min(low[2 * node], low[2 * node + 1])
        high[node] = max(high[2 * node], high[2 * node + 1])


@_compile
def _graft(leaf, least, greatest, low, high):  # type: ignore[no-untyped-def]
    """Change one leaf of the trees and all that hangs on it."""
    low[leaf], high[leaf] = least, greatest
    node = leaf >> 1
    while node >= 1:
        low[node] = min(low[2 * node], low[2 * node + 1])
        high[node] = max(high[2 * node], high[2 * node + 1])
        node >>= 1


@_compile
def _extremes(a, b, low, high):  # type: ignore[no-untyped-def]
    """Least and greatest value of the leaves [a, b); NaN where there is none."""
    least, greatest = _MOST, _LEAST
    while a < b:
        if a & 1:
            least, greatest = min(least, low[a]), max(greatest, high[a])
            a += 1
        if b & 1:
            b -= 1
            least, greatest = min(least, low[b]), max(greatest, high[b])
        a >>= 1
        b >>= 1
    if least > greatest:
        return np.nan, np.nan
    return np.float64(least), np.float64(greatest)


@_compile
def walk(  # type: ignore[no-untyped-def]  # noqa: C901 one loop, inlined for speed
    event_start, order, happened, prompt, late_start, late, late_known,
    valid, value, pair,
    query_start, placed, received, answer,
    spans, delays, rows, out,
):  # fmt: skip
    """Fill the parts of every query and window.

    Parameters
    ----------
    event_start, query_start, late_start
        Where the events, queries and late events of each key begin, shape ``(n_keys + 1,)``.
    order, happened, prompt
        Of each event, by key and happening: number of its order, instant in microseconds, and
        whether it was known by then.
    late, late_known
        Positions of the events that are not prompt, by key and when they became known, and when.
    valid, value, pair
        Of each event: whether it has a value, the value, and the number of its counterpart within
        the key, below 0 for none; empty where nothing wanted looks at them.
    placed, received, answer
        Of each query, by key and placing: the two instants, and its place in the output.
    spans, delays
        Of each window, microseconds.
    rows
        Row of the output for each window and kind, -1 where it is not wanted; shape
        ``(n_windows, len(KINDS))``.
    out
        The output, shape ``(n_rows, n_queries)``.
    """
    widest = 0
    for key in range(event_start.size - 1):
        widest = max(widest, event_start[key + 1] - event_start[key])
    on = prompt.copy()
    seen = np.zeros(pair.max() + 1 if pair.size else 0, np.int32)
    lowest = np.empty(2 * widest if value.size else 0, np.int64)
    highest = np.empty_like(lowest)
    for key in range(query_start.size - 1):
        begin, end = event_start[key], event_start[key + 1]
        size = end - begin
        first, stop = query_start[key], query_start[key + 1]
        first_late, stop_late = late_start[key], late_start[key + 1]
        if first == stop:
            continue
        for w in range(spans.size):
            at_n, at_valid, at_total, at_spread = rows[w, 0], rows[w, 1], rows[w, 2], rows[w, 3]
            at_low, at_high, at_distinct = rows[w, 4], rows[w, 5], rows[w, 6]
            at_gap, at_age, at_last = rows[w, 7], rows[w, 8], rows[w, 9]
            wants_extreme = at_low >= 0 or at_high >= 0
            wants_spread, wants_pair = at_spread >= 0, at_distinct >= 0
            wants_value = at_valid >= 0 or at_total >= 0 or wants_spread
            n = n_valid = total = kinds = 0
            high = low = np.uint64(0)
            a = _first_at_least(happened, begin, end, placed[first] - delays[w] - spans[w])
            b = a
            next_known = first_late
            if wants_extreme:
                _plant(begin, end, on, valid, value, lowest, highest)
            for q in range(first, stop):
                upto = placed[q] - delays[w]
                since = upto - spans[w]
                while True:  # the clock of reception moves on, or back, to this query's
                    if next_known < stop_late and late_known[next_known] < received[q]:
                        j, step = late[next_known], 1
                        next_known += 1
                    elif next_known > first_late and late_known[next_known - 1] >= received[q]:
                        next_known -= 1
                        j, step = late[next_known], -1
                    else:
                        break
                    on[j] = step == 1
                    if a <= j < b:
                        n += step
                        if wants_value and valid[j]:
                            n_valid += step
                            total += step * value[j]
                            if wants_spread:
                                high, low = _squared(step, value[j], high, low)
                        if wants_pair:
                            kinds += _met(step, pair[j], seen)
                    if wants_extreme and valid[j]:
                        least, greatest = (value[j], value[j]) if step == 1 else (_MOST, _LEAST)
                        _graft(j - begin + size, least, greatest, lowest, highest)
                while b < end and happened[b] < upto:
                    if on[b]:
                        n += 1
                        if wants_value and valid[b]:
                            n_valid += 1
                            total += value[b]
                            if wants_spread:
                                high, low = _squared(1, value[b], high, low)
                        if wants_pair:
                            kinds += _met(1, pair[b], seen)
                    b += 1
                while a < b and happened[a] < since:
                    if on[a]:
                        n -= 1
                        if wants_value and valid[a]:
                            n_valid -= 1
                            total -= value[a]
                            if wants_spread:
                                high, low = _squared(-1, value[a], high, low)
                        if wants_pair:
                            kinds += _met(-1, pair[a], seen)
                    a += 1
                at = answer[q]
                if at_n >= 0:
                    out[at_n, at] = n
                if at_valid >= 0:
                    out[at_valid, at] = n_valid
                if at_total >= 0:
                    out[at_total, at] = total
                if at_spread >= 0:
                    out[at_spread, at] = _spread(n_valid, total, high, low)
                if at_distinct >= 0:
                    out[at_distinct, at] = kinds
                if wants_extreme:
                    least, greatest = _extremes(a - begin + size, b - begin + size, lowest, highest)
                    if at_low >= 0:
                        out[at_low, at] = least
                    if at_high >= 0:
                        out[at_high, at] = greatest
                if at_gap >= 0 or at_last >= 0:
                    j = b - 1
                    while j >= a and not on[j]:
                        j -= 1
                    if at_gap >= 0:
                        out[at_gap, at] = placed[q] - happened[j] if j >= a else np.nan
                    if at_last >= 0:
                        out[at_last, at] = order[j] if j >= a else -1
                if at_age >= 0:
                    j = a
                    while j < b and not on[j]:
                        j += 1
                    out[at_age, at] = placed[q] - happened[j] if j < b else np.nan
            # Clean again for the next window: switches off, what is left in the window forgotten.
            for k in range(first_late, stop_late):
                on[late[k]] = False
            if at_distinct >= 0:
                for j in range(a, b):
                    if pair[j] >= 0:
                        seen[pair[j]] = 0

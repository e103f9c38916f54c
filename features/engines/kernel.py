"""Compiled walk over events sorted by key and time; numba compiles it once and keeps it on disk.

Events of a key lie in the order in which they happened; ``entry`` lists them in the order in which
they became known. Queries of a key come in the order in which they were received. Before a query,
the events known strictly before it are switched on. Each window then holds the switched-on events
between two pointers that move both ways, adding and taking away whole numbers: exact under any
disorder, and linear when there is none.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_TWO_64 = 18446744073709551616.0


@njit(cache=True, inline="always")
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


@njit(cache=True, inline="always")
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


@njit(cache=True)
def _first_at_least(values, begin, end, bound):  # type: ignore[no-untyped-def]
    """Position of the first of sorted values in [begin, end) that is at least ``bound``."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < bound:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(cache=True)
def walk(  # type: ignore[no-untyped-def]  # noqa: C901 one loop, inlined for speed
    event_start,
    happened,
    entry,
    known,
    valid,
    value,
    pair,
    n_pairs,
    query_start,
    placed,
    received,
    spans,
    delays,
    n,
    n_valid,
    total,
    spread,
    distinct,
    last,
):
    """Fill the parts of every query and window; an output without rows is not asked for.

    Parameters
    ----------
    event_start, query_start
        Where the events and queries of each key begin, shape ``(n_keys + 1,)``.
    happened, known, valid, value, pair
        Of each event, by key and happening: instants in microseconds, whether it has a value, the
        value, and the number of its (key, counterpart), below 0 for none.
    entry
        Positions of each key's events by when they became known.
    placed, received
        Of each query, by key and reception.
    spans, delays
        Of each window, microseconds.
    n, n_valid, total, spread, distinct, last
        Outputs, shape ``(n_windows, n_queries)`` or ``(n_windows, 0)``; ``last`` is the position
        of the event, or -1.
    """
    n_windows = spans.size
    wants_value = total.shape[1] > 0
    wants_pair = distinct.shape[1] > 0
    wants_last = last.shape[1] > 0
    on = np.zeros(happened.size, np.uint8)
    seen = np.zeros((n_windows, n_pairs if wants_pair else 0), np.int32)
    lo = np.zeros(n_windows, np.int64)
    hi = np.zeros(n_windows, np.int64)
    count = np.zeros(n_windows, np.int64)
    filled = np.zeros(n_windows, np.int64)
    summed = np.zeros(n_windows, np.int64)
    high = np.zeros(n_windows, np.uint64)
    low = np.zeros(n_windows, np.uint64)
    kinds = np.zeros(n_windows, np.int64)
    for key in range(event_start.size - 1):
        begin, end = event_start[key], event_start[key + 1]
        first, stop = query_start[key], query_start[key + 1]
        if first == stop:
            continue
        next_known = begin
        for w in range(n_windows):
            count[w] = filled[w] = summed[w] = kinds[w] = 0
            high[w] = low[w] = np.uint64(0)
            lo[w] = _first_at_least(happened, begin, end, placed[first] - delays[w] - spans[w])
            hi[w] = lo[w]
        for q in range(first, stop):
            fresh = next_known
            while next_known < end and known[entry[next_known]] < received[q]:
                on[entry[next_known]] = 1
                next_known += 1
            for w in range(n_windows):
                upto = placed[q] - delays[w]
                since = upto - spans[w]
                a, b = lo[w], hi[w]
                # A step is (event, +1 or -1); all four moves share the one place that counts.
                stage = 0
                i = fresh
                while True:
                    if stage == 0:  # newly known inside the present window
                        if i == next_known:
                            stage = 1
                            continue
                        j = entry[i]
                        i += 1
                        if j < a or j >= b:
                            continue
                        step = 1
                    elif stage == 1:  # widen to the left
                        if a == begin or happened[a - 1] < since:
                            stage = 2
                            continue
                        a -= 1
                        j = a
                        step = 1
                    elif stage == 2:  # widen to the right
                        if b == end or happened[b] >= upto:
                            stage = 3
                            continue
                        j = b
                        b += 1
                        step = 1
                    elif stage == 3:  # shrink from the left
                        if a == b or happened[a] >= since:
                            stage = 4
                            continue
                        j = a
                        a += 1
                        step = -1
                    else:  # shrink from the right
                        if b == a or happened[b - 1] < upto:
                            break
                        b -= 1
                        j = b
                        step = -1
                    if on[j] == 0:
                        continue
                    count[w] += step
                    if wants_value and valid[j]:
                        filled[w] += step
                        summed[w] += step * value[j]
                        size = np.uint64(abs(value[j]))
                        up, down = _wide(size, size)
                        if step == 1:
                            low[w] += down
                            high[w] += up + (np.uint64(1) if low[w] < down else np.uint64(0))
                        else:
                            borrow = np.uint64(1) if low[w] < down else np.uint64(0)
                            low[w] -= down
                            high[w] -= up + borrow
                    if wants_pair and pair[j] >= 0:
                        if step == 1:
                            kinds[w] += seen[w, pair[j]] == 0
                            seen[w, pair[j]] += 1
                        else:
                            seen[w, pair[j]] -= 1
                            kinds[w] -= seen[w, pair[j]] == 0
                lo[w], hi[w] = a, b
                n[w, q] = count[w]
                if wants_value:
                    n_valid[w, q] = filled[w]
                    total[w, q] = summed[w]
                    spread[w, q] = _spread(filled[w], summed[w], high[w], low[w])
                if wants_pair:
                    distinct[w, q] = kinds[w]
                if wants_last:
                    j = b - 1
                    while j >= a and on[j] == 0:
                        j -= 1
                    last[w, q] = j if j >= a else -1


@njit(cache=True)
def extremes(  # type: ignore[no-untyped-def]
    event_start,
    happened,
    entry,
    known,
    valid,
    value,
    query_start,
    placed,
    received,
    spans,
    delays,
    lowest,
    highest,
):
    """Fill the lowest and highest value of every query and window; NaN where there is none.

    A minimum cannot be taken away from again, so each key has a tree of its events by happening
    in which they are switched on as they become known.
    """
    widest = 1
    for key in range(event_start.size - 1):
        widest = max(widest, event_start[key + 1] - event_start[key])
    none_low, none_high = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    tree_low = np.empty(2 * widest, np.int64)
    tree_high = np.empty(2 * widest, np.int64)
    for key in range(event_start.size - 1):
        begin, end = event_start[key], event_start[key + 1]
        size = end - begin
        tree_low[: 2 * size] = none_low
        tree_high[: 2 * size] = none_high
        next_known = begin
        for q in range(query_start[key], query_start[key + 1]):
            while next_known < end and known[entry[next_known]] < received[q]:
                j = entry[next_known]
                next_known += 1
                if not valid[j]:
                    continue
                leaf = j - begin + size
                tree_low[leaf] = tree_high[leaf] = value[j]
                leaf >>= 1
                while leaf >= 1:
                    tree_low[leaf] = min(tree_low[2 * leaf], tree_low[2 * leaf + 1])
                    tree_high[leaf] = max(tree_high[2 * leaf], tree_high[2 * leaf + 1])
                    leaf >>= 1
            for w in range(spans.size):
                upto = placed[q] - delays[w]
                a = _first_at_least(happened, begin, end, upto - spans[w]) - begin + size
                b = _first_at_least(happened, begin, end, upto) - begin + size
                small, large = none_low, none_high
                while a < b:
                    if a & 1:
                        small = min(small, tree_low[a])
                        large = max(large, tree_high[a])
                        a += 1
                    if b & 1:
                        b -= 1
                        small = min(small, tree_low[b])
                        large = max(large, tree_high[b])
                    a >>= 1
                    b >>= 1
                lowest[w, q] = np.float64(small) if small <= large else np.nan
                highest[w, q] = np.float64(large) if small <= large else np.nan

"""Identity links under the names that orders carry: fingerprints instead of numbers, compiled."""

from __future__ import annotations

import numpy as np

from features.engines.links_layout import (
    BAD,
    BUYER,
    FREE_BUYER,
    FREE_VALUE,
    HEAD,
    NEVER,
    NEWEST_ORDER,
    NEXT,
    NONE,
    OLDEST,
    PLACED,
    RECEIVED,
    VALUE,
    compiled,
)
from features.engines.links_search import Asked, search
from features.engines.links_store import due, insert, remove
from features.engines.state.tables import enter, find, strike

HIGH, LOW = 0, 1
ORDER_KEY, BUYER_KEY, FIRST_KEY = 0, 1, 2
"""Rows of the keys of an order: its own, its buyer's, then those of its identifiers; zeros where
there is none."""


@compiled
def ask(s, keys, placed, received, out):
    """Fill the quantities of an order's group; what is not there is not made."""
    buyer = find(s.buyer_index, s.buyer_keys, keys[BUYER_KEY, HIGH], keys[BUYER_KEY, LOW])
    values = np.full(len(keys) - FIRST_KEY, NONE, np.int32)
    for kind in range(len(values)):
        high, low = keys[FIRST_KEY + kind, HIGH], keys[FIRST_KEY + kind, LOW]
        if high != 0 or low != 0:
            value = find(s.value_index, s.value_keys, high, low)
            values[kind] = len(s.values) - 1 if value == NONE else value
    # The last rows of both tables stand for whoever and whatever was never seen before.
    buyer = len(s.buyers) - 1 if buyer == NONE else buyer
    search(s, Asked(buyer, values, placed, received, number_of(s, keys)), out)


@compiled
def number_of(s, keys):
    """Find the number of an order, or `NONE`."""
    at = find(s.order_index, s.order_keys, keys[ORDER_KEY, HIGH], keys[ORDER_KEY, LOW])
    if at == NONE:
        return NONE
    mask = len(s.clocks) - 1
    return s.counters[OLDEST] + ((at - s.counters[OLDEST]) & mask)


@compiled
def add(s, keys, placed, received, bad):
    """Add an order in place of an earlier one under its key; there must be room."""
    earlier = number_of(s, keys)
    if earlier != NONE:
        drop(s, earlier)
    buyer = _held(
        s.buyer_index, s.buyer_keys, s.counters, FREE_BUYER,
        keys[BUYER_KEY, HIGH], keys[BUYER_KEY, LOW],
    )  # fmt: skip
    values = np.full(len(keys) - FIRST_KEY, NONE, np.int32)
    for kind in range(len(values)):
        high, low = keys[FIRST_KEY + kind, HIGH], keys[FIRST_KEY + kind, LOW]
        if high != 0 or low != 0:
            values[kind] = _held(s.value_index, s.value_keys, s.counters, FREE_VALUE, high, low)
    number = insert(s, buyer, values, placed, received, max(bad, received))
    at = number & (len(s.clocks) - 1)
    s.order_keys[at].high, s.order_keys[at].low = keys[ORDER_KEY, HIGH], keys[ORDER_KEY, LOW]
    enter(s.order_index, keys[ORDER_KEY, LOW], at)


@compiled
def add_all(s, keys, placed, received):
    """Add orders that nothing bad is reported of yet; there must be room."""
    for i in range(len(keys)):
        add(s, keys[i], placed[i], received[i], NEVER)


@compiled
def _held(index, rows, counters, free, high, low):
    """Find the row of a key, or take one for it."""
    row = find(index, rows, high, low)
    if row != NONE:
        return row
    row = counters[free]
    if row == NONE:
        row = counters[free + 1]
        counters[free + 1] += 1
    else:
        counters[free] = rows[row].link
    rows[row].high, rows[row].low = high, low
    enter(index, low, row)
    return row


@compiled
def _released(index, rows, counters, free, row):
    strike(index, rows, row)
    rows[row].link = counters[free]
    counters[free] = row


@compiled
def drop(s, number):
    """Take an order out, and the keys that nothing uses any more."""
    at = number & (len(s.clocks) - 1)
    buyer = s.orders[at, BUYER]
    values = np.full((s.orders.shape[1] - HEAD) // 2, NONE, np.int32)
    for kind in range(len(values)):
        pair = s.orders[at, HEAD + 2 * kind]
        if pair != NONE:
            values[kind] = s.pairs[pair, VALUE]
    remove(s, number)
    strike(s.order_index, s.order_keys, at)
    if s.buyers[buyer, NEWEST_ORDER] == NONE:
        _released(s.buyer_index, s.buyer_keys, s.counters, FREE_BUYER, buyer)
    for value in values:
        if value != NONE and s.values[value] == NONE:
            _released(s.value_index, s.value_keys, s.counters, FREE_VALUE, value)


@compiled
def forget(s, bound):
    """Take out the oldest orders as long as they were placed before an instant; give how many."""
    n, number = 0, due(s, bound)
    while number != NONE:
        drop(s, number)
        n += 1
        number = due(s, bound)
    return n


@compiled
def mark(s, keys, bad):
    """Set since when an order is reported to be bad; it is not known before the order itself."""
    number = number_of(s, keys)
    if number != NONE:
        at = number & (len(s.clocks) - 1)
        s.clocks[at, BAD] = max(bad, s.clocks[at, RECEIVED])


@compiled
def moved(s, clocks, orders, order_keys, order_index):
    """Move the orders into a larger ring."""
    old, new = len(s.clocks) - 1, len(clocks) - 1
    for number in range(s.counters[OLDEST], s.counters[NEXT]):
        clocks[number & new] = s.clocks[number & old]
        orders[number & new] = s.orders[number & old]
        order_keys[number & new] = s.order_keys[number & old]
        if orders[number & new, BUYER] != NONE:
            enter(order_index, order_keys[number & new].low, number & new)


@compiled
def entered(index, rows, is_used):
    """Enter rows into an empty index."""
    for row in range(len(is_used)):
        if is_used[row]:
            enter(index, rows[row].low, row)


@compiled
def content(s, bound):
    """List the orders placed since an instant: their keys, then their three clocks."""
    n_kinds = (s.orders.shape[1] - HEAD) // 2
    width = 2 * (FIRST_KEY + n_kinds)
    result = np.zeros((s.counters[NEXT] - s.counters[OLDEST], width + 3), np.uint64)
    n = 0
    for number in range(s.counters[OLDEST], s.counters[NEXT]):
        at = number & (len(s.clocks) - 1)
        buyer = s.orders[at, BUYER]
        if buyer == NONE or s.clocks[at, PLACED] < bound:
            continue
        row = result[n]
        row[0], row[1] = s.order_keys[at].high, s.order_keys[at].low
        row[2], row[3] = s.buyer_keys[buyer].high, s.buyer_keys[buyer].low
        for kind in range(n_kinds):
            pair = s.orders[at, HEAD + 2 * kind]
            if pair != NONE:
                value = s.pairs[pair, VALUE]
                row[4 + 2 * kind] = s.value_keys[value].high
                row[5 + 2 * kind] = s.value_keys[value].low
        row[width], row[width + 1] = s.clocks[at, PLACED], s.clocks[at, RECEIVED]
        row[width + 2] = s.clocks[at, BAD]
        n += 1
    return result[:n]

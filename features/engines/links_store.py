"""Who used which identifier when: compiled lists of buyers, values and orders."""

from __future__ import annotations

from features.engines.links_layout import (
    BAD,
    BEFORE,
    BUYER,
    FIRST_PAIR,
    FREE_PAIR,
    HEAD,
    KIND,
    NEWEST,
    NEWEST_ORDER,
    NEXT,
    NONE,
    OF_BUYER,
    OF_VALUE,
    OLDEST,
    OWNER,
    PLACED,
    RECEIVED,
    VALUE,
    compiled,
)


@compiled
def insert(s, buyer, values, placed, received, bad):
    """Add an order and give its number; there must be room for it and its pairs."""
    number = s.counters[NEXT]
    s.counters[NEXT] += 1
    at = number & (len(s.clocks) - 1)
    s.clocks[at, PLACED], s.clocks[at, RECEIVED], s.clocks[at, BAD] = placed, received, bad
    s.orders[at, BUYER] = buyer
    s.orders[at, BEFORE] = _joined(s, s.buyers[buyer, NEWEST_ORDER], BEFORE, number)
    s.buyers[buyer, NEWEST_ORDER] = number
    for kind in range(len(values)):
        pair, column = NONE, HEAD + 2 * kind
        if values[kind] != NONE:
            pair = _pair(s, buyer, values[kind], kind)
            s.orders[at, column + 1] = _joined(s, s.pairs[pair, NEWEST], column + 1, number)
            s.pairs[pair, NEWEST] = number
        s.orders[at, column] = pair
    return number


@compiled
def _joined(s, newest, column, number):
    """Put an order behind the newest of a circle; give its own successor."""
    if newest == NONE:
        return number
    at = newest & (len(s.clocks) - 1)
    oldest = s.orders[at, column]
    s.orders[at, column] = number
    return oldest


@compiled
def _parted(s, newest, column, number):
    """Take an order out of a circle; give the newest that is left, `NONE` when it was alone."""
    mask = len(s.clocks) - 1
    after = s.orders[number & mask, column]
    if after == number:
        return NONE
    before = newest  # the oldest, which leaves in the usual course, follows on it at once
    while s.orders[before & mask, column] != number:
        before = s.orders[before & mask, column]
    s.orders[before & mask, column] = after
    return before if newest == number else newest


@compiled
def _pair(s, buyer, value, kind):
    """Find the pair of a buyer and a value, or make it; the shorter list decides what it costs."""
    pairs, counters = s.pairs, s.counters
    mine, theirs = s.buyers[buyer, FIRST_PAIR], s.values[value]
    while mine != NONE and theirs != NONE:
        if pairs[mine, VALUE] == value:
            return mine
        if pairs[theirs, OWNER] == buyer:
            return theirs
        mine, theirs = pairs[mine, OF_BUYER], pairs[theirs, OF_VALUE]
    pair = counters[FREE_PAIR]
    if pair == NONE:
        pair = counters[FREE_PAIR + 1]
        counters[FREE_PAIR + 1] += 1
    else:
        counters[FREE_PAIR] = pairs[pair, OF_VALUE]
    pairs[pair, OWNER], pairs[pair, VALUE], pairs[pair, KIND] = buyer, value, kind
    pairs[pair, NEWEST] = NONE
    s.values[value] = _hung(pairs, pair, s.values[value], OF_VALUE)
    s.buyers[buyer, FIRST_PAIR] = _hung(pairs, pair, s.buyers[buyer, FIRST_PAIR], OF_BUYER)
    return pair


@compiled
def _hung(pairs, pair, first, column):
    """Hang a pair before the first of a list; give the new first one."""
    pairs[pair, column], pairs[pair, column + 1] = first, NONE
    if first != NONE:
        pairs[first, column + 1] = pair
    return pair


@compiled
def _unhung(pairs, pair, first, column):
    """Take a pair out of a list; give the first one that is left."""
    after, back = pairs[pair, column], pairs[pair, column + 1]
    if after != NONE:
        pairs[after, column + 1] = back
    if back == NONE:
        return after
    pairs[back, column] = after
    return first


@compiled
def remove(s, number):
    """Take an order out; its place in the ring stays empty until it is the oldest."""
    at = number & (len(s.clocks) - 1)
    buyer = s.orders[at, BUYER]
    newest = s.buyers[buyer, NEWEST_ORDER]
    s.buyers[buyer, NEWEST_ORDER] = _parted(s, newest, BEFORE, number)
    for column in range(HEAD, s.orders.shape[1], 2):
        pair = s.orders[at, column]
        if pair != NONE:
            newest = _parted(s, s.pairs[pair, NEWEST], column + 1, number)
            s.pairs[pair, NEWEST] = newest
            if newest == NONE:
                _free(s, pair)
    s.orders[at, BUYER] = NONE


@compiled
def _free(s, pair):
    """Take a pair without orders out of both lists."""
    value, buyer = s.pairs[pair, VALUE], s.pairs[pair, OWNER]
    s.values[value] = _unhung(s.pairs, pair, s.values[value], OF_VALUE)
    s.buyers[buyer, FIRST_PAIR] = _unhung(s.pairs, pair, s.buyers[buyer, FIRST_PAIR], OF_BUYER)
    s.pairs[pair, OF_VALUE] = s.counters[FREE_PAIR]
    s.counters[FREE_PAIR] = pair


@compiled
def due(s, bound):
    """Find the oldest order if it was placed before an instant, else `NONE`."""
    mask = len(s.clocks) - 1
    while s.counters[OLDEST] < s.counters[NEXT]:
        at = s.counters[OLDEST] & mask
        if s.orders[at, BUYER] != NONE:
            return s.counters[OLDEST] if s.clocks[at, PLACED] < bound else NONE
        s.counters[OLDEST] += 1
    return NONE

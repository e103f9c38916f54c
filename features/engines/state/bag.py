"""How often each counterpart stands in each busy window: one table of pairs for all windows."""

from __future__ import annotations

import numpy as np

from features.engines.state.compiling import inner
from features.engines.state.layout import PAIRS


@inner
def _home(pair, mask):
    """Where a pair belongs."""
    mixed = np.uint64(pair) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(mask))


@inner
def _place_of(bag, pair):
    """Find where a pair stands, or the empty place where it would."""
    mask = bag.size - 1
    at = _home(pair, mask)
    while bag[at] >= 0 and bag[at] != pair:
        at = (at + 1) & mask
    return at


@inner
def _grow(sums):
    pairs, counts = sums.bag, sums.bag_counts
    sums.bag, sums.bag_counts = (
        np.empty(2 * pairs.size, np.int64),
        np.empty(2 * pairs.size, np.int32),
    )
    for i in range(sums.bag.size):
        sums.bag[i] = -1
    for i in range(pairs.size):
        if pairs[i] >= 0:
            at = _place_of(sums.bag, pairs[i])
            sums.bag[at], sums.bag_counts[at] = pairs[i], counts[i]


@inner
def put_in(sums, window, code):
    """Count a counterpart in a window; 1 when it is new there, else 0."""
    pair = (np.int64(window) << 32) | np.int64(code)
    at = _place_of(sums.bag, pair)
    if sums.bag[at] == pair:
        sums.bag_counts[at] += 1
        return 0
    if 3 * (sums.counts[PAIRS] + 1) > 2 * sums.bag.size:
        _grow(sums)
        at = _place_of(sums.bag, pair)
    sums.bag[at], sums.bag_counts[at] = pair, 1
    sums.counts[PAIRS] += 1
    return 1


@inner
def take_out(sums, window, code):
    """Count a counterpart out of a window; 1 when it was the last one, else 0."""
    bag = sums.bag
    hole = _place_of(bag, (np.int64(window) << 32) | np.int64(code))
    sums.bag_counts[hole] -= 1
    if sums.bag_counts[hole] > 0:
        return 0
    sums.counts[PAIRS] -= 1
    mask = bag.size - 1
    at = hole
    while True:
        at = (at + 1) & mask
        if bag[at] < 0:
            break
        if ((at - _home(bag[at], mask)) & mask) >= ((at - hole) & mask):
            bag[hole], sums.bag_counts[hole] = bag[at], sums.bag_counts[at]
            hole = at
    bag[hole] = -1
    return 1

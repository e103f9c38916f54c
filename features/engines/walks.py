"""Compiled walks over a key's events and queries: what lies in a window, and what it comes to.

Events of a key lie in the order in which they happened, and its queries in the order in which they
were placed, so that both ends of every window only move forward. An event known by the time it
happened, a *prompt* one, counts wherever a window covers it; sums of these are differences of
running sums. The others, the *late* ones, have a switch: before each query those known strictly
before it are on, and the rest off. All sums are of whole numbers, so the answers hang on nothing
but the window's content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from features.engines.compiling import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Places = NDArray[np.int32]

_LEAST, _MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_compile: Final = kept(nogil=True)


class Frame(NamedTuple):
    """What one window covers for each query, by key and placing.

    Parameters
    ----------
    start
        Where the queries of each key begin, shape ``(n_keys + 1,)``.
    received
        When each query's order was received, microseconds.
    first, stop
        The window's first event, and the one after its last, whether known or not.
    """

    start: Ints
    received: Ints
    first: Places
    stop: Places


class Late(NamedTuple):
    """Events that were not known when they happened.

    Parameters
    ----------
    start
        Where those of each key begin, shape ``(n_keys + 1,)``.
    at
        Their places among all events, ascending.
    turn, known
        Their numbers in the order in which each key's became known, and when, microseconds.
    """

    start: Ints
    at: Places
    turn: Ints
    known: Ints


@_compile
def covered(start, happened, query_start, placed, span, delay, first, stop):
    """Fill the first event and the one after the last of a window, for every query."""
    for key in range(query_start.size - 1):
        end = start[key + 1]
        a = b = -1
        for q in range(query_start[key], query_start[key + 1]):
            upto = placed[q] - delay
            since = upto - span
            if a < 0:
                a = b = _first_at_least(happened, start[key], end, since)
            while b < end and happened[b] < upto:
                b += 1
            while a < b and happened[a] < since:
                a += 1
            first[q], stop[q] = a, b


@_compile
def _first_at_least(values, begin, end, bound):
    """Position of the first of sorted values in [begin, end) that is at least ``bound``."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < bound:
            begin = middle + 1
        else:
            end = middle
    return begin


@_compile
def running(amount, prompt):
    """Add up the amounts of prompt events, from 0 before the first to all after the last."""
    upto = np.empty(amount.size + 1, np.int64)
    upto[0] = 0
    for j in range(amount.size):
        upto[j + 1] = upto[j] + amount[j] * prompt[j]
    return upto


@_compile
def add_prompt(frame, upto, total):
    """Fill what the prompt events of a window come to, from the sums that `running` gives."""
    for q in range(total.size):
        total[q] = upto[frame.stop[q]] - upto[frame.first[q]]


@_compile
def _switched(clock, begin, end, late, received):
    """Move a key's clock of reception one late event on or back, towards an instant.

    Returns
    -------
    clock, which, step
        The late event and 1 if it is on from here, -1 if off, 0 if the clock has arrived.
    """
    if clock < end and late.known[clock] < received:
        return clock + 1, late.turn[clock], 1
    if clock > begin and late.known[clock - 1] >= received:
        return clock - 1, late.turn[clock - 1], -1
    return clock, 0, 0


@_compile
def add_late(frame, late, amount, total):
    """Add what the late events of a window come to that were known."""
    on = np.zeros(late.at.size, np.bool_)
    for key in range(frame.start.size - 1):
        begin, end = late.start[key], late.start[key + 1]
        if begin == end:
            continue
        a = b = clock = begin
        inside = 0
        for q in range(frame.start[key], frame.start[key + 1]):
            while True:
                clock, which, step = _switched(clock, begin, end, late, frame.received[q])
                if step == 0:
                    break
                on[which] = step == 1
                if a <= which < b:
                    inside += step * amount[which]
            while b < end and late.at[b] < frame.stop[q]:
                inside += amount[b] * on[b]
                b += 1
            while a < b and late.at[a] < frame.first[q]:
                inside -= amount[a] * on[a]
                a += 1
            total[q] += inside


@_compile
def newest(frame, late, prompt, found):
    """Fill the last known event of a window, -1 where there is none."""
    on = prompt.copy()
    for key in range(frame.start.size - 1):
        begin, end = late.start[key], late.start[key + 1]
        clock = begin
        for q in range(frame.start[key], frame.start[key + 1]):
            clock = _set(clock, begin, end, late, frame.received[q], on)
            j = frame.stop[q] - 1
            while j >= frame.first[q] and not on[j]:
                j -= 1
            found[q] = j if j >= frame.first[q] else -1


@_compile
def oldest(frame, late, prompt, found):
    """Fill the first known event of a window, -1 where there is none."""
    on = prompt.copy()
    for key in range(frame.start.size - 1):
        begin, end = late.start[key], late.start[key + 1]
        clock = begin
        for q in range(frame.start[key], frame.start[key + 1]):
            clock = _set(clock, begin, end, late, frame.received[q], on)
            j = frame.first[q]
            while j < frame.stop[q] and not on[j]:
                j += 1
            found[q] = j if j < frame.stop[q] else -1


@_compile
def _set(clock, begin, end, late, received, on):
    """Set the switches of a key's late events as they are at an instant."""
    while True:
        clock, which, step = _switched(clock, begin, end, late, received)
        if step == 0:
            return clock
        on[late.at[which]] = step == 1


@_compile
def distinct(frame, late, prompt, pair, found):
    """Fill how many counterparts a window has, each numbered within its key."""
    on = prompt.copy()
    seen = np.zeros(pair.max() + 1 if pair.size else 0, np.int32)
    for key in range(frame.start.size - 1):
        begin, end = late.start[key], late.start[key + 1]
        clock = begin
        kinds = 0
        a = b = -1
        for q in range(frame.start[key], frame.start[key + 1]):
            if a < 0:
                a = b = frame.first[q]
            while True:
                clock, which, step = _switched(clock, begin, end, late, frame.received[q])
                if step == 0:
                    break
                j = late.at[which]
                on[j] = step == 1
                if a <= j < b:
                    kinds += _met(step, pair[j], seen)
            while b < frame.stop[q]:
                kinds += _met(1, pair[b] if on[b] else -1, seen)
                b += 1
            while a < frame.first[q]:
                kinds += _met(-1, pair[a] if on[a] else -1, seen)
                a += 1
            found[q] = kinds
        for j in range(a, b):  # what is left in the last window is forgotten
            if pair[j] >= 0:
                seen[pair[j]] = 0


@_compile
def _met(step, which, seen):
    """Count a counterpart once more (``step`` 1) or less (-1); returns the change of kinds."""
    if which < 0:
        return 0
    before = seen[which]
    seen[which] = before + step
    return step if before == (0 if step == 1 else 1) else 0


@_compile
def extreme(frame, late, start, prompt, valid, value, greatest, found):
    """Fill the least (or greatest) value of a window, NaN where there is none.

    A tree over the key's events, its leaves at ``[size, 2 * size)``, holds what is on.
    """
    none = _LEAST if greatest else _MOST
    widest = 0
    for key in range(start.size - 1):
        widest = max(widest, start[key + 1] - start[key])
    tree = np.empty(2 * widest, np.int64)
    for key in range(frame.start.size - 1):
        begin, end = late.start[key], late.start[key + 1]
        size = start[key + 1] - start[key]
        leaf = size - start[key]  # from an event's place to its leaf's
        clock = begin
        if frame.start[key] == frame.start[key + 1]:
            continue
        for j in range(start[key], start[key + 1]):
            tree[leaf + j] = value[j] if prompt[j] and valid[j] else none
        for node in range(size - 1, 0, -1):
            tree[node] = _chosen(tree[2 * node], tree[2 * node + 1], greatest)
        for q in range(frame.start[key], frame.start[key + 1]):
            while True:
                clock, which, step = _switched(clock, begin, end, late, frame.received[q])
                if step == 0:
                    break
                j = late.at[which]
                if valid[j]:
                    _graft(tree, leaf + j, value[j] if step == 1 else none, greatest)
            best = _best(tree, leaf + frame.first[q], leaf + frame.stop[q], none, greatest)
            found[q] = np.nan if best == none else best


@_compile
def _chosen(one, other, greatest):
    return max(one, other) if greatest else min(one, other)


@_compile
def _graft(tree, leaf, value, greatest):
    """Change one leaf of a tree and all that hangs on it."""
    tree[leaf] = value
    node = leaf >> 1
    while node >= 1:
        tree[node] = _chosen(tree[2 * node], tree[2 * node + 1], greatest)
        node >>= 1


@_compile
def _best(tree, a, b, none, greatest):
    """Least or greatest of the leaves [a, b)."""
    best = none
    while a < b:
        if a & 1:
            best = _chosen(best, tree[a], greatest)
            a += 1
        if b & 1:
            b -= 1
            best = _chosen(best, tree[b], greatest)
        a >>= 1
        b >>= 1
    return best

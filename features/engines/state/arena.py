"""One array of words in blocks of graded sizes, and lists of row numbers that live in them.

A list is sorted by an instant of its rows: a slot lists its events by when they happened, the
timeline by when they became known. Most of what comes is the newest and most of what goes is the
oldest: both cost nothing but the bounds.
"""

from __future__ import annotations

import numpy as np

from features.engines.state.compiling import inner
from features.engines.state.layout import USED


@inner
def _size_class(n_words):
    """Give the class and size of the smallest block for some words; sizes go 1, 2, 3, 4, 6, 8."""
    number, size = 0, 1
    while size < n_words:
        number += 1
        size = 1 << ((number + 1) >> 1) if number & 1 else 3 << ((number >> 1) - 1)
    return number, size


@inner
def block(arena, n_words):
    """Take a block: where it begins and how many words it has."""
    number, size = _size_class(n_words)
    start = arena.blocks[number]
    if start >= 0:
        arena.blocks[number] = arena.words[start]
        return start, size
    start = arena.counts[USED]
    if start + size > arena.words.size:
        words = np.empty(max(start + size, arena.words.size + arena.words.size // 2), np.int32)
        for i in range(start):
            words[i] = arena.words[i]
        arena.words = words
    arena.counts[USED] = start + size
    return start, size


@inner
def free_block(arena, start, n_words):
    """Give back a block that was taken for so many words."""
    if n_words > 0:
        number, _ = _size_class(n_words)
        arena.words[start] = arena.blocks[number]
        arena.blocks[number] = start


@inner
def first_at_least(words, base, end, instants, bound):
    """Position in [0, end) of the first row whose instant is at least ``bound``."""
    begin = 0
    while begin < end:
        middle = (begin + end) >> 1
        if instants[words[base + middle]] < bound:
            begin = middle + 1
        else:
            end = middle
    return begin


@inner
def _make_room(arena, number):
    """Make sure that one more row fits in at the end of a list."""
    row = arena.lists[number]
    base, count = np.int64(row.start + row.first), np.int64(row.count)
    if row.first + count < row.capacity:
        return
    start, size = np.int64(row.start), np.int64(row.capacity)
    if row.first <= row.capacity >> 2:
        start, size = block(arena, count + 1)
    words = arena.words
    for i in range(count):
        words[start + i] = words[base + i]
    if start != row.start:
        free_block(arena, np.int64(row.start), np.int64(row.capacity))
    row.start, row.capacity, row.first = start, size, 0


@inner
def append(arena, number, member):
    """Put a row at the end of a list, whatever its instant."""
    _make_room(arena, number)
    row = arena.lists[number]
    arena.words[row.start + row.first + row.count] = member
    row.count += 1


@inner
def place(arena, number, instants, member):
    """Put a row in its place in a list, behind those of the same instant; give the position."""
    _make_room(arena, number)
    row, words = arena.lists[number], arena.words
    base, count = np.int64(row.start + row.first), np.int64(row.count)
    at = count
    if count and instants[words[base + count - 1]] > instants[member]:
        at = first_at_least(words, base, count, instants, instants[member] + 1)
    if at < count >> 1 and row.first > 0:
        for i in range(at):
            words[base + i - 1] = words[base + i]
        row.first -= 1
        base -= 1
    else:
        for i in range(count, at, -1):
            words[base + i] = words[base + i - 1]
    words[base + at] = member
    row.count = count + 1
    return at


@inner
def remove(arena, number, instants, member):
    """Take a row out of a list; give the position at which it was."""
    row, words = arena.lists[number], arena.words
    base, count = np.int64(row.start + row.first), np.int64(row.count)
    at = first_at_least(words, base, count, instants, instants[member])
    while words[base + at] != member:
        at += 1
    if at < count >> 1:
        for i in range(at, 0, -1):
            words[base + i] = words[base + i - 1]
        row.first += 1
    else:
        for i in range(at, count - 1):
            words[base + i] = words[base + i + 1]
    row.count = count - 1
    return at

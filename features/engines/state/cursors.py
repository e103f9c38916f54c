"""What a window adds up, kept up to date for keys that are busy.

A busy slot has one set of cursors: for each window the positions ``lo`` and ``hi`` of its ends
among the slot's events, `SUMS` words for each value, and a word for each counterpart that counts
the different ones. The ends move to each question, whichever way, and events that come or go in
between are added or taken away: whole numbers, so that nothing is ever rounded or lost.
"""

from __future__ import annotations

import numpy as np

from features.engines.kernel import _wide
from features.engines.state.arena import first_at_least
from features.engines.state.bag import put_in, take_out
from features.engines.state.compiling import inner
from features.engines.state.layout import MISSING, PUT, TAKE, USED

LO, HI, FIRST = 0, 1, 2
VALID, TOTAL, HIGH, LOW, SMALLEST, LARGEST, IS_STALE = range(7)
SUMS = 7
"""Words of a value: how many there are, their total, their squares in 128 bits, the smallest and
the largest one, and whether one of those two has gone since."""


@inner
def clear(words, at):
    """Empty the sums of a value."""
    for i in range(SUMS):
        words[at + i] = 0
    words[at + SMALLEST], words[at + LARGEST] = np.iinfo(np.int64).max, np.iinfo(np.int64).min


@inner
def add(words, at, value):
    """Add a value to sums."""
    words[at + VALID] += 1
    words[at + TOTAL] += value
    size = np.uint64(abs(value))
    up, down = _wide(size, size)
    low = np.uint64(words[at + LOW]) + down
    carry = np.uint64(1) if low < down else np.uint64(0)
    words[at + LOW] = np.int64(low)
    words[at + HIGH] = np.int64(np.uint64(words[at + HIGH]) + up + carry)
    words[at + SMALLEST] = min(words[at + SMALLEST], value)
    words[at + LARGEST] = max(words[at + LARGEST], value)


@inner
def _subtract(words, at, value):
    """Take a value away from sums."""
    words[at + VALID] -= 1
    words[at + TOTAL] -= value
    size = np.uint64(abs(value))
    up, down = _wide(size, size)
    low = np.uint64(words[at + LOW])
    borrow = np.uint64(1) if low < down else np.uint64(0)
    words[at + LOW] = np.int64(low - down)
    words[at + HIGH] = np.int64(np.uint64(words[at + HIGH]) - up - borrow)
    if value == words[at + SMALLEST] or value == words[at + LARGEST]:
        words[at + IS_STALE] = 1


@inner
def _count(s, frame, base, event, step):
    """Add an event to a window, or take it away again."""
    window, sums = s.program.frames[frame], s.sums
    at = base + window.word + FIRST
    bits, position = window.values, 0
    while bits:
        if bits & 1:
            value = s.values[event, position]
            if value != MISSING:
                if step > 0:
                    add(sums.words, at, value)
                else:
                    _subtract(sums.words, at, value)
            at += SUMS
        bits >>= 1
        position += 1
    bits, position = window.others, 0
    while bits:
        if bits & 1:
            code = np.int64(s.others[event, position])
            if code >= 0:
                if step > 0:
                    sums.words[at] += put_in(sums, at, code)
                else:
                    sums.words[at] -= take_out(sums, at, code)
            at += 1
        bits >>= 1
        position += 1


@inner
def track_of(s, slot):
    """Give the track of a slot."""
    return np.int64(s.slots.rows[slot].high >> np.uint64(32))


@inner
def open_cursors(s, slot):
    """Give a slot its set of cursors; each begins when its window is first asked for."""
    number, sums = track_of(s, slot), s.sums
    track, base = s.program.tracks[number], sums.free[number]
    if base >= 0:
        sums.free[number] = sums.words[base]
    else:
        base = sums.counts[USED]
        if base + track.words > sums.words.size:
            words = np.empty(max(base + track.words, 2 * sums.words.size), np.int64)
            for i in range(base):
                words[i] = sums.words[i]
            sums.words = words
        sums.counts[USED] = base + track.words
    for i in range(track.first, track.first + track.n):
        sums.words[base + s.program.frames[i].word + LO] = -1
    s.arena.lists[slot].cursors = base


@inner
def close_cursors(s, slot):
    """Take a slot's cursors away, with what they hold in the bag."""
    row, number, sums = s.arena.lists[slot], track_of(s, slot), s.sums
    track, base, events = s.program.tracks[number], np.int64(row.cursors), row.start + row.first
    for frame in range(track.first, track.first + track.n):
        at = base + s.program.frames[frame].word
        if sums.words[at + LO] >= 0 and s.program.frames[frame].others:
            for j in range(sums.words[at + LO], sums.words[at + HI]):
                _count(s, frame, base, np.int64(s.arena.words[events + j]), TAKE)
    sums.words[base] = sums.free[number]
    sums.free[number] = base
    row.cursors = -1


@inner
def note(s, slot, position, event, step):
    """Tell the cursors of a slot that an event came to a position (1), or went from it (-1)."""
    track, base = s.program.tracks[track_of(s, slot)], np.int64(s.arena.lists[slot].cursors)
    words = s.sums.words
    for frame in range(track.first, track.first + track.n):
        at = base + s.program.frames[frame].word
        lo, hi = words[at + LO], words[at + HI]
        if lo < 0 or position >= hi:
            continue
        words[at + HI] = hi + step
        if position < lo:
            words[at + LO] = lo + step
        else:
            _count(s, frame, base, event, step)


@inner
def _begin(s, frame, base, position):
    """Begin a window, empty, at a position."""
    window, words = s.program.frames[frame], s.sums.words
    at = base + window.word
    words[at + LO] = words[at + HI] = position
    at += FIRST
    bits = window.values
    while bits:
        if bits & 1:
            clear(words, at)
            at += SUMS
        bits >>= 1
    bits = window.others
    while bits:
        if bits & 1:
            words[at] = 0
            at += 1
        bits >>= 1


@inner
def move(s, slot, frame, since, upto):
    """Move a window's ends to ``[since, upto)``: first outwards, then inwards."""
    row, happened, sums = s.arena.lists[slot], s.events["happened"], s.sums.words
    events, end, base = np.int64(row.start + row.first), np.int64(row.count), np.int64(row.cursors)
    words, window = s.arena.words, s.program.frames[frame]
    at, counts = base + window.word, window.values | window.others
    if sums[at + LO] < 0:
        _begin(s, frame, base, first_at_least(words, events, end, happened, since))
    lo, hi = sums[at + LO], sums[at + HI]
    while True:
        if lo > 0 and happened[words[events + lo - 1]] >= since:
            lo -= 1
            event, step = words[events + lo], PUT
        elif hi < end and happened[words[events + hi]] < upto:
            event, step = words[events + hi], PUT
            hi += 1
        elif lo < hi and happened[words[events + lo]] < since:
            event, step = words[events + lo], TAKE
            lo += 1
        elif hi > lo and happened[words[events + hi - 1]] >= upto:
            hi -= 1
            event, step = words[events + hi], TAKE
        else:
            break
        if counts:
            _count(s, frame, base, np.int64(event), step)
    sums[at + LO], sums[at + HI] = lo, hi
    return lo, hi


@inner
def refresh(s, slot, frame):
    """Look again for the smallest and largest values where one of them has gone."""
    window, row, sums = s.program.frames[frame], s.arena.lists[slot], s.sums.words
    base = row.cursors + window.word
    lo, hi, events = sums[base + LO], sums[base + HI], row.start + row.first
    at, bits, position = base + FIRST, window.values, 0
    while bits:
        if bits & 1:
            if (window.extremes >> position) & 1 and sums[at + IS_STALE]:
                smallest, largest = np.iinfo(np.int64).max, np.iinfo(np.int64).min
                for j in range(lo, hi):
                    value = s.values[s.arena.words[events + j], position]
                    if value != MISSING:
                        smallest, largest = min(smallest, value), max(largest, value)
                sums[at + SMALLEST], sums[at + LARGEST], sums[at + IS_STALE] = smallest, largest, 0
            at += SUMS
        bits >>= 1
        position += 1

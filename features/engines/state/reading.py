"""The whole window set of one order, read in one compiled call, and its formulas."""

from __future__ import annotations

import numpy as np

from features.engines.formulas import evaluate
from features.engines.kernel import _spread
from features.engines.state import cursors
from features.engines.state.compiling import inner
from features.engines.state.layout import FIRST_ROW, KINDS, LAST, MISSING
from features.engines.state.tables import find, place_of

BUSY = 24
"""Events of a slot from which on keeping sums costs less than adding them up for each question."""

_N, _VALID, _TOTAL, _SPREAD, _LOW, _HIGH, _DISTINCT, _GAP, _AGE, _ORDER = range(len(KINDS))
EVERYBODY_HIGH, EVERYBODY_LOW = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@inner
def _mixed(bits):
    """Spread 64 bits; every number goes to a number of its own."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@inner
def folded(high, low, next_high, next_low):
    """Fold the fingerprint of a further column into that of the columns before it."""
    return _mixed(_mixed(high) + next_high), _mixed(_mixed(low) + next_low)


@inner
def key_of(s, entity, texts, row, line_texts, line):
    """Fingerprint of an entity's key in an order or one of its lines; zeros where it has none."""
    of = s.program.entities[entity]
    if of.n == 0:
        return EVERYBODY_HIGH, EVERYBODY_LOW
    high = low = np.uint64(0)
    for i in range(of.n):
        column = s.program.columns[of.first + i]
        if of.line >= 0 and column.line >= 0:
            next_high, next_low = line_texts[line, column.line, 0], line_texts[line, column.line, 1]
        else:
            next_high, next_low = texts[row, column.order, 0], texts[row, column.order, 1]
        if next_high == 0 and next_low == 0:
            return np.uint64(0), np.uint64(0)
        if i == 0:
            high, low = next_high, next_low
        else:
            high, low = folded(high, low, next_high, next_low)
    return high, low


@inner
def line_totals(s, entity, texts, row, lines, line_texts, line_amounts):
    """Distinct keys of an order's lines, with units added up and the lowest price of each.

    Returns
    -------
    tuple
        How many; fingerprints, shape ``(n_lines, 2)``; amounts, shape ``(n_lines, 2)``.
    """
    begin, end = lines
    keys = np.empty((end - begin, 2), np.uint64)
    amounts = np.empty((end - begin, 2), np.int64)
    n = 0
    for line in range(begin, end):
        high, low = key_of(s, entity, texts, row, line_texts, line)
        if high == 0 and low == 0:
            continue
        units, price = line_amounts[line, 0], line_amounts[line, 1]
        at = 0
        while at < n and (keys[at, 0] != high or keys[at, 1] != low):
            at += 1
        if at == n:
            keys[n, 0], keys[n, 1], amounts[n, 0], amounts[n, 1] = high, low, units, price
            n += 1
            continue
        if amounts[at, 0] == MISSING:
            amounts[at, 0] = units
        elif units != MISSING:
            amounts[at, 0] += units
        if amounts[at, 1] == MISSING or (price != MISSING and price < amounts[at, 1]):
            amounts[at, 1] = price
    return n, keys, amounts


@inner
def _text_is_less(s, one, other):
    """Compare the keys of two orders as texts."""
    a, b = s.of_orders[one], s.of_orders[other]
    text = s.arena.words.view(np.uint8)
    first, second = 4 * np.int64(a.text), 4 * np.int64(b.text)
    for i in range(min(a.n_text, b.n_text)):
        if text[first + i] != text[second + i]:
            return text[first + i] < text[second + i]
    return a.n_text < b.n_text


@inner
def _last_order(s, events, lo, hi):
    """Order of the last event; the greatest key of those at the same instant."""
    at = hi - 1
    event = s.events[s.arena.words[events + at]]
    happened, best = event.happened, np.int64(event.order)
    while at > lo and s.events[s.arena.words[events + at - 1]].happened == happened:
        at -= 1
        other = np.int64(s.events[s.arena.words[events + at]].order)
        if _text_is_less(s, best, other):
            best = other
    return np.float64(best)


@inner
def _write(s, events, frame, words, base, ends, placed, cells):  # noqa: C901 one branch a kind
    """Write the parts of a window, whose sums begin at ``base``, into cells."""
    window = s.program.frames[frame]
    lo, hi = ends
    for i in range(window.first, window.first + window.n):
        cell = s.program.cells[i]
        kind, at, word = cell.kind, cell.at, base + cell.word
        if kind == _N:
            cells[at] = hi - lo
        elif kind == _VALID:
            cells[at] = words[word + cursors.VALID]
        elif kind == _TOTAL:
            cells[at] = words[word + cursors.TOTAL]
        elif kind == _SPREAD:
            cells[at] = _spread(
                words[word + cursors.VALID],
                words[word + cursors.TOTAL],
                np.uint64(words[word + cursors.HIGH]),
                np.uint64(words[word + cursors.LOW]),
            )
        elif kind == _LOW and words[word + cursors.VALID] > 0:
            cells[at] = words[word + cursors.SMALLEST]
        elif kind == _HIGH and words[word + cursors.VALID] > 0:
            cells[at] = words[word + cursors.LARGEST]
        elif kind == _DISTINCT:
            cells[at] = words[word]
        elif hi > lo:
            if kind == _GAP:
                cells[at] = placed - s.events[s.arena.words[events + hi - 1]].happened
            elif kind == _AGE:
                cells[at] = placed - s.events[s.arena.words[events + lo]].happened
            elif kind == _ORDER:
                cells[at] = _last_order(s, events, lo, hi)


@inner
def _add_up(s, frame, events, lo, hi, words):
    """Add up a window of few events from nothing; sums begin at word 0."""
    window = s.program.frames[frame]
    at, bits, position = FIRST_ROW, window.values, 0
    while bits:
        if bits & 1:
            cursors.clear(words, at)
            for j in range(lo, hi):
                value = s.values[s.arena.words[events + j], position]
                if value != MISSING:
                    cursors.add(words, at, value)
            at += cursors.SUMS
        bits >>= 1
        position += 1
    bits, position = window.others, 0
    while bits:
        if bits & 1:
            n = 0
            for j in range(lo, hi):
                code = s.others[s.arena.words[events + j], position]
                k = lo
                while k < j and s.others[s.arena.words[events + k], position] != code:
                    k += 1
                n += k == j and code >= 0
            words[at] = n
            at += 1
        bits >>= 1
        position += 1


@inner
def _read_slot(s, slot, placed, cells, scratch):
    """Read every window of a slot into cells."""
    row = s.arena.lists[slot]
    n, events = np.int64(row.count), np.int64(row.start + row.first)
    track, (happened, words) = s.program.tracks[cursors.track_of(s, slot)], scratch
    if n > BUSY and row.cursors < 0:
        cursors.open_cursors(s, slot)
    elif 2 * n < BUSY and row.cursors >= 0:
        cursors.close_cursors(s, slot)
    if row.cursors >= 0:
        for frame in range(track.first, track.first + track.n):
            window = s.program.frames[frame]
            upto = placed - window.delay
            ends = cursors.move(s, slot, frame, upto - window.span, upto)
            if window.extremes:
                cursors.refresh(s, slot, frame)
            base = row.cursors + window.word + cursors.FIRST
            _write(s, events, frame, s.sums.words, base, ends, placed, cells)
        return
    for j in range(n):
        happened[j] = s.events[s.arena.words[events + j]].happened
    for frame in range(track.first, track.first + track.n):
        window = s.program.frames[frame]
        hi = n
        while hi > 0 and happened[hi - 1] >= placed - window.delay:
            hi -= 1
        lo = hi
        while lo > 0 and happened[lo - 1] >= placed - window.delay - window.span:
            lo -= 1
        if lo == hi:
            continue
        if window.values | window.others:
            _add_up(s, frame, events, lo, hi, words)
        _write(s, events, frame, words, FIRST_ROW, (lo, hi), placed, cells)


@inner
def _read_key(s, entity, high, low, placed, cells, scratch):
    """Read every track of an entity for one of its keys."""
    key = find(s.keys.index, s.keys.rows, high, low)
    if key < 0:
        return
    of = s.program.entities[entity]
    for i in range(of.first_track, of.first_track + of.n_tracks):
        high, low = place_of(s.program.entity_tracks[i], key)
        slot = find(s.slots.index, s.slots.rows, high, low)
        if slot >= 0 and s.arena.lists[slot].count:
            _read_slot(s, slot, placed, cells, scratch)


@inner
def _own(amount):
    """Give the order's own value as a number."""
    return np.nan if amount == MISSING else np.float64(amount)


@inner
def _number(s, number, shared, cells, own, taken):
    """Evaluate the formula of a measure; parts below 0 stand among the shared cells."""
    measure = s.program.measures[number]
    parts = taken[: measure.n]
    for i in range(measure.n):
        at = s.program.parts[measure.first + i]
        parts[i] = cells[at] if at >= 0 else shared[-1 - at]
    return evaluate(measure.formula, own, parts)


@inner
def read(s, texts, amounts, line_texts, line_amounts, lines, placed, row, numbers):
    """Fill the numbers of every measure for one order; NaN is unknown.

    Parameters
    ----------
    texts, line_texts
        Fingerprints, shapes ``(n_orders, n_columns, 2)`` and ``(n_lines, n_columns, 2)``.
    amounts, line_amounts
        Whole numbers, shapes ``(n_orders, n_amounts)`` and ``(n_lines, 2)``.
    lines
        The order's lines, from and up to.
    placed
        When the order was placed, in microseconds.
    row
        Which of the orders.
    numbers
        Output; for an order found rather than a number, its row, or -1.
    """
    scratch = (np.empty(BUSY + 1, np.int64), np.empty(s.program.widest, np.int64))
    taken = np.empty(s.program.longest)
    shared = np.empty(s.program.blank.size)
    for i in range(shared.size):
        shared[i] = s.program.blank[i]
    for entity in range(s.program.entities.size):
        if s.program.entities[entity].line < 0:
            high, low = key_of(s, entity, texts, row, line_texts, FIRST_ROW)
            _read_key(s, entity, high, low, placed, shared, scratch)
    for entity in range(s.program.entities.size):
        if s.program.entities[entity].line < 0:
            high, low = key_of(s, entity, texts, row, line_texts, FIRST_ROW)
            present = high != 0 or low != 0
            _evaluate_order(s, entity, amounts, row, shared, present, taken, numbers)
            continue
        n, keys, totals = line_totals(s, entity, texts, row, lines, line_texts, line_amounts)
        _evaluate_lines(s, entity, n, keys, totals, placed, shared, scratch, taken, numbers)


@inner
def read_ways(s, texts, amounts, line_texts, line_amounts, lines, placed, numbers):
    """Fill the numbers of every measure for each way one order could go; see `read`.

    Parameters
    ----------
    texts
        The order's fingerprints with those of each way's plan, shape ``(n_ways, n_columns, 2)``.
    numbers
        Output, shape ``(n_ways, n_measures)``. A key that several ways share is read once.
    """
    n, n_entities = texts.shape[0], s.program.entities.size
    scratch = (np.empty(BUSY + 1, np.int64), np.empty(s.program.widest, np.int64))
    taken = np.empty(s.program.longest)
    keys = np.empty((n_entities, n, 2), np.uint64)
    first = np.empty((n_entities, n), np.int64)
    shared = np.empty((n, s.program.blank.size))
    for way in range(n):
        for i in range(s.program.blank.size):
            shared[way, i] = s.program.blank[i]
    for entity in range(n_entities):
        of = s.program.entities[entity]
        for way in range(n if of.line < 0 else 0):
            high, low = key_of(s, entity, texts, way, line_texts, FIRST_ROW)
            keys[entity, way, 0], keys[entity, way, 1] = high, low
            same = 0
            while keys[entity, same, 0] != high or keys[entity, same, 1] != low:
                same += 1
            first[entity, way] = same
            if same == way:
                _read_key(s, entity, high, low, placed, shared[way], scratch)
            elif of.n == 0:
                _copy_cells(s, entity, shared[same], shared[way])
    for entity in range(n_entities):
        of = s.program.entities[entity]
        for way in range(n):
            if of.line >= 0:
                k, found, totals = line_totals(
                    s, entity, texts, way, lines, line_texts, line_amounts
                )
                _evaluate_lines(
                    s, entity, k, found, totals, placed, shared[way], scratch, taken, numbers[way]
                )
            elif first[entity, way] == way:
                present = keys[entity, way, 0] != 0 or keys[entity, way, 1] != 0
                _evaluate_order(
                    s, entity, amounts, FIRST_ROW, shared[way], present, taken, numbers[way]
                )
            else:
                _copy_numbers(s, entity, numbers[first[entity, way]], numbers[way])


@inner
def _copy_numbers(s, entity, numbers, other):
    """Copy the measures of a key to another way that has the same key."""
    of = s.program.entities[entity]
    for i in range(of.first_measure, of.first_measure + of.n_measures):
        at = s.program.measures[i].at
        other[at] = numbers[at]


@inner
def _copy_cells(s, entity, cells, other):
    """Copy what was read of everybody to another way: formulas of every entity read it."""
    of = s.program.entities[entity]
    for i in range(of.first_track, of.first_track + of.n_tracks):
        track = s.program.tracks[s.program.entity_tracks[i]]
        for frame in range(track.first, track.first + track.n):
            window = s.program.frames[frame]
            for j in range(window.first, window.first + window.n):
                at = s.program.cells[j].at
                other[at] = cells[at]


@inner
def _evaluate_order(s, entity, amounts, row, shared, present, taken, numbers):
    """Evaluate the measures of an entity that an order has one key of."""
    of = s.program.entities[entity]
    for i in range(of.first_measure, of.first_measure + of.n_measures):
        measure = s.program.measures[i]
        if measure.formula == LAST:
            numbers[measure.at] = shared[s.program.parts[measure.first]]
            continue
        own = _own(amounts[row, measure.own]) if measure.own >= 0 else np.nan
        numbers[measure.at] = _number(s, i, shared, shared, own, taken) if present else np.nan


@inner
def _evaluate_lines(s, entity, n, keys, totals, placed, shared, scratch, taken, numbers):
    """Evaluate the measures of an entity of lines: the largest or smallest of its keys counts."""
    of = s.program.entities[entity]
    for i in range(of.first_measure, of.first_measure + of.n_measures):
        numbers[s.program.measures[i].at] = np.nan
    cells = np.empty(of.n_cells)
    for j in range(n):
        for i in range(of.n_cells):
            cells[i] = s.program.line_blank[of.first_cell + i]
        _read_key(s, entity, keys[j, 0], keys[j, 1], placed, cells, scratch)
        for i in range(of.first_measure, of.first_measure + of.n_measures):
            measure = s.program.measures[i]
            own = _own(totals[j, measure.own]) if measure.own >= 0 else np.nan
            number, best = _number(s, i, shared, cells, own, taken), numbers[measure.at]
            if np.isnan(best) or (number < best if measure.smallest else number > best):
                numbers[measure.at] = number

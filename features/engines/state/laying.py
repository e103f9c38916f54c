"""The events that an order, its outcomes and its parcels make, laid to the keys they count for."""

from __future__ import annotations

from typing import Final

import numpy as np

from features.engines.state.compiling import inner
from features.engines.state.events import add_event, drop_event, enlist
from features.engines.state.layout import (
    COHORT,
    FIRST_ROW,
    LINES,
    MISSING,
    NONE,
    ORDERS,
    OUTCOME,
    SHIPMENTS,
)  # fmt: skip
from features.engines.state.reading import (
    EVERYBODY_HIGH,
    EVERYBODY_LOW,
    folded,
    key_of,
    line_totals,
)  # fmt: skip
from features.engines.state.tables import hold, number_of
from features.lane import LONGEST_HOURS, MICROS_PER_HOUR, STRETCHED

ALL, LATER = np.int64(0), np.int64(1)
"""Which events of an order are dropped: all, or those of its outcomes and parcels."""
_ONE: Final = np.int64(1)


@inner
def _fill(s, event, stream, amounts):
    """Give an event its values, from amounts by position."""
    for i in range(s.values.shape[1]):
        if s.program.taken[stream, i] >= 0:
            s.values[event, i] = amounts[s.program.taken[stream, i]]


@inner
def _meet(s, event, stream, texts, row):
    """Give an event its order's counterparts."""
    for i in range(s.others.shape[1]):
        at = s.program.counted[stream, i]
        if at >= 0:
            s.others[event, i] = hold(s.keys, texts[row, at, 0], texts[row, at, 1])


@inner
def lay_order(
    s, order, texts, amounts, line_texts, line_amounts, ends, row, is_sorted
):  # fmt: skip
    """Lay out the events that an order is: one of its own, and one for each key of its lines."""
    clocks = (s.of_orders[order].placed, s.of_orders[order].received)
    keys = np.empty((s.program.routes.size + 1, 2), np.int64)
    for stream in range(s.program.streams.size):
        of = s.program.streams[stream]
        if of.source == ORDERS:
            n = 0
            for i in range(of.first, of.first + of.n):
                entity = s.program.tracks[s.program.routes[i]].entity
                high, low = key_of(s, entity, texts, row, line_texts, FIRST_ROW)
                if high != 0 or low != 0:
                    keys[n, 0], keys[n, 1] = s.program.routes[i], number_of(s.keys, high, low)
                    n += 1
            if n:
                event = add_event(s, order, stream, clocks, keys, n)
                _fill(s, event, stream, amounts[row])
                _meet(s, event, stream, texts, row)
                enlist(s, event, is_sorted)
        elif of.source == LINES:
            for i in range(of.first, of.first + of.n):
                entity = s.program.tracks[s.program.routes[i]].entity
                n, found, totals = line_totals(
                    s, entity, texts, row, ends, line_texts, line_amounts
                )
                for j in range(n):
                    keys[0, 0], keys[0, 1] = (
                        s.program.routes[i],
                        number_of(s.keys, found[j, 0], found[j, 1]),
                    )
                    event = add_event(s, order, stream, clocks, keys, _ONE)
                    _fill(s, event, stream, totals[j])
                    _meet(s, event, stream, texts, row)
                    enlist(s, event, is_sorted)


@inner
def drop_events(s, order, which):
    """Drop an order's events: all of them, or those of its outcomes and parcels."""
    event, kept = np.int64(s.of_orders[order].events), np.int64(-1)
    while event >= 0:
        following = np.int64(s.events[event].link)
        source = s.program.streams[s.events[event].stream].source
        if which == LATER and source in (ORDERS, LINES):
            s.events[event].link = kept
            kept = event
        else:
            drop_event(s, event)
        event = following
    s.of_orders[order].events = kept


@inner
def _later_key(s, entity, order, parcel):
    """Give an entity's key from what is kept of an order and its parcel; -1 for none."""
    of = s.program.entities[entity]
    if of.n == 0:
        return number_of(s.keys, EVERYBODY_HIGH, EVERYBODY_LOW)
    high = low = np.uint64(0)
    for i in range(of.n):
        column = s.program.columns[of.first + i]
        number = s.kept[order, column.kept] if column.kept >= 0 else -1
        if parcel >= 0 and column.sent >= 0:
            number = s.sent[parcel, column.sent]
        if number < 0:
            return np.int64(-1)
        if of.n == 1:
            return np.int64(number)
        key = s.keys.rows[number]
        if i == 0:
            high, low = key.high, key.low
        else:
            high, low = folded(high, low, key.high, key.low)
    return number_of(s.keys, high, low)


@inner
def lay_later(s, order, is_sorted):
    """Lay out anew what became known about an order after it was placed."""
    drop_events(s, order, LATER)
    if s.of_orders[order].reports < 0 and s.of_orders[order].parcels < 0:
        return
    keys = np.empty((s.program.routes.size + 1, 2), np.int64)
    for stream in range(s.program.streams.size):
        of = s.program.streams[stream]
        if of.source == OUTCOME or of.source == COHORT:
            _lay_outcomes(s, order, stream, keys, is_sorted)
        elif of.source == SHIPMENTS:
            parcel = np.int64(s.of_orders[order].parcels)
            while parcel >= 0:
                _lay_parcel(s, order, parcel, stream, keys, is_sorted)
                parcel = np.int64(s.of_parcels[parcel].next)


@inner
def _first_report(s, order, kinds, line):
    """When an order, or one of its lines, was first known to be bad, and when that occurred.

    Returns
    -------
    tuple
        Known, occurred; known is `MISSING` when it is not bad.
    """
    received = s.of_orders[order].received
    known, occurred = np.int64(MISSING), np.int64(MISSING)
    report = np.int64(s.of_orders[order].reports)
    while report >= 0:
        of = s.of_reports[report]
        counts = (kinds >> of.kind) & 1 == 1 and of.is_bad == 1
        if counts and (line == MISSING or of.line < 0 or of.line == line):
            seen = max(of.known, received)
            if known == MISSING or seen < known or (seen == known and of.occurred < occurred):
                known, occurred = seen, of.occurred
        report = np.int64(of.next)
    return known, occurred


@inner
def _lay_outcomes(s, order, stream, keys, is_sorted):
    """Lay out a stream of an order's outcomes: it is bad once, and so is each key of its lines."""
    of = s.program.streams[stream]
    known, occurred = _first_report(s, order, of.kinds, MISSING)
    if known == MISSING:
        return
    placed, n = s.of_orders[order].placed, 0
    for i in range(of.first, of.first + of.n):
        entity = s.program.tracks[s.program.routes[i]].entity
        if s.program.entities[entity].line >= 0:
            _lay_lines(s, order, stream, s.program.routes[i], is_sorted)
            continue
        key = _later_key(s, entity, order, NONE)
        if key >= 0:
            keys[n, 0], keys[n, 1] = s.program.routes[i], key
            n += 1
    if n:
        happened = placed if of.source == COHORT else occurred
        event = add_event(s, order, stream, (happened, known), keys, n)
        enlist(s, event, is_sorted)


@inner
def _lay_lines(s, order, stream, track, is_sorted):
    """Lay out when each key of an order's lines was first known to be bad."""
    of, row, width, column = (
        s.program.streams[stream],
        s.of_orders[order],
        s.program.line_keeps.size,
        0,
    )
    while s.program.line_keeps[column] != s.program.tracks[track].entity:
        column += 1
    for line in range(row.n_lines):
        key = s.arena.words[row.lines + line * width + column]
        is_new = key >= 0
        for earlier in range(line):
            is_new &= s.arena.words[row.lines + earlier * width + column] != key
        if not is_new:
            continue
        known, occurred = np.int64(MISSING), np.int64(MISSING)
        for other in range(line, row.n_lines):
            at = row.lines + other * width
            if s.arena.words[at + column] != key:
                continue
            seen, at_last = _first_report(s, order, of.kinds, np.int64(s.arena.words[at]))
            if seen != MISSING and (
                known == MISSING or seen < known or (seen == known and at_last < occurred)
            ):
                known, occurred = seen, at_last
        if known != MISSING:
            keys = np.empty((1, 2), np.int64)
            keys[0, 0], keys[0, 1] = track, key
            happened = row.placed if of.source == COHORT else occurred
            event = add_event(s, order, stream, (happened, known), keys, _ONE)
            enlist(s, event, is_sorted)


@inner
def _stretched(micros):
    """Stretch a duration as `features.lane.stretched_micro` does."""
    stretched = STRETCHED[min(abs(micros) // MICROS_PER_HOUR, LONGEST_HOURS)]
    return stretched if micros > 0 else -stretched


@inner
def _lay_parcel(s, order, parcel, stream, keys, is_sorted):
    """Lay out what a parcel teaches, in the sequence of `features.engines.source.PARCEL_VALUES`."""
    row, of = s.of_parcels[parcel], s.of_orders[order]
    if row.at == MISSING:
        return
    n, stream_of = 0, s.program.streams[stream]
    for i in range(stream_of.first, stream_of.first + stream_of.n):
        key = _later_key(s, s.program.tracks[s.program.routes[i]].entity, order, parcel)
        if key >= 0:
            keys[n, 0], keys[n, 1] = s.program.routes[i], key
            n += 1
    if n == 0:
        return
    taught = np.full(4, MISSING, np.int64)
    promised = of.deliver_by if row.promised == MISSING else row.promised
    if row.delivered != MISSING:
        taught[0] = _stretched(row.delivered - of.placed)
        if promised != MISSING:
            late = row.delivered - promised
            taught[1], taught[2] = _stretched(late), late > 0
    if row.ok >= 0:
        taught[3] = 1 - row.ok
    known = max(row.at if row.known == MISSING else row.known, of.received)
    event = add_event(s, order, stream, (row.at, known), keys, n)
    _fill(s, event, stream, taught)
    enlist(s, event, is_sorted)

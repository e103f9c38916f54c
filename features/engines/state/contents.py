"""What a state knows, whatever the way there: rows of names and facts, and their digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from features.engines.state.compiling import compiled, inner
from features.engines.state.layout import CALENDAR, LATEST, TIMELINE
from features.engines.state.reading import folded
from features.engines.state.writing import forget

if TYPE_CHECKING:
    from features.engines.state.layout import State

_OF_ORDER, _OF_REPORT, _OF_PARCEL, _OF_EVENT = range(4)


@inner
def _put(row, at, number):
    """Write a number and give the next place."""
    row[at] = np.uint64(number)
    return at + 1


@inner
def _put_key(s, row, at, key):
    """Write the fingerprint of a key, zeros for none."""
    if key < 0:
        row[at] = row[at + 1] = 0
    else:
        row[at], row[at + 1] = s.keys.rows[key].high, s.keys.rows[key].low
    return at + 2


@inner
def _put_order(s, row, order):
    """Write an order; its lines as a sum, since their sequence says nothing."""
    of, width = s.of_orders[order], s.program.line_keeps.size
    at = _put(row, 3, of.placed)
    at = _put(row, at, of.received)
    at = _put(row, at, of.deliver_by)
    for i in range(s.kept.shape[1]):
        at = _put_key(s, row, at, np.int64(s.kept[order, i]))
    for line in range(of.n_lines):
        high = low = np.uint64(0)
        for i in range(width):
            key = s.arena.words[of.lines + line * width + i]
            if key >= 0:
                high, low = folded(high, low, s.keys.rows[key].high, s.keys.rows[key].low)
            else:
                high, low = folded(high, low, np.uint64(0), np.uint64(0))
        row[at] += high
        row[at + 1] += low


@inner
def _put_event(s, row, event):
    """Write an event; its slots as a sum."""
    of = s.events[event]
    at = _put(row, 3, of.stream)
    at = _put(row, at, of.happened)
    at = _put(row, at, of.known)
    for i in range(s.values.shape[1]):
        at = _put(row, at, s.values[event, i])
    for i in range(s.others.shape[1]):
        at = _put_key(s, row, at, np.int64(s.others[event, i]))
    for i in range(of.slots, of.slots + of.n_slots):
        place = s.slots.rows[s.arena.words[i]].high
        key = s.keys.rows[np.int64(place & np.uint64(0xFFFFFFFF))]
        high, low = folded(key.high, key.low, place >> np.uint64(32), place >> np.uint64(32))
        row[at] += high
        row[at + 1] += low


@compiled
def _contents(s, width):
    """Give a row for every order, outcome, parcel and event."""
    forget(s)
    calendar = s.arena.lists[CALENDAR]
    n = s.arena.lists[TIMELINE].count + calendar.count
    n += s.reports.rows.size + s.parcels.rows.size
    rows = np.zeros((n, width), np.uint64)
    n = 0
    for i in range(calendar.count):
        order = np.int64(s.arena.words[calendar.start + calendar.first + i])
        of, name = s.of_orders[order], s.orders.rows[order]
        rows[n, 0], rows[n, 1], rows[n, 2] = name.high, name.low, _OF_ORDER
        _put_order(s, rows[n], order)
        n += 1
        report = of.reports
        while report >= 0:
            row, found = rows[n], s.of_reports[report]
            row[0], row[1], row[2] = name.high, name.low, _OF_REPORT
            row[3], row[4] = s.reports.rows[report].high, s.reports.rows[report].low
            at = _put(row, 5, found.occurred)
            at = _put(row, at, found.known)
            at = _put(row, at, 2 * found.kind + found.is_bad)
            _put_key(s, row, at, np.int64(found.line))
            report = found.next
            n += 1
        parcel = of.parcels
        while parcel >= 0:
            row, sent = rows[n], s.of_parcels[parcel]
            row[0], row[1], row[2] = name.high, name.low, _OF_PARCEL
            row[3], row[4] = s.parcels.rows[parcel].high, s.parcels.rows[parcel].low
            at = _put(row, 5, sent.delivered)
            at = _put(row, at, sent.at)
            at = _put(row, at, sent.known)
            at = _put(row, at, sent.promised)
            at = _put(row, at, sent.ok)
            for j in range(s.sent.shape[1]):
                at = _put_key(s, row, at, np.int64(s.sent[parcel, j]))
            parcel = sent.next
            n += 1
        event = of.events
        while event >= 0:
            rows[n, 0], rows[n, 1], rows[n, 2] = name.high, name.low, _OF_EVENT
            _put_event(s, rows[n], event)
            event = s.events[event].link
            n += 1
    return rows[:n]


def digest(state: State, arrays: Any) -> str:
    """Digest of what a state knows, 64 hexadecimal digits.

    Parameters
    ----------
    state
        The state; what no window reaches any more is dropped first.
    arrays
        Its arrays.
    """
    *_, (clocks, _, _, values, others, _, kept, _, _, sent) = arrays
    widest = max(values.shape[1] + 2 * others.shape[1], 2 * kept.shape[1], 2 * sent.shape[1] + 3)
    rows = _contents(state, widest + 8)
    rows = np.ascontiguousarray(rows[np.lexsort(rows.T[::-1])])
    return hashlib.sha256(clocks[LATEST].tobytes() + rows.tobytes()).hexdigest()

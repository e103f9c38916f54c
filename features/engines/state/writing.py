"""Orders, outcomes and parcels as rows: what is kept of each, and the events they make.

One order is a batch of one: a history is loaded by the calls that add an order as it comes, with
the timeline sorted once at the end.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.engines.state.arena import append, block, free_block, place, remove
from features.engines.state.compiling import compiled, inner
from features.engines.state.events import (
    add_event,
    advance,
    drop_event,
    drop_old_events,
    enlist,
    next_to_forget,
    turn_own,
)  # fmt: skip
from features.engines.state.layout import (
    CALENDAR,
    COHORT,
    FIRST_ROW,
    LATEST,
    LINES,
    MISSING,
    NONE,
    ORDERS,
    OUTCOME,
    PUT,
    SHIPMENTS,
    TAKE,
)  # fmt: skip
from features.engines.state.reading import (
    EVERYBODY_HIGH,
    EVERYBODY_LOW,
    folded,
    key_of,
    line_totals,
    read,
)  # fmt: skip
from features.engines.state.tables import (
    find,
    give_back,
    hold,
    longer,
    number_of,
    release,
    take,
    taller,
)  # fmt: skip
from features.lane import LONGEST_HOURS, MICROS_PER_HOUR, STRETCHED

ALL, LATER = np.int64(0), np.int64(1)
"""Which events of an order are dropped: all, or those of its outcomes and parcels."""
_ONE: Final = np.int64(1)
_RECENT: Final = 500
"""Orders that stand for what will be asked about next."""


@compiled
def answer(s, texts, amounts, clocks, line_texts, line_amounts, lines, numbers):  # type: ignore[no-untyped-def]
    """Fill the numbers of every measure for one order that is not to see itself; see `read`."""
    advance(s, clocks[0, 1])
    own = find(s.orders.index, s.orders.rows, texts[0, 0, 0], texts[0, 0, 1])
    if own >= 0:
        turn_own(s, own, TAKE)
    ends = (lines[0], lines[1])
    read(s, texts, amounts, line_texts, line_amounts, ends, clocks[0, 0], FIRST_ROW, numbers)
    if own >= 0:
        turn_own(s, own, PUT)


@compiled
def add_orders(  # type: ignore[no-untyped-def]
    s, texts, amounts, clocks, names, name_ends, line_texts, line_amounts, lines, is_sorted
):  # fmt: skip
    """Add orders, or replace those known under the same key.

    Parameters
    ----------
    texts, amounts, line_texts, line_amounts
        See `read`; the first text is the order's key, the first of a line its id.
    clocks
        When placed, received and to be delivered, shape ``(n_orders, 3)``.
    names, name_ends
        The order keys as UTF-8 one after the other, and where each ends, from 0 on.
    lines
        Where the lines of each order end, from 0 on.
    is_sorted
        False while a history is loaded: events and outcomes are laid out by `settle`.
    """
    for i in range(texts.shape[0]):
        name = names[name_ends[i] : name_ends[i + 1]]
        order = _recorded(s, texts, clocks, name, i)
        ends = (lines[i], lines[i + 1])
        _keep(s, order, texts, line_texts, ends, i)
        if is_sorted:
            place(s.arena, CALENDAR, s.of_orders["received"], order)
        else:
            append(s.arena, CALENDAR, order)
        _lay_order(s, order, texts, amounts, line_texts, line_amounts, ends, i, is_sorted)
        if is_sorted:
            _lay_later(s, order, is_sorted)
        s.clocks[LATEST] = max(s.clocks[LATEST], clocks[i, 1])
    if is_sorted:
        forget(s)


@compiled
def lay_all_later(s):  # type: ignore[no-untyped-def]
    """Lay out what became known later of orders that were added unsorted."""
    # Laying out may move the lists, so that nothing of them may be looked at while it goes on.
    calendar = s.arena.lists[CALENDAR]
    begin, n = np.int64(calendar.start) + np.int64(calendar.first), np.int64(calendar.count)
    for i in range(n):
        _lay_later(s, np.int64(s.arena.words[begin + i]), False)


@compiled
def show_all(s):  # type: ignore[no-untyped-def]
    """Let what was added unsorted be known, after the timeline and the calendar were sorted."""
    forget(s)
    advance(s, s.clocks[LATEST] + 1)


@compiled
def warm(s, texts, amounts, line_texts, line_amounts, lines, numbers):  # type: ignore[no-untyped-def]
    """Read the windows of the last orders, so that busy keys are added up before they are asked."""
    n, now = texts.shape[0], s.clocks[LATEST]
    for row in range(max(0, n - _RECENT), n):
        ends = (lines[row], lines[row + 1])
        read(s, texts, amounts, line_texts, line_amounts, ends, now, row, numbers)


@inner
def _recorded(s, texts, clocks, name, row):  # type: ignore[no-untyped-def]
    """Give the record of an order, without events; its outcomes and parcels stay."""
    high, low = texts[row, 0, 0], texts[row, 0, 1]
    order = find(s.orders.index, s.orders.rows, high, low)
    if order < 0:
        order = take(s.orders, high, low)
        if order >= s.of_orders.size:
            s.of_orders, s.kept = longer(s.of_orders), taller(s.kept)
        start, _ = block(s.arena, (name.size + 3) >> 2)
        text = s.arena.words.view(np.uint8)
        for i in range(name.size):
            text[4 * start + i] = name[i]
        of = s.of_orders[order]
        of.text, of.n_text = start, name.size
        of.events = of.reports = of.parcels = -1
    else:
        _drop_events(s, order, ALL)
        _let_go(s, order)
        remove(s.arena, CALENDAR, s.of_orders["received"], order)
    of = s.of_orders[order]
    of.placed, of.received, of.deliver_by = clocks[row, 0], clocks[row, 1], clocks[row, 2]
    return order


@inner
def _keep(s, order, texts, line_texts, ends, row):  # type: ignore[no-untyped-def]
    """Keep the columns of an order, and the ids and keys of its lines, that later events need."""
    keeps, line_keeps = s.program.keeps, s.program.line_keeps
    for i in range(keeps.size):
        s.kept[order, i] = hold(s.keys, texts[row, keeps[i], 0], texts[row, keeps[i], 1])
    width, (begin, end) = line_keeps.size, ends
    start, n_lines = 0, (end - begin) if width else 0
    if n_lines:
        start, _ = block(s.arena, n_lines * width)
    for line in range(n_lines):
        for i in range(width):
            if line_keeps[i] < 0:
                high, low = line_texts[begin + line, 0, 0], line_texts[begin + line, 0, 1]
            else:
                high, low = key_of(s, line_keeps[i], texts, row, line_texts, begin + line)
            s.arena.words[start + line * width + i] = hold(s.keys, high, low)
    s.of_orders[order].lines, s.of_orders[order].n_lines = start, n_lines


@inner
def _let_go(s, order):  # type: ignore[no-untyped-def]
    """Give back what `_keep` kept."""
    for i in range(s.program.keeps.size):
        release(s.keys, np.int64(s.kept[order, i]))
    of = s.of_orders[order]
    n_words = of.n_lines * s.program.line_keeps.size
    for at in range(of.lines, of.lines + n_words):
        release(s.keys, np.int64(s.arena.words[at]))
    free_block(s.arena, np.int64(of.lines), n_words)


@inner
def _fill(s, event, stream, amounts):  # type: ignore[no-untyped-def]
    """Give an event its values, from amounts by position."""
    for i in range(s.values.shape[1]):
        if s.program.taken[stream, i] >= 0:
            s.values[event, i] = amounts[s.program.taken[stream, i]]


@inner
def _meet(s, event, stream, texts, row):  # type: ignore[no-untyped-def]
    """Give an event its order's counterparts."""
    for i in range(s.others.shape[1]):
        at = s.program.counted[stream, i]
        if at >= 0:
            s.others[event, i] = hold(s.keys, texts[row, at, 0], texts[row, at, 1])


@inner
def _lay_order(  # type: ignore[no-untyped-def]
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
def _drop_events(s, order, which):  # type: ignore[no-untyped-def]
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
def _later_key(s, entity, order, parcel):  # type: ignore[no-untyped-def]
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
def _lay_later(s, order, is_sorted):  # type: ignore[no-untyped-def]
    """Lay out anew what became known about an order after it was placed."""
    _drop_events(s, order, LATER)
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
def _first_report(s, order, kinds, line):  # type: ignore[no-untyped-def]
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
def _lay_outcomes(s, order, stream, keys, is_sorted):  # type: ignore[no-untyped-def]
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
def _lay_lines(s, order, stream, track, is_sorted):  # type: ignore[no-untyped-def]
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
def _stretched(micros):  # type: ignore[no-untyped-def]
    """Stretch a duration as `features.lane.stretched_micro` does."""
    stretched = STRETCHED[min(abs(micros) // MICROS_PER_HOUR, LONGEST_HOURS)]
    return stretched if micros > 0 else -stretched


@inner
def _lay_parcel(s, order, parcel, stream, keys, is_sorted):  # type: ignore[no-untyped-def]
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


@compiled
def add_reports(s, texts, clocks, kinds, is_bad, is_sorted):  # type: ignore[no-untyped-def]
    """Add outcomes, or replace those known under the same id.

    Parameters
    ----------
    texts
        Fingerprints of the order's key, the outcome's id and the line's id, shape
        ``(n_outcomes, 3, 2)``.
    clocks
        When it occurred and became known, shape ``(n_outcomes, 2)``.
    kinds, is_bad
        Number of its kind among the plan's, and whether it is bad; shape ``(n_outcomes,)``.

    Returns
    -------
    int
        How many are of an order that is not known: they are left out.
    """
    unknown = 0
    for i in range(texts.shape[0]):
        order = find(s.orders.index, s.orders.rows, texts[i, 0, 0], texts[i, 0, 1])
        if order < 0:
            unknown += 1
            continue
        high, low = folded(texts[i, 0, 0], texts[i, 0, 1], texts[i, 1, 0], texts[i, 1, 1])
        report = find(s.reports.index, s.reports.rows, high, low)
        if report < 0:
            report = take(s.reports, high, low)
            if report >= s.of_reports.size:
                s.of_reports = longer(s.of_reports)
            s.of_reports[report].order, s.of_reports[report].line = order, -1
            s.of_reports[report].next = s.of_orders[order].reports
            s.of_orders[order].reports = report
        line = hold(s.keys, texts[i, 2, 0], texts[i, 2, 1])
        release(s.keys, np.int64(s.of_reports[report].line))
        row = s.of_reports[report]
        row.occurred, row.known, row.line = clocks[i, 0], clocks[i, 1], line
        row.kind, row.is_bad = kinds[i], is_bad[i]
        if is_sorted:
            _lay_later(s, order, is_sorted)
    return unknown


@compiled
def add_parcels(s, texts, clocks, ok, is_sorted):  # type: ignore[no-untyped-def]
    """Add parcels, or replace those known under the same id.

    Parameters
    ----------
    texts
        Fingerprints of the order's key, the parcel's id and its columns, shape
        ``(n_parcels, 2 + n_sent, 2)``.
    clocks
        When it was delivered, when it was delivered or first tried, when that became known and
        when it was promised; shape ``(n_parcels, 4)``.
    ok
        Whether the first attempt went well, -1 unknown; shape ``(n_parcels,)``.

    Returns
    -------
    int
        How many are of an order that is not known: they are left out.
    """
    unknown = 0
    for i in range(texts.shape[0]):
        order = find(s.orders.index, s.orders.rows, texts[i, 0, 0], texts[i, 0, 1])
        if order < 0:
            unknown += 1
            continue
        high, low = folded(texts[i, 0, 0], texts[i, 0, 1], texts[i, 1, 0], texts[i, 1, 1])
        parcel = find(s.parcels.index, s.parcels.rows, high, low)
        if parcel < 0:
            parcel = take(s.parcels, high, low)
            if parcel >= s.of_parcels.size:
                s.of_parcels, s.sent = longer(s.of_parcels), taller(s.sent)
            s.of_parcels[parcel].order = order
            s.of_parcels[parcel].next = s.of_orders[order].parcels
            s.of_orders[order].parcels = parcel
            for j in range(s.sent.shape[1]):
                s.sent[parcel, j] = -1
        for j in range(s.sent.shape[1]):
            number = hold(s.keys, texts[i, 2 + j, 0], texts[i, 2 + j, 1])
            release(s.keys, np.int64(s.sent[parcel, j]))
            s.sent[parcel, j] = number
        row = s.of_parcels[parcel]
        row.delivered, row.at, row.known = clocks[i, 0], clocks[i, 1], clocks[i, 2]
        row.promised, row.ok = clocks[i, 3], ok[i]
        if is_sorted:
            _lay_later(s, order, is_sorted)
    return unknown


@inner
def forget(s):  # type: ignore[no-untyped-def]
    """Forget what no window can reach, and the orders whose outcomes can no longer count."""
    drop_old_events(s)
    order = next_to_forget(s)
    while order >= 0:
        remove(s.arena, CALENDAR, s.of_orders["received"], order)
        _let_go(s, order)
        row = s.of_orders[order]
        report = np.int64(row.reports)
        while report >= 0:
            release(s.keys, np.int64(s.of_reports[report].line))
            give_back(s.reports, report)
            report = np.int64(s.of_reports[report].next)
        parcel = np.int64(row.parcels)
        while parcel >= 0:
            for j in range(s.sent.shape[1]):
                release(s.keys, np.int64(s.sent[parcel, j]))
            give_back(s.parcels, parcel)
            parcel = np.int64(s.of_parcels[parcel].next)
        free_block(s.arena, np.int64(row.text), np.int64((row.n_text + 3) >> 2))
        give_back(s.orders, order)
        order = next_to_forget(s)


@compiled
def name_of(s, order):  # type: ignore[no-untyped-def]
    """Key of an order as UTF-8."""
    row = s.of_orders[order]
    result = np.empty(row.n_text, np.uint8)
    text = s.arena.words.view(np.uint8)
    for i in range(row.n_text):
        result[i] = text[4 * np.int64(row.text) + i]
    return result

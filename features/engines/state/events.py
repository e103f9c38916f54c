"""Events: laid into the slots of their keys, shown when their time has come, dropped again.

The timeline holds every event by when it became known; those before ``clocks[SHOWN]`` are in their
slots. A question about another moment moves that bound, forwards or backwards.
"""

from __future__ import annotations

import numpy as np

from features.engines.state.arena import append, block, free_block, place, remove
from features.engines.state.compiling import inner
from features.engines.state.cursors import close_cursors, note
from features.engines.state.layout import (
    AS_OF,
    CALENDAR,
    FREE,
    IS_CUT,
    LATEST,
    MEMORY,
    MISSING,
    PUT,
    REACH,
    SHOWN,
    TAKE,
    TIMELINE,
    USED,
)  # fmt: skip
from features.engines.state.tables import (
    find,
    give_back,
    longer,
    place_of,
    release,
    take,
    taller,
)  # fmt: skip


@inner
def turn(s, event, step):
    """Put an event into its slots (1), or take it out of them (-1)."""
    row, happened = s.events[event], s.events["happened"]
    for i in range(row.slots, row.slots + row.n_slots):
        slot = np.int64(s.arena.words[i])
        if step > 0:
            position = place(s.arena, slot, happened, event)
        else:
            position = remove(s.arena, slot, happened, event)
        if s.arena.lists[slot].cursors >= 0:
            note(s, slot, position, event, step)
    row.is_seen = step > 0


@inner
def _slot_of(s, track, key):
    """Give the slot of a track and key; a new, empty one when there was none."""
    high, low = place_of(track, key)
    slot = find(s.slots.index, s.slots.rows, high, low)
    if slot < 0:
        slot = take(s.slots, high, low)
        if slot >= s.arena.lists.size:
            s.arena.lists = longer(s.arena.lists)
        row = s.arena.lists[slot]
        row.start = row.capacity = row.first = row.count = 0
        row.cursors = -1
        s.keys.rows[key].link += 1
    return slot


@inner
def _new_row(s):
    """Take a row for an event without values and counterparts."""
    event = s.event_counts[FREE]
    if event >= 0:
        s.event_counts[FREE] = s.events[event].link
    else:
        event = s.event_counts[USED]
        s.event_counts[USED] = event + 1
        if event == s.events.size:
            s.events, s.values, s.others = longer(s.events), taller(s.values), taller(s.others)
    for i in range(s.values.shape[1]):
        s.values[event, i] = MISSING
    for i in range(s.others.shape[1]):
        s.others[event, i] = -1
    return event


@inner
def add_event(s, order, stream, clocks, keys, n_keys):
    """Lay out an event; `enlist` makes it count when it has its values and counterparts.

    Parameters
    ----------
    order, stream
        Whose it is, and of which stream.
    clocks
        When it happened and when it became known.
    keys
        Track and key of each slot it belongs to, the first ``n_keys`` rows.

    Returns
    -------
    int
        Its row.
    """
    event = _new_row(s)
    start, _ = block(s.arena, n_keys)
    for i in range(n_keys):
        slot = _slot_of(s, keys[i, 0], keys[i, 1])
        s.slots.rows[slot].link += 1
        s.arena.words[start + i] = slot
    row = s.events[event]
    row.happened, row.known = clocks
    row.order, row.stream = order, stream
    row.slots, row.n_slots, row.is_seen = start, n_keys, 0
    row.link = s.of_orders[order].events
    s.of_orders[order].events = event
    return event


@inner
def enlist(s, event, is_sorted):
    """Let an event count from when it is known; while a history is loaded, once all is sorted."""
    if not is_sorted:
        append(s.arena, TIMELINE, event)
        return
    place(s.arena, TIMELINE, s.events["known"], event)
    if s.events[event].known < s.clocks[AS_OF]:
        turn(s, event, PUT)
        s.clocks[SHOWN] += 1


@inner
def _leave(s, slot):
    """Drop an event's hold on a slot; the last one takes the slot along."""
    s.slots.rows[slot].link -= 1
    if s.slots.rows[slot].link:
        return
    row = s.arena.lists[slot]
    if row.cursors >= 0:
        close_cursors(s, slot)
    free_block(s.arena, np.int64(row.start), np.int64(row.capacity))
    key = np.int64(s.slots.rows[slot].high & np.uint64(0xFFFFFFFF))
    give_back(s.slots, slot)
    release(s.keys, key)


@inner
def drop_event(s, event):
    """Forget an event; its order's chain is the caller's."""
    row = s.events[event]
    remove(s.arena, TIMELINE, s.events["known"], event)
    if row.known < s.clocks[AS_OF]:
        s.clocks[SHOWN] -= 1
    if row.is_seen:
        turn(s, event, TAKE)
    for i in range(row.n_slots):
        _leave(s, np.int64(s.arena.words[row.slots + i]))
    free_block(s.arena, np.int64(row.slots), np.int64(row.n_slots))
    for i in range(s.others.shape[1]):
        release(s.keys, np.int64(s.others[event, i]))
    row.link = s.event_counts[FREE]
    s.event_counts[FREE] = event


@inner
def _unlink(s, event):
    """Take an event out of its order's chain."""
    order = s.of_orders[s.events[event].order]
    if order.events == event:
        order.events = s.events[event].link
        return
    before = order.events
    while s.events[before].link != event:
        before = s.events[before].link
    s.events[before].link = s.events[event].link


@inner
def advance(s, received):
    """Show exactly what was known strictly before an instant."""
    timeline, shown = s.arena.lists[TIMELINE], s.clocks[SHOWN]
    s.clocks[AS_OF] = received
    while shown < timeline.count:
        event = np.int64(s.arena.words[timeline.start + timeline.first + shown])
        if s.events[event].known >= received:
            break
        turn(s, event, PUT)
        shown += 1
    while shown > 0:
        event = np.int64(s.arena.words[timeline.start + timeline.first + shown - 1])
        if s.events[event].known < received:
            break
        turn(s, event, TAKE)
        shown -= 1
    s.clocks[SHOWN] = shown


@inner
def turn_own(s, order, step):
    """Take an order's shown events out of their slots (-1), or put them back (1)."""
    event = np.int64(s.of_orders[order].events)
    while event >= 0:
        if s.events[event].known < s.clocks[AS_OF]:
            turn(s, event, step)
        event = np.int64(s.events[event].link)


@inner
def drop_old_events(s):
    """Drop the events that no window can reach any more."""
    bound = s.clocks[LATEST] - s.clocks[REACH]
    while s.arena.lists[TIMELINE].count:
        timeline = s.arena.lists[TIMELINE]
        event = np.int64(s.arena.words[timeline.start + timeline.first])
        if s.events[event].known >= bound or s.events[event].happened >= bound:
            break
        _unlink(s, event)
        drop_event(s, event)
        s.clocks[IS_CUT] = 1


@inner
def next_to_forget(s):
    """Give the oldest order when its outcomes can no longer count and no event needs it, or -1."""
    calendar = s.arena.lists[CALENDAR]
    if calendar.count == 0:
        return np.int64(-1)
    order = np.int64(s.arena.words[calendar.start + calendar.first])
    is_old = s.of_orders[order].received < s.clocks[LATEST] - s.clocks[MEMORY]
    return order if is_old and s.of_orders[order].events < 0 else np.int64(-1)

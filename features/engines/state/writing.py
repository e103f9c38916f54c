"""Orders as rows: what is kept of each until no window can reach it.

One order is a batch of one: a history is loaded by the calls that add an order as it comes, with
the timeline sorted once at the end.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from features.engines.state.arena import append, block, free_block, place, remove
from features.engines.state.compiling import compiled, inner
from features.engines.state.events import advance, drop_old_events, next_to_forget, turn_own
from features.engines.state.laying import ALL, drop_events, lay_later, lay_order
from features.engines.state.layout import CALENDAR, FIRST_ROW, LATEST, PUT, TAKE
from features.engines.state.reading import key_of, read, read_ways
from features.engines.state.tables import find, give_back, hold, longer, release, take, taller

_RECENT: Final = 500
"""Orders that stand for what will be asked about next."""


@compiled
def answer(s, texts, amounts, clocks, line_texts, line_amounts, lines, numbers):
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
def answer_ways(s, texts, amounts, clocks, line_texts, line_amounts, lines, numbers):
    """Fill the numbers of every measure for each way one order could go; see `read_ways`."""
    advance(s, clocks[0, 1])
    own = find(s.orders.index, s.orders.rows, texts[0, 0, 0], texts[0, 0, 1])
    if own >= 0:
        turn_own(s, own, TAKE)
    ends = (lines[0], lines[1])
    read_ways(s, texts, amounts, line_texts, line_amounts, ends, clocks[0, 0], numbers)
    if own >= 0:
        turn_own(s, own, PUT)


@compiled
def add_orders(
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
        lay_order(s, order, texts, amounts, line_texts, line_amounts, ends, i, is_sorted)
        if is_sorted:
            lay_later(s, order, is_sorted)
        s.clocks[LATEST] = max(s.clocks[LATEST], clocks[i, 1])
    if is_sorted:
        forget(s)


@compiled
def lay_all_later(s):
    """Lay out what became known later of orders that were added unsorted."""
    # Laying out may move the lists, so that nothing of them may be looked at while it goes on.
    calendar = s.arena.lists[CALENDAR]
    begin, n = np.int64(calendar.start) + np.int64(calendar.first), np.int64(calendar.count)
    for i in range(n):
        lay_later(s, np.int64(s.arena.words[begin + i]), False)


@compiled
def show_all(s):
    """Let what was added unsorted be known, after the timeline and the calendar were sorted."""
    forget(s)
    advance(s, s.clocks[LATEST] + 1)


@compiled
def warm(s, texts, amounts, line_texts, line_amounts, lines, numbers):
    """Read the windows of the last orders, so that busy keys are added up before they are asked."""
    n, now = texts.shape[0], s.clocks[LATEST]
    for row in range(max(0, n - _RECENT), n):
        ends = (lines[row], lines[row + 1])
        read(s, texts, amounts, line_texts, line_amounts, ends, now, row, numbers)


@inner
def _recorded(s, texts, clocks, name, row):
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
        drop_events(s, order, ALL)
        _let_go(s, order)
        remove(s.arena, CALENDAR, s.of_orders["received"], order)
    of = s.of_orders[order]
    of.placed, of.received, of.deliver_by = clocks[row, 0], clocks[row, 1], clocks[row, 2]
    return order


@inner
def _keep(s, order, texts, line_texts, ends, row):
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
def _let_go(s, order):
    """Give back what `_keep` kept."""
    for i in range(s.program.keeps.size):
        release(s.keys, np.int64(s.kept[order, i]))
    of = s.of_orders[order]
    n_words = of.n_lines * s.program.line_keeps.size
    for at in range(of.lines, of.lines + n_words):
        release(s.keys, np.int64(s.arena.words[at]))
    free_block(s.arena, np.int64(of.lines), n_words)


@inner
def forget(s):
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
def name_of(s, order):
    """Key of an order as UTF-8."""
    row = s.of_orders[order]
    result = np.empty(row.n_text, np.uint8)
    text = s.arena.words.view(np.uint8)
    for i in range(row.n_text):
        result[i] = text[4 * np.int64(row.text) + i]
    return result

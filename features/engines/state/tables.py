"""Rows that are found by fingerprint: taken, counted, given back."""

from __future__ import annotations

import numpy as np

from features.engines.state.compiling import inner
from features.engines.state.layout import FREE, USED


@inner
def find(index, rows, high, low):
    """Find the row with a fingerprint; -1 when there is none."""
    mask = index.size - 1
    at = np.int64(low & np.uint64(mask))
    while index[at] >= 0:
        row = rows[index[at]]
        if row.low == low and row.high == high:
            return np.int64(index[at])
        at = (at + 1) & mask
    return np.int64(-1)


@inner
def enter(index, low, row):
    """Enter a row into an index that has room."""
    mask = index.size - 1
    at = np.int64(low & np.uint64(mask))
    while index[at] >= 0:
        at = (at + 1) & mask
    index[at] = row


@inner
def strike(index, rows, row):
    """Strike a row off an index; those that stood behind it move up."""
    mask = index.size - 1
    at = np.int64(rows[row].low & np.uint64(mask))
    while index[at] != row:
        at = (at + 1) & mask
    hole = at
    while True:
        at = (at + 1) & mask
        if index[at] < 0:
            break
        home = np.int64(rows[index[at]].low & np.uint64(mask))
        if ((at - home) & mask) >= ((at - hole) & mask):
            index[hole] = index[at]
            hole = at
    index[hole] = -1


@inner
def longer(array):
    """Copy a table into one that is half as long again."""
    result = np.empty(array.size + array.size // 2 + 1, array.dtype)
    for i in range(array.size):
        result[i] = array[i]
    return result


@inner
def taller(array):
    """Copy a table of several columns into one that is half as long again."""
    n, width = array.shape
    result = np.empty((n + n // 2 + 1, width), array.dtype)
    for i in range(n):
        for j in range(width):
            result[i, j] = array[i, j]
    return result


@inner
def take(table, high, low):
    """Take a row for a fingerprint that has none yet."""
    row = table.counts[FREE]
    if row >= 0:
        table.counts[FREE] = table.rows[row].link
    else:
        row = table.counts[USED]
        table.counts[USED] = row + 1
        if row == table.rows.size:
            table.rows = longer(table.rows)
        if 3 * row > 2 * table.index.size:
            index = np.empty(2 * table.index.size, np.int32)
            for at in range(index.size):
                index[at] = -1
            for old in table.index:
                if old >= 0:
                    enter(index, table.rows[old].low, np.int64(old))
            table.index = index
    table.rows[row].high, table.rows[row].low, table.rows[row].link = high, low, 0
    enter(table.index, low, row)
    return row


@inner
def give_back(table, row):
    """Forget a row, which may be taken again."""
    strike(table.index, table.rows, row)
    table.rows[row].link = table.counts[FREE]
    table.counts[FREE] = row


@inner
def number_of(table, high, low):
    """Give the row of a fingerprint, a new one when it was never seen."""
    row = find(table.index, table.rows, high, low)
    return row if row >= 0 else take(table, high, low)


@inner
def hold(keys, high, low):
    """Give the key of a text that something refers to from now on; -1 where there is no text."""
    if high == 0 and low == 0:
        return np.int64(-1)
    key = number_of(keys, high, low)
    keys.rows[key].link += 1
    return key


@inner
def release(keys, key):
    """Drop a reference to a key; the last one takes the key along."""
    if key >= 0:
        keys.rows[key].link -= 1
        if keys.rows[key].link == 0:
            give_back(keys, key)


@inner
def place_of(track, key):
    """Give what a slot is found by: its track and key, and the same scrambled."""
    high = np.uint64(track) << np.uint64(32) | np.uint64(key)
    return high, high * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(20)
